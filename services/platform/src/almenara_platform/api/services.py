"""Services that sent spans."""

from __future__ import annotations

from fastapi import APIRouter

from almenara_platform.api.dependencies import Stores
from almenara_platform.api.documents import Listing

router = APIRouter(prefix="/api/v1/services", tags=["traces"])


@router.get("")
def services(stores: Stores) -> Listing[str]:
    """Names of the services that sent spans, sorted."""
    return Listing[str](items=list(stores.traces.services()), next=None)
