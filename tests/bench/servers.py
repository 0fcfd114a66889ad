"""A backend in a process of its own, so that it takes no time of the one that is measured."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Self

from tests.sdk.backend import ILL, Backend


class RemoteBackend:
    """A `tests.sdk.backend.Backend` behind a pipe."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.servers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self._answer()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, stack: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def tell(self, command: str) -> str:
        """One of refuse, recover, hang, spans (how many different ones arrived) and forget."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self._answer()

    @property
    def spans(self) -> int:
        """How many different spans arrived."""
        return int(self.tell("spans"))

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def serve() -> None:
    """Obey the pipe."""
    backend = Backend()
    commands = {
        "refuse": backend.refuse,
        "recover": backend.recover,
        "forget": backend.taken.clear,
        "spans": lambda: len(set(backend.spans())),
        "hang": lambda: setattr(backend, "answer", ILL["hung"]),
    }
    print(backend.url, flush=True)
    for command in sys.stdin:
        print(commands[command.strip()](), flush=True)


if __name__ == "__main__":
    serve()
