"""Exit and fork of a process, however it was started and ended.

`atexit` does not run in children that multiprocessing forks, which end with `os._exit`, so they get a
finalizer of multiprocessing; its registry is emptied when a child begins, so that is done in the child.
"""

from __future__ import annotations

import atexit
import os
import sys
from typing import Any, Protocol
from weakref import WeakSet


class Watched(Protocol):
    """Something that must know when its process ends or forks."""

    def close_at_exit(self) -> None:
        """The process ends."""

    def settle(self) -> None:
        """A signal may soon end the process, and without its exit functions; if it does not, go on."""

    def after_fork_in_child(self) -> None:
        """This is a new process, with one thread and a copy of everything."""


# whatever else a child does at its end may still send
LAST = -100

_watched: WeakSet[Any] = WeakSet()


def watch(thing: Watched) -> None:
    """Tell `thing` when this process ends, and when it became a forked child."""
    _watched.add(thing)
    _watch_multiprocessing()


def settle_all() -> None:
    """For servers that leave by a signal: uvicorn does, once its application has shut down."""
    for thing in list(_watched):
        thing.settle()


def _close_all() -> None:
    for thing in list(_watched):
        thing.close_at_exit()


def _after_fork_in_child() -> None:
    for thing in list(_watched):
        thing.after_fork_in_child()
    _watch_multiprocessing()


def _watch_multiprocessing() -> None:
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(_watched, _finalize_child)
        _finalize_child(None)


def _finalize_child(_: Any) -> None:
    from multiprocessing import parent_process, util

    if parent_process() is not None:
        util.Finalize(None, _close_all, exitpriority=LAST)


atexit.register(_close_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
