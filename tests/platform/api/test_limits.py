"""Bounds and access of everything that writes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator

import orjson
import pytest
from fastapi.testclient import TestClient
from tests.platform.events import run_event
from tests.platform.otlp import PROTOBUF, proto_span, traces

MEGABYTE = 2**20
LINEAGE = "/api/v1/lineage"
WRITERS = [
    (LINEAGE, {"Content-Type": "application/json"}),
    ("/v1/traces", PROTOBUF),
    ("/v1/logs", {"Content-Type": "application/json"}),
]
Start = Callable[..., TestClient]


@pytest.mark.parametrize(("path", "headers"), WRITERS)
def test_large_body_is_refused(start: Start, path: str, headers: dict[str, str]) -> None:
    """A body over the limit is a 413, told by its length or found while it is read."""
    client = start(max_body_mb=1)

    def unannounced() -> Iterator[bytes]:
        yield from (b"x" * 65_536 for _ in range(17))

    assert client.post(path, content=b" " * (MEGABYTE + 1), headers=headers).status_code == 413
    assert client.post(path, content=unannounced(), headers=headers).status_code == 413


@pytest.mark.parametrize(("path", "headers"), WRITERS)
@pytest.mark.parametrize(("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
def test_zip_bomb_is_refused(
    start: Start, path: str, headers: dict[str, str], encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    """A small body that unpacks to more than the limit is a 413, also in many members."""
    client = start(max_body_mb=1)
    bomb = pack(bytes(64 * MEGABYTE))
    assert (
        client.post(path, content=bomb, headers=headers | {"Content-Encoding": encoding}).status_code == 413
    )
    many = gzip.compress(bytes(MEGABYTE // 2)) * 3
    assert client.post(path, content=many, headers=headers | {"Content-Encoding": "gzip"}).status_code == 413


@pytest.mark.parametrize(("path", "headers"), WRITERS)
@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", b"not gzip", 400),
        ("gzip", gzip.compress(b"{}" * 100)[:-12], 400),
        ("gzip", gzip.compress(b"{}") + b"rest", 400),
        ("deflate", b"\0\1\2", 400),
        ("br", b"x", 415),
        ("gzip, gzip", b"x", 415),
        ("x\u00ff", b"x", 415),
    ],
)
def test_body_that_does_not_unpack_is_refused(
    client: TestClient, path: str, headers: dict[str, str], encoding: str, body: bytes, status: int
) -> None:
    """Bad, cut and unknown encodings are the caller's fault."""
    sent = headers | {"Content-Encoding": encoding.encode("latin-1")}
    answer = client.post(path, content=body, headers=sent)
    assert answer.status_code == status
    assert b"Traceback" not in answer.content


@pytest.mark.parametrize(("path", "headers"), WRITERS)
@pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic c2VjcmV0"}])
def test_write_token_is_asked_for(
    start: Start, path: str, headers: dict[str, str], sent: dict[str, str]
) -> None:
    """With a token set, writing without it is a 401, whatever the body."""
    client = start(api_token="secret")
    answer = client.post(path, content=b"", headers=headers | sent)
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_right_token_writes_and_reading_needs_none(start: Start) -> None:
    """The token opens what writes; what reads is open."""
    client = start(api_token="secrét")
    token = {"Authorization": "Bearer secrét".encode()}
    assert client.post(LINEAGE, json=run_event("START"), headers=token).status_code == 201
    spans = traces(proto_span()).SerializeToString()
    assert client.post("/v1/traces", content=spans, headers=PROTOBUF | token).status_code == 200
    assert len(client.get("/api/v1/runs").json()["items"]) == 1


def test_other_sites_get_no_permission(client: TestClient) -> None:
    """There is no CORS header for any origin."""
    answer = client.get("/api/v1/runs", headers={"Origin": "https://example.org"})
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert client.options(LINEAGE, headers={"Origin": "https://example.org"}).status_code == 405


def test_refused_body_leaves_nothing(start: Start) -> None:
    """After refusals of every kind the stores are as empty as before."""
    client = start(max_body_mb=1)
    half = traces(*(proto_span(number=n) for n in range(1, 50))).SerializeToString()[:-3]
    client.post("/v1/traces", content=half, headers=PROTOBUF)
    event = run_event("START") | {"inputs": [{"namespace": "a", "name": "b"}, {"namespace": "a"}]}
    client.post(LINEAGE, content=orjson.dumps(event))
    for path in ("traces", "logs", "runs", "datasets", "pipelines"):
        assert client.get(f"/api/v1/{path}").json()["items"] == []
