"""Which traces are kept."""

from __future__ import annotations

from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    DEFAULT_OFF,
    DEFAULT_ON,
    Decision,
    ParentBasedTraceIdRatio,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)

ERRORS_ALWAYS = "errors_always"


class RecordUnsampled(Sampler):
    """What another sampler would drop is recorded in process, and still marked as not sampled."""

    def __init__(self, inner: Sampler) -> None:
        self._inner = inner

    def should_sample(self, *args: object, **kwargs: object) -> SamplingResult:
        """The inner decision, with DROP turned into RECORD_ONLY."""
        result = self._inner.should_sample(*args, **kwargs)  # type: ignore[arg-type]
        if result.decision is not Decision.DROP:
            return result
        attributes = kwargs.get("attributes", args[4] if len(args) > 4 else None)
        return SamplingResult(Decision.RECORD_ONLY, attributes, result.trace_state)  # type: ignore[arg-type]

    def get_description(self) -> str:
        """As shown in debug output."""
        return f"RecordUnsampled{{{self._inner.get_description()}}}"


def build_sampler(name: str, ratio: float) -> Sampler:
    """The sampler called ``name`` in the settings; ``ratio`` is clipped to 0..1."""
    share = min(max(ratio, 0.0), 1.0)
    static: dict[str, Sampler] = {
        "always_on": ALWAYS_ON,
        "always_off": ALWAYS_OFF,
        "parentbased_always_on": DEFAULT_ON,
        "parentbased_always_off": DEFAULT_OFF,
    }
    if name in static:
        return static[name]
    if name == "traceidratio":
        return TraceIdRatioBased(share)
    sampler = ParentBasedTraceIdRatio(share)
    return RecordUnsampled(sampler) if name == ERRORS_ALWAYS else sampler
