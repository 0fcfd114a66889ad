"""The very files that are mounted, checked by the programs that read them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.stack.project import ROOT, has_image, image_of, services

from almenara.masking import SECRET_WORDS
from almenara_platform.runtimes.declared import SECRETS
from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.stack import Stack

MEMORY_BYTES = 3_500_000_000
UNITS = {"m": 2**20, "g": 2**30}
CONFIGURATIONS = (
    "docker-compose.yml",
    "config/*.yaml",
    "config/*.yml",
    "prometheus/prometheus.yml",
    "alertmanager/alertmanager.yml",
    "grafana/provisioning/**/*.yaml",
    "marquez/*.yml",
)
CHECKS = {
    "otel-collector": ("config/otel-collector.yaml", ("validate", "--config")),
    "loki": ("config/loki.yaml", ("-config.expand-env=true", "-verify-config", "-config.file")),
    "jaeger": ("config/jaeger.yaml", ("validate", "--config")),
    "blackbox-exporter": ("config/blackbox.yml", ("--config.check", "--config.file")),
}
STARTS_AS_ROOT = ("postgres", "blackbox-exporter", "marquez", "marquez-web")
"""Services whose upstream images name no user of their own."""
ADDRESS = re.compile(r"(?<![\w.$%-])([a-z][a-z-]*[a-z]):(\d{4,5})(?!\d)")


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """What `make up` renders, with a retention of 50 days, in a folder of the test."""
    secrets = dict.fromkeys(SECRETS, "0" * 32)
    environ = {"ALMENARA_DATA_DIR": str(tmp_path), "ALMENARA_RETENTION_DAYS": "50", **secrets}
    rendered = Stack(ROOT, Members.load(environ, ROOT), environ)
    rendered.prepare()
    rendered.render(())
    return rendered


def check(command: Sequence[str], **environ: str) -> str:
    """What a program prints; fails with it when the program does."""
    done = subprocess.run(
        command, env={**os.environ, **environ}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def addresses() -> Iterator[tuple[str, str, int]]:
    """Every ``host:port`` in a configuration, with its file."""
    for pattern in CONFIGURATIONS:
        for path in ROOT.glob(pattern):
            for line in path.read_text(encoding="utf-8").splitlines():
                for host, port in ADDRESS.findall(line.partition(" #")[0]):
                    yield str(path.relative_to(ROOT)), host, int(port)


def listening(service: dict[str, Any]) -> set[int]:
    """The ports inside the container that the compose file names."""
    published = [str(one).rpartition(":")[2] for one in service.get("ports", [])]
    return {int(port) for port in [*published, *service.get("expose", [])]}


def test_every_address_is_one_of_the_compose_file() -> None:
    """Whoever names host and port in a configuration names a service and a port that it has."""
    known = services() | services("datahub")
    found = [(path, host, port) for path, host, port in addresses() if host not in ("localhost", "go")]
    assert len(found) > 30
    assert [(path, host) for path, host, _ in found if host not in known] == []
    assert [one for one in found if one[2] not in listening(known[one[1]])] == []


def test_memory_limits_stay_within_what_the_readme_states() -> None:
    """Every service has a limit, and all of them together stay below 3.5 GB and are what the README says."""
    limits = {name: service["mem_limit"] for name, service in services().items()}
    total = sum(int(limit[:-1]) * UNITS[limit[-1]] for limit in limits.values())
    assert total <= MEMORY_BYTES
    assert f"together they are {total // 2**20} MiB" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_footprint_has_every_part() -> None:
    """Each service was measured, or is named as one that was not."""
    page = (ROOT / "docs" / "reference" / "footprint.md").read_text(encoding="utf-8")
    untested = page.partition("Not as containers")[2].partition("\n")[0]
    for name in services().keys() - {"volume-owners"}:
        assert f"\n| {name} |" in page or name in untested, name


def test_every_image_is_pinned_once() -> None:
    """An image has a version of its own, never latest, and stands behind one variable."""
    for name, service in services().items():
        assert re.fullmatch(r"\$\{ALMENARA_IMAGE_[A-Z_]+:-[\w./-]+:v?\d[\w.-]*\}", service["image"]), name


@pytest.mark.parametrize("service", STARTS_AS_ROOT)
def test_images_that_start_as_root_are_given_a_user(service: str) -> None:
    """Also those that no machine of the tests has, and whose processes no test can look at."""
    user = str(services()[service].get("user", "")).partition(":")[0]
    assert user not in ("", "0", "root")


def test_collector_redacts_what_the_sdk_and_the_settings_call_secret() -> None:
    """Every word of the SDK's masking and every secret setting, in the spellings that keys have."""
    config = yaml.safe_load((ROOT / "config" / "otel-collector.yaml").read_text(encoding="utf-8"))
    patterns = config["processors"]["redaction"]["blocked_key_patterns"]
    settings = (name.removeprefix("ALMENARA_") for name in Members.load({}, ROOT).secrets)
    names = {*SECRET_WORDS, *settings}
    keys = {
        key for name in names for key in (name, name.upper(), name.lower().replace("_", "-"), f"db.{name}")
    }
    assert {key for key in keys if not any(re.search(pattern, key) for pattern in patterns)} == set()
    usual = (
        "openlineage.run_id",
        "http.route",
        "db.query.text",
        "url.full",
        "queue_name",
        "messaging.message.id",
    )
    assert [key for key in usual if any(re.search(pattern, key) for pattern in patterns)] == []


