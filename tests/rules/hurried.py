"""The committed configuration of Prometheus and Alertmanager with a second for every minute.

The rule files are those of the repository; only times, thresholds, addresses and secrets differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from tests.rules.timescale import shorten

from almenara_platform.alerts.receivers import keep_usable
from almenara_platform.slo.generate import generate, write_files
from almenara_platform.slo.load import load_slos
from almenara_platform.slo.pipelines import load_pipelines

PAGERDUTY_KEY = "0123456789abcdef0123456789abcdef"
PIPELINES = """
defaults:
  team: data-engineering
  thresholds:
    {error_percentage: 5, latency_p99: 30s, quality_score: 90, null_percentage: 20, duplicates: 0,
     volume_low: 0.5, volume_high: 3}
"""

RETENTION_SECONDS = 35 * 86_400


def prometheus_config(
    checkout: Path,
    folder: Path,
    manager: str,
    targets: Mapping[str, str],
    pipelines: str,
    links: Mapping[str, str],
) -> Path:
    """Rules and configuration in ``folder``; ``targets`` maps a scrape job to ``host:port``.

    ``pipelines`` is what stands under that key of config/pipelines.yaml; ``links`` are the external labels.
    """
    config = yaml.safe_load((checkout / "prometheus/prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s", "external_labels": dict(links)}
    config["rule_files"] = [f"{_rules(checkout, folder, pipelines)}/*.yml"]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [manager]}]}]
    config["scrape_configs"] = [
        {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()
    ]
    return _written(folder / "prometheus.yml", config)


def alertmanager_config(checkout: Path, folder: Path, platform: str, services: str, token: str) -> Path:
    """Every receiver of data-engineering, with its secrets in files of ``folder``.

    ``platform`` is ``host:port``, ``services`` the address of Slack, PagerDuty and the dead man's switch.
    """
    secrets = {
        "slack_url": f"{services}/slack",
        "pagerduty_data_engineering": PAGERDUTY_KEY,
        "platform_token": token,
        "watchdog_url": f"{services}/watchdog",
    }
    (folder / "secrets").mkdir()
    for name, value in secrets.items():
        (folder / "secrets" / name).write_text(value)
    text = (checkout / "alertmanager/alertmanager.yml").read_text()
    config = yaml.safe_load(text.replace("//platform:8080", f"//{platform}"))
    keep_usable(config, folder)
    config["global"]["pagerduty_url"] = f"{services}/v2/enqueue"
    templates = folder / "templates"
    templates.mkdir()
    for path in (checkout / "alertmanager/templates").glob("*.tmpl"):
        (templates / path.name).write_text(path.read_text())
    config["templates"] = [f"{templates}/*.tmpl"]
    _hurry(config["route"])
    # It is never maintenance, also when the tests run within its hours.
    for interval in config["time_intervals"]:
        interval["time_intervals"] = [{"years": ["1999"]}]
    return _written(folder / "alertmanager.yml", config)


def _rules(checkout: Path, folder: Path, pipelines: str) -> Path:
    source = folder / "config"
    source.mkdir()
    for path in (checkout / "prometheus/rules").glob("*.yml"):
        (source / path.name).write_text(path.read_text())
    (folder / "pipelines.yaml").write_text(f"{PIPELINES}pipelines: {pipelines}\n")
    slos = load_slos([checkout / "config/slos"], RETENTION_SECONDS)
    write_files(source, generate(slos, load_pipelines(folder / "pipelines.yaml")))
    return shorten(source, folder / "rules")


def _hurry(route: dict[str, Any]) -> None:
    route |= {"group_wait": "1s", "group_interval": "2s"}
    for child in route.get("routes", ()):
        _hurry(child)


def _written(file: Path, config: dict[str, Any]) -> Path:
    file.write_text(yaml.safe_dump(config))
    return file
