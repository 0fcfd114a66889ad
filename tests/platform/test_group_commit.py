"""Writers that wait at the same time share a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from almenara_platform.group_commit import GroupCommit


def test_one_writer_is_written_at_once() -> None:
    """Who comes alone does not wait for others."""
    written: list[Sequence[int]] = []
    GroupCommit(written.append).submit(1)
    assert written == [[1]]


def test_writers_that_wait_are_written_together() -> None:
    """While one write is under way the others gather and then go in one."""
    begun, go_on = Event(), Event()
    written: list[list[int]] = []

    def write(items: Sequence[int]) -> None:
        written.append(sorted(items))
        if len(written) == 1:
            begun.set()
            go_on.wait(60)

    commits = GroupCommit(write)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(commits.submit, 0)
        begun.wait(60)
        rest = [pool.submit(commits.submit, number) for number in range(1, 6)]
        while len(commits._waiting) < 5:
            Event().wait(0.001)
        go_on.set()
        for future in (first, *rest):
            future.result(60)
    assert written == [[0], [1, 2, 3, 4, 5]]


def test_one_that_fails_does_not_take_others_with_it() -> None:
    """When a group fails each member is written alone, and only the faulty one hears of it."""
    begun, go_on = Event(), Event()
    stored: list[int] = []

    def write(items: Sequence[int]) -> None:
        if not begun.is_set():
            begun.set()
            go_on.wait(60)
        if 13 in items:
            raise ValueError("13 is refused")
        stored.extend(items)

    commits = GroupCommit(write)
    with ThreadPoolExecutor(8) as pool:
        futures = {0: pool.submit(commits.submit, 0)}
        begun.wait(60)
        futures |= {number: pool.submit(commits.submit, number) for number in (1, 13, 2)}
        while len(commits._waiting) < 3:
            Event().wait(0.001)
        go_on.set()
        with pytest.raises(ValueError, match="13"):
            futures.pop(13).result(60)
        for future in futures.values():
            future.result(60)
    assert sorted(stored) == [0, 1, 2]


def test_failure_of_one_alone_is_told() -> None:
    """The error of a single write reaches its caller, and the next one works."""
    answers = iter([OSError("disk"), None])

    def write(_: Sequence[int]) -> None:
        error = next(answers)
        if error:
            raise error

    commits = GroupCommit(write)
    with pytest.raises(OSError, match="disk"):
        commits.submit(1)
    commits.submit(2)
