"""Request bodies, read within limits and unpacked."""

from __future__ import annotations

import zlib

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from almenara_platform.exceptions import BadRequest, TooLarge, Unsupported

_GZIP = 16 + zlib.MAX_WBITS
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}


async def read_body(request: Request, limit: int) -> bytes:
    """The body without its content encoding.

    Raises ``TooLarge`` when it has more than ``limit`` bytes, packed or unpacked, without reading further;
    ``Unsupported`` for an encoding other than gzip and deflate; ``BadRequest`` when it does not unpack.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > limit:
            raise _too_large(limit)
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding in ("identity", ""):
        return bytes(received)
    return await run_in_threadpool(unpack, bytes(received), encoding, limit)


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """``body`` decompressed; raises as ``read_body`` does."""
    if encoding not in _WINDOWS:
        raise Unsupported(f"Content-Encoding {encoding[:40]!r} is not read; send gzip.", "Content-Encoding")
    parts: list[bytes] = []
    rest = body
    while rest:
        unpacker = zlib.decompressobj(_WINDOWS[encoding])
        room = limit - sum(map(len, parts))
        parts.append(_decompress(unpacker, rest, room))
        if unpacker.unconsumed_tail or len(parts[-1]) > room:
            raise _too_large(limit)
        if not unpacker.eof:
            raise BadRequest(f"The body ends before its {encoding} data does.", "body")
        rest = unpacker.unused_data
    return b"".join(parts)


def _decompress(unpacker: zlib._Decompress, packed: bytes, room: int) -> bytes:
    try:
        return unpacker.decompress(packed, room + 1)
    except zlib.error as error:
        raise BadRequest("The body does not unpack with its Content-Encoding.", "body") from error


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {limit // 2**20} MB (ALMENARA_MAX_BODY_MB); send less at once.", "body"
    )
