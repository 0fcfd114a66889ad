"""What of docker-compose.yml a user is told or gives: secrets, addresses and settings."""

from __future__ import annotations

from almenara_platform.runtimes.plan import Shown

SECRETS = (
    "ALMENARA_API_TOKEN",
    "ALMENARA_HMAC_KEY",
    "POSTGRES_PASSWORD",
    "ALMENARA_DB_PASSWORD",
    "WAREHOUSE_DB_PASSWORD",
    "MARQUEZ_DB_PASSWORD",
    "GRAFANA_DB_PASSWORD",
    "EXPORTER_DB_PASSWORD",
    "GRAFANA_ADMIN_PASSWORD",
    "VALKEY_PASSWORD",
)
DATAHUB = "datahub"
"""The profile of the compose file."""

DATAHUB_SECRETS = (
    "DATAHUB_SYSTEM_SECRET",
    "DATAHUB_DB_PASSWORD",
    "DATAHUB_TOKEN_KEY",
    "DATAHUB_TOKEN_SALT",
    "DATAHUB_SESSION_SECRET",
    "DATAHUB_UI_PASSWORD",
)
DATAHUB_READY_SECONDS = 1200
"""Its first start fills three stores, one after the other."""

SHOWN = {
    "platform": Shown(
        8080, "ALMENARA_PORT_PLATFORM", "console, API, OpenLineage; writing takes ALMENARA_API_TOKEN of .env"
    ),
    "sample-api": Shown(8000, "ALMENARA_PORT_SAMPLE_API", "sample API: runs, sales, products"),
    "otel-collector": Shown(4318, "ALMENARA_PORT_OTLP_HTTP", "OTLP over HTTP; gRPC on {4317}"),
    "prometheus": Shown(9090, "ALMENARA_PORT_PROMETHEUS", "metrics and rules"),
    "alertmanager": Shown(9093, "ALMENARA_PORT_ALERTMANAGER", "alerts"),
    "grafana": Shown(3000, "ALMENARA_PORT_GRAFANA", "dashboards; user admin, GRAFANA_ADMIN_PASSWORD of .env"),
    "loki": Shown(3100, "ALMENARA_PORT_LOKI", "logs"),
    "jaeger": Shown(16686, "ALMENARA_PORT_JAEGER", "traces"),
    "marquez": Shown(5000, "ALMENARA_PORT_MARQUEZ", "lineage API"),
    "marquez-web": Shown(3001, "ALMENARA_PORT_MARQUEZ_WEB", "lineage"),
    "datahub-gms": Shown(8080, "ALMENARA_PORT_DATAHUB_GMS", "DataHub's API"),
    "datahub-frontend": Shown(
        9002, "ALMENARA_PORT_DATAHUB", "data catalog; user datahub, DATAHUB_UI_PASSWORD of .env"
    ),
}
"""What a user finds at a service's address, by name as in the compose file."""

PASSED_ON = (
    *dict.fromkeys(one.setting for one in SHOWN.values()),
    "ALMENARA_PORT_OTLP_GRPC",
    "ALMENARA_BIND",
    "ALMENARA_SAMPLING_PERCENTAGE",
    "ALMENARA_SAMPLING_WAIT",
    "ALMENARA_RETENTION_DAYS",
)
"""Settings that the compose file reads from the environment, wherever a user has written them."""

LINKS = (
    "ALMENARA_CONSOLE_URL",
    "ALMENARA_GRAFANA_URL",
    "ALMENARA_MARQUEZ_WEB_URL",
    "ALMENARA_JAEGER_WEB_URL",
)
"""Settings that say where browsers reach a part; empty for where it is published on this machine."""
