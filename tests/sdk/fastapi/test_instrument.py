"""A request to an instrumented application leaves its signals, joined by one trace id."""

from __future__ import annotations

import re

import pytest
from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, StreamingResponse
from opentelemetry import baggage
from prometheus_client.parser import text_string_to_metric_families
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

import almenara
import almenara.fastapi
from almenara.testing import capture

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
WANTED = "0190f0a000007000800000000000abcd"
NEW_ID = re.compile(r"[0-9a-f]{32}")


class Order(BaseModel):
    """A body with a type to offend."""

    amount: int


def application() -> FastAPI:
    """An application with a route of each kind."""
    app = FastAPI()
    orders = APIRouter(prefix="/shops/{shop}")

    @app.get("/items/{item_id}")
    async def item(item_id: str) -> dict[str, str]:
        almenara.log.info("item_read")
        return {"item": item_id, "user": str(baggage.get_baggage("user.id"))}

    @app.get("/sync")
    def sync() -> str:
        almenara.log.info("in_a_thread")
        return "ok"

    @app.get("/broken")
    async def broken() -> None:
        raise ValueError("secret detail of the inside")

    @app.get("/teapot")
    async def teapot() -> None:
        raise HTTPException(418, "short and stout", headers={"X-Pot": "yes"})

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def parts():
            yield b"first"
            raise RuntimeError("the rest is gone")

        return StreamingResponse(parts())

    @orders.post("/orders/{order_id}")
    async def order(shop: str, order_id: int, order: Order) -> None:
        return None

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    app.include_router(orders, prefix="/v2")
    return almenara.fastapi.instrument(app)


@pytest.fixture
def signals():
    """The signals of the server alone: the test's client is an httpx client, which would be traced too."""
    with capture(auto_instrument=[]) as signals:
        yield signals


@pytest.fixture
def client(signals):
    """A client that sees answers, not exceptions."""
    with TestClient(application(), raise_server_exceptions=False) as client:
        yield client


def test_span_log_metric_and_header_share_the_trace_id(client, signals):
    """Whatever one has of a request, the rest is found by it."""
    answer = client.get("/items/7?token=hidden")
    span = signals.span("GET /items/{item_id}")
    trace_id = answer.headers["X-Trace-Id"]

    assert NEW_ID.fullmatch(trace_id)
    assert (span.trace_id, span.parent_id, span.kind) == (trace_id, "", "SERVER")
    assert signals.log("item_read")["trace_id"] == trace_id
    assert signals.log("http_request", status=200)["trace_id"] == trace_id
    labels = {"method": "GET", "route": "/items/{item_id}", "status_code": "200"}
    assert signals.metric("http_server_request_duration_seconds_count", **labels) == 1


def test_the_span_follows_the_semantic_conventions(client, signals):
    """Method, route, path and status are where every backend looks for them, and the query stays private."""
    client.get("/items/7?token=hidden", headers={"User-Agent": "curious/1"})
    attributes = signals.span("GET /items/{item_id}").attributes

    assert attributes["http.request.method"] == "GET"
    assert attributes["http.route"] == "/items/{item_id}"
    assert attributes["url.path"] == "/items/7"
    assert attributes["http.response.status_code"] == 200
    assert attributes["user_agent.original"] == "curious/1"
    assert "hidden" not in str(dict(attributes))


def test_traceparent_wins(client, signals):
    """A request that is part of a trace stays in it, whatever else it asks for."""
    answer = client.get("/items/7", headers={"traceparent": PARENT, "X-Trace-Id": WANTED})
    span = signals.span("GET /items/{item_id}")

    assert answer.headers["X-Trace-Id"] == TRACE
    assert (span.trace_id, span.parent_id) == (TRACE, "00f067aa0ba902b7")


