"""Small stand-in programs under a real supervisord."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import pytest

from almenara_platform.runtimes.embedded import Embedded, Prepared
from almenara_platform.runtimes.parts import Part
from almenara_platform.runtimes.port import PartStatus
from almenara_platform.runtimes.probes import HealthProbe
from almenara_platform.runtimes.supervisord import Supervisord

SERVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 404)
        self.end_headers()
    def log_message(self, *args): print(self.path, flush=True)
print("listening", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def free_port() -> int:
    """A port that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def stand_in(folder: Path, name: str, program: str = SERVER) -> Part:
    """A part that runs ``program`` with its port as the only argument."""
    port = free_port()
    path = folder / f"{name}.py"
    path.write_text(program)
    command = (sys.executable, str(path), str(port))
    return Part(name, command, port, f"ALMENARA_PORT_{name.upper()}", "/readyz", "a stand-in")


@dataclass
class Watch:
    """Keeps what ``up`` tells."""

    notes: list[str] = field(default_factory=list)
    parts: list[PartStatus] = field(default_factory=list)

    def note(self, message: str) -> None:
        """Keep a note."""
        self.notes.append(message)

    def part(self, status: PartStatus) -> None:
        """Keep a status."""
        self.parts.append(status)


@pytest.fixture
def part(tmp_path: Path) -> Callable[..., Part]:
    """Makes a part out of a name and a small program."""
    return partial(stand_in, tmp_path)


@pytest.fixture
def watch() -> Watch:
    """A progress that keeps everything."""
    return Watch()


@pytest.fixture
def supervisord(tmp_path: Path) -> Iterator[Supervisord]:
    """The supervisor of this test's folder; whatever it runs is ended with the test."""
    supervisor = Supervisord(tmp_path / ".almenara" / "run", tmp_path / ".almenara" / "log", tmp_path)
    yield supervisor
    supervisor.shutdown()


@pytest.fixture
def build(tmp_path: Path, supervisord: Supervisord) -> Callable[..., Embedded]:
    """Makes the embedded runtime over stand-ins; a second call stands for a second command."""

    def make(*parts: Part, **settings: str) -> Embedded:
        def prepare() -> Prepared:
            (tmp_path / "prepared").touch()
            return Prepared({**os.environ, **settings}, settings)

        return Embedded(
            data=tmp_path / ".almenara",
            parts=parts,
            prepare=prepare,
            supervisord=supervisord,
            probe=HealthProbe(httpx.Client(timeout=2, trust_env=False)),
        )

    return make
