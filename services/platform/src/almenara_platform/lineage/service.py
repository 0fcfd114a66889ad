"""Lineage of one platform: the index and what its answers need besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from almenara_platform.lineage.dashboards import Dashboards
from almenara_platform.lineage.index import LineageIndex
from almenara_platform.lineage.rules import rules_or_none
from almenara_platform.slo.model import Slo
from almenara_platform.store.port import LineageStore

LABELS_FILE = "labels.yaml"


@dataclass(frozen=True, slots=True)
class Lineage:
    """What the API, the console and the alerts ask."""

    index: LineageIndex
    store: LineageStore
    dashboards: Dashboards
    slos: Sequence[Slo]


def lineage_of(store: LineageStore) -> Lineage:
    """Lineage of a store without rules, dashboards and objectives."""
    return Lineage(LineageIndex(store.ledger), store, Dashboards(Path("no dashboards")), ())


def open_index(store: LineageStore, config_dir: Path) -> LineageIndex:
    """Load the graph; labels and masking rules come from ``labels.yaml`` in ``config_dir``."""
    return LineageIndex(store.ledger, rules_or_none(config_dir / LABELS_FILE))
