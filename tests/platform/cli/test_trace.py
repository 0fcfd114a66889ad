"""almenara trace: find, explain, operation and compare."""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from typer.testing import Result

from almenara_platform.cli.exceptions import WrongUse
from almenara_platform.cli.trace_words import moment
from almenara_platform.traces.aggregate import aggregate
from almenara_platform.traces.compare import compare
from almenara_platform.traces.operations import Operation
from almenara_platform.traces.samples import Sample, Samples

TRACE, ROOT, LOAD = "4bf92f3577b34da6a3ce929d0e0e4736", "00000000000000a1", "00000000000000a2"
Almenara = Callable[..., Result]
Here = Any


def otlp(load_ms: int, trace_id: str = TRACE) -> dict[str, Any]:
    """A run with one stage, as OTLP/JSON."""

    def one(span_id: str, parent: str, name: str, start_ms: int, end_ms: int) -> dict[str, Any]:
        times = {"startTimeUnixNano": str(start_ms * 10**6), "endTimeUnixNano": str(end_ms * 10**6)}
        return {"traceId": trace_id, "spanId": span_id, "parentSpanId": parent, "name": name, **times}

    spans = [one(ROOT, "", "run", 0, load_ms + 20), one(LOAD, ROOT, "load", 10, load_ms + 10)]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "worker"}}]}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one trace."""
    path = tmp_path / "trace.json"
    path.write_text(json.dumps(otlp(80)))
    return path


def api_trace(trace_id: str = TRACE) -> dict[str, Any]:
    """The trace as the platform answers it."""
    common = {"service": "worker", "kind": "INTERNAL", "status": {"code": "UNSET", "message": ""}}
    root = {"span_id": ROOT, "parent_span_id": None, "name": "run", "start_ns": 0, "end_ns": 100, **common}
    load = {"span_id": LOAD, "parent_span_id": ROOT, "name": "load", "start_ns": 10, "end_ns": 90, **common}
    return {"trace_id": trace_id, "truncated": True, "spans": [root, load]}


def samples(*loads: int) -> Samples:
    """Samples that spend their time in the load."""
    made = [
        Sample(f"{i:032x}", ROOT, 0, n, False, {Operation("worker", "load"): n}) for i, n in enumerate(loads)
    ]
    return Samples(tuple(made), len(made), False)


def test_a_file_is_explained_with_nothing_else_running(almenara: Almenara, here: Here, file: Path) -> None:
    """No request is made."""
    result = almenara("trace", "explain", str(file))
    assert result.exit_code == 0
    assert "80.0 ms  80.0% |  ########################  |   load [worker]" in result.stdout
    assert not here.platform_answers.requests


def test_json_has_the_promised_members(almenara: Almenara, file: Path) -> None:
    """Exactly what the API answers."""
    found = json.loads(almenara("trace", "explain", str(file), "--json", "--root", LOAD).stdout)
    assert list(found) == ["trace_id", "root_span_id", "duration_ns", "sections", "operations", "notes"]
    assert found["duration_ns"] == 80 * 10**6
    assert found["sections"] == [{"span_id": LOAD, "start_ns": 10 * 10**6, "end_ns": 90 * 10**6}]


def test_a_trace_of_the_platform_is_explained(almenara: Almenara, here: Here) -> None:
    """By its id; that the backend truncated it is said."""
    here.platform_answers.on(f"/api/v1/traces/{TRACE}", api_trace())
    found = json.loads(almenara("trace", "explain", TRACE, "--json").stdout)
    assert [section["span_id"] for section in found["sections"]] == [ROOT, LOAD, ROOT]
    assert "held back part of this trace" in found["notes"][0]


def test_standard_input_and_mermaid(almenara: Almenara) -> None:
    """A dash reads standard input, gzipped or not."""
    result = almenara(
        "trace", "explain", "-", "--format", "mermaid", input=gzip.compress(json.dumps(otlp(80)).encode())
    )
    assert result.stdout.startswith("gantt\n")


@contextmanager
def jaeger() -> Iterator[str]:
    """The address of an API that answers one trace of Jaeger, one without spans, and a page; else 404."""
    times = {"startTime": 1_000, "duration": 50}
    root = {"traceID": TRACE, "spanID": ROOT, "operationName": "run", "processID": "p1", **times}
    found = {"spans": [root], "processes": {"p1": {"serviceName": "worker"}}}
    bodies = {"/api/traces/1": json.dumps({"data": [found]}), "/api/traces/2": '{"data": []}', "/": "<html>"}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = bodies.get(self.path)
            self.send_response(404 if body is None else 200)
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_trace_of_jaegers_api_is_explained_by_its_address(almenara: Almenara, here: Here) -> None:
    """Jaeger is asked and nobody else; what it answers instead of a trace is told in a line."""
    with jaeger() as address:
        found = json.loads(almenara("trace", "explain", f"{address}/api/traces/1", "--json").stdout)
        assert (found["trace_id"], found["duration_ns"]) == (TRACE, 50_000)
        assert found["operations"][0]["service"] == "worker"
        both = [f"{address}/api/traces/1"] * 2
        assert json.loads(almenara("trace", "compare", *both, "--json").stdout)["delta_ns"] == 0
        for path, message in (
            ("/api/traces/2", "answered no spans"),
            ("/api/traces/3", "answered 404 Not Found"),
            ("/", "answered no trace: this is no JSON"),
        ):
            result = almenara("trace", "explain", f"{address}{path}")
            assert (result.exit_code, result.stdout) == (1, "")
            assert message in result.stderr
    gone = almenara("trace", "explain", f"{address}/api/traces/1")
    assert "does not answer" in gone.stderr
    assert not here.platform_answers.requests


def test_one_trace_of_several(almenara: Almenara, tmp_path: Path) -> None:
    """The largest is taken and the others named; any can be chosen."""
    other = "0" * 31 + "7"
    path = tmp_path / "several.jsonl"
    path.write_text(f"{json.dumps(otlp(80))}\n{json.dumps(otlp(30, other))}\n")
    first = json.loads(almenara("trace", "explain", str(path), "--json").stdout)
    assert "2 traces was taken; --trace chooses another one" in first["notes"][0]
    chosen = json.loads(almenara("trace", "explain", str(path), "--json", "--trace", other).stdout)
    assert (chosen["trace_id"], chosen["duration_ns"]) == (other, 50 * 10**6)
    assert almenara("trace", "explain", str(path), "--trace", "5").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("trace", "explain", "no-such.json"), "neither a file nor a trace id"),
        (("trace", "explain", TRACE), "no such thing"),
        (("trace", "explain", "FOLDER"), "neither a file nor a trace id"),
        (("trace", "explain", "a" * 500), "neither a file nor a trace id"),
        (("trace", "explain", "FILE", "--root", "ff"), "has no span ff"),
        (("trace", "explain", "FILE", "--skew-tolerance", "long"), "not a duration"),
        (("trace", "explain", "BAD"), "this is no JSON"),
        (("trace", "compare", "FILE", "good"), "two sets that the platform knows"),
        (("trace", "find", "--since", "soon"), "neither a time such as"),
    ],
)
def test_wrong_use_is_one_clear_line(
    almenara: Almenara, file: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    """No traceback, an exit code that is not 0."""
    (tmp_path / "bad.json").write_text("{,")
    names = {"FILE": str(file), "BAD": str(tmp_path / "bad.json"), "FOLDER": str(tmp_path)}
    result = almenara(*(names.get(argument, argument) for argument in arguments))
    assert result.exit_code in (1, 2)
    assert result.stdout == ""
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_find_sends_the_words(almenara: Almenara, here: Here) -> None:
    """The words of the command line are those of the API."""
    item = {
        "trace_id": TRACE,
        "service": "worker",
        "name": "ventas_etl",
        "start_ns": 10**18,
        "duration_ns": 5 * 10**9,
        "spans": 7,
        "errors": 1,
        "run_id": None,
        "pipeline": None,
    }
    here.platform_answers.on("/api/v1/traces", {"items": [item], "next": "abc"})
    conditions = "--service", "ventas_etl", "--error", "--min-duration", "5s", "--database"
    attributes = "--attribute", "user.id=user123", "-a", "tenant.id=7"
    result = almenara("trace", "find", *conditions, *attributes)
    (request,) = here.platform_answers.requests
    assert dict(request.url.params) == {
        "service": "ventas_etl",
        "error": "true",
        "min_duration": "5s",
        "attribute": "user.id=user123",
        "database": "true",
        "limit": "20",
    }
    assert httpx.QueryParams(request.url.query).get_list("attribute") == ["user.id=user123", "tenant.id=7"]
    assert "There are more: --cursor abc" in result.stdout
    assert json.loads(almenara("trace", "find", "--json").stdout)["items"] == [item]


def test_find_says_when_nothing_matches(almenara: Almenara, here: Here) -> None:
    """An empty table says nothing."""
    here.platform_answers.on("/api/v1/traces", {"items": [], "next": None})
    here.platform_answers.on("/api/v1/services", {"items": ["sample-api", "worker"], "next": None})
    assert "No trace matches" in almenara("trace", "find").stdout
    assert "No trace matches" in almenara("trace", "find", "--service", "worker", "--error").stdout
    told = almenara("trace", "find", "--service", "ventas_etl").stdout
    assert "there are sample-api, worker" in " ".join(told.split())


def test_operation_shows_percentiles(almenara: Almenara, here: Here) -> None:
    """A table of the path at p50, p95 and p99, and a trace to open for each."""
    found = dataclasses.asdict(aggregate(samples(*range(10**6, 11 * 10**7, 10**6))))
    here.platform_answers.on("/api/v1/operations", found)
    lines = almenara("trace", "operation", "--pipeline", "ventas_etl").stdout.splitlines()
    assert lines[0] == "Pipeline ventas_etl: 109 samples in 109 traces, 0 failed"
    assert any("p99" in line and "operation on the path" in line for line in lines)
    assert any(line.startswith("p95") and "traces 00000" in line for line in lines)
    here.platform_answers.on("/api/v1/operations", dataclasses.asdict(aggregate(samples())))
    assert "Nothing matches" in almenara("trace", "operation", "--operation", "x").stdout


def test_two_sets_of_the_platform_are_compared(almenara: Almenara, here: Here) -> None:
    """The changes, and a claim with an example for each clear one."""
    found = dataclasses.asdict(compare(samples(10, 11, 12), samples(40, 41, 42), ("good", "failed")))
    here.platform_answers.on("/api/v1/operations/compare", found)
    result = almenara("trace", "compare", "good", "failed", "--pipeline", "ventas_etl")
    (request,) = here.platform_answers.requests
    assert dict(request.url.params) == {
        "before": "good",
        "after": "failed",
        "pipeline": "ventas_etl",
        "traces": "200",
    }
    assert "load [worker] grew by 30 ns per trace" in " ".join(result.stdout.split())
    assert "  after: 0000" in result.stdout


def test_what_may_be_chance_has_a_legend(almenara: Almenara, here: Here) -> None:
    """The mark beside a change is explained where there is one."""
    for after, told in ((samples(9, 50, 20), True), (samples(40, 41, 42), False)):
        found = dataclasses.asdict(compare(samples(10, 11, 12), after))
        found["changes"] = [change for change in found["changes"] if change["clear"] is not told]
        here.platform_answers.on("/api/v1/operations/compare", found)
        lines = almenara("trace", "compare", "good", "failed").stdout.splitlines()
        assert ("?: may be chance" in lines) is told


def test_an_empty_set_has_no_change(almenara: Almenara, here: Here) -> None:
    """The empty set is named, and no change is; a pipeline that there is not is wrong use."""
    found = dataclasses.asdict(compare(samples(10, 11), samples(), ("good", "failed")))
    here.platform_answers.on("/api/v1/operations/compare", found)
    here.platform_answers.on("/api/v1/pipelines", {"items": [{"name": "ventas_etl"}]})
    result = almenara("trace", "compare", "good", "failed", "--pipeline", "ventas_etl")
    assert result.exit_code == 0
    assert "No trace matches in failed." in result.stdout
    assert "change of the mean" not in result.stdout
    wrong = almenara("trace", "compare", "good", "failed", "--pipeline", "nope")
    assert wrong.exit_code == 2
    assert wrong.stderr == "error: no pipeline is called 'nope'; there are ventas_etl\n"


def test_two_files_are_compared_with_nothing_else_running(almenara: Almenara, tmp_path: Path) -> None:
    """Whole traces by default, or the spans that are asked for."""
    for name, load in (("before.json", 80), ("after.json", 120)):
        (tmp_path / name).write_text(json.dumps(otlp(load)))
    files = str(tmp_path / "before.json"), str(tmp_path / "after.json")
    found = json.loads(almenara("trace", "compare", *files, "--json").stdout)
    assert (found["delta_ns"], found["changes"][0]["name"]) == (40 * 10**6, "load")
    narrowed = json.loads(almenara("trace", "compare", *files, "--operation", "load", "--json").stdout)
    assert narrowed["before"]["mean_ns"] == 80 * 10**6


@pytest.mark.parametrize(
    ("window", "samples"), [(("--since", "1970-01-02"), 0), (("--until", "1970-01-02T00:00+02:00"), 1)]
)
def test_a_window_holds_for_files_too(
    almenara: Almenara, file: Path, window: tuple[str, str], samples: int
) -> None:
    """Traces of files are compared only as far as they started in it; a time without a zone is UTC."""
    found = json.loads(almenara("trace", "compare", str(file), str(file), *window, "--json").stdout)
    assert found["before"]["samples"] == found["after"]["samples"] == samples


def test_times_ago() -> None:
    """A duration means before now; a time is taken as it is."""
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert moment("2h", "--since", now) == "2026-03-01T10:00:00+00:00"
    assert moment("2026-02-01", "--since", now) == "2026-02-01T00:00:00"
    assert moment(None, "--since") is None
    with pytest.raises(WrongUse, match="--until 'x'"):
        moment("x", "--until")
