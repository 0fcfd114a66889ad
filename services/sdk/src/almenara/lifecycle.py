"""The end of a process, its signals and its forks."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing import util as multiprocessing_util
from types import FrameType
from typing import Any

from almenara.shield import Shield

TERMINATED = 128 + signal.SIGTERM


class _Hooks:
    """What was installed in this process."""

    def __init__(self) -> None:
        self.installed = False
        self.terminating = False
        self.leaving = False
        self.previous: Any = None
        self.shield = Shield()


_hooks = _Hooks()


def install(shutdown: Callable[[], None], forked: Callable[[], None]) -> None:
    """Have ``shutdown`` called when the process exits, and ``forked`` in a forked child; once a process."""
    if _hooks.installed:
        return
    _hooks.installed = True
    atexit.register(shutdown)
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=forked)
    # a multiprocessing child leaves by os._exit, which runs no atexit functions
    multiprocessing_util.register_after_fork(_hooks, lambda _: _finish_with_child(shutdown))


def _finish_with_child(shutdown: Callable[[], None]) -> None:
    multiprocessing_util.Finalize(None, shutdown, exitpriority=0)


def handle_termination() -> None:
    """On SIGTERM, let open runs end cleanly: call the handler that was there, or leave with SystemExit.

    Only the main thread may install a handler; a process that ignores the signal goes on ignoring it.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    _hooks.leaving = False
    previous = signal.getsignal(signal.SIGTERM)
    if previous in (_terminate, signal.SIG_IGN, None):
        return
    _hooks.previous = previous
    signal.signal(signal.SIGTERM, _terminate)


def leaving() -> bool:
    """Whether SIGTERM has told the process to leave since a run last began in the main thread.

    Libraries lose the SystemExit that says so: DuckDB makes it "RuntimeError: Query interrupted".
    """
    return _hooks.leaving


def shielded() -> Shield:
    """A block in which a termination waits."""
    return _hooks.shield


def _terminate(number: int, frame: FrameType | None) -> None:
    # a handler that was set after ours and calls ours comes round here a second time
    if not callable(_hooks.previous) or _hooks.terminating:
        _hooks.shield.hold(_leave)
        return
    _hooks.terminating = True
    try:
        _hooks.previous(number, frame)
    finally:
        _hooks.terminating = False


def _leave() -> None:
    # SystemExit leaves the blocks of the runs, which end as ABORT, and then runs the exit functions
    _hooks.leaving = True
    raise SystemExit(TERMINATED)


def write_to_stderr(sentence: str) -> None:
    """For what cannot be told through a log that may itself be at fault."""
    if sys.stderr is not None:
        sys.stderr.write(f"{sentence}\n")
