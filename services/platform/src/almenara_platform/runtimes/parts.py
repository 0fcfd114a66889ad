"""What the embedded runtime has to know of a part to start it and to ask for its health."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One supervised process that serves HTTP on 127.0.0.1.

    ``setting`` is the variable that moves its port; ``ready_path`` answers 2xx once the part can do its
    work; ``shows`` is what a user finds at its address.
    """

    name: str
    command: tuple[str, ...]
    port: int
    setting: str
    ready_path: str
    shows: str

    @property
    def url(self) -> str:
        """Base address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"
