"""Walking the pages of a list."""

from __future__ import annotations

from collections.abc import Iterator

from almenara_platform.page import Page, every


def test_every_page_is_fetched_once_and_in_order() -> None:
    """Also an empty page in the middle, which a store may give that filters what it reads."""
    pages: dict[str | None, Page[int]] = {None: Page([1, 2], "a"), "a": Page([], "b"), "b": Page([3])}
    asked: list[str | None] = []

    def fetch(cursor: str | None) -> Page[int]:
        asked.append(cursor)
        return pages[cursor]

    assert list(every(fetch)) == [1, 2, 3]
    assert asked == [None, "a", "b"]


def test_a_page_is_fetched_when_its_items_are_wanted() -> None:
    """Who has found what it looked for asks a store for no more."""
    cursors: Iterator[str | None] = iter(["a"])
    items = every(lambda cursor: Page([cursor], next(cursors)))
    assert next(items) is None
