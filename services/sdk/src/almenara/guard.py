"""Telemetry never breaks the job: what goes wrong inside it is counted, told once, and kept from it."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import ParamSpec, Protocol

P = ParamSpec("P")


class Reporter(Protocol):
    """Is told of an exception inside telemetry."""

    def __call__(self, component: str, error: Exception) -> None: ...


def report_on_stderr(component: str, error: Exception) -> None:
    """The reporter of a process that is not configured yet."""
    sys.stderr.write(f"almenara: {component} failed: {type(error).__name__}: {error}\n")


_reporters: list[Reporter] = [report_on_stderr]


def set_reporter(reporter: Reporter) -> None:
    """From now on ``reporter`` is told."""
    _reporters[:] = [reporter]


def report(component: str, error: Exception) -> None:
    """Tell of ``error`` in ``component``; never raises."""
    try:
        _reporters[0](component, error)
    except Exception:  # noqa: BLE001 - a reporter that fails has nobody left to tell
        report_on_stderr(component, error)


def guarded(component: str) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Keep the exceptions of a function that returns nothing from its caller."""

    def decorate(function: Callable[P, None]) -> Callable[P, None]:
        @functools.wraps(function)
        def guard(*args: P.args, **kwargs: P.kwargs) -> None:
            try:
                function(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the one place that may catch all
                report(component, error)

        return guard

    return decorate


class OnceReporter:
    """Counts every exception and tells of each kind once."""

    def __init__(self, count: Callable[[str], None], warn: Callable[[str], None]) -> None:
        self._count = count
        self._warn = warn
        self._told: set[tuple[str, str]] = set()

    def __call__(self, component: str, error: Exception) -> None:
        self._count(component)
        kind = (component, type(error).__name__)
        if kind not in self._told:
            self._told.add(kind)
            self._warn(
                f"almenara: {component} failed and the job goes on; further ones of this kind are only "
                f"counted (almenara_telemetry_errors_total): {type(error).__name__}: {error}"
            )
