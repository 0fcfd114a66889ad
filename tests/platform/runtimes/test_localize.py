"""Prometheus and Alertmanager on this machine, with the repository's own configuration."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from almenara_platform.runtimes import localize
from almenara_platform.runtimes.composition import Start
from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.monitoring import Monitoring
from almenara_platform.runtimes.parts import Part

HOSTS = {
    "platform:8080": "127.0.0.1:18080",
    "worker-etl:8001": "127.0.0.1:18001",
    "alertmanager:9093": "127.0.0.1:19093",
}


@pytest.fixture
def prometheus(checkout: Path) -> localize.Rendered:
    """The repository's prometheus.yml for three parts."""
    return localize.prometheus(checkout / "prometheus" / "prometheus.yml", HOSTS, 35.0)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    """A file with the platform's token."""
    path = tmp_path / "platform_token"
    path.write_text("secret")
    return path


@pytest.fixture
def alertmanager(checkout: Path, token: Path) -> localize.Rendered:
    """The repository's alertmanager.yml where no secret but the platform's token exists."""
    source = checkout / "alertmanager" / "alertmanager.yml"
    return localize.alertmanager(source, HOSTS, {"platform_token": token})


def targets(config: dict[str, Any]) -> dict[str, list[str]]:
    """The targets of each scrape job."""
    return {job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]}


