"""Request bodies, read within limits and unpacked."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from almenara_platform.exceptions import BadRequest, StoreUnavailable, TooLarge, Unsupported

_GZIP = 16 + zlib.MAX_WBITS
_WINDOWS = {"gzip": _GZIP, "x-gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_BODIES_AT_ONCE = 8


class BodyReader:
    """Reads bodies of at most ``limit`` bytes, packed or unpacked; holds eight such at once at most."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._room = limit * _BODIES_AT_ONCE

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[bytes]:
        """The body without its content encoding, whose room is free again after the block.

        Raises ``TooLarge`` without reading further; ``StoreUnavailable`` when too many bodies are being read;
        ``Unsupported`` for an encoding other than gzip and deflate; ``BadRequest`` when it does not unpack.
        """
        held = _Held(self)
        try:
            yield await self._read(request, held)
        finally:
            self._room += held.size

    async def _read(self, request: Request, held: _Held) -> bytes:
        declared = request.headers.get("content-length", "")
        if declared.isdigit() and int(declared) > self._limit:
            raise _too_large(self._limit)
        received = bytearray()
        async for chunk in request.stream():
            received += chunk
            if len(received) > self._limit:
                raise _too_large(self._limit)
            held.grow(len(chunk))
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        if encoding in ("identity", ""):
            return bytes(received)
        body = await run_in_threadpool(unpack, bytes(received), encoding, self._limit)
        held.grow(len(body) - len(received))
        return body

    def take(self, size: int) -> None:
        """Use room, or raise ``StoreUnavailable`` when there is none."""
        if size > self._room:
            raise StoreUnavailable("Too many signals are on their way in; send again in a moment.")
        self._room -= size


class _Held:
    """The room that one body takes."""

    def __init__(self, reader: BodyReader) -> None:
        self._reader = reader
        self.size = 0

    def grow(self, size: int) -> None:
        self._reader.take(size)
        self.size += size


def unpack(body: bytes, encoding: str, limit: int) -> bytes:
    """``body`` decompressed; raises as ``BodyReader.read`` does."""
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
