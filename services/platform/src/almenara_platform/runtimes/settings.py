"""Every setting of the runtimes: which one, what to leave out, and the ports of foreign components."""

from __future__ import annotations

from almenara.settings import Setting

SECTION = "runtime"
TABLE: tuple[Setting, ...] = (
    Setting(
        "runtime",
        "RUNTIME",
        str,
        "auto",
        "Where `almenara up` starts the parts; auto takes compose when a Docker engine answers.",
        choices=("auto", "embedded", "compose"),
    ),
    Setting("skip", "SKIP", str, "", "Optional parts to leave out, separated by spaces."),
    Setting(
        "sample_api_url",
        "ALMENARA_SAMPLE_API_URL",
        str,
        "",
        "Address of the sample API that `almenara run` asks; empty for the one of this checkout.",
    ),
    Setting("bind", "ALMENARA_BIND", str, "127.0.0.1", "Address that compose publishes every port on."),
    Setting(
        "sampling_percentage",
        "ALMENARA_SAMPLING_PERCENTAGE",
        float,
        10.0,
        "Percent of the traces kept that are neither failed nor slow nor of a run (compose).",
        minimum=0,
    ),
    Setting(
        "sampling_wait",
        "ALMENARA_SAMPLING_WAIT",
        str,
        "10s",
        "How long the Collector waits for a trace's spans before it decides to keep it (compose).",
    ),
    *(
        Setting(f"port_{name}", f"ALMENARA_PORT_{name.upper()}", int, port, f"Port of {what}.", minimum=1)
        for name, port, what in (
            ("prometheus", 9090, "Prometheus"),
            ("alertmanager", 9093, "Alertmanager"),
            ("grafana", 3000, "Grafana (compose)"),
            ("loki", 3100, "Loki (compose)"),
            ("jaeger", 16686, "Jaeger's query API and pages (compose)"),
            ("otlp_grpc", 4317, "the Collector's OTLP over gRPC (compose)"),
            ("otlp_http", 4318, "the Collector's OTLP over HTTP (compose)"),
            ("marquez", 5000, "Marquez's API (compose)"),
            ("marquez_web", 3001, "Marquez's pages (compose)"),
            ("datahub_gms", 8081, "DataHub's metadata service (compose, profile datahub)"),
            ("datahub", 9002, "DataHub's pages (compose, profile datahub)"),
        )
    ),
)
