"""Whether the process lives and whether it can do its work."""

from __future__ import annotations

from collections.abc import Callable

import orjson
from fastapi import APIRouter
from fastapi.responses import Response

from almenara_platform.api.dependencies import Stores
from almenara_platform.exceptions import StoreUnavailable

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get(
    "/readyz", responses={503: {"description": "A store cannot answer; `checks` says which and why."}}
)
def readyz(stores: Stores) -> Response:
    """Every store answers."""
    pings = {"lineage": stores.lineage.ping, "traces": stores.traces.ping, "logs": stores.logs.ping}
    checks = {name: _check(ping) for name, ping in pings.items()}
    ready = all(result == "ok" for result in checks.values())
    body = {"status": "ready" if ready else "unavailable", "checks": checks}
    return Response(orjson.dumps(body), 200 if ready else 503, media_type="application/json")


def _check(ping: Callable[[], None]) -> str:
    try:
        ping()
    except StoreUnavailable as error:
        return str(error)
    return "ok"
