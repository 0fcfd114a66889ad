"""``python -m almenara_platform``: serve the platform until SIGTERM."""

from __future__ import annotations

import uvicorn

from almenara_platform import settings as platform_settings
from almenara_platform.app import create_app


def main() -> None:
    """Read the settings and serve."""
    settings = platform_settings.read()
    uvicorn.run(
        create_app(settings), host=settings.host, port=settings.port, log_config=None, server_header=False
    )


if __name__ == "__main__":
    main()
