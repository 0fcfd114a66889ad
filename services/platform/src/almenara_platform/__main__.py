"""``python -m almenara_platform``: serve the platform until SIGTERM."""

from __future__ import annotations

import argparse
import gc
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import uvicorn

import almenara
from almenara.exceptions import SettingsError
from almenara.settings import Settings
from almenara_platform import settings as platform_settings
from almenara_platform.app import create_app
from almenara_platform.canary.start import start_canary
from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.observation import Observation


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the settings and serve; the exit code is 2 when that cannot begin."""
    parser = argparse.ArgumentParser(prog="python -m almenara_platform", description=__doc__)
    parser.add_argument("--port-file", type=Path, help="write the port to this file once it listens")
    options = parser.parse_args(arguments)
    try:
        return _serve(_server(platform_settings.read(), options.port_file))
    except (SettingsError, AlmenaraPlatformError) as error:
        print(f"almenara_platform: {error}", file=sys.stderr)
        return 2
    finally:
        almenara.shutdown()


def _serve(server: uvicorn.Server) -> int:
    # The server hands a signal on once it has stopped, and that must not look like a crash.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        server.run()
    return 0 if server.started else 1


def _server(settings: Settings, port_file: Path | None) -> uvicorn.Server:
    observation = Observation()
    app = create_app(settings)
    observation.attach(app)
    start_canary(app)
    # What is loaded by now lives as long as the process: no collection of garbage need look through it again.
    gc.freeze()
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
    return _AnnouncingServer(config, port_file)


class _AnnouncingServer(uvicorn.Server):
    """A server that tells the port it got, for whoever asked for any free one."""

    def __init__(self, config: uvicorn.Config, port_file: Path | None) -> None:
        super().__init__(config)
        self._port_file = port_file

    async def startup(self, *args: object, **kwargs: object) -> None:
        await super().startup(*args, **kwargs)
        if self.started and self._port_file:
            port = self.servers[0].sockets[0].getsockname()[1]
            self._port_file.write_text(f"{port}\n")


if __name__ == "__main__":
    sys.exit(main())
