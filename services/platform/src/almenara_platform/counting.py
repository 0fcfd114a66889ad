"""Numbers with the thing that they count."""

from __future__ import annotations


def counted(number: float, thing: str) -> str:
    """A whole number with what it counts, in the plural but for one: ``1 dataset``, ``2,000 datasets``."""
    return f"{number:,.0f} {thing}{'' if number == 1 else 's'}"
