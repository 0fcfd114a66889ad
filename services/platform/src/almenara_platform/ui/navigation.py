"""The entries of the navigation, in their order."""

from __future__ import annotations

from dataclasses import dataclass

from almenara_platform.ui import links


@dataclass(frozen=True, slots=True)
class Entry:
    """A page in the navigation; ``icon`` is a Material icon. Pages under ``path`` belong to it too."""

    label: str
    icon: str
    path: str


@dataclass(frozen=True, slots=True)
class Group:
    """Entries under a heading; an empty heading shows none."""

    heading: str
    entries: tuple[Entry, ...]


GROUPS = (
    Group(
        "",
        (
            Entry("Overview", "space_dashboard", links.OVERVIEW),
            Entry("Runs", "play_circle", links.RUNS),
            Entry("SLOs", "flag", links.SLOS),
            Entry("Alerts", "notifications", links.ALERTS),
        ),
    ),
    Group(
        "Explore",
        (
            Entry("Logs", "subject", links.LOGS),
            Entry("Traces", "waterfall_chart", links.TRACES),
            Entry("Operations", "query_stats", links.OPERATIONS),
            Entry("Compare", "compare_arrows", links.COMPARE),
            Entry("Datasets", "dataset", links.DATASETS),
        ),
    ),
    Group(
        "Lineage",
        (
            Entry("Lineage", "account_tree", links.LINEAGE),
            Entry("Impact", "crisis_alert", links.IMPACT),
            Entry("Personal data", "privacy_tip", links.PERSONAL_DATA),
        ),
    ),
)


def is_under(entry: Entry, path: str) -> bool:
    """Whether the page at ``path`` belongs to an entry; a pipeline's page belongs to the overview."""
    if entry.path == links.OVERVIEW:
        return path == links.OVERVIEW or path.startswith("/pipelines/")
    return path == entry.path or path.startswith(f"{entry.path}/")
