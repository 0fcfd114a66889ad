"""The repository's configuration of Prometheus and Alertmanager, for parts on this machine.

The files of the repository name the components by their host names in the compose network. Here those become
addresses of this machine; scrape jobs of components that do not run here are left out and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from almenara_platform.alerts.receivers import keep_usable

PROBE_PATH = "/probe"
"""Jobs of the blackbox exporter, whose targets are not scraped but named to it."""


@dataclass(slots=True)
class Rendered:
    """A configuration for this machine and the names of the scrape jobs that it leaves out."""

    config: dict[str, Any]
    left_out: list[str] = field(default_factory=list)

    def write(self, path: Path) -> Path:
        """Write it as YAML; returns the path."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(self.config, sort_keys=False, allow_unicode=True), encoding="utf-8")
        return path


def prometheus(source: Path, hosts: Mapping[str, str], retention_days: float) -> Rendered:
    """``source`` for local parts; ``hosts`` maps ``name:port`` in the compose network to an address here."""
    config = yaml.safe_load(source.read_text(encoding="utf-8"))
    rendered = Rendered(config)
    config["rule_files"] = _absolute(source, config.get("rule_files", ()))
    if "platform:8080" in hosts:
        links = config.setdefault("global", {}).setdefault("external_labels", {})
        links["console"] = f"http://{hosts['platform:8080']}"
    config["scrape_configs"] = list(_local_jobs(config.get("scrape_configs", ()), hosts, rendered.left_out))
    managers = config.get("alerting", {}).get("alertmanagers", ())
    config["alerting"] = {
        **config.get("alerting", {}),
        "alertmanagers": [
            m for m in (_local_job(manager, hosts) for manager in managers) if m["static_configs"]
        ],
    }
    config["storage"] = {"tsdb": {"retention": {"time": f"{max(1, round(retention_days * 24))}h"}}}
    return rendered


def alertmanager(source: Path, hosts: Mapping[str, str]) -> Rendered:
    """``source`` for local parts; a receiver's entry whose secret file is missing is left out and named."""
    text = source.read_text(encoding="utf-8")
    for name, address in hosts.items():
        text = text.replace(f"//{name}/", f"//{address}/")
    config = yaml.safe_load(text)
    config["templates"] = _absolute(source, config.get("templates", ()))
    return Rendered(config, keep_usable(config, source.parent))


def _local_jobs(
    jobs: Iterable[dict[str, Any]], hosts: Mapping[str, str], left_out: list[str]
) -> Iterable[Any]:
    for job in jobs:
        local = _local_job(job, hosts)
        if local["static_configs"] and job.get("metrics_path") != PROBE_PATH:
            yield local
        else:
            left_out.append(job["job_name"])


def _local_job(job: dict[str, Any], hosts: Mapping[str, str]) -> dict[str, Any]:
    groups = []
    for group in job.get("static_configs", ()):
        targets = [hosts[target] for target in group["targets"] if target in hosts]
        groups += [{**group, "targets": targets}] if targets else []
    return {**job, "static_configs": groups}


def _absolute(source: Path, patterns: Iterable[str]) -> list[str]:
    return [str(source.parent / pattern) for pattern in patterns]
