"""The API's settings: what it shares with the worker, and its own."""

from almenara.settings import Setting, Settings, load
from worker_etl.settings import SHARED

SECTION = "sample_api"

TABLE = (
    *SHARED,
    Setting("host", "ALMENARA_HOST", str, "127.0.0.1", "Address that the API listens on."),
    Setting(
        "port",
        "ALMENARA_PORT_SAMPLE_API",
        int,
        8000,
        "Port of the API; 0 takes a free one.",
        minimum=0,
    ),
    Setting(
        "platform_url",
        "ALMENARA_PLATFORM_URL",
        str,
        "http://127.0.0.1:8080",
        "Address of the platform that is asked for the state of a run.",
        aliases=("ALMENARA_URL",),
    ),
)


def read(**runtime: object) -> Settings:
    """Read the API's settings; raises SettingsError."""
    return load(TABLE, runtime=runtime, section=SECTION)
