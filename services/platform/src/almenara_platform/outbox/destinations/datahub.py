"""DataHub as a destination, through the OpenLineage endpoint of its metadata service (GMS).

Source: docs/lineage/openlineage.md of DataHub. ``POST {gms}/openapi/openlineage/api/v1/lineage`` with a
personal access token as Bearer answers 202 (200 in earlier versions), and 400 to what it cannot read.
"""

from __future__ import annotations

from typing import Any

import httpx

from almenara_platform.outbox.destinations.complete import complete
from almenara_platform.outbox.destinations.http import TIMEOUT, EventPoster
from almenara_platform.outbox.destinations.port import Knowledge, Parcel
from almenara_platform.outbox.destinations.wellformed import make_wellformed

PATH = "/openapi/openlineage/api/v1/lineage"


class DataHubDestination:
    """DataHub whose metadata service is at ``url``; ``token`` may be empty where it asks for none."""

    name = "datahub"

    def __init__(self, url: str, token: str = "", timeout: httpx.Timeout = TIMEOUT) -> None:
        self._poster = EventPoster("DataHub", url.rstrip("/") + PATH, token, timeout)

    def prepare(self, event: dict[str, Any], knowledge: Knowledge) -> Parcel:
        """The event with the schemas and inputs that its column edges need."""
        complete(event, knowledge)
        make_wellformed(event)
        return Parcel(event)

    def send(self, event: dict[str, Any]) -> None:
        """Post it."""
        self._poster.post(event)

    def close(self) -> None:
        """Release connections."""
        self._poster.close()