@pytest.mark.parametrize("asked", [WANTED, WANTED.upper(), "0190f0a0-0000-7000-8000-00000000abcd"])
@pytest.mark.parametrize("traceparent", ["", "00-broken", f"00-{'0' * 32}-{'1' * 16}-01"])
def test_a_valid_trace_id_is_taken(client, signals, asked, traceparent):
    """32 hex digits or a UUID become the id of a trace that has a root."""
    answer = client.get("/items/7", headers={"X-Trace-Id": asked, "traceparent": traceparent})
    span = signals.span("GET /items/{item_id}")

    assert answer.headers["X-Trace-Id"] == span.trace_id == WANTED
    assert span.parent_id == ""


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "0" * 32,
        "xyz",
        WANTED[:-1],
        WANTED + "0",
        "<script>alert(1)</script>",
        "../../etc",
        f"{{{WANTED}}}",
        "é" * 32,
    ],
)
def test_a_malformed_trace_id_is_replaced_and_never_echoed(client, signals, asked):
    """Neither the answer nor a log line repeats what is no id."""
    answer = client.get("/items/7", headers={"X-Trace-Id": asked.encode("latin-1")})
    trace_id = answer.headers["X-Trace-Id"]

    assert NEW_ID.fullmatch(trace_id)
    assert trace_id not in (asked, "0" * 32)
    if asked:
        assert asked not in str(signals.logs)


def test_two_trace_ids_are_none(client):
    """An ambiguous request gets an id of its own."""
    answer = client.get("/items/7", headers=[("X-Trace-Id", WANTED), ("X-Trace-Id", "a" * 32)])

    assert answer.headers["X-Trace-Id"] not in (WANTED, "a" * 32)


def test_one_request_leaves_nothing_to_the_next(client, signals):
    """Each request without an id starts a trace of its own."""
    first = client.get("/items/1", headers={"X-Trace-Id": WANTED})
    second = client.get("/items/1")

    assert first.headers["X-Trace-Id"] != second.headers["X-Trace-Id"]
    assert all(span.parent_id == "" for span in signals.spans)


def test_baggage_reaches_the_route(client, signals):
    """What the caller put into the baggage can be read, and allowed keys are on span and log."""
    answer = client.get("/items/7", headers={"traceparent": PARENT, "baggage": "user.id=ana,color=red"})
    span = signals.span("GET /items/{item_id}")

    assert answer.json()["user"] == "ana"
    assert span.attributes["user.id"] == "ana"
    assert "color" not in span.attributes


def test_threads_of_the_server_keep_the_trace(client, signals):
    """A synchronous route runs in a thread and logs with the same id."""
    answer = client.get("/sync")

    assert signals.log("in_a_thread")["trace_id"] == answer.headers["X-Trace-Id"]


def test_an_unhandled_exception_is_a_problem_with_the_trace_id(client, signals):
    """The client learns where to look, not what is inside; span and log tell it all."""
    answer = client.get("/broken")
    span = signals.span("GET /broken")

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["trace_id"] == answer.headers["X-Trace-Id"] == span.trace_id
    assert "secret" not in answer.text
    assert (span.status, span.events, span.attributes["error.type"]) == (
        "ERROR",
        ("exception",),
        "ValueError",
    )
    assert signals.log("http_request")["level"] == "ERROR"


def test_an_http_exception_is_a_problem(client, signals):
    """Status, detail and headers of an HTTPException are kept; a client's error is none of the span."""
    answer = client.get("/teapot")

    assert answer.status_code == 418
    assert answer.headers["X-Pot"] == "yes"
    assert answer.json() == {
        "type": "about:blank",
        "title": "I'm a Teapot",
        "status": 418,
        "detail": "short and stout",
        "trace_id": answer.headers["X-Trace-Id"],
    }
    assert signals.span("GET /teapot").status == "UNSET"


def test_an_invalid_body_names_its_field(client):
    """The first field at fault stands alone, all of them in a list."""
    answer = client.post("/v2/shops/a/orders/x", json={"amount": "many"})

    assert answer.status_code == 422
    assert answer.json()["field"] == "order_id"
    assert [error["field"] for error in answer.json()["errors"]] == ["order_id", "amount"]


def test_a_route_of_an_included_router_has_its_whole_template(client, signals):
    """Prefixes of routers and applications belong to the route."""
    client.post("/v2/shops/a/orders/1", json={"amount": 1})

    assert (
        signals.span("POST /v2/shops/{shop}/orders/{order_id}").attributes["url.path"]
        == "/v2/shops/a/orders/1"
    )


def test_unknown_paths_and_methods_share_one_label(client, signals):
    """Somebody who scans for paths makes no new time series and no new span names."""
    client.get("/wp-admin/1")
    client.get("/wp-admin/2")
    client.request("HACK", "/items/1")

    labels = {"method": "GET", "route": "unmatched", "status_code": "404"}
    assert signals.metric("http_server_request_duration_seconds_count", **labels) == 2
    assert [span.name for span in signals.spans][:2] == ["GET", "GET"]
    assert signals.spans[-1].attributes["http.request.method"] == "_OTHER"


