"""Addresses of Marquez's pages that render, as version 0.51.1 was measured. It has no page for a run.

A name that its pages cannot show (``:`` in a dataset's name is not found, ``#`` breaks the page) has no link.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from almenara_platform.outbox.destinations.poison import fault_of

_NOT_IN_A_NAME = frozenset(":#")
_NOT_IN_A_JOB_NAMESPACE = re.compile(r"[^a-zA-Z0-9:;=/_\-.@+]")


class MarquezPages:
    """Links into the pages at ``url``, the address of marquez-web; an empty one gives no links."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def dataset(self, namespace: str, name: str) -> str | None:
        """The lineage of a dataset."""
        if not self._shows(namespace, name):
            return None
        return f"{self._url}/lineage/dataset/{_quoted(namespace)}/{_quoted(name)}"

    def column(self, namespace: str, name: str, column: str) -> str | None:
        """The lineage of a column of a dataset."""
        if not self._shows(namespace, name) or _NOT_IN_A_NAME & set(column):
            return None
        node = _quoted(f"datasetField:{namespace}:{name}:{column}")
        place = f"{self._url}/datasets/column-level/{_quoted(namespace)}/{_quoted(name)}"
        return f"{place}?column={node}&columnName={_quoted(column)}"

    def job(self, namespace: str, name: str, parent: str | None = None) -> str | None:
        """The lineage of a job; ``parent`` is the name of the parent job in its ``parent`` facet."""
        if not self._url or "#" in name:
            return None
        space, own = _NOT_IN_A_JOB_NAMESPACE.sub("_", namespace), job_name(name, parent)
        node = _quoted(f"job:{space}:{own}")
        query = f"?tableLevelNode={node}&depth=5&isFull=true"
        return f"{self._url}/lineage/job/{_quoted(space)}/{_quoted(own)}{query}"

    def _shows(self, namespace: str, name: str) -> bool:
        unfit = _NOT_IN_A_NAME & set(name) or fault_of({"namespace": namespace, "name": name})
        return bool(self._url) and not unfit


def job_name(name: str, parent: str | None) -> str:
    """What Marquez calls a job that has a parent."""
    return name if not parent or name.startswith(f"{parent}.") else f"{parent}.{name}"


def _quoted(text: str) -> str:
    return quote(text, safe="")
