"""What the platform's check of itself leaves in the console."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.platform.events import NOON
from tests.platform.lineage.lineage_events import wrote
from tests.platform.spans import NOON_NS

from almenara_platform.canary.names import NAME, NAMESPACE, SERVICE
from almenara_platform.canary.signals import PRODUCER
from almenara_platform.traces.model import Span, SpanKind

from .conftest import Served, serving
from .story import memory_platform

pytestmark = pytest.mark.chromium

MARK = "c" * 32


@pytest.fixture(scope="module")
def console() -> Iterator[Served]:
    """A console that knows the canary's trace and dataset, and one dataset of somebody."""
    platform = memory_platform()
    told = {
        "eventTime": NOON.isoformat(),
        "producer": PRODUCER,
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/DatasetEvent",
        "dataset": {"namespace": NAMESPACE, "name": NAME, "facets": {}},
    }
    platform.lineage.apply([told, wrote("people", ("crm.email", "email"))], NOON)
    names = {"openlineage.run_id": MARK}
    span = Span(
        MARK, MARK[:16], None, "canary", SERVICE, SpanKind.INTERNAL, NOON_NS, NOON_NS + 1, attributes=names
    )
    platform.traces.add([span])
    with serving(platform) as served:
        yield served


def test_its_trace_leads_to_no_run(console: Served, page: Page) -> None:
    """It is listed and opens, but nothing in it is a link to a run that does not exist."""
    to_its_run = page.locator(f'a[href$="/runs/{MARK}"]')
    page.goto(f"{console.url}/traces")
    row = page.get_by_role("table", name="Traces").get_by_role("row", name=SERVICE)
    expect(row).to_be_visible()
    expect(to_its_run).to_have_count(0)
    row.get_by_role("link", name="canary").click()
    page.get_by_role("treeitem", name="canary").click()
    expect(page.get_by_text("This span belongs to no run.")).to_be_visible()
    expect(to_its_run).to_have_count(0)


def test_its_dataset_stands_back(console: Served, page: Page) -> None:
    """It is the last of the datasets, and not offered to begin with."""
    page.goto(f"{console.url}/datasets")
    rows = page.get_by_role("table", name="Datasets").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.last).to_contain_text(NAME)
    for path in ("lineage", "impact", "personal-data"):
        page.goto(f"{console.url}/{path}")
        offered = page.get_by_role("group", name="To begin with")
        expect(offered.get_by_role("link")).to_have_text(["crm", "people"])
