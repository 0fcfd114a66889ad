"""One page of a list, the same for every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items and where the next ones begin.

    ``next`` is an opaque cursor to send back, or None when there is nothing more.
    """

    items: Sequence[T]
    next: str | None = None


def every(fetch: Callable[[str | None], Page[T]]) -> Iterator[T]:
    """The items of all pages, where ``fetch`` gives the page at a cursor, at None the first."""
    page = fetch(None)
    yield from page.items
    while page.next is not None:
        page = fetch(page.next)
        yield from page.items
