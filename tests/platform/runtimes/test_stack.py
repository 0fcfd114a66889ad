"""What `make up` writes for the containers: retention in each unit, who is scraped, whose secrets exist."""

from __future__ import annotations

import socket
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from almenara_platform.runtimes.declared import DATAHUB_SECRETS, SECRETS
from almenara_platform.runtimes.dotenv import DotEnv
from almenara_platform.runtimes.engine import Service
from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.stack import WITHOUT_LOKI, Stack

ABSENT = ("grafana", "marquez", "marquez-web")


@pytest.fixture
def stack(checkout: Path, tmp_path: Path) -> Callable[..., Stack]:
    """Makes the surroundings of the checkout's compose file, with a data folder of the test."""

    def make(**environ: str) -> Stack:
        given = {"ALMENARA_DATA_DIR": str(tmp_path), **dict.fromkeys(SECRETS, "0" * 32), **environ}
        return Stack(checkout, Members.load(given, checkout), given)

    return make


def read(stack: Stack, name: str) -> dict[str, Any]:
    """A rendered file."""
    return yaml.safe_load(Path(stack.environment()[name]).read_text(encoding="utf-8"))


def targets(config: dict[str, Any]) -> dict[str, list[str]]:
    """The targets of each scrape job."""
    groups = {job["job_name"]: job["static_configs"] for job in config["scrape_configs"]}
    return {name: [one for group in found for one in group["targets"]] for name, found in groups.items()}


@pytest.mark.parametrize(
    ("days", "hours", "whole_days"), [("35", "840h", "35"), ("1.5", "36h", "2"), ("0.01", "1h", "1")]
)
def test_retention_is_told_in_each_unit(
    stack: Callable[..., Stack], days: str, hours: str, whole_days: str
) -> None:
    """Hours for Prometheus, Loki and Jaeger, whole days and never none for Marquez, as it is for ours."""
    one = stack(ALMENARA_RETENTION_DAYS=days)
    environ = one.environment()
    assert (environ["ALMENARA_RETENTION_HOURS"], environ["ALMENARA_RETENTION_WHOLE_DAYS"]) == (
        hours,
        whole_days,
    )
    assert float(environ["ALMENARA_RETENTION_DAYS"]) == float(days)
    one.render(())
    assert read(one, "ALMENARA_PROMETHEUS_CONFIG")["storage"]["tsdb"]["retention"] == {"time": hours}


