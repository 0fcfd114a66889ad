"""Links into Marquez that render, and none where its pages cannot."""

from __future__ import annotations

import pytest

from almenara_platform.outbox.destinations.marquez_links import MarquezPages

PAGES = MarquezPages("http://localhost:3001/")


def test_segments_are_encoded() -> None:
    """Each part of a name is one segment of the path."""
    assert PAGES.dataset("postgres://db:5432", "a/b.c") == (
        "http://localhost:3001/lineage/dataset/postgres%3A%2F%2Fdb%3A5432/a%2Fb.c"
    )
    assert PAGES.column("file", "sales", "total") == (
        "http://localhost:3001/datasets/column-level/file/sales"
        "?column=datasetField%3Afile%3Asales%3Atotal&columnName=total"
    )


def test_job_goes_by_the_name_that_marquez_gives_it() -> None:
    """A parent is put before the name unless it is there, and a namespace is sanitised."""
    query = "?tableLevelNode=job%3Amy_ns%3A{}&depth=5&isFull=true"
    base = "http://localhost:3001/lineage/job/my_ns/"
    assert PAGES.job("my ns", "step") == f"{base}step{query.format('step')}"
    assert PAGES.job("my ns", "step", "dag") == f"{base}dag.step{query.format('dag.step')}"
    assert PAGES.job("my ns", "dag.step", "dag") == f"{base}dag.step{query.format('dag.step')}"


@pytest.mark.parametrize(("namespace", "name"), [("n", "a:b"), ("n", "a#b"), ("a b", "t"), ("n", "")])
def test_names_that_its_pages_cannot_show_have_no_link(namespace: str, name: str) -> None:
    """A link that leads to an error is worse than none."""
    assert PAGES.dataset(namespace, name) is None
    assert PAGES.column(namespace, name, "c") is None


def test_without_an_address_there_are_no_links() -> None:
    """Nobody has said where Marquez' pages are."""
    assert MarquezPages("").dataset("n", "t") is None
    assert MarquezPages("").job("n", "t") is None
