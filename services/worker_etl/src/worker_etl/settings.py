"""The sample services' settings: what both share, and the worker's own."""

from almenara.exceptions import SettingsError
from almenara.settings import Setting, Settings, load

SECTION = "worker_etl"
SHORTEST_HMAC_KEY = 16

# The API writes into the same queue and ledger, so it reads the same rows.
SHARED = (
    Setting(
        "warehouse_url",
        "ALMENARA_WAREHOUSE_URL",
        str,
        "sqlite:///.almenara/warehouse.db",
        "SQLAlchemy address of the sample warehouse, which also holds the run ledger.",
        secret=True,
    ),
    Setting(
        "queue_url",
        "ALMENARA_QUEUE_URL",
        str,
        "sqlite:///.almenara/queue.db",
        "Queue of accepted runs: sqlite:///path/to/queue.db or redis://host:6379/0.",
        secret=True,
    ),
    Setting(
        "lease_seconds",
        "ALMENARA_LEASE_SECONDS",
        float,
        15.0,
        "A worker that has not renewed its claim on a run for so long counts as dead.",
        minimum=0.1,
    ),
)

TABLE = (
    *SHARED,
    Setting(
        "host",
        "ALMENARA_HOST",
        str,
        "127.0.0.1",
        "Address that /metrics and /healthz listen on.",
    ),
    Setting(
        "port",
        "ALMENARA_PORT_WORKER",
        int,
        8001,
        "Port of the worker's /metrics and /healthz; 0 takes a free one.",
        minimum=0,
    ),
    Setting(
        "hmac_key",
        "ALMENARA_HMAC_KEY",
        str,
        "",
        "Secret that turns household ids into customer ids. Required.",
        secret=True,
    ),
    Setting(
        "memory_limit",
        "ALMENARA_WORKER_MEMORY",
        str,
        "",
        "Memory that a run's tables take before they go to disk, such as 256MiB; empty for no limit.",
    ),
    Setting(
        "shutdown_seconds",
        "ALMENARA_SHUTDOWN_SECONDS",
        float,
        6.0,
        "Time that SIGTERM leaves the current run to finish before it is aborted.",
        minimum=0,
    ),
)


def read(**runtime: object) -> Settings:
    """Read the worker's settings. Raises SettingsError, also when the HMAC key is missing or short."""
    settings = load(TABLE, runtime=runtime, section=SECTION)
    if len(settings.hmac_key) < SHORTEST_HMAC_KEY:
        problem = "is too short" if settings.hmac_key else "is not set"
        raise SettingsError(
            f"ALMENARA_HMAC_KEY {problem}: customer ids are made with it, so it has to be a secret of at "
            f"least {SHORTEST_HMAC_KEY} characters that stays the same. Make one with: "
            "python -c 'import secrets; print(secrets.token_hex(32))'"
        )
    return settings
