"""Pipelines."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from almenara_platform.api.dependencies import Stores
from almenara_platform.api.documents import Listing, PipelineDocument, listing
from almenara_platform.page import Page

router = APIRouter(prefix="/api/v1/pipelines", tags=["pipelines"])


@router.get("")
def pipelines(stores: Stores, recent: Annotated[int, Query(ge=0, le=100)] = 20) -> Listing[PipelineDocument]:
    """Every pipeline by name, each with its last run and a short history."""
    return listing(Page(stores.lineage.pipelines(recent)), PipelineDocument)
