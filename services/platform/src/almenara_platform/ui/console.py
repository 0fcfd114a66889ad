"""What a page of the console needs from the process that serves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from nicegui import context, run

from almenara_platform.clock import Clock, system_clock
from almenara_platform.lineage.service import Lineage, lineage_of
from almenara_platform.platform import Platform
from almenara_platform.reliability import Reliability, unwatched
from almenara_platform.store.memory import MemoryLineageStore
from almenara_platform.ui.elsewhere import NOWHERE, Elsewhere

SCOPE_KEY = "almenara.console"

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Console:
    """The platform that the pages read, the clock they tell the time by (an aware UTC time), the
    addresses of the other consoles, what is known of promises and alarms, and who answers about lineage.
    """

    platform: Platform
    clock: Clock
    elsewhere: Elsewhere = NOWHERE
    watch: Reliability = field(default_factory=lambda: unwatched(MemoryLineageStore(), system_clock))
    answers: Lineage = field(default_factory=lambda: lineage_of(MemoryLineageStore()))


def current() -> Console:
    """The console of the application that serves this page; several may live in one process."""
    return context.client.request.scope[SCOPE_KEY]


async def ask(question: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The answer of a store, which may block, from a thread; its errors are raised here."""
    return await run.io_bound(question, *args, **kwargs)
