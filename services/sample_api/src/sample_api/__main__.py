"""`python -m sample_api`: the API as a process."""

import sys
from importlib.metadata import version

import uvicorn
from fastapi import FastAPI
from sqlalchemy.exc import SQLAlchemyError

import almenara
from almenara.exceptions import SettingsError
from almenara.settings import Settings
from sample_api import settings
from sample_api.app import create_app


def main() -> int:
    """Serve until SIGTERM; 2 when something that it needs is wrong or missing."""
    try:
        configured = settings.read()
        almenara.configure(service="sample-api", service_version=version("almenara-sample-api"))
        _serve(create_app(configured), configured)
    except (SettingsError, SQLAlchemyError, OSError) as error:
        print(f"sample_api: {error}", file=sys.stderr)
        return 2
    finally:
        almenara.shutdown()
    return 0


def _serve(app: FastAPI, configured: Settings) -> None:
    uvicorn.run(
        app,
        host=configured.host,
        port=configured.port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


if __name__ == "__main__":
    sys.exit(main())
