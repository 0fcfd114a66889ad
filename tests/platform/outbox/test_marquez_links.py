"""Links into Marquez that render, and none where its pages cannot."""

from __future__ import annotations

import pytest

from almenara_platform.outbox.destinations.marquez_links import dataset_page

MARQUEZ = "http://localhost:3001/"


def test_segments_are_encoded() -> None:
    """Each part of a name is one segment of the path."""
    assert dataset_page(MARQUEZ, "postgres://db:5432", "a/b.c") == (
        "http://localhost:3001/lineage/dataset/postgres%3A%2F%2Fdb%3A5432/a%2Fb.c"
    )


@pytest.mark.parametrize(("namespace", "name"), [("n", "a:b"), ("n", "a#b"), ("a b", "t"), ("n", "")])
def test_names_that_its_pages_cannot_show_have_no_link(namespace: str, name: str) -> None:
    """A link that leads to an error is worse than none."""
    assert dataset_page(MARQUEZ, namespace, name) is None


def test_without_an_address_there_are_no_links() -> None:
    """Nobody has said where Marquez' pages are."""
    assert dataset_page("", "n", "t") is None
