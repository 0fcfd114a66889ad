"""`python -m sample_api`: the API as a process."""

import sys

import uvicorn

import almenara
from almenara.exceptions import SettingsError
from sample_api import settings
from sample_api.app import create_app


def main() -> int:
    """Serve until SIGTERM; 2 when a setting is wrong."""
    try:
        configured = settings.read()
        almenara.configure(service="sample-api")
    except SettingsError as error:
        print(f"sample_api: {error}", file=sys.stderr)
        return 2
    try:
        uvicorn.run(
            create_app(configured),
            host=configured.host,
            port=configured.port,
            log_config=None,
            access_log=False,
            server_header=False,
        )
    finally:
        almenara.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
