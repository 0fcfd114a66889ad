"""The repository's configuration of Prometheus and Alertmanager, for parts on this machine.

The files of the repository name the components by their host names in the compose network. Here those become
addresses of this machine; scrape jobs of components that do not run here are left out and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

CONSOLE = "platform:8080"
PROBE_PATH = "/probe"
"""Jobs of the blackbox exporter, whose targets are not scraped but named to it."""


@dataclass(slots=True)
class Rendered:
    """A configuration for this machine and the scrape jobs or secrets that it goes without."""

    config: dict[str, Any]
    left_out: list[str] = field(default_factory=list)

    def write(self, path: Path) -> Path:
        """Write it as YAML; returns the path."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(self.config, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path


def prometheus(
    source: Path,
    hosts: Mapping[str, str],
    retention_days: float,
    links: Mapping[str, str] = MappingProxyType({}),
) -> Rendered:
    """``source`` for local parts; ``hosts`` maps ``name:port`` in the compose network to an address here.

    ``links`` says where browsers reach ``console`` and ``grafana``, if not at these addresses.
    """
    config = yaml.safe_load(source.read_text(encoding="utf-8"))
    rendered = Rendered(config)
    config["rule_files"] = [str(source.parent / pattern) for pattern in config["rule_files"]]
    config["scrape_configs"] = list(_local_jobs(config["scrape_configs"], hosts, rendered.left_out))
    managers = [_local_job(manager, hosts) for manager in config["alerting"]["alertmanagers"]]
    config["alerting"]["alertmanagers"] = [manager for manager in managers if manager["static_configs"]]
    config["storage"]["tsdb"]["retention"] = {"time": f"{max(1, round(retention_days * 24))}h"}
    console = {"console": f"http://{hosts[CONSOLE]}"} if CONSOLE in hosts else {}
    config["global"]["external_labels"] = console | {
        name: link.rstrip("/") for name, link in links.items() if link
    }
    return rendered


def alertmanager(source: Path, hosts: Mapping[str, str], secrets: Mapping[str, Path]) -> Rendered:
    """``source`` for local parts; ``secrets`` replaces secret files of the repository by others.

    A receiver's entry whose secret file is missing is left out, and the file named.
    """
    text = source.read_text(encoding="utf-8")
    for name, address in hosts.items():
        text = text.replace(f"//{name}/", f"//{address}/")
    config = yaml.safe_load(text)
    config["templates"] = [str(source.parent / pattern) for pattern in config["templates"]]
    missing: set[str] = set()
    for receiver in config["receivers"]:
        _keep_usable(receiver, source.parent, secrets, missing)
    return Rendered(config, sorted(missing))


def _local_jobs(
    jobs: Iterable[dict[str, Any]], hosts: Mapping[str, str], left_out: list[str]
) -> Iterable[dict[str, Any]]:
    for job in jobs:
        local = _local_job(job, hosts)
        if local["static_configs"] and job.get("metrics_path") != PROBE_PATH:
            yield local
        else:
            left_out.append(job["job_name"])


def _local_job(job: dict[str, Any], hosts: Mapping[str, str]) -> dict[str, Any]:
    groups = []
    for group in job["static_configs"]:
        targets = [hosts[target] for target in group["targets"] if target in hosts]
        groups += [{**group, "targets": targets}] if targets else []
    return {**job, "static_configs": groups}


def _keep_usable(
    receiver: dict[str, Any], folder: Path, secrets: Mapping[str, Path], missing: set[str]
) -> None:
    for kind in [key for key in receiver if key.endswith("_configs")]:
        usable = []
        for entry in receiver[kind]:
            local, paths = _with_local_files(entry, folder, secrets)
            absent = {path.name for path in paths if not path.exists()}
            missing |= absent
            usable += [] if absent else [local]
        receiver[kind] = usable


def _with_local_files(value: Any, folder: Path, secrets: Mapping[str, Path]) -> tuple[Any, list[Path]]:
    """The value with an absolute path under every key that ends in ``_file``, and these paths."""
    if not isinstance(value, dict):
        return value, []
    local, paths = {}, []
    for key, item in value.items():
        if key.endswith("_file"):
            paths.append(secrets.get(Path(item).name, folder / item))
            local[key] = str(paths[-1])
        else:
            local[key], below = _with_local_files(item, folder, secrets)
            paths += below
    return local, paths
