"""The guides for pipelines of one's own work as they are written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
INSTRUMENT = GUIDES / "instrument-your-pipeline.md"
COLUMNS = GUIDES / "column-lineage.md"
BLOCK = re.compile(r"^```(?P<kind>\w+)(?: file=(?P<file>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
TOKEN = "the write token"
# the package under test is installed already
INSTALL = "pip install"


class Platform(BaseHTTPRequestHandler):
    """Accepts signals that come with the token, and remembers where they were sent."""

    received: list[str]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            self.received.append(self.path)
            self.send_response(201 if "lineage" in self.path else 200)
        else:
            self.send_response(401)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def platform() -> Iterator[tuple[int, list[str]]]:
    """Port of a server that stands for the platform, and the paths it took signals at."""
    received: list[str] = []
    handler = type("Handler", (Platform,), {"received": received})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, received
        server.shutdown()


def installation(folder: Path, port: int) -> dict[str, str]:
    """The variables of an installation as `make up` leaves it: a write token and a port of its own."""
    (folder / "secrets").write_text(json.dumps({"ALMENARA_API_TOKEN": TOKEN}))
    return {
        "RUNTIME": "embedded",
        "ALMENARA_DATA_DIR": str(folder),
        "ALMENARA_PORT_PLATFORM": str(port),
        "ALMENARA_SPOOL_DIR": str(folder / "spool"),
    }


def script(guide: Path) -> str:
    """The guide as one shell script: files are written, commands are run, the first failure stops it."""
    steps = ["set -e"]
    for block in BLOCK.finditer(guide.read_text(encoding="utf-8")):
        text = block["text"]
        if block["file"]:
            steps.append(f"cat > {block['file']} <<'END_OF_FILE'\n{text}END_OF_FILE")
        elif block["kind"] == "sh" and not text.startswith(INSTALL):
            steps.append(text)
    return "\n".join(steps)


def follow(guide: Path, folder: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Do what the guide says, in an installation of its own."""
    (folder / ".venv").symlink_to(sys.prefix)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("ALMENARA")}
    environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}"
    environ |= installation(folder, port)
    return subprocess.run(
        ["sh", "-c", script(guide)], cwd=folder, env=environ, capture_output=True, text=True, timeout=240
    )


def test_the_guide_runs_as_written(tmp_path: Path, platform: tuple[int, list[str]]) -> None:
    """Every block of the guide succeeds in order, and what it sends arrives."""
    port, received = platform
    done = follow(INSTRUMENT, tmp_path, port)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert set(received) >= {"/v1/traces", "/v1/logs", "/api/v1/lineage"}
    assert '"message":"dropped receipts without a store"' in done.stdout
    assert "has failed: daily" in done.stdout


def test_the_guide_of_column_lineage_runs_as_written(tmp_path: Path, platform: tuple[int, list[str]]) -> None:
    """Its jobs run, what it says of their columns is true, and the command line reads its script."""
    done = follow(COLUMNS, tmp_path, platform[0])
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    assert "sales.household_id" in done.stdout
    assert "sql_lineage_unresolved" not in done.stdout


@pytest.mark.parametrize("guide", [INSTRUMENT, COLUMNS], ids=["instrument", "columns"])
def test_every_python_block_names_its_file(guide: Path) -> None:
    """A block without a file would not be run."""
    blocks = list(BLOCK.finditer(guide.read_text(encoding="utf-8")))
    assert len(blocks) > 5
    assert all(block["file"] for block in blocks if block["kind"] == "python")
