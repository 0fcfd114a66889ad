"""What stays of DuckDB when a process that used it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_these_tests_leave_nothing_of_duckdb_behind() -> None:
    """Polars outlives the interpreter, and pytest's plugins with it: DuckDB complains of types they name."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "polars",
        "--collect-only",
    ]
    here = Path(__file__).parent
    done = subprocess.run([*command, str(here)], cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "leaked" not in done.stderr
