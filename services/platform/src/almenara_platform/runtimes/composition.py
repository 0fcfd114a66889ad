"""The composition root of the embedded runtime: its parts, what they are started with, where data lies."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from almenara_platform.runtimes.credentials import Credentials
from almenara_platform.runtimes.embedded import Embedded, Prepared
from almenara_platform.runtimes.exceptions import UnknownPart
from almenara_platform.runtimes.fingerprints import of_paths
from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.monitoring import Monitoring
from almenara_platform.runtimes.parts import Part
from almenara_platform.runtimes.port import Runtime
from almenara_platform.runtimes.probes import HealthProbe
from almenara_platform.runtimes.stack import compose
from almenara_platform.runtimes.supervisord import Supervisord

PROBE_SECONDS = 3.0
SECRETS = ("ALMENARA_HMAC_KEY", "ALMENARA_API_TOKEN")
READ_AT_START = (
    "config/labels.yaml",
    "config/pipelines.yaml",
    "config/slos/*.yaml",
    "prometheus/rules/*.yml",
    "alertmanager/templates/*.tmpl",
)
"""Files of the checkout that a part reads when it starts, and not again."""

SHOWN_PREFIXES = ("ALMENARA_", "OTEL_", "OPENLINEAGE_")
OWN_PARTS = (
    ("platform", "almenara_platform", "ALMENARA_PORT_PLATFORM", "/readyz", "console, API, OTLP, OpenLineage"),
    ("sample-api", "sample_api", "ALMENARA_PORT_SAMPLE_API", "/readyz", "sample API: runs, sales, products"),
    ("worker-etl", "worker_etl", "ALMENARA_PORT_WORKER", "/healthz", "metrics of the worker"),
)
"""Name as in docker-compose.yml, module to run, setting of its port, path of its health, what it shows."""


def embedded(root: Path, members: Members, environ: Mapping[str, str] = os.environ) -> Embedded:
    """The embedded runtime of the checkout ``root``; nothing is written before ``up``."""
    data = data_folder(root, members)
    monitoring = Monitoring.found(root, data, members)
    parts = without_skipped([*own_parts(members), *monitoring.parts()], members)
    start = Start(root, data, members, environ, parts, monitoring)
    return Embedded(
        data=data,
        parts=parts,
        prepare=start.prepare,
        supervisord=Supervisord(data / "run", data / "log", root),
        probe=HealthProbe(httpx.Client(timeout=PROBE_SECONDS, trust_env=False)),
    )


def data_folder(root: Path, members: Members) -> Path:
    """Where everything of this installation lies; a relative setting counts from the checkout's root."""
    return (root / members.value("ALMENARA_DATA_DIR")).resolve()


def own_parts(members: Members) -> list[Part]:
    """The platform, the sample API and the worker, run by the interpreter that runs this."""
    return [
        Part(name, (sys.executable, "-m", module), members.value(setting), setting, ready, shows)
        for name, module, setting, ready, shows in OWN_PARTS
    ]


def without_skipped(parts: Sequence[Part], members: Members) -> list[Part]:
    """The parts but those that SKIP names; raises ``UnknownPart`` for a name that is none."""
    skipped = members.value("SKIP").replace(",", " ").split()
    names = [part.name for part in parts]
    for name in skipped:
        if name not in names:
            raise UnknownPart(f"SKIP names {name!r}, which is none of {', '.join(names)}")
    return [part for part in parts if part.name not in skipped]


RUNTIMES: dict[str, Callable[[Path, Members, Mapping[str, str]], Runtime]] = {
    "embedded": embedded,
    "compose": compose,
}
"""Every runtime by the name that chooses it."""


@dataclass(frozen=True, slots=True)
class Start:
    """What has to be written and known before the parts start."""

    root: Path
    data: Path
    members: Members
    environ: Mapping[str, str]
    parts: Sequence[Part]
    monitoring: Monitoring

    def prepare(self) -> Prepared:
        """Write secrets and rendered configuration; an existing secret stays as it is."""
        kept, created = Credentials(self.data / "secrets").ensure(
            name for name in SECRETS if self.members.is_default(name)
        )
        given = {name: value for name, value in kept.items() if self.members.is_default(name)}
        environment = {**self.environ, **self._places(), **given}
        notes = [f"Made {' and '.join(created)}, kept in {self.data / 'secrets'}"] if created else []
        notes += self.monitoring.render(self.parts, environment.get("ALMENARA_API_TOKEN", ""))
        return Prepared(environment, {**self._shown(environment), **self._files()}, notes)

    def _places(self) -> dict[str, str]:
        """Where the parts find their data and one another; what a user has set is left alone."""
        addresses = {part.name: part.url for part in self.parts}
        usual = {
            "ALMENARA_URL": addresses.get("platform", ""),
            "ALMENARA_PLATFORM_URL": addresses.get("platform", ""),
            "ALMENARA_WAREHOUSE_URL": self._sqlite("warehouse.db"),
            "ALMENARA_QUEUE_URL": self._sqlite("queue.db"),
            "ALMENARA_SPOOL_DIR": str(self.data / "spool"),
            "ALMENARA_PROMETHEUS_URL": addresses.get("prometheus", ""),
            "ALMENARA_ALERTMANAGER_URL": addresses.get("alertmanager", ""),
        }
        places = {name: value for name, value in usual.items() if value and self.members.is_default(name)}
        ports = {part.setting: str(part.port) for part in self.parts}
        return {**places, **ports, "ALMENARA_DATA_DIR": str(self.data), "PYTHONUNBUFFERED": "1"}

    def _sqlite(self, name: str) -> str:
        return f"sqlite:///{self.data / name}"

    def _shown(self, environment: Mapping[str, str]) -> dict[str, str]:
        names = [name for name in environment if name.startswith(SHOWN_PREFIXES)]
        secret = self.members.secrets
        return {name: _hint(environment[name]) if name in secret else environment[name] for name in names}

    def _files(self) -> dict[str, str]:
        """Fingerprints of the files that parts read only at their start."""
        files = [self.root / "almenara.toml", *self.monitoring.rendered()]
        rendered = {path.name: of_paths(self.root, [path]) for path in files if path.exists()}
        written = (path for pattern in READ_AT_START for path in self.root.glob(pattern))
        return rendered | {str(path.relative_to(self.root)): of_paths(self.root, [path]) for path in written}


def _hint(secret: str) -> str:
    """Changes when a secret does, and is too short to tell which of its guesses is right."""
    return hashlib.sha256(secret.encode()).hexdigest()[:4] if secret else ""
