"""Labels that are put on columns and datasets by hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import BaseModel

from almenara_platform.api.access import WRITE_ACCESS
from almenara_platform.api.documents import Listing
from almenara_platform.api.lineage_answers import Column, Known, Name, Namespace
from almenara_platform.exceptions import BadRequest, NotFound
from almenara_platform.lineage.answers.asked import find
from almenara_platform.lineage.ledger.port import Label

router = APIRouter(prefix="/api/v1/labels", tags=["lineage"])
LabelName = Annotated[str, Query(min_length=1, max_length=255, description="Such as pii.")]


class LabelDocument(BaseModel):
    """A label; ``column`` is null where it is on the dataset as a whole."""

    namespace: str
    name: str
    column: str | None
    label: str


@router.get("")
def labels(known: Known) -> Listing[LabelDocument]:
    """The labels that were put by hand; tags facets and config/labels.yaml give others."""
    items = [
        LabelDocument(namespace=each.namespace, name=each.name, column=each.column or None, label=each.label)
        for each in known.index.snapshot().labels
    ]
    return Listing[LabelDocument](items=items, next=None)


@router.put("", status_code=204, response_class=Response, dependencies=[WRITE_ACCESS])
def put_label(
    known: Known, namespace: Namespace, name: Name, label: LabelName, column: Column = None
) -> None:
    """Put a label on a column, or on every column of a dataset."""
    if "\0" in label:
        raise BadRequest("label has a NUL character in it.", "label")
    find(known.index.snapshot(), namespace, name, column)
    known.index.put_label(Label(namespace, name, column or "", label))


@router.delete("", status_code=204, response_class=Response, dependencies=[WRITE_ACCESS])
def remove_label(
    known: Known, namespace: Namespace, name: Name, label: LabelName, column: Column = None
) -> None:
    """Take a label away that was put by hand."""
    if not known.index.remove_label(Label(namespace, name, column or "", label)):
        raise NotFound(
            f"Nobody has put the label {label[:100]!r} there by hand; GET /api/v1/labels lists those. "
            "Labels of tags facets and of config/labels.yaml are changed where they come from."
        )
