"""Runs and their raw events."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from fastapi import APIRouter

from almenara_platform.api.dependencies import Cursor, Limit, Since, Stores, Until
from almenara_platform.api.documents import Listing, RunDetailDocument, RunDocument, listing
from almenara_platform.exceptions import NotFound
from almenara_platform.runs.model import RunState
from almenara_platform.store.port import RunQuery

NEWEST = 200
NEAR = 3
# The fewest characters of an id that tell one run from its neighbours, and how alike a mistyped one is.
BEGINNING = 8
ALIKE = 0.9

router = APIRouter(prefix="/api/v1/runs", tags=["runs"])


@router.get("")
def runs(
    stores: Stores,
    pipeline: str | None = None,
    namespace: str | None = None,
    state: RunState | None = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[RunDocument]:
    """Runs by start (or queue) time, newest first."""
    query = RunQuery(pipeline, namespace, state, since, until, limit, cursor)
    return listing(stores.lineage.runs(query), RunDocument)


@router.get("/{run_id}")
def run(stores: Stores, run_id: str) -> RunDetailDocument:
    """One run, by its id or by the one its emitter gave it."""
    found = stores.lineage.run(run_id)
    if found is None:
        raise _unknown(stores, run_id)
    return RunDetailDocument.model_validate(found)


@router.get("/{run_id}/events")
def events(stores: Stores, run_id: str) -> Listing[Any]:
    """The OpenLineage events of a run as they came, in the order of their arrival."""
    if stores.lineage.run(run_id) is None:
        raise _unknown(stores, run_id)
    return Listing[Any](items=list(stores.lineage.events(run_id)), next=None)


def _unknown(stores: Stores, run_id: str) -> NotFound:
    """Says so, with ids of new runs that begin like this one or differ in a few characters."""
    newest = [known.run_id for known in stores.lineage.runs(RunQuery(limit=NEWEST)).items]
    begun = [known for known in newest if len(run_id) >= BEGINNING and known.startswith(run_id.lower())]
    near = begun[:NEAR] or get_close_matches(run_id.lower(), newest, NEAR, ALIKE)
    hint = f"did you mean {', '.join(near)}?" if near else "GET /api/v1/runs lists them."
    return NotFound(f"No run {run_id[:100]!r} is known; {hint}", tuple(near))
