"""The end of log files and what is appended to them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from almenara_platform.runtimes.tail import follow, last_lines


def test_last_lines(tmp_path: Path) -> None:
    """The newest ones in their order; bytes that are no UTF-8 do not stop it; no file, no lines."""
    (tmp_path / "log").write_bytes(b"one\ntwo \xff\nthree\n")
    assert last_lines(tmp_path / "log", 2) == ["two \N{REPLACEMENT CHARACTER}", "three"]
    assert last_lines(tmp_path / "none", 2) == []


def test_following_across_rotation(tmp_path: Path) -> None:
    """Old lines are left out; half a line is held back; a rotated and a late file are read from the start."""
    log, late = tmp_path / "log", tmp_path / "late"
    log.write_text("old\n")

    def rotate() -> None:
        log.rename(tmp_path / "log.1")
        log.write_text("after\n")

    acts: list[Callable[[], object]] = [
        lambda: append(log, "half"),
        lambda: append(log, " whole\n"),
        rotate,
        lambda: late.write_text("late\n"),
    ]
    lines = follow({"a": log, "b": late}, wait=lambda seconds: acts.pop(0)() and None)
    assert [(line.part, line.text) for line in islice(lines, 3)] == [
        ("a", "half whole"),
        ("a", "after"),
        ("b", "late"),
    ]


def append(path: Path, text: str) -> None:
    """Write at the end of a file."""
    with path.open("a") as file:
        file.write(text)
