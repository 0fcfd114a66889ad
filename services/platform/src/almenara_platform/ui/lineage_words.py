"""What the page Lineage is asked, as it stands in its address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from almenara_platform.lineage.facts import Entity, Kind
from almenara_platform.lineage.graph import Direction
from almenara_platform.lineage.hand_over import is_hand_over
from almenara_platform.ui import links

MOST_OPENED = 100


@dataclass(frozen=True, slots=True)
class Words:
    """A dataset or column and how to look at it; empty for nothing chosen yet.

    ``opened`` are datasets of the picture that were opened, as ``namespace`` and ``name`` on lines in turn.
    """

    namespace: str = ""
    name: str = ""
    column: str = ""
    direction: str = ""
    depth: int = 1
    opened: str = ""
    colour: str = ""
    columns: str = ""

    @property
    def chosen(self) -> bool:
        """Whether a dataset is named."""
        return bool(self.namespace and self.name)

    @property
    def title(self) -> str:
        """The dataset or column."""
        return f"{self.name}.{self.column}" if self.column else self.name

    @property
    def ways(self) -> Sequence[Direction]:
        """The directions to look in."""
        return (Direction(self.direction),) if self.direction else tuple(Direction)

    def opened_datasets(self) -> list[Entity]:
        """The opened datasets, and hand-overs from job to job."""
        lines = self.opened.split("\n")
        pairs = list(zip(lines[::2], lines[1::2], strict=False))
        return [_drawn(*pair) for pair in pairs[:MOST_OPENED]]

    def toggled(self, namespace: str, name: str) -> Words:
        """The same with one dataset opened, or closed where it was open."""
        known = [each[1:] for each in self.opened_datasets()]
        pair = (namespace, name)
        kept = [each for each in known if each != pair] if pair in known else [*known, pair]
        return replace(self, opened="\n".join(line for each in kept for line in each))

    def address(self) -> str:
        """Where this is looked at."""
        return links.with_query(
            links.LINEAGE, asdict(self) | {"depth": self.depth if self.depth != 1 else ""}
        )


def _drawn(namespace: str, name: str) -> Entity:
    return Entity(Kind.CHANNEL if is_hand_over(name) else Kind.DATASET, namespace, name)
