"""How answers call what flows from job to job, so that nobody takes it for a dataset."""

from __future__ import annotations

_TO = "hand-over to "


def hand_over_to(job: str) -> str:
    """The name under which answers show what flows into a job from other jobs."""
    return _TO + job


def is_hand_over(name: str) -> bool:
    """Whether this is the name of a hand-over."""
    return name.startswith(_TO)


def taken_over_by(name: str) -> str:
    """The job that takes over, by the name of the hand-over."""
    return name.removeprefix(_TO)
