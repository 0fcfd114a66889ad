"""What is wrong with a file of objectives or thresholds, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from almenara_platform.exceptions import AlmenaraPlatformError


@dataclass(frozen=True, slots=True)
class Fault:
    """One mistake: file, line (from 1), field (``slos[0].objective``) and what to write instead."""

    path: Path
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class InvalidSpec(AlmenaraPlatformError):
    """Files that cannot be used; ``faults`` lists every mistake found."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)
