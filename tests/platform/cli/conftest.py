"""The command line over APIs and a runtime that live in the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from almenara_platform.cli.client import Api
from almenara_platform.cli.main import app
from almenara_platform.runtimes.choice import Choice
from almenara_platform.runtimes.exceptions import RuntimeFailure
from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.port import LogLine, PartStatus, Progress, Started

RUN_ID = "0192e6a0-0000-7000-8000-000000000001"
TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
Answer = Callable[[httpx.Request], httpx.Response]
Almenara = Callable[..., Result]


def a_stage(name: str, state: str = "COMPLETE", records: int | None = 1000) -> dict[str, Any]:
    """A stage as the API answers it."""
    times = {"started_at": "2026-01-02T03:04:05.000000Z", "duration_seconds": 1.5}
    return {"name": name, "state": state, "records": records, "error": None, **times}


def a_run(state: str = "COMPLETE", **other: Any) -> dict[str, Any]:
    """A run as the API answers it."""
    run = {
        "run_id": RUN_ID,
        "namespace": "retail",
        "pipeline": "ventas_etl",
        "state": state,
        "queued_at": "2026-01-02T03:04:04.000000Z",
        "started_at": "2026-01-02T03:04:05.000000Z",
        "ended_at": "2026-01-02T03:04:09.000000Z",
        "duration_seconds": 4.0,
        "records": 1000,
        "trace_id": TRACE_ID,
        "stages": [a_stage("extract")],
        "inputs": [{"namespace": "file", "name": "sales.parquet", "schema": [], "rows": 1000, "bytes": None}],
        "outputs": [],
        "quality": [{"table": "sales", "check": "score", "column": None, "value": 99.5, "passed": None}],
        "error": None,
        "owner": "data-engineering",
    }
    return run | other


@dataclass
class Served:
    """An HTTP API by path; a list of answers is given out one by one, its last one for ever."""

    answers: dict[str, list[httpx.Response]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)

    def on(self, path: str, *documents: Any, status: int = 200) -> None:
        """Answer this path with these documents, one after another."""
        self.answers[path] = [httpx.Response(status, json=document) for document in documents]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, 404 where nothing was said."""
        self.requests.append(request)
        waiting = self.answers.get(request.url.path)
        if not waiting:
            return httpx.Response(404, json={"title": "Not Found", "detail": "No such thing."})
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@dataclass
class FakeRuntime:
    """A runtime whose parts are what the test says."""

    name: str = "embedded"
    parts: list[PartStatus] = field(default_factory=list)
    lines: list[LogLine] = field(default_factory=list)
    changed: bool = True
    cleaned: bool = False
    refusal: str = ""

    def is_running(self) -> bool:
        """Whether a part has a process."""
        return any(part.pid for part in self.parts)

    def up(self, progress: Progress) -> Started:
        """Report every part as started."""
        for part in self.parts:
            progress.part(part)
        return Started(self.parts, self.changed, ["Made a secret"])

    def down(self) -> Sequence[str]:
        """Stop what has a process."""
        return [part.name for part in self.parts if part.pid]

    def status(self) -> Sequence[PartStatus]:
        """The parts as given."""
        return self.parts

    def logs(self, parts: Sequence[str], lines: int, follow: bool) -> Iterator[LogLine]:
        """The lines as given."""
        yield from (line for line in self.lines if not parts or line.part in parts)

    def clean(self) -> Sequence[str]:
        """Remember that it was asked for."""
        if self.refusal:
            raise RuntimeFailure(self.refusal)
        self.cleaned = True
        return [f"data of {self.name}"]

    def addresses(self) -> Mapping[str, str]:
        """Nowhere in particular."""
        return {}


@dataclass
class FakeInstallation:
    """Everything that commands look up."""

    platform_answers: Served
    sample_answers: Served
    runtime: FakeRuntime
    root: Path
    otlp_endpoint: str = ""
    beyond_reach: str = ""
    other: FakeRuntime = field(default_factory=lambda: FakeRuntime("compose"))

    def __post_init__(self) -> None:
        """Put the APIs before the answers."""
        self.platform = Api("the platform", "http://platform", httpx.MockTransport(self.platform_answers))
        self.sample_api = Api("the sample API", "http://sample", httpx.MockTransport(self.sample_answers))
        self.chosen_runtime = self.runtime
        self.choice = Choice("embedded", "no Docker engine answers")

    def with_data(self) -> Sequence[FakeRuntime]:
        """Both, or without compose where that is out of reach."""
        return [self.runtime] if self.beyond_reach else [self.other, self.runtime]

    @property
    def members(self) -> Members:
        """Settings out of an empty environment."""
        return Members.load({}, self.root)


@pytest.fixture
def here(tmp_path: Path) -> FakeInstallation:
    """An installation without parts and answers."""
    return FakeInstallation(Served(), Served(), FakeRuntime(), tmp_path)


@pytest.fixture
def almenara(here: FakeInstallation, monkeypatch: pytest.MonkeyPatch) -> Almenara:
    """Calls the command line on ``here`` as a shell would."""
    monkeypatch.setattr("almenara_platform.cli.installation.of", lambda context: here)
    monkeypatch.setattr("almenara_platform.cli.follow.POLL_SECONDS", 0)

    def call(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(app, arguments, catch_exceptions=False, **options)

    return call
