"""What changed between two sets of traces: which operation grew on the critical path, and by how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from almenara_platform.counting import counted
from almenara_platform.traces import student
from almenara_platform.traces.aggregate import mean_duration, sample_notes
from almenara_platform.traces.durations import format_ns
from almenara_platform.traces.operations import Operation
from almenara_platform.traces.samples import Sample, Samples

CONFIDENCE = 0.95
EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class SetView:
    """One of the two sets. ``mean_ns`` is the mean duration of its samples."""

    name: str
    traces: int
    samples: int
    failed: int
    mean_ns: float


@dataclass(frozen=True, slots=True)
class Change:
    """How the time of an operation on the path changed per sample, in nanoseconds.

    ``low_ns`` to ``high_ns`` is the 95 % confidence interval of the change (Welch), None with fewer than two
    samples on a side. ``clear`` says that it does not include 0. ``traces_before`` and ``traces_after`` count
    the traces with the operation on the path; the examples are the traces nearest to the mean of their set.
    ``claim`` says all of it in a sentence.
    """

    service: str
    name: str
    before_ns: float
    after_ns: float
    delta_ns: float
    low_ns: float | None
    high_ns: float | None
    clear: bool
    traces_before: int
    traces_after: int
    examples_before: tuple[str, ...]
    examples_after: tuple[str, ...]
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sets of traces. The ``changes``, the largest first, sum to ``delta_ns``, the change of the mean."""

    before: SetView
    after: SetView
    delta_ns: float
    changes: tuple[Change, ...]
    notes: tuple[str, ...]


def compare(before: Samples, after: Samples, names: tuple[str, str] = ("before", "after")) -> Comparison:
    """Compare two sets; where one is empty there are no changes and a note says so."""
    views = _view(before, names[0]), _view(after, names[1])
    empty = [view.name for view in views if not view.samples]
    operations = () if empty else _operations((*before.samples, *after.samples))
    changes = [
        _claimed(_change(operation, before.samples, after.samples), *views) for operation in operations
    ]
    return Comparison(
        before=views[0],
        after=views[1],
        delta_ns=0.0 if empty else views[1].mean_ns - views[0].mean_ns,
        changes=tuple(sorted(changes, key=lambda at: (-abs(at.delta_ns), at.service, at.name))),
        notes=(*(f"No trace matches in {name}." for name in empty), *_notes(before, after, names)),
    )


def _claimed(change: Change, before: SetView, after: SetView) -> Change:
    verb = "grew" if change.delta_ns > 0 else "shrank" if change.delta_ns else "did not change"
    by = f" by {format_ns(abs(change.delta_ns))} per trace" if change.delta_ns else ""
    sentence = (
        f"{change.name} [{change.service}] {verb}{by} "
        f"({format_ns(change.before_ns)} -> {format_ns(change.after_ns)}), on the path of "
        f"{change.traces_before:,} of {counted(before.traces, 'trace')} before and "
        f"{change.traces_after:,} of {after.traces:,} after; {_certainty(change)}."
    )
    return replace(change, claim=sentence)


def _certainty(change: Change) -> str:
    if change.low_ns is None or change.high_ns is None:
        return "too few traces to tell it from chance"
    interval = f"95 % interval {format_ns(change.low_ns)} to {format_ns(change.high_ns)}"
    return interval if change.clear else f"{interval}, which may be chance"


def _operations(samples: Iterable[Sample]) -> Iterable[Operation]:
    return dict.fromkeys(operation for sample in samples for operation in sample.on_path)


def _notes(before: Samples, after: Samples, names: tuple[str, str]) -> Iterator[str]:
    for name, found in zip(names, (before, after), strict=True):
        yield from (f"{name}: {note}" for note in sample_notes(found))


def _view(found: Samples, name: str) -> SetView:
    failed = sum(sample.failed for sample in found.samples)
    return SetView(name, found.traces, len(found.samples), failed, mean_duration(found.samples))


def _change(operation: Operation, before: Sequence[Sample], after: Sequence[Sample]) -> Change:
    old, new = _times(operation, before), _times(operation, after)
    delta = float(new.mean() - old.mean())
    low, high = _interval(old, new, delta)
    return Change(
        service=operation.service,
        name=operation.name,
        before_ns=float(old.mean()),
        after_ns=float(new.mean()),
        delta_ns=delta,
        low_ns=low,
        high_ns=high,
        clear=low is not None and high is not None and not low <= 0 <= high,
        traces_before=_traces_with(operation, before),
        traces_after=_traces_with(operation, after),
        examples_before=_examples(operation, before, old),
        examples_after=_examples(operation, after, new),
    )


def _times(operation: Operation, samples: Sequence[Sample]) -> np.ndarray:
    return np.array([float(sample.on_path.get(operation, 0)) for sample in samples])


def _interval(old: np.ndarray, new: np.ndarray, delta: float) -> tuple[float | None, float | None]:
    """Welch's interval with the degrees of freedom of Welch and Satterthwaite."""
    if min(old.size, new.size) < 2:
        return None, None
    parts = np.array([one.var(ddof=1) / one.size for one in (old, new)])
    if not parts.any():
        return delta, delta
    freedom = parts.sum() ** 2 / (parts**2 / (np.array([old.size, new.size]) - 1)).sum()
    reach = student.quantile((1 + CONFIDENCE) / 2, float(freedom)) * float(np.sqrt(parts.sum()))
    return delta - reach, delta + reach


def _traces_with(operation: Operation, samples: Sequence[Sample]) -> int:
    return len({sample.trace_id for sample in samples if sample.on_path.get(operation)})


def _examples(operation: Operation, samples: Sequence[Sample], times: np.ndarray) -> tuple[str, ...]:
    distance = abs(times - times.mean())
    with_it = [i for i in np.argsort(distance, kind="stable").tolist() if samples[i].on_path.get(operation)]
    return tuple(dict.fromkeys(samples[i].trace_id for i in with_it))[:EXAMPLES]
