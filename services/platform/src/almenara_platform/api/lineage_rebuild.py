"""Stored events read into the lineage graph once more."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from almenara_platform.api.access import WRITE_ACCESS
from almenara_platform.store.port import LineageStore

router = APIRouter(prefix="/api/v1/lineage/rebuild", tags=["lineage"])


class Rebuild(BaseModel):
    """How many stored events the graph has yet to read."""

    running: bool
    events_left: int


def _store(request: Request) -> LineageStore:
    return request.app.state.platform.lineage


Store = Annotated[LineageStore, Depends(_store)]


@router.get("")
def rebuild_state(store: Store) -> Rebuild:
    """How far the graph is with the stored events."""
    return _rebuild(store.unread())


@router.post("", status_code=202, dependencies=[WRITE_ACCESS])
def rebuild(store: Store) -> Rebuild:
    """Read every stored event into the graph again, beside what goes on; what it holds already stays."""
    return _rebuild(store.read_again())


def _rebuild(left: int) -> Rebuild:
    return Rebuild(running=left > 0, events_left=left)
