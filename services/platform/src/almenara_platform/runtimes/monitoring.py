"""Prometheus and Alertmanager beside the embedded parts, when their programs are on PATH."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

from almenara_platform.runtimes import localize
from almenara_platform.runtimes.credentials import write_private
from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.parts import Part

PLATFORM_TOKEN = "platform_token"
COMPOSE_PORTS = {
    "platform": 8080,
    "sample-api": 8000,
    "worker-etl": 8001,
    "prometheus": 9090,
    "alertmanager": 9093,
}
"""Where the parts listen inside the compose network, which the repository's files are written for."""


@dataclass(frozen=True, slots=True)
class Monitoring:
    """What of Prometheus and Alertmanager can run here; ``programs`` holds the paths of those found."""

    root: Path
    data: Path
    programs: Mapping[str, str]
    prometheus_port: int
    alertmanager_port: int
    retention_days: float
    links: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def found(cls, root: Path, data: Path, members: Members) -> Monitoring:
        """Look for the programs on PATH and for their configuration in the checkout."""
        sources = (path for path in _sources(root).items() if path[1].is_file())
        programs = {name: program for name, _ in sources if (program := which(name))}
        return cls(
            root,
            data,
            programs,
            members.value("ALMENARA_PORT_PROMETHEUS"),
            members.value("ALMENARA_PORT_ALERTMANAGER"),
            members.value("ALMENARA_RETENTION_DAYS"),
            {name: members.value(f"ALMENARA_{name.upper()}_URL") for name in ("console", "grafana")},
        )

    def parts(self) -> list[Part]:
        """A part for each program that is there."""
        parts = (self._prometheus(), self._alertmanager())
        return [part for part in parts if part.name in self.programs]

    def rendered(self) -> list[Path]:
        """The files that ``render`` writes."""
        return [self._config(name) for name in self.programs]

    def render(self, parts: Sequence[Part], token: str) -> list[str]:
        """Write the configuration for these parts; returns what the user should know of it.

        ``token`` is the platform's write token, which Alertmanager's webhook sends.
        """
        hosts = {f"{part.name}:{COMPOSE_PORTS[part.name]}": f"127.0.0.1:{part.port}" for part in parts}
        names = [part.name for part in parts if part.name in self.programs]
        return [note for name in names for note in self._render(name, hosts, token)]

    def _render(self, name: str, hosts: Mapping[str, str], token: str) -> list[str]:
        source = _sources(self.root)[name]
        if name == "prometheus":
            rendered = localize.prometheus(source, hosts, self.retention_days, self.links)
            note = f"Prometheus scrapes the parts that run here, not {', '.join(rendered.left_out)}"
        else:
            path = write_private(self.data / "rendered" / PLATFORM_TOKEN, token)
            rendered = localize.alertmanager(source, hosts, {PLATFORM_TOKEN: path})
            note = without_secret(len(rendered.left_out), source.parent / "secrets")
        rendered.write(self._config(name))
        return [note] if rendered.left_out else []

    def _prometheus(self) -> Part:
        command = (
            self.programs.get("prometheus", "prometheus"),
            f"--config.file={self._config('prometheus')}",
            f"--storage.tsdb.path={self.data / 'prometheus'}",
            f"--web.listen-address=127.0.0.1:{self.prometheus_port}",
            "--web.enable-remote-write-receiver",
            "--enable-feature=exemplar-storage,created-timestamp-zero-ingestion",
        )
        setting = "ALMENARA_PORT_PROMETHEUS"
        return Part("prometheus", command, self.prometheus_port, setting, "/-/ready", "metrics and rules")

    def _alertmanager(self) -> Part:
        command = (
            self.programs.get("alertmanager", "alertmanager"),
            f"--config.file={self._config('alertmanager')}",
            f"--storage.path={self.data / 'alertmanager'}",
            f"--web.listen-address=127.0.0.1:{self.alertmanager_port}",
            "--cluster.listen-address=",
        )
        setting = "ALMENARA_PORT_ALERTMANAGER"
        return Part("alertmanager", command, self.alertmanager_port, setting, "/-/ready", "alerts")

    def _config(self, name: str) -> Path:
        return self.data / "rendered" / f"{name}.yml"


def _sources(root: Path) -> dict[str, Path]:
    return {name: root / name / f"{name}.yml" for name in ("prometheus", "alertmanager")}


def without_secret(receivers: int, folder: Path) -> str:
    """What is left of alerting when so many receivers have no secret."""
    return (
        f"Alerts are shown in the console; {receivers} ways to Slack, PagerDuty and others have no secret "
        f"in {folder} (docs/guides/alerts-and-objectives.md)"
    )
