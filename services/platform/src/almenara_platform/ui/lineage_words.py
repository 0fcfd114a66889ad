"""What the pages about lineage ask, as it stands in their addresses."""

from __future__ import annotations

from dataclasses import dataclass, replace

from almenara_platform.ui import links


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

    @property
    def chosen(self) -> bool:
        """Whether a dataset is named."""
        return bool(self.namespace and self.name)

    def opened_names(self) -> list[tuple[str, str]]:
        """The opened datasets."""
        lines = self.opened.split("\n")
        return list(zip(lines[::2], lines[1::2], strict=False))

    def opening(self, namespace: str, name: str) -> Words:
        """The same with one more dataset opened."""
        lines = [*filter(None, [self.opened]), namespace, name]
        return replace(self, opened="\n".join(lines))

    def address(self) -> str:
        """Where this is looked at."""
        known = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return links.with_query(links.LINEAGE, known | {"depth": self.depth if self.depth != 1 else ""})
