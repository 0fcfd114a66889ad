"""What every sink promises, whatever it sends to."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.sdk.backend import Backend
from tests.sdk.signals import RESOURCE, entry, event, span

from almenara.settings import TABLE, load
from almenara.sink import NoopSink, Sink, build
from almenara.sink.composite import CompositeSink
from almenara.sink.console import ConsoleSink

SIGNALS = ("spans", "logs", "lineage")


@dataclass
class Subject:
    """A sink, how to see what arrived by signal, and what it does not keep, with the reason."""

    sink: Sink
    arrived: Callable[[str], list[str]] = field(default=lambda signal: [])
    opt_outs: dict[str, str] = field(default_factory=dict)


def nothing(tmp_path: Path, backend: Backend) -> Subject:
    """The null object."""
    return Subject(NoopSink(), opt_outs=dict.fromkeys(SIGNALS, "it keeps nothing"))


def console(tmp_path: Path, backend: Backend) -> Subject:
    """Lines on a stream."""
    stream = io.StringIO()

    def arrived(signal: str) -> list[str]:
        lines = [orjson.loads(line) for line in stream.getvalue().splitlines()]
        if signal == "spans":
            return [line["span"]["name"] for line in lines if "span" in line]
        return [line["lineage"]["job"]["name"] for line in lines if "lineage" in line]

    return Subject(ConsoleSink(stream), arrived, {"logs": "they are on stdout already"})


def built(tmp_path: Path, **settings: str) -> Sink:
    """The sink that these settings give."""
    return build(load(TABLE, runtime={"spool_dir": str(tmp_path), **settings}, environ={}), RESOURCE)


def seen_by(backend: Backend) -> Callable[[str], list[str]]:
    """What a backend took, by signal."""

    def arrived(signal: str) -> list[str]:
        if signal == "lineage":
            return [taken["job"]["name"] for taken in backend.events()]
        return backend.spans() if signal == "spans" else backend.logs()

    return arrived


def otlp(tmp_path: Path, backend: Backend) -> Subject:
    """Spans and logs over HTTP."""
    opt_outs = {"lineage": "OTLP has no lineage"}
    return Subject(built(tmp_path, otlp_endpoint=backend.url), seen_by(backend), opt_outs)


def openlineage(tmp_path: Path, backend: Backend) -> Subject:
    """Lineage over HTTP."""
    opt_outs = dict.fromkeys(("spans", "logs"), "OpenLineage has none")
    return Subject(built(tmp_path, lineage_url=backend.url), seen_by(backend), opt_outs)


def platform(tmp_path: Path, backend: Backend) -> Subject:
    """All signals to one address."""
    return Subject(built(tmp_path, url=backend.url), seen_by(backend))


def composite(tmp_path: Path, backend: Backend) -> Subject:
    """A healthy sink behind one that breaks its contract."""
    return Subject(CompositeSink([Broken(), built(tmp_path, url=backend.url)]), seen_by(backend))


class Broken:
    """Raises whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


ADAPTERS = (nothing, console, otlp, openlineage, platform, composite)


@pytest.fixture(params=ADAPTERS, ids=lambda make: make.__name__)
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    """One adapter after the other, with a server of its own."""
    backend = Backend()
    subject = request.param(tmp_path, backend)
    yield subject
    subject.sink.close(2.0)
    backend.close()


@pytest.fixture(params=SIGNALS)
def signal(request: pytest.FixtureRequest) -> str:
    """One signal after the other."""
    return request.param


def give(sink: Sink, signal: str, names: list[str]) -> None:
    """Hand the sink one item a name."""
    if signal == "spans":
        sink.spans([span(name) for name in names])
    elif signal == "logs":
        sink.logs([entry(name) for name in names])
    else:
        for name in names:
            sink.lineage(event(job=name))


def test_it_is_a_sink(subject):
    """Every adapter has the methods of the port."""
    assert isinstance(subject.sink, Sink)


def test_what_is_given_arrives_in_order(subject, signal):
    """After a flush everything is where it belongs, in the order in which it was given."""
    names = [f"item-{number}" for number in range(50)]
    give(subject.sink, signal, names)
    subject.sink.flush(20.0)

    assert subject.arrived(signal) == ([] if signal in subject.opt_outs else names)


def test_what_it_does_not_keep_does_no_harm(subject):
    """An opt-out is forgotten and leaves nothing behind."""
    for signal in subject.opt_outs:
        give(subject.sink, signal, ["x"])
    subject.sink.flush(5.0)

    assert [subject.arrived(signal) for signal in subject.opt_outs] == [[]] * len(subject.opt_outs)


def test_nothing_is_a_fine_thing_to_give(subject):
    """Empty sequences are taken and flushed."""
    subject.sink.spans([])
    subject.sink.logs([])
    subject.sink.flush(5.0)

    assert not any(subject.arrived(signal) for signal in SIGNALS)


def test_what_cannot_be_serialised_harms_nobody_else(subject, signal):
    """A value that raises while it is encoded is dropped alone, at most."""
    give(subject.sink, signal, ["before"])
    subject.sink.spans([span("hostile", {"x": Hostile()})])
    subject.sink.logs([entry("hostile", x=Hostile())])
    give(subject.sink, signal, ["after"])
    subject.sink.flush(20.0)
    kept = [name for name in subject.arrived(signal) if name != "hostile"]

    assert kept == ([] if signal in subject.opt_outs else ["before", "after"])


class Hostile:
    """Cannot be printed."""

    def __str__(self) -> str:
        raise ValueError("no")

    __repr__ = __str__


def test_a_closed_sink_takes_no_more_and_never_raises(subject, signal):
    """After close every method may still be called."""
    subject.sink.close(5.0)
    before = subject.arrived(signal)
    give(subject.sink, signal, ["late"])
    subject.sink.flush(0.1)
    subject.sink.close(0.1)

    if not isinstance(subject.sink, ConsoleSink):
        assert subject.arrived(signal) == before


def test_texts_of_every_kind_arrive(subject, signal):
    """Emoji, lone surrogates, NUL and long texts are no reason to lose an item."""
    given = ["añb☃🔥", "nul\0nul", "x" * 100_000, "lone \ud800"]
    give(subject.sink, signal, given)
    subject.sink.flush(20.0)

    assert subject.arrived(signal) == ([] if signal in subject.opt_outs else [*given[:3], "lone ?"])