def test_an_exception_in_a_stream_is_on_the_span(client, signals):
    """The answer had begun with 200, and still the span says that it failed."""
    with pytest.raises(RuntimeError), TestClient(application()) as strict:
        strict.get("/half")
    span = signals.span("GET /half")

    assert span.attributes["http.response.status_code"] == 200
    assert (span.status, span.events) == ("ERROR", ("exception",))


def test_metrics_are_open_metrics_with_exemplars(client, signals):
    """/metrics carries the trace id of a request beside its duration."""
    trace_id = client.get("/items/7").headers["X-Trace-Id"]
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text"})

    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert f'trace_id="{trace_id}"' in answer.text
    assert answer.text.endswith("# EOF\n")


def test_a_plain_scraper_gets_plain_text(client):
    """Without an Accept header for OpenMetrics the classic format is served."""
    client.get("/items/7")
    families = text_string_to_metric_families(client.get("/metrics").text)

    assert "http_server_request_duration_seconds" in {family.name for family in families}


def test_probes_make_no_noise(client, signals):
    """Health checks and scrapes get their id, but no span, metric or log line."""
    answers = [client.get("/healthz"), client.get("/metrics")]

    assert all(NEW_ID.fullmatch(answer.headers["X-Trace-Id"]) for answer in answers)
    assert signals.spans == []
    assert "http_request" not in [line["message"] for line in signals.logs]


def test_requests_being_answered_are_counted_and_uncounted(client, signals):
    """The gauge is back at 0 after every kind of end."""
    for path in ("/items/1", "/broken", "/teapot", "/nowhere"):
        client.get(path)

    assert signals.metric("http_server_active_requests", method="GET") == 0


def test_instrumenting_twice_changes_nothing(signals):
    """One span a request, and one /metrics route."""
    app = application()
    almenara.fastapi.instrument(app)
    with TestClient(app) as client:
        client.get("/items/1")

    assert len(signals.spans) == 1


def test_handlers_of_the_application_are_kept(signals):
    """Its own answer to an error is sent, with the trace id of ours."""
    app = FastAPI()

    @app.exception_handler(Exception)
    async def own(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"own": almenara.fastapi.trace_id()}, 500)

    @app.get("/broken")
    async def broken() -> None:
        raise KeyError

    with TestClient(almenara.fastapi.instrument(app), raise_server_exceptions=False) as client:
        answer = client.get("/broken")

    assert answer.json() == {"own": answer.headers["X-Trace-Id"]}


def test_an_application_that_runs_already_is_instrumented(signals):
    """The middleware stack may have been built before."""
    app = FastAPI()
    app.get("/x")(lambda: "ok")
    with TestClient(app) as client:
        client.get("/x")
        almenara.fastapi.instrument(app)
        assert NEW_ID.fullmatch(client.get("/x").headers["X-Trace-Id"])


def test_starlette_and_mounts_work(signals):
    """Routes of Starlette have their template, and those of a mounted application its prefix."""

    async def hello(request: Request) -> PlainTextResponse:
        return PlainTextResponse("hi")

    inner = FastAPI()
    inner.get("/deep/{n}")(lambda n: n)
    app = Starlette(routes=[Route("/hello/{name}", hello), Mount("/inner", inner)])
    with TestClient(almenara.fastapi.instrument(app)) as client:
        client.get("/hello/ana")
        client.get("/inner/deep/1")

    assert [span.name for span in signals.spans] == ["GET /hello/{name}", "GET /inner/deep/{n}"]


def test_a_submitted_run_marks_the_request(signals):
    """The SERVER span of the request that accepted a run is found by the run's id."""
    app = FastAPI()
    ventas = almenara.Pipeline("ventas", namespace="retail")

    @app.post("/runs")
    def submit() -> str:
        with ventas.submit(queue="runs") as ticket:
            return ticket.run_id

    with TestClient(almenara.fastapi.instrument(app)) as client:
        run_id = client.post("/runs").json()
    server, producer = signals.span("POST /runs"), signals.span("send runs")

    assert server.attributes["openlineage.run_id"] == producer.attributes["openlineage.run_id"] == run_id
    assert producer.parent_id == server.span_id
