"""Threads that keep the context: the run, stage, span and baggage of whoever starts the work."""

from __future__ import annotations

import contextvars
import functools
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def carry(function: Callable[P, R]) -> Callable[P, R]:
    """``function``, to be called anywhere with the context of this moment.

    >>> import threading
    >>> worker = threading.Thread(target=carry(print), args=("within the same run",))
    """
    context = contextvars.copy_context()

    @functools.wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        # a context cannot be entered twice at the same time, a copy of it can
        return context.copy().run(function, *args, **kwargs)

    return call


class ContextThreadPoolExecutor(ThreadPoolExecutor):
    """A ThreadPoolExecutor whose tasks run in the context of whoever submits them."""

    def submit(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        """As in the standard library."""
        return super().submit(carry(fn), *args, **kwargs)
