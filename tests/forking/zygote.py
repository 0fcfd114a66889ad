"""Processes that are forked from one that has loaded everything: starting one takes no imports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path


class Zygote:
    """Has imported ``module``, and runs its ``main`` in one child after the other.

    ``environment`` and ``folder`` are where it lives; None: as this process.
    """

    def __init__(
        self, module: str, environment: Mapping[str, str] | None = None, folder: Path | None = None
    ) -> None:
        # Without -P the folder of the script would stand before the standard library.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("server.py")), module],
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(
        self, output: Path, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> int:
        """Start a child that appends to ``output``, with variables besides those of the zygote; its pid."""
        asked = {"output": str(output), "arguments": [*arguments], "environment": {**(environment or {})}}
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the zygote; its children live on."""
        self._process.kill()
        self._process.communicate()
