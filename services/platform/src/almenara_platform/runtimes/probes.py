"""Asks a part over HTTP whether it can do its work."""

from __future__ import annotations

import httpx

from almenara_platform.runtimes.parts import Part


class HealthProbe:
    """Asks parts at their ``ready_path``; a part that answers anything but 2xx is not healthy."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def complaint(self, part: Part) -> str:
        """Why the part is not healthy, in a few words; empty when it is."""
        try:
            answer = self._client.get(f"{part.url}{part.ready_path}")
        except httpx.TimeoutException:
            return f"{part.ready_path} does not answer in time"
        except httpx.HTTPError:
            return f"nothing answers on port {part.port}"
        return "" if answer.is_success else _explain(part, answer)


def _explain(part: Part, answer: httpx.Response) -> str:
    try:
        detail = answer.json().get("detail", "")
    except (ValueError, AttributeError):
        detail = ""
    return f"{part.ready_path} answers {answer.status_code}" + (f": {detail}" if detail else "")
