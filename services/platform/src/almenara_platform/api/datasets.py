"""Datasets."""

from __future__ import annotations

from fastapi import APIRouter

from almenara_platform.api.dependencies import Cursor, Limit, Stores
from almenara_platform.api.documents import DatasetDocument, Listing, listing

router = APIRouter(prefix="/api/v1/datasets", tags=["datasets"])


@router.get("")
def datasets(stores: Stores, limit: Limit = 200, cursor: Cursor = None) -> Listing[DatasetDocument]:
    """Datasets by namespace and name, each with its newest schema and the pipelines that touch it."""
    return listing(stores.lineage.datasets(limit, cursor), DatasetDocument)
