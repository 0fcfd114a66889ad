"""One page of a list, the same for every store."""

from __future__ import annotations

from collections.abc import Sequence
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
