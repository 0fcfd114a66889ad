"""The API against its own OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from starlette.types import Receive, Scope, Send
from tests.platform.events import dataset, whole_run
from tests.platform.otlp import PROTOBUF, logs, proto_log, proto_span, traces

import almenara_platform.settings
from almenara_platform.app import create_app


@schemathesis.serializer("application/x-protobuf")
def as_it_is(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Rubbish in place of protobuf."""
    return value if isinstance(value, bytes) else str(value).encode()


class StartedAlready:
    """An application whose start and end are not schemathesis' to decide, which ends it after each call."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await self._app(scope, receive, send)
            return
        for phase in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{phase}.complete"})


@contextmanager
def platform(folder: Path) -> Iterator[FastAPI]:
    """A platform that has something to find."""
    app = create_app(almenara_platform.settings.read({"ui": False, "data_dir": folder}, environ={}))
    with TestClient(app) as client:
        for event in whole_run(inputs=[dataset("sales", "day")]):
            client.post("/api/v1/lineage", json=event).raise_for_status()
        for path, request in (("/v1/traces", traces(proto_span())), ("/v1/logs", logs(proto_log()))):
            client.post(path, content=request.SerializeToString(), headers=PROTOBUF).raise_for_status()
        yield app


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    """The document that the platform serves."""
    with platform(tmp_path_factory.mktemp("schema")) as app:
        yield schemathesis.openapi.from_asgi("/openapi.json", StartedAlready(app))


def operations() -> list[tuple[str, str]]:
    """Every method and path that the platform documents."""
    nowhere = {"ui": False, "database_url": "sqlite:///:memory:"}
    document = create_app(almenara_platform.settings.read(nowhere, environ={})).openapi()
    return [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]


@pytest.mark.parametrize(("method", "path"), operations())
def test_no_request_makes_a_server_error(schema: schemathesis.BaseSchema, method: str, path: str) -> None:
    """Whatever a request holds, the answer is none of 5xx, but for what only Prometheus could answer."""

    @settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method].as_strategy())
    def answers(case: schemathesis.Case) -> None:
        answer = case.call()
        # these platforms have no Prometheus, which a right question for it is told
        if answer.status_code != 503 or "This needs Prometheus" not in answer.text:
            case.validate_response(answer, checks=[schemathesis.checks.not_a_server_error])

    answers()
