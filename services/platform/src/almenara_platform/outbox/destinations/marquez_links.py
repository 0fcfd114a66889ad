"""Addresses of Marquez's pages that render, as version 0.51.1 was measured.

A name that its pages cannot show (``:`` in a dataset's name is not found, ``#`` breaks the page) has no link.
"""

from __future__ import annotations

from urllib.parse import quote

from almenara_platform.outbox.destinations.poison import fault_of

_NOT_IN_A_NAME = frozenset(":#")


def dataset_page(url: str, namespace: str, name: str) -> str | None:
    """The lineage of a dataset at ``url``, the address of marquez-web; None when there is no such page."""
    if not url or _NOT_IN_A_NAME & set(name) or fault_of({"namespace": namespace, "name": name}):
        return None
    return f"{url.rstrip('/')}/lineage/dataset/{quote(namespace, safe='')}/{quote(name, safe='')}"
