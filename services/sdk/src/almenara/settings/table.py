"""Every setting of the SDK."""

from __future__ import annotations

from pathlib import Path

from platformdirs import user_state_path

from almenara.settings.setting import Setting

SECTION = "sdk"
SAMPLERS = (
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
    "errors_always",
)
LOG_LEVELS = ("TRACE", "DEBUG", "INFO", "SUCCESS", "WARNING", "ERROR", "CRITICAL")


def _spool_dir() -> Path:
    return user_state_path("almenara") / "spool"


TABLE: tuple[Setting, ...] = (
    Setting(
        "service",
        "ALMENARA_SERVICE",
        str,
        "unknown-service",
        "Name of this service in every signal (service.name).",
        aliases=("OTEL_SERVICE_NAME",),
    ),
    Setting(
        "service_version",
        "ALMENARA_SERVICE_VERSION",
        str,
        "",
        "Version of this service (service.version).",
    ),
    Setting(
        "environment",
        "ALMENARA_ENVIRONMENT",
        str,
        "development",
        "Where this service runs (deployment.environment.name).",
    ),
    Setting(
        "namespace",
        "ALMENARA_NAMESPACE",
        str,
        "default",
        "OpenLineage namespace of pipelines that name none.",
        aliases=("OPENLINEAGE_NAMESPACE",),
    ),
    Setting(
        "url",
        "ALMENARA_URL",
        str,
        "",
        "Base address of a platform, such as http://127.0.0.1:8080; lineage, spans and logs go there. "
        "Without any address nothing is sent; `console` writes spans and lineage to stderr.",
    ),
    Setting(
        "otlp_endpoint",
        "ALMENARA_OTLP_ENDPOINT",
        str,
        "",
        "Base address for spans and logs (OTLP/HTTP) when they go elsewhere than the lineage.",
        aliases=("OTEL_EXPORTER_OTLP_ENDPOINT",),
    ),
    Setting(
        "otlp_headers",
        "ALMENARA_OTLP_HEADERS",
        dict,
        dict,
        "Headers of OTLP requests, key=value separated by commas.",
        aliases=("OTEL_EXPORTER_OTLP_HEADERS",),
        secret=True,
    ),
    Setting(
        "lineage_url",
        "ALMENARA_LINEAGE_URL",
        str,
        "",
        "Base address for OpenLineage events when they go elsewhere than spans and logs.",
        aliases=("OPENLINEAGE_URL",),
    ),
    Setting(
        "api_token",
        "ALMENARA_API_TOKEN",
        str,
        "",
        "Write token, sent as Authorization: Bearer.",
        aliases=("OPENLINEAGE_API_KEY",),
        secret=True,
    ),
    Setting(
        "log_level",
        "ALMENARA_LOG_LEVEL",
        str,
        "INFO",
        "Least level that is written.",
        choices=LOG_LEVELS,
    ),
    Setting(
        "log_format",
        "ALMENARA_LOG_FORMAT",
        str,
        "json",
        "Form of the lines on stdout.",
        choices=("json", "console"),
    ),
    Setting("log_file", "ALMENARA_LOG_FILE", str, "", "File that gets the JSON lines as well."),
    Setting("log_rotation", "ALMENARA_LOG_ROTATION", str, "500 MB", "When the log file is rotated."),
    Setting("log_retention", "ALMENARA_LOG_RETENTION", str, "30 days", "How long rotated files are kept."),
    Setting(
        "capture_logging",
        "ALMENARA_CAPTURE_LOGGING",
        bool,
        True,
        "Route the standard logging module into the same log.",
    ),
    Setting("spool_dir", "ALMENARA_SPOOL_DIR", Path, _spool_dir, "Folder of the disk spool."),
    Setting(
        "spool_max_mb",
        "ALMENARA_SPOOL_MAX_MB",
        int,
        256,
        "Size of the spool in megabytes; the oldest signals are dropped beyond it.",
        minimum=1,
    ),
    Setting(
        "spool_max_age_hours",
        "ALMENARA_SPOOL_MAX_AGE_HOURS",
        float,
        72.0,
        "Age at which unsent signals are dropped.",
        minimum=0,
    ),
    Setting(
        "queue_max_items",
        "ALMENARA_QUEUE_MAX_ITEMS",
        int,
        100_000,
        "Signals held in memory on their way to the spool.",
        minimum=1,
    ),
    Setting(
        "exit_timeout_seconds",
        "ALMENARA_EXIT_TIMEOUT_SECONDS",
        float,
        5.0,
        "Longest wait for unsent signals when the process ends; the rest goes out at the next start.",
        minimum=0,
    ),
    Setting(
        "heartbeat_seconds",
        "ALMENARA_HEARTBEAT_SECONDS",
        float,
        15.0,
        "Seconds between the heartbeats of an open run; 0 sends none.",
        minimum=0,
    ),
    Setting(
        "traces_sampler",
        "ALMENARA_TRACES_SAMPLER",
        str,
        "parentbased_always_on",
        "Which traces are kept. errors_always keeps the share of traces_sampler_arg and every trace that "
        "fails in this process.",
        aliases=("OTEL_TRACES_SAMPLER",),
        choices=SAMPLERS,
    ),
    Setting(
        "traces_sampler_arg",
        "ALMENARA_TRACES_SAMPLER_ARG",
        float,
        1.0,
        "Share of traces, 0 to 1, for the samplers with a ratio and errors_always.",
        aliases=("OTEL_TRACES_SAMPLER_ARG",),
        minimum=0,
    ),
    Setting(
        "baggage_keys",
        "ALMENARA_BAGGAGE_KEYS",
        list,
        ("user.id", "tenant.id"),
        "Baggage entries copied to spans and logs; no other entry is.",
    ),
    Setting(
        "auto_instrument",
        "ALMENARA_AUTO_INSTRUMENT",
        list,
        ("httpx", "requests", "sqlalchemy", "threading"),
        "Libraries traced without code when their opentelemetry instrumentation is installed. That of "
        "`threading` always is: threads and tasks of pools stay within the stage that starts them.",
    ),
    Setting(
        "mask_keys",
        "ALMENARA_MASK_KEYS",
        list,
        (),
        "Names, beside the usual ones, whose values are masked in logs and spans.",
    ),
    Setting(
        "source_code",
        "ALMENARA_SOURCE_CODE",
        bool,
        True,
        "Send the source of the function that a pipeline decorates, and the SQL that stages tell, as facets.",
    ),
    Setting(
        "max_label_values",
        "ALMENARA_MAX_LABEL_VALUES",
        int,
        100,
        "Distinct values of one metric label; further ones become `other`.",
        minimum=1,
    ),
    Setting(
        "max_attribute_length",
        "ALMENARA_MAX_ATTRIBUTE_LENGTH",
        int,
        4096,
        "Longest text of a span attribute or log field.",
        minimum=16,
    ),
    Setting(
        "max_log_fields",
        "ALMENARA_MAX_LOG_FIELDS",
        int,
        64,
        "Most fields of one log line beside the fixed ones.",
        minimum=1,
    ),
    Setting(
        "max_stack_length",
        "ALMENARA_MAX_STACK_LENGTH",
        int,
        16_384,
        "Longest stack trace; the middle of a longer one is left out.",
        minimum=256,
    ),
)
