"""What a command line imports before it does anything: people wait for it at every call."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = (
    "almenara",
    "almenara_platform.runtimes.composition",
    "alembic",
    "duckdb",
    "fastapi",
    "httpx",
    "nicegui",
    "numpy",
    "opentelemetry",
    "ruamel",
    "sqlalchemy",
    "sqlglot",
    "yaml",
)
PROGRAM = """
import sys
from almenara_platform.cli.main import app
try:
    app()
finally:
    print("heavy:", *(name for name in {heavy} if name in sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments", ["--version", "--help", "runs --help", "trace compare --help", "slo generate --help"]
)
def test_what_only_prints_imports_nothing_heavy(arguments: str) -> None:
    """SDK, runtimes, HTTP client and databases are imported by the commands that need them."""
    program = PROGRAM.format(heavy=HEAVY)
    called = [sys.executable, "-c", program, *arguments.split()]
    done = subprocess.run(called, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout
    assert done.stderr == "heavy:\n"
