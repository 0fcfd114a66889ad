"""The composition root of the compose runtime: what it writes before the containers start, what it shows."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import yaml

from almenara_platform.alerts.receivers import keep_usable
from almenara_platform.counting import counted
from almenara_platform.runtimes import fingerprints
from almenara_platform.runtimes.compose import READY_SECONDS, Compose
from almenara_platform.runtimes.declared import (
    DATAHUB,
    DATAHUB_READY_SECONDS,
    DATAHUB_SECRETS,
    LINKS,
    PASSED_ON,
    SECRETS,
    SHOWN,
)
from almenara_platform.runtimes.dotenv import DotEnv
from almenara_platform.runtimes.engine import Engine, Service
from almenara_platform.runtimes.fingerprints import Remembered
from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.monitoring import without_secret
from almenara_platform.runtimes.plan import Rendered
from almenara_platform.runtimes.ports import reached_at

PROBE_SECONDS = 3.0
WITHOUT_LOKI = (
    "Without loki no logs are kept: there is only what each container has written itself (`almenara logs`)."
)

_FOUND_AT = (
    ("jaeger", "ALMENARA_JAEGER_URL"),
    ("jaeger", "ALMENARA_JAEGER_WEB_URL"),
    ("loki", "ALMENARA_LOKI_URL"),
    ("prometheus", "ALMENARA_PROMETHEUS_URL"),
    ("alertmanager", "ALMENARA_ALERTMANAGER_URL"),
    ("marquez", "ALMENARA_MARQUEZ_URL"),
    ("marquez-web", "ALMENARA_MARQUEZ_WEB_URL"),
    ("grafana", "ALMENARA_GRAFANA_URL"),
    ("datahub-gms", "ALMENARA_DATAHUB_URL"),
)
_UP_BY_METRIC = {"redis-exporter": 'redis_up{job="valkey"}'}


def compose(root: Path, members: Members, environ: Mapping[str, str]) -> Compose:
    """The compose runtime of the checkout ``root``; nothing is written before ``up``.

    What .env says counts as if it stood in the environment.
    """
    environ = {**DotEnv(root / ".env").read(), **environ}
    stack = Stack(root, Members.load(environ, root), environ)
    return Compose(
        engine=Engine(root, stack.environment()),
        shown=SHOWN,
        skipped=stack.skipped,
        surroundings=stack,
        host=stack.host,
        ready_seconds=DATAHUB_READY_SECONDS if stack.has_datahub else READY_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class Stack:
    """What the compose file needs from outside: secrets, rendered files and probes."""

    root: Path
    members: Members
    environ: Mapping[str, str]

    @property
    def host(self) -> str:
        """Where this machine reaches the published ports."""
        return reached_at(self.members.value("ALMENARA_BIND"))

    @property
    def skipped(self) -> list[str]:
        """Services that SKIP names."""
        return self.members.value("SKIP").replace(",", " ").split()

    @property
    def has_datahub(self) -> bool:
        """Whether COMPOSE_PROFILES asks for DataHub."""
        profiles = self.environ.get("COMPOSE_PROFILES", "").split(",")
        return not {DATAHUB, "*"}.isdisjoint(one.strip() for one in profiles)

    def environment(self) -> dict[str, str]:
        """The environment for the compose command: settings, retention in each unit, rendered files."""
        hours = max(1, round(self.members.value("ALMENARA_RETENTION_DAYS") * 24))
        settings = {name: str(self.members.value(name)) for name in PASSED_ON}
        files = {
            "ALMENARA_PROMETHEUS_CONFIG": str(self._folder / "prometheus.yml"),
            "ALMENARA_ALERTMANAGER_CONFIG": str(self._folder / "alertmanager.yml"),
            "ALMENARA_ALERTMANAGER_SECRETS": str(self._secrets),
            "ALMENARA_RETENTION_HOURS": f"{hours}h",
            # Marquez takes whole days only.
            "ALMENARA_RETENTION_WHOLE_DAYS": str(-(-hours // 24)),
            "ALMENARA_SOURCES": self.sources(),
        }
        absent = self.skipped if self.has_datahub else [*self.skipped, "datahub-gms"]
        # An empty secret of .env is made by `prepare`, and must not stand in the way of what it makes.
        secret = {*SECRETS, *DATAHUB_SECRETS}
        given = {name: value for name, value in self.environ.items() if value or name not in secret}
        return {**given, **settings, **files, **self._links, **self._addresses_without(absent)}

    def prepare(self) -> Sequence[str]:
        """Write .env; returns what the user should know of it."""
        names = (*SECRETS, *DATAHUB_SECRETS) if self.has_datahub else SECRETS
        created = self._env.ensure(names, self.environ)
        secrets = counted(len(created), "random secret")
        return [f"Wrote {secrets} to {self._env.path} (mode 600)"] if created else []

    def render(self, absent: Collection[str]) -> Rendered:
        """Write what Prometheus and Alertmanager read; nobody scrapes, forwards or links to who is absent."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        token = self.environ.get("ALMENARA_API_TOKEN") or self._env.read().get("ALMENARA_API_TOKEN", "")
        self._copy_secrets(token)
        self._render_prometheus(absent)
        left_out = self._render_alertmanager()
        notes = [without_secret(len(left_out), self._given)] if left_out else []
        notes += [WITHOUT_LOKI] if "loki" in absent else []
        return Rendered(self._addresses_without(absent), notes)

    def sources(self) -> str:
        """Changes with the lock file, the Dockerfile and the code of the members."""
        members = self.root / "services"
        paths = [self.root / "requirements.lock", members / "Dockerfile"]
        paths += [one for name in ("src", "pyproject.toml") for one in members.glob(f"*/{name}")]
        return fingerprints.of_paths(self.root, paths)

    def changed(self, services: Iterable[Service]) -> list[str]:
        """Services that were started with other mounted files."""
        known = self._remembered.read()
        return [name for name, now in self._mounted(services).items() if known.get(name, now) != now]

    def remember(self, services: Iterable[Service]) -> None:
        """Keep the fingerprints of the mounted files."""
        self._remembered.write(self._mounted(services))

    def remove(self) -> None:
        """Remove the rendered files."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def complaint(self, service: str, running: Collection[str]) -> str:
        """What an image without a health check of its own lacks, asked from outside.

        Without Prometheus nobody knows more of an exporter than that it runs.
        """
        if service == "otel-collector":
            return self._ask(f"{self._url(service)}/v1/traces", json={})
        if service in _UP_BY_METRIC and "prometheus" in running:
            return self._is_one(_UP_BY_METRIC[service])
        return ""

    def _addresses_without(self, absent: Collection[str]) -> dict[str, str]:
        """The settings of the platform that name an address, empty for what is absent and nobody has set."""
        return {
            setting: ""
            for service, setting in _FOUND_AT
            if service in absent and self.members.is_default(setting)
        }

    @property
    def _links(self) -> dict[str, str]:
        """Where browsers reach the parts, as far as a user has said so."""
        return {name: value for name in LINKS if (value := self.members.value(name).rstrip("/"))}

    def _mounted(self, services: Iterable[Service]) -> dict[str, str]:
        return {one.name: fingerprints.of_paths(self.root, one.files) for one in services if one.files}

    @property
    def _env(self) -> DotEnv:
        return DotEnv(self.root / ".env")

    @property
    def _remembered(self) -> Remembered:
        return Remembered(self._folder / "mounted.json")

    @property
    def _folder(self) -> Path:
        return (self.root / self.members.value("ALMENARA_DATA_DIR")).resolve() / "compose"

    @property
    def _given(self) -> Path:
        return self.root / "alertmanager" / "secrets"

    @property
    def _secrets(self) -> Path:
        return self._folder / "secrets"

    def _url(self, service: str) -> str:
        return f"http://{self.host}:{self.members.value(SHOWN[service].setting)}"

    def _ask(self, url: str, json: object) -> str:
        try:
            answer = httpx.post(url, json=json, timeout=PROBE_SECONDS, trust_env=False)
        except httpx.HTTPError as error:
            return f"{url} does not answer ({type(error).__name__})"
        return "" if answer.is_success else f"{url} answers {answer.status_code}"

    def _is_one(self, query: str) -> str:
        try:
            url = f"{self._url('prometheus')}/api/v1/query"
            answer = httpx.get(url, params={"query": query}, timeout=PROBE_SECONDS, trust_env=False)
            found = answer.json()["data"]["result"]
        except (httpx.HTTPError, ValueError, KeyError):
            return "Prometheus cannot be asked for it"
        return "" if found and found[0]["value"][1] == "1" else f"{query} is not 1 yet"

    def _copy_secrets(self, token: str) -> None:
        """Files that the Alertmanager's user can read; only the folder above keeps others out."""
        self._secrets.mkdir(exist_ok=True)
        given = [path for path in self._given.glob("*") if path.is_file()] if self._given.is_dir() else []
        values = {path.name: path.read_text(encoding="utf-8").strip() for path in given}
        values |= {"platform_token": token}
        for stale in self._secrets.glob("*"):
            stale.unlink()
        for name, value in values.items():
            (self._secrets / name).write_text(value, encoding="utf-8")

    def _render_prometheus(self, absent: Collection[str]) -> None:
        config = yaml.safe_load((self.root / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
        config["storage"]["tsdb"]["retention"]["time"] = self.environment()["ALMENARA_RETENTION_HOURS"]
        config["scrape_configs"] = [
            job
            for job in (_without(absent, one) for one in config["scrape_configs"])
            if job["static_configs"]
        ]
        labels = config["global"]["external_labels"]
        labels["console"] = self._links.get("ALMENARA_CONSOLE_URL") or self._url("platform")
        labels["grafana"] = self._links.get("ALMENARA_GRAFANA_URL") or self._url("grafana")
        if "grafana" in absent and "ALMENARA_GRAFANA_URL" not in self._links:
            del labels["grafana"]
        self._write("prometheus.yml", config)

    def _render_alertmanager(self) -> list[str]:
        """Only the receivers whose secret exists, at the paths inside the container."""
        config = yaml.safe_load((self.root / "alertmanager" / "alertmanager.yml").read_text(encoding="utf-8"))
        left_out = keep_usable(config, self._folder)
        self._write("alertmanager.yml", config, {f"{self._folder}/": "/etc/alertmanager/"})
        return left_out

    def _write(self, name: str, config: object, replaced: Mapping[str, str] = MappingProxyType({})) -> None:
        text = yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=1000)
        for old, new in replaced.items():
            text = text.replace(old, new)
        (self._folder / name).write_text(text, encoding="utf-8")


def _without(absent: Collection[str], job: dict[str, Any]) -> dict[str, Any]:
    """A scrape job without the targets that are left out, for their absence is no fault."""
    groups = []
    for group in job["static_configs"]:
        targets = [one for one in group["targets"] if _host(one) not in absent]
        groups += [{**group, "targets": targets}] if targets else []
    return {**job, "static_configs": groups}


def _host(target: str) -> str:
    """The service of ``name:port`` or of an address that is probed."""
    return target.partition("://")[2].partition(":")[0] or target.partition(":")[0]