def receivers(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The receivers by name."""
    return {receiver["name"]: receiver for receiver in config["receivers"]}


def test_only_what_runs_here_is_scraped(prometheus: localize.Rendered) -> None:
    """The parts at their addresses; every other job is left out and named."""
    assert targets(prometheus.config) == {
        "platform": ["127.0.0.1:18080"],
        "worker-etl": ["127.0.0.1:18001"],
        "alertmanager": ["127.0.0.1:19093"],
    }
    assert {"loki", "jaeger", "probe", "sample-api"} <= set(prometheus.left_out)


def test_rules_alerts_links_and_retention(prometheus: localize.Rendered, checkout: Path) -> None:
    """The rule files are the repository's own; alerts go to and link to the parts here."""
    config = prometheus.config
    assert config["rule_files"] == [str(checkout / "prometheus" / "rules" / "*.yml")]
    (manager,) = config["alerting"]["alertmanagers"]
    assert manager["static_configs"] == [{"targets": ["127.0.0.1:19093"]}]
    assert config["global"]["external_labels"] == {"console": "http://127.0.0.1:18080"}
    assert config["storage"]["tsdb"]["retention"] == {"time": "840h"}


@pytest.mark.parametrize("file", ["config/slos/x.yaml", "config/pipelines.yaml", "prometheus/rules/x.yml"])
def test_what_is_read_at_the_start_is_compared_at_the_next(tmp_path: Path, file: str) -> None:
    """A changed objective, threshold or rule lets `make up` start the parts anew."""
    members = Members.load({}, tmp_path)
    monitoring = Monitoring(tmp_path, tmp_path / "data", {}, 1, 2, 35.0)
    start = Start(tmp_path, tmp_path / "data", members, {}, (), monitoring)
    path = tmp_path / file
    path.parent.mkdir(parents=True)
    told = []
    for text in ("", "groups: []\n", "groups: []\n"):
        path.write_text(text)
        told.append(start.prepare().settings[file])
    assert (told[0] != told[1], told[1] == told[2]) == (True, True)


def test_a_changed_secret_is_noticed_and_not_written_down(tmp_path: Path) -> None:
    """Another token starts the parts anew, because the running ones would go on with the old one."""
    monitoring = Monitoring(tmp_path, tmp_path / "data", {}, 1, 2, 35.0)
    told = []
    for token in ("first", "second", "second"):
        environ = {"ALMENARA_API_TOKEN": token, "ALMENARA_HMAC_KEY": "key"}
        start = Start(tmp_path, tmp_path / "data", Members.load(environ, tmp_path), environ, (), monitoring)
        told.append(start.prepare().settings)
    assert (told[0] != told[1], told[1] == told[2]) == (True, True)
    assert not {"first", "second", "key"} & {*told[0].values(), *told[1].values()}


def test_links_in_alerts_lead_to_where_browsers_reach_the_pages(checkout: Path, tmp_path: Path) -> None:
    """Not to an address of this machine, when the settings name another."""
    chosen = {
        "ALMENARA_CONSOLE_URL": "https://data.example/",
        "ALMENARA_GRAFANA_URL": "https://graphs.example",
    }
    monitoring = Monitoring.found(checkout, tmp_path, Members.load(chosen, tmp_path))
    source = checkout / "prometheus" / "prometheus.yml"
    labels = localize.prometheus(source, HOSTS, 35.0, monitoring.links).config["global"]["external_labels"]
    assert labels == {"console": "https://data.example", "grafana": "https://graphs.example"}


def test_without_alertmanager_no_alert_is_sent(checkout: Path) -> None:
    """Prometheus alone does not knock at a door that is not there."""
    rendered = localize.prometheus(checkout / "prometheus" / "prometheus.yml", {}, 35.0)
    assert rendered.config["alerting"]["alertmanagers"] == []


def test_receivers_without_a_secret_are_left_out(alertmanager: localize.Rendered, token: Path) -> None:
    """Everything goes to the platform's webhook with its token; the missing secrets are named."""
    (webhook,) = receivers(alertmanager.config)["platform"]["webhook_configs"]
    assert webhook["url"].startswith("http://127.0.0.1:18080/")
    assert webhook["http_config"]["authorization"]["credentials_file"] == str(token)
    assert receivers(alertmanager.config)["data-engineering-page"]["slack_configs"] == []
    assert "slack_url" in alertmanager.left_out


def test_a_receiver_with_its_secret_is_kept(checkout: Path, tmp_path: Path, token: Path) -> None:
    """A secret that exists brings its receiver back, with an absolute path."""
    slack = tmp_path / "slack_url"
    slack.touch()
    source = checkout / "alertmanager" / "alertmanager.yml"
    rendered = localize.alertmanager(source, HOSTS, {"platform_token": token, "slack_url": slack})
    (entry,) = receivers(rendered.config)["platform-ticket"]["slack_configs"]
    assert entry["api_url_file"] == str(slack)
    assert "slack_url" not in rendered.left_out


@pytest.mark.promtool
def test_promtool_accepts_the_rendered_file(prometheus: localize.Rendered, tmp_path: Path) -> None:
    """The real checker reads it together with the rules that it names."""
    path = prometheus.write(tmp_path / "prometheus.yml")
    checked = subprocess.run(
        ["promtool", "check", "config", path], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.amtool
def test_amtool_accepts_the_rendered_file(alertmanager: localize.Rendered, tmp_path: Path) -> None:
    """The real checker reads it together with the templates that it names."""
    path = alertmanager.write(tmp_path / "alertmanager.yml")
    checked = subprocess.run(["amtool", "check-config", path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_programs_that_are_missing_are_no_parts(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded runtime goes without what is not on PATH; what is there becomes a part."""
    monkeypatch.setenv("PATH", str(tmp_path))
    members = Members.load({}, checkout)
    assert Monitoring.found(checkout, tmp_path, members).parts() == []
    (tmp_path / "prometheus").write_text("#!/bin/sh\n")
    (tmp_path / "prometheus").chmod(0o755)
    (part,) = Monitoring.found(checkout, tmp_path, members).parts()
    assert (part.name, part.command[0]) == ("prometheus", str(tmp_path / "prometheus"))


def test_what_is_rendered_has_no_loose_secret(checkout: Path, tmp_path: Path) -> None:
    """The token stands in a file of its own that only its owner can read."""
    both = {"prometheus": "prometheus", "alertmanager": "alertmanager"}
    monitoring = Monitoring(checkout, tmp_path, both, 19090, 19093, 35.0)
    own = Part("platform", (), 18080, "", "", "")
    monitoring.render([own, *monitoring.parts()], "hush-hush")
    assert all("hush-hush" not in path.read_text() for path in monitoring.rendered())
    token = tmp_path / "rendered" / "platform_token"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    config = yaml.safe_load((tmp_path / "rendered" / "alertmanager.yml").read_text())
    (webhook,) = receivers(config)["platform"]["webhook_configs"]
    assert webhook["http_config"]["authorization"]["credentials_file"] == str(token)