@pytest.mark.promtool
def test_prometheus_takes_the_file_of_the_repository() -> None:
    """With all its rules."""
    check(["promtool", "check", "config", str(ROOT / "prometheus" / "prometheus.yml")])


@pytest.mark.promtool
def test_prometheus_takes_the_rendered_file(stack: Stack, tmp_path: Path) -> None:
    """With the retention in hours, beside the rules as in the container."""
    rendered = Path(stack.environment()["ALMENARA_PROMETHEUS_CONFIG"])
    shutil.copytree(ROOT / "prometheus" / "rules", rendered.parent / "rules")
    check(["promtool", "check", "config", str(rendered)])
    retention = yaml.safe_load(rendered.read_text())["storage"]["tsdb"]["retention"]
    assert retention == {"time": "1200h"}


@pytest.mark.amtool
def test_alertmanager_takes_the_rendered_file(stack: Stack) -> None:
    """Also where no secret but the platform's token exists."""
    path = Path(stack.environment()["ALMENARA_ALERTMANAGER_CONFIG"])
    check(["amtool", "check-config", str(path)])
    assert "/etc/alertmanager/secrets/platform_token" in path.read_text()


@pytest.mark.docker
@pytest.mark.parametrize("service", CHECKS)
def test_component_takes_its_file(service: str) -> None:
    """The component's own check of the file that is mounted into it."""
    file, words = CHECKS[service]
    mounted = f"{ROOT / file}:/etc/checked.yaml:ro"
    retention = ("-e", "LOKI_RETENTION=1200h", "-e", "JAEGER_RETENTION=1200h")
    check(
        ["docker", "run", "--rm", *retention, "-v", mounted, image_of(service), *words, "/etc/checked.yaml"]
    )


@pytest.mark.docker
def test_compose_takes_the_file_without_an_env_file() -> None:
    """`docker compose config` works by hand, before `make up` has made any secret."""
    kept = ("PATH", "HOME", "DOCKER_HOST")
    bare = {name: value for name, value in os.environ.items() if name in kept}
    command = [
        "docker",
        "compose",
        "--env-file",
        os.devnull,
        "-f",
        str(ROOT / "docker-compose.yml"),
        "config",
    ]
    done = subprocess.run(
        [*command, "--quiet"], env=bare, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_guide_writes_every_secret_by_hand() -> None:
    """Who starts Compose by hand makes the secrets that `make up` makes."""
    guide = (ROOT / "docs" / "guides" / "getting-started.md").read_text(encoding="utf-8")
    told = guide.partition("for name in ")[2].partition(" do echo")[0]
    assert set(re.findall(r"[A-Z_]{5,}", told)) == set(SECRETS)


@pytest.mark.docker
def test_retention_reaches_every_component_in_its_own_unit(stack: Stack) -> None:
    """One setting in days: hours for Jaeger and Loki, whole days for Marquez, days for the platform."""
    command = ["docker", "compose", "-f", str(ROOT / "docker-compose.yml"), "config", "--format", "json"]
    resolved = yaml.safe_load(check(command, **stack.environment()))["services"]
    given = {name: one.get("environment") or {} for name, one in resolved.items()}
    assert given["jaeger"]["JAEGER_RETENTION"] == "1200h"
    assert given["loki"]["LOKI_RETENTION"] == "1200h"
    assert given["marquez"]["ALMENARA_RETENTION_DAYS"] == "50"
    assert float(given["platform"]["ALMENARA_RETENTION_DAYS"]) == 50


@pytest.mark.docker
def test_no_container_leaves_an_anonymous_volume_behind(stack: Stack) -> None:
    """What an image declares as a volume is one of ours or in memory, for every image that is here."""
    file = ["docker", "compose", "-f", str(ROOT / "docker-compose.yml"), "--profile", "*"]
    resolved = json.loads(check([*file, "config", "--format", "json"], **stack.environment()))["services"]
    for name, service in resolved.items():
        show = ["docker", "image", "inspect", "--format", "{{json .Config.Volumes}}", service["image"]]
        found = subprocess.run(show, capture_output=True, text=True, timeout=120, check=False)
        declared = json.loads(found.stdout) if found.returncode == 0 else None
        covered = {*service.get("tmpfs", []), *(one["target"] for one in service.get("volumes", []))}
        assert set(declared or {}) <= covered, name


@pytest.mark.docker
@pytest.mark.parametrize("service", ["grafana", "marquez", "marquez-web"])
def test_untested_image_is_named(service: str) -> None:
    """Where the image is missing this skip says so; where it is there its own tests run."""
    if not has_image(service):
        pytest.skip(f"{image_of(service)} is not on this machine")
