"""The last lines of log files, and what is appended to them, across rotation."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from almenara_platform.runtimes.port import LogLine

POLL_SECONDS = 0.3


def last_lines(path: Path, count: int) -> list[str]:
    """The last ``count`` lines of a file; none when it is not there."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n") for line in deque(file, maxlen=count)]
    except FileNotFoundError:
        return []


def follow(files: Mapping[str, Path], wait: Callable[[float], None] = time.sleep) -> Iterator[LogLine]:
    """Lines as they are appended from now on, without end; a file may appear or be rotated meanwhile."""
    followers = {part: _Follower(path) for part, path in files.items()}
    while True:
        lines = [LogLine(part, text) for part, file in followers.items() for text in file.new_lines()]
        yield from lines
        if not lines:
            wait(POLL_SECONDS)


class _Follower:
    """Reads whole lines from where the file ended when following began."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = ""
        self._file: IO[str] | None = self._open()
        if self._file:
            self._file.seek(0, os.SEEK_END)

    def new_lines(self) -> list[str]:
        lines = self._read()
        if self._rotated():
            self._file = self._open()
            lines += self._read()
        return lines

    def _open(self) -> IO[str] | None:
        try:
            return self._path.open(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return None

    def _read(self) -> list[str]:
        if self._file is None:
            return []
        *whole, self._partial = (self._partial + self._file.read()).split("\n")
        return whole

    def _rotated(self) -> bool:
        if self._file is None:
            return self._path.exists()
        try:
            return os.fstat(self._file.fileno()).st_ino != self._path.stat().st_ino
        except FileNotFoundError:
            return False
