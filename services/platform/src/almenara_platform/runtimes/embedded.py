"""The embedded runtime: the parts as supervised local processes over files in one data folder."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from almenara_platform.runtimes import ports, tail
from almenara_platform.runtimes.exceptions import PartFailed, RuntimeFailure, UnknownPart
from almenara_platform.runtimes.parts import Part
from almenara_platform.runtimes.port import LogLine, PartStatus, Progress, Started
from almenara_platform.runtimes.probes import HealthProbe
from almenara_platform.runtimes.record import Record, RecordFile
from almenara_platform.runtimes.supervisord import ProcessState, Supervisord

READY_SECONDS = 180
POLL_SECONDS = 0.2
DEATHS_WHILE_STARTING = 2
LAST_LINES = 15
AT_REST = {"stopped", "exited", "fatal", "unknown"}
STOPPED = ProcessState("stopped", None, None, 0)
MARKER = "# Made by `almenara up`; `almenara clean` removes the whole folder.\n*\n"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the parts are started with; ``settings`` is what of it is compared, of a secret a hint."""

    environment: Mapping[str, str]
    settings: Mapping[str, str]
    notes: Sequence[str] = ()


class Embedded:
    """Runs ``parts`` over one data folder; ``prepare`` writes what they read at their start."""

    name = "embedded"

    def __init__(
        self,
        *,
        data: Path,
        parts: Sequence[Part],
        prepare: Callable[[], Prepared],
        supervisord: Supervisord,
        probe: HealthProbe,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._data = data
        self._parts = tuple(parts)
        self._prepare = prepare
        self._supervisord = supervisord
        self._probe = probe
        self._clock = clock
        self._wait = wait
        self._record = RecordFile(data / "run" / "parts.json")

    def is_running(self) -> bool:
        """Whether the supervisor or anything that it started is there."""
        return self._supervisord.is_running() or bool(self._supervisord.processes())

    def up(self, progress: Progress) -> Started:
        """Start what does not run; on failure stop what this call started."""
        with self._alone():
            if not self.is_running():
                # Before anything is written that nobody would be told of.
                ports.require_free(self._parts)
            prepared = self._prepare()
            self._end_what_differs(prepared, progress)
            resting = [part for part in self._parts if self._state(part).state in AT_REST]
            if resting:
                self._start(resting, prepared)
            took = self._wait_until_healthy(resting, progress)
            self._record.write(Record(self._parts, prepared.settings, took))
        return Started(self.status(), bool(resting), prepared.notes)

    def down(self) -> Sequence[str]:
        """Stop every part and supervisord; also what a killed supervisord left behind."""
        running = bool(self._supervisord.processes())
        stopped = [part.name for part in self._known() if self._state(part).pid]
        self._supervisord.shutdown()
        return stopped or (["what its supervisor had left behind"] if running else [])

    def status(self) -> Sequence[PartStatus]:
        """Every part, asked for its health now."""
        record = self._record.read()
        states = self._supervisord.states()
        known = [(part, states.get(part.name, STOPPED)) for part in record.parts or self._parts]
        return [
            replace(self._status(part, state), start_seconds=record.start_seconds.get(part.name))
            for part, state in known
        ]

    def logs(self, parts: Sequence[str], lines: int, follow: bool) -> Iterator[LogLine]:
        """Lines of the parts' files, each part's last ones first."""
        files = {name: self._supervisord.log_file(name) for name in self._chosen(parts)}
        for name, path in files.items():
            yield from (LogLine(name, text) for text in tail.last_lines(path, lines))
        if follow:
            yield from tail.follow(files, self._wait)

    def clean(self) -> Sequence[str]:
        """Remove the data folder, but only one that ``up`` made."""
        if not self._marker.exists() and not (self._data / "run").exists():
            return []
        if not self._marker.exists():
            raise RuntimeFailure(
                f"{self._data} was not made by `almenara up`; look into it and remove it by hand"
            )
        self.down()
        shutil.rmtree(self._data)
        return [str(self._data)]

    def addresses(self) -> Mapping[str, str]:
        """Where the parts listen, as they were started last."""
        return {part.name: part.url for part in self._known()}

    @property
    def _marker(self) -> Path:
        return self._data / ".gitignore"

    def _known(self) -> tuple[Part, ...]:
        return self._record.read().parts or self._parts

    def _chosen(self, names: Sequence[str]) -> Sequence[str]:
        known = [part.name for part in self._known()]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise UnknownPart(f"there is no part {unknown[0]!r}; there are {', '.join(known)}")
        return names or known

    def _alone(self) -> FileLock:
        """Hold the folder: two calls at once would start everything twice."""
        (self._data / "run").mkdir(parents=True, exist_ok=True)
        if self._data.name == ".almenara" or not any(path.name != "run" for path in self._data.iterdir()):
            self._marker.write_text(MARKER, encoding="utf-8")
        lock = FileLock(self._data / "run" / "up.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout as error:
            raise RuntimeFailure(f"another `almenara up` is at work on {self._data}; wait for it") from error
        return lock

    def _end_what_differs(self, prepared: Prepared, progress: Progress) -> None:
        """A supervisor with other parts or settings, or parts without one, make room for the new ones."""
        if not self._supervisord.is_running():
            if self._supervisord.processes():
                progress.note("Stopping what a killed supervisor left behind")
                self._supervisord.shutdown()
            return
        changes = self._record.read().changes(self._parts, prepared.settings)
        if changes:
            progress.note(f"Starting anew, because this changed: {', '.join(changes)}")
            self._supervisord.shutdown()

    def _start(self, resting: Sequence[Part], prepared: Prepared) -> None:
        ports.require_free(resting)
        if not self._supervisord.is_running():
            self._supervisord.launch(self._parts, prepared.environment)
            self._record.write(Record(self._parts, prepared.settings))
        for part in resting:
            self._supervisord.start(part.name)

    def _wait_until_healthy(self, started: Sequence[Part], progress: Progress) -> dict[str, float]:
        begun = self._clock()
        took = dict(self._record.read().start_seconds)
        waiting = list(self._parts)
        try:
            while waiting:
                for part in [part for part in waiting if self._is_healthy(part, begun, progress)]:
                    waiting.remove(part)
                    took |= {part.name: self._clock() - begun} if part in started else {}
                    progress.part(
                        replace(self._status(part, self._state(part)), start_seconds=took.get(part.name))
                    )
                if waiting:
                    self._wait(POLL_SECONDS)
        except (PartFailed, KeyboardInterrupt):
            if started:
                self._supervisord.shutdown()
            raise
        return took

    def _is_healthy(self, part: Part, begun: float, progress: Progress) -> bool:
        complaint = self._probe.complaint(part)
        state = self._state(part)
        if state.state == "fatal" or state.restarts >= DEATHS_WHILE_STARTING:
            raise self._failed(part, "ended while it was starting, again and again")
        if complaint and self._clock() - begun > READY_SECONDS:
            raise self._failed(part, f"is not healthy after {READY_SECONDS} s ({complaint})")
        if complaint:
            progress.part(self._status(part, state, complaint))
        return not complaint

    def _failed(self, part: Part, what: str) -> PartFailed:
        path = self._supervisord.log_file(part.name)
        lines = tail.last_lines(path, LAST_LINES)
        return PartFailed(f"{part.name} {what}; its last lines, the rest is in {path}:", lines)

    def _state(self, part: Part) -> ProcessState:
        return self._supervisord.states().get(part.name, STOPPED)

    def _status(self, part: Part, state: ProcessState, complaint: str | None = None) -> PartStatus:
        detail = self._probe.complaint(part) if complaint is None else complaint
        if state.pid is None and not detail:
            detail = "something answers on its port, but no supervisor runs it; try make down, then make up"
        return PartStatus(
            name=part.name,
            state=state.state,
            healthy=not detail,
            detail=detail,
            pid=state.pid,
            uptime_seconds=state.uptime_seconds,
            restarts=state.restarts,
            url=part.url,
            shows=part.shows,
        )
