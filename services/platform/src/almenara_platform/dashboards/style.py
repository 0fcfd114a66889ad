"""Colours, units and thresholds: the same colour means the same thing on every dashboard.

The colours are those of Okabe and Ito (2008), "Color Universal Design", which people with any kind of colour
blindness tell apart; each is readable on Grafana's light and dark background.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.models import dashboard, units

GOOD = "#009E73"
WARNING = "#E69F00"
BAD = "#D55E00"
VOLUME = "#0072B2"
RUNNING = "#56B4E9"
WAITING = "#CC79A7"
QUIET = "#999999"
PALETTE = (GOOD, WARNING, BAD, VOLUME, RUNNING, WAITING, QUIET)

P50, P95, P99 = RUNNING, VOLUME, WAITING

COLORBLIND_SAFE = cast("dashboard.FieldColorModeId", "palette-colorblind")
"""Grafana's own since 13.0, of the same eight colours; its published schema does not list it yet."""

COUNT = units.Short
SHARE = units.PercentUnit
PERCENT = units.Percent
SECONDS = units.Seconds
BYTES = units.BytesIEC
BYTES_PER_SECOND = units.BytesPerSecondIEC
RECORDS_PER_SECOND = "suffix: records/s"
REQUESTS_PER_SECOND = units.RequestsPerSecond
PER_SECOND = units.CountsPerSecond
EVENTS_PER_SECOND = "suffix: events/s"
SCORE = "suffix: of 100"
TIMES = "suffix:×"
UP_DOWN = units.BoolOnOff
TEXT = "string"

RUN_STATES: Mapping[str, tuple[str, str]] = {
    "COMPLETE": ("complete", GOOD),
    "FAIL": ("failed", BAD),
    "ABORT": ("aborted", WARNING),
    "RUNNING": ("running", RUNNING),
    "START": ("started", RUNNING),
    "QUEUED": ("queued", WAITING),
}
"""State of a run or stage: its word and colour."""


def steps(base: str, *above: tuple[float, str]) -> build.ThresholdsConfig:
    """Colours by value: ``base`` below the first limit, then each colour from its limit on."""
    found = [dashboard.Threshold(value=None, color=base)]
    found += [dashboard.Threshold(value=limit, color=color) for limit, color in above]
    return build.ThresholdsConfig().mode(dashboard.ThresholdsMode.ABSOLUTE).steps(found)


def rising(warn: float, bad: float) -> build.ThresholdsConfig:
    """The more, the worse."""
    return steps(GOOD, (warn, WARNING), (bad, BAD))


def falling(bad: float, warn: float) -> build.ThresholdsConfig:
    """The less, the worse."""
    return steps(BAD, (bad, WARNING), (warn, GOOD))


def by_threshold() -> build.FieldColor:
    """The colour of the threshold that a value reaches."""
    return build.FieldColor().mode(dashboard.FieldColorModeId.THRESHOLDS)


def by_name() -> build.FieldColor:
    """A colour for each series, in the order of their names, which is Prometheus' own."""
    return build.FieldColor().mode(COLORBLIND_SAFE)


def only(color: str) -> build.FieldColor:
    """One colour for all."""
    return build.FieldColor().mode(dashboard.FieldColorModeId.FIXED).fixed_color(color)


def scale() -> build.FieldColor:
    """One hue from light to dark, for a heat map; nothing in it relies on telling red from green."""
    return build.FieldColor().mode(dashboard.FieldColorModeId.CONTINUOUS_BLUES)


def run_states() -> list[dashboard.ValueMapping]:
    """Words and colours of states."""
    options = {
        state: dashboard.ValueMappingResult(text=word, color=color, index=index)
        for index, (state, (word, color)) in enumerate(RUN_STATES.items())
    }
    return [dashboard.ValueMap(options=options)]


def up_states() -> list[dashboard.ValueMapping]:
    """1 is up, 0 is down."""
    options = {
        "1": dashboard.ValueMappingResult(text="up", color=GOOD, index=0),
        "0": dashboard.ValueMappingResult(text="down", color=BAD, index=1),
    }
    return [dashboard.ValueMap(options=options)]
