"""How many runs an objective's numbers stand on, and when they are too few to mean much."""

from __future__ import annotations

from dataclasses import dataclass

from almenara_platform.counting import counted
from almenara_platform.slo.measured import Measured
from almenara_platform.slo.sli import LatencyThreshold, RunRatio, Sli


@dataclass(frozen=True, slots=True)
class Sample:
    """The runs of a period that an SLI counts, and how many of them were bad."""

    runs: int
    bad: int
    error_budget: float

    @property
    def is_small(self) -> bool:
        """Whether one bad run alone takes the whole budget."""
        return self.runs * self.error_budget < 1

    @property
    def in_words(self) -> str:
        """Such as ``1 of 4 runs was bad; among so few one bad run takes the whole budget``."""
        was = "was" if self.bad == 1 else "were"
        told = f"{self.bad:,} of {counted(self.runs, 'run')} {was} bad"
        return f"{told}; among so few one bad run takes the whole budget" if self.is_small else told


def sample_of(sli: Sli, measured: Measured, error_budget: float) -> Sample | None:
    """What was counted; None for SLIs that count no runs, and where there were none."""
    if not isinstance(sli, RunRatio | LatencyThreshold) or not measured.known:
        return None
    return Sample(round(measured.total), round(measured.bad), error_budget)