def test_everything_is_scraped_where_everything_runs(stack: Callable[..., Stack], checkout: Path) -> None:
    """The rendered file has the jobs of the repository's."""
    one = stack()
    assert one.render(()).environ == {}
    source = yaml.safe_load((checkout / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    assert targets(read(one, "ALMENARA_PROMETHEUS_CONFIG")) == targets(source)


def test_nobody_scrapes_or_probes_what_does_not_run(stack: Callable[..., Stack]) -> None:
    """Else a part that is left out on purpose, or has no image, would raise an alert for ever."""
    one = stack()
    told = one.render(ABSENT)
    found = targets(read(one, "ALMENARA_PROMETHEUS_CONFIG"))
    assert {"grafana", "marquez"}.isdisjoint(found)
    assert not [target for named in found.values() for target in named if "marquez" in target]
    assert "http://loki:3100/ready" in found["probe"]
    assert set(told.environ.items()) == {
        ("ALMENARA_MARQUEZ_URL", ""),
        ("ALMENARA_MARQUEZ_WEB_URL", ""),
        ("ALMENARA_GRAFANA_URL", ""),
    }


def test_skipped_parts_are_known_to_every_command(stack: Callable[..., Stack]) -> None:
    """Not only to `up`: whoever creates a container anew must find the same settings."""
    one = stack(SKIP="grafana, marquez marquez-web")
    assert one.skipped == list(ABSENT)
    assert one.environment()["ALMENARA_MARQUEZ_URL"] == ""
    assert "ALMENARA_MARQUEZ_URL" not in stack().environment()


def test_an_empty_secret_is_made_for_the_first_start_too(stack: Callable[..., Stack], tmp_path: Path) -> None:
    """`VALKEY_PASSWORD=` in .env is a secret that is missing, not one that the engine is given as empty."""
    one = replace(stack(VALKEY_PASSWORD="", ALMENARA_JAEGER_URL=""), root=tmp_path)
    assert one.prepare()
    assert DotEnv(tmp_path / ".env").read()["VALKEY_PASSWORD"]
    environ = one.environment()
    assert "VALKEY_PASSWORD" not in environ
    assert environ["ALMENARA_JAEGER_URL"] == ""


@pytest.mark.parametrize("profiles", ["datahub", "other, datahub", "*"])
def test_profile_of_datahub_makes_its_secrets_and_leads_to_it(
    stack: Callable[..., Stack], tmp_path: Path, profiles: str
) -> None:
    """The address that the compose file says holds, unless DataHub is skipped or has no image."""
    one = stack(COMPOSE_PROFILES=profiles)
    assert "ALMENARA_DATAHUB_URL" not in one.environment()
    assert one.render(("datahub-gms",)).environ == {"ALMENARA_DATAHUB_URL": ""}
    assert stack(COMPOSE_PROFILES=profiles, SKIP="datahub-gms").environment()["ALMENARA_DATAHUB_URL"] == ""
    elsewhere = replace(one, root=tmp_path)
    assert list(elsewhere.prepare()) == [f"Wrote 6 random secrets to {tmp_path / '.env'} (mode 600)"]
    assert set(DotEnv(tmp_path / ".env").read()) == set(DATAHUB_SECRETS)
    assert elsewhere.prepare() == []


@pytest.mark.parametrize("profiles", ["", "other"])
def test_without_the_profile_nothing_is_forwarded_to_datahub(
    stack: Callable[..., Stack], tmp_path: Path, profiles: str
) -> None:
    """No address and no secrets, but one that a user has set holds."""
    one = stack(COMPOSE_PROFILES=profiles)
    assert one.environment()["ALMENARA_DATAHUB_URL"] == ""
    assert replace(one, root=tmp_path).prepare() == []
    url = "https://datahub.example"
    assert stack(ALMENARA_DATAHUB_URL=url).environment()["ALMENARA_DATAHUB_URL"] == url


def test_nothing_leads_to_a_jaeger_that_does_not_run(stack: Callable[..., Stack], checkout: Path) -> None:
    """The platform is told neither where to ask it nor where browsers reach it; otherwise both."""
    addresses = ("ALMENARA_JAEGER_URL", "ALMENARA_JAEGER_WEB_URL")
    environ = stack(SKIP="jaeger").environment()
    assert [environ[name] for name in addresses] == ["", ""]
    assert stack().render(("jaeger",)).environ == dict.fromkeys(addresses, "")
    file = yaml.safe_load((checkout / "docker-compose.yml").read_text(encoding="utf-8"))
    given = file["services"]["platform"]["environment"]
    assert given["ALMENARA_JAEGER_WEB_URL"].endswith("http://127.0.0.1:${ALMENARA_PORT_JAEGER:-16686}}")


def test_links_lead_to_the_ports_that_were_chosen(stack: Callable[..., Stack]) -> None:
    """In alerts as in the platform."""
    one = stack(ALMENARA_PORT_PLATFORM="18080", ALMENARA_PORT_GRAFANA="13000")
    one.render(())
    labels = read(one, "ALMENARA_PROMETHEUS_CONFIG")["global"]["external_labels"]
    assert labels["console"] == "http://127.0.0.1:18080"
    assert labels["grafana"] == "http://127.0.0.1:13000"


@pytest.mark.parametrize(("bind", "host"), [("192.0.2.7", "192.0.2.7"), ("0.0.0.0", "127.0.0.1")])
def test_parts_are_reached_where_they_are_published(
    stack: Callable[..., Stack], bind: str, host: str
) -> None:
    """On the chosen address, or on loopback when that is every one."""
    one = stack(ALMENARA_BIND=bind)
    one.render(())
    labels = read(one, "ALMENARA_PROMETHEUS_CONFIG")["global"]["external_labels"]
    assert (one.host, labels["console"]) == (host, f"http://{host}:8080")


def test_links_lead_to_where_browsers_reach_the_parts(stack: Callable[..., Stack]) -> None:
    """An address that a user has set counts, also for a Grafana that is not one of the containers."""
    one = stack(ALMENARA_CONSOLE_URL="https://data.example/", ALMENARA_GRAFANA_URL="https://graphs.example")
    told = one.render(ABSENT)
    labels = read(one, "ALMENARA_PROMETHEUS_CONFIG")["global"]["external_labels"]
    assert labels == {"console": "https://data.example", "grafana": "https://graphs.example"}
    assert one.environment()["ALMENARA_GRAFANA_URL"] == "https://graphs.example"
    assert "ALMENARA_GRAFANA_URL" not in told.environ


def test_no_alert_links_to_a_grafana_that_does_not_run(stack: Callable[..., Stack]) -> None:
    """Its label is left out, and with it the links of the alerts."""
    one = stack()
    one.render(ABSENT)
    labels = read(one, "ALMENARA_PROMETHEUS_CONFIG")["global"]["external_labels"]
    assert labels == {"console": "http://127.0.0.1:8080"}


def test_token_reaches_alertmanager_as_a_file(stack: Callable[..., Stack], tmp_path: Path) -> None:
    """In a folder that only its owner enters, under the path that the container sees."""
    one = stack(ALMENARA_API_TOKEN="the token")
    told = one.render(())
    token = Path(one.environment()["ALMENARA_ALERTMANAGER_SECRETS"]) / "platform_token"
    assert token.read_text(encoding="utf-8") == "the token"
    assert stat.S_IMODE((tmp_path / "compose").stat().st_mode) == 0o700
    text = (tmp_path / "compose" / "alertmanager.yml").read_text(encoding="utf-8")
    assert "/etc/alertmanager/secrets/platform_token" in text
    assert str(tmp_path) not in text
    (note,) = told.notes
    assert note.startswith("Alerts are shown in the console; ")


def test_stack_without_loki_says_that_no_logs_are_kept(stack: Callable[..., Stack]) -> None:
    """Whoever leaves it out is told where lines are still to be found."""
    assert WITHOUT_LOKI in stack().render({"loki"}).notes
    assert WITHOUT_LOKI not in stack().render({"jaeger"}).notes


def test_exporter_is_asked_of_prometheus_only_where_it_runs(stack: Callable[..., Stack]) -> None:
    """Where Prometheus has no image, was skipped or stopped, an exporter that runs is not waited for."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        made = stack(ALMENARA_PORT_PROMETHEUS=str(nobody.getsockname()[1]))
        assert made.complaint("redis-exporter", {"redis-exporter", "valkey"}) == ""
        asked = made.complaint("redis-exporter", {"redis-exporter", "prometheus"})
    assert asked == "Prometheus cannot be asked for it"


def test_changed_mount_is_noticed_once(stack: Callable[..., Stack], tmp_path: Path) -> None:
    """A service whose rendered file is another one than at its start is named until it is remembered."""
    one = stack()
    one.render(())
    service = Service("prometheus", "", built=False, files=(tmp_path / "compose" / "prometheus.yml",))
    one.remember([service])
    assert one.changed([service]) == []
    one.render(ABSENT)
    assert one.changed([service]) == ["prometheus"]
    one.remember([service])
    assert one.changed([service]) == []
