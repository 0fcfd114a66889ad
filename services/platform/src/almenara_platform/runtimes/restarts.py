"""Counts inside supervisord how often each part was restarted, and tells it over its RPC socket."""

from __future__ import annotations

from collections import Counter
from typing import Any

from supervisor import events
from supervisor.states import ProcessStates

DIED = {ProcessStates.BACKOFF, ProcessStates.EXITED}


class RestartCounter:
    """RPC namespace ``almenara``; a start on purpose begins at zero again."""

    def __init__(self) -> None:
        self._restarts: Counter[str] = Counter()

    def observe(self, event: Any) -> None:
        """Take one ``ProcessStateStartingEvent``."""
        name = event.process.config.name
        if event.from_state in DIED:
            self._restarts[name] += 1
        else:
            self._restarts[name] = 0

    def restarts(self) -> dict[str, int]:
        """Restarts since the last start on purpose, by part."""
        return dict(self._restarts)


def make_restart_counter(supervisord: Any, **config: str) -> RestartCounter:
    """The factory that supervisord's configuration names."""
    counter = RestartCounter()
    events.subscribe(events.ProcessStateStartingEvent, counter.observe)
    return counter
