"""Every setting of the platform."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from almenara.exceptions import SettingsError
from almenara.settings import Setting, Settings, load

SECTION = "platform"

TABLE: tuple[Setting, ...] = (
    Setting("host", "ALMENARA_HOST", str, "127.0.0.1", "Address that the platform listens on."),
    Setting("port", "ALMENARA_PORT_PLATFORM", int, 8080, "Port of console, API and OTLP/HTTP.", minimum=0),
    Setting("data_dir", "ALMENARA_DATA_DIR", Path, Path(".almenara"), "Folder of everything that is stored."),
    Setting(
        "database_url",
        "ALMENARA_DATABASE_URL",
        str,
        "",
        "SQLAlchemy address of the lineage database; empty for lineage.db in the data folder, "
        "sqlite:///:memory: keeps runs, spans and logs in memory only.",
        secret=True,
    ),
    Setting(
        "api_token",
        "ALMENARA_API_TOKEN",
        str,
        "",
        "When set, every writing request must send it as Authorization: Bearer.",
        secret=True,
    ),
    Setting(
        "require_token",
        "ALMENARA_REQUIRE_TOKEN",
        bool,
        False,
        "Refuse to start without a write token (docker-compose.yml says so).",
    ),
    Setting(
        "retention_days",
        "ALMENARA_RETENTION_DAYS",
        float,
        35.0,
        "Days that runs, spans and logs are kept; SLO windows need at least 30.",
        minimum=0.01,
    ),
    Setting(
        "retention_max_mb",
        "ALMENARA_RETENTION_MAX_MB",
        int,
        10_240,
        "Megabytes that each store may take; the oldest days go first beyond it. 0 for no limit.",
        minimum=0,
    ),
    Setting(
        "max_body_mb",
        "ALMENARA_MAX_BODY_MB",
        int,
        32,
        "Largest request body in megabytes, before and after decompression.",
        minimum=1,
    ),
    Setting(
        "max_value_length",
        "ALMENARA_MAX_VALUE_LENGTH",
        int,
        65_536,
        "Longest text of a received attribute, log field or message; the rest is cut off.",
        minimum=256,
    ),
    Setting("ui", "ALMENARA_UI", bool, True, "Serve the console beside the API."),
    Setting(
        "jaeger_url", "ALMENARA_JAEGER_URL", str, "", "Jaeger to read traces from instead of storing them."
    ),
    Setting("loki_url", "ALMENARA_LOKI_URL", str, "", "Loki to read logs from instead of storing them."),
    Setting(
        "prometheus_url", "ALMENARA_PROMETHEUS_URL", str, "", "Prometheus that the console asks and links to."
    ),
    Setting(
        "alertmanager_url", "ALMENARA_ALERTMANAGER_URL", str, "", "Alertmanager that the console links to."
    ),
    Setting(
        "config_dir",
        "ALMENARA_CONFIG_DIR",
        Path,
        Path("config"),
        "Folder of slos/, pipelines.yaml and labels.yaml.",
    ),
    Setting(
        "dashboards_dir",
        "ALMENARA_DASHBOARDS_DIR",
        Path,
        Path("grafana/dashboards"),
        "Folder of Grafana's dashboards as JSON, for what a change affects.",
    ),
    Setting("runbooks_dir", "ALMENARA_RUNBOOKS_DIR", Path, Path("docs/runbooks"), "Folder of the runbooks."),
    Setting(
        "canary_seconds",
        "ALMENARA_CANARY_SECONDS",
        float,
        60.0,
        "Seconds between rounds of the canary, which sends test signals and reads them back; 0 for none.",
        minimum=0,
    ),
    Setting("marquez_url", "ALMENARA_MARQUEZ_URL", str, "", "Marquez that lineage events are forwarded to."),
    Setting(
        "datahub_url",
        "ALMENARA_DATAHUB_URL",
        str,
        "",
        "DataHub's metadata service (GMS) that lineage events are forwarded to.",
    ),
    Setting(
        "datahub_token",
        "ALMENARA_DATAHUB_TOKEN",
        str,
        "",
        "Access token of DataHub, sent as Authorization: Bearer.",
        secret=True,
    ),
    Setting(
        "datahub_env",
        "ALMENARA_DATAHUB_ENV",
        str,
        "PROD",
        "DataHub's name for the environment of datasets, as its DATAHUB_OPENLINEAGE_ENV says.",
    ),
    Setting(
        "outbox_concurrency",
        "ALMENARA_OUTBOX_CONCURRENCY",
        int,
        8,
        "Runs whose lineage events are forwarded at the same time, for each destination.",
        minimum=1,
    ),
    Setting(
        "console_url",
        "ALMENARA_CONSOLE_URL",
        str,
        "",
        "The console as browsers reach it, for links from dashboards and alerts; empty for host and port.",
    ),
    Setting(
        "grafana_url",
        "ALMENARA_GRAFANA_URL",
        str,
        "",
        "Grafana as browsers reach it, for links from the console and from alerts.",
    ),
    Setting(
        "marquez_web_url",
        "ALMENARA_MARQUEZ_WEB_URL",
        str,
        "",
        "Marquez' pages as browsers reach them, for links in the console and on dashboards.",
    ),
    Setting(
        "jaeger_web_url",
        "ALMENARA_JAEGER_WEB_URL",
        str,
        "",
        "Jaeger's pages as browsers reach them, for links from runs in the console.",
    ),
)


def read(runtime: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The platform's settings: runtime, environment, ``[platform]`` of almenara.toml, default.

    Raises ``almenara.exceptions.SettingsError`` for what is malformed or unknown, and for a missing write
    token where one is required.
    """
    settings = load(TABLE, runtime=runtime, environ=environ, section=SECTION)
    if settings.require_token and not settings.api_token:
        raise SettingsError(
            "ALMENARA_REQUIRE_TOKEN asks for a write token and ALMENARA_API_TOKEN is empty: "
            "`make up` writes one to .env, or set it yourself"
        )
    return settings
