"""The page of a dataset of which no event told a schema."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.platform.events import NOON, RUN_ID, dataset, run_event
from tests.platform.lineage.lineage_events import column_lineage

from .conftest import Served

pytestmark = pytest.mark.chromium


def test_columns_and_runs_of_a_dataset_without_schema(served: Served, page: Page) -> None:
    """Lineage names its columns, each source once, and each run has a name of its own."""
    lineage = column_lineage(("crm.email", "email"), ("crm.email?", "email"), ("crm.zip", "area"))
    other = str(UUID(int=9))
    served.platform.lineage.apply(
        [
            run_event("COMPLETE", 60 * number, run_id=run_id, outputs=[dataset("people", facets=lineage)])
            for number, run_id in enumerate([RUN_ID, other])
        ],
        NOON,
    )
    page.goto(f"{served.url}/datasets/file/people")
    columns = page.get_by_role("region", name="Columns")
    expect(columns).to_contain_text("no event told their types")
    email = columns.get_by_role("row").filter(has_text=re.compile("^email"))
    expect(email.get_by_role("link", name="crm.email")).to_have_count(1)
    expect(columns.get_by_role("link", name="area", exact=True)).to_be_visible()
    runs = page.get_by_role("table", name="Latest runs that wrote it")
    for run_id in (RUN_ID, other):
        expect(runs.locator(f'a[href$="/runs/{run_id}"]')).to_contain_text(run_id[:13])
    page.goto(f"{served.url}/datasets")
    expect(page.get_by_role("row").filter(has_text="people")).to_contain_text("area")
