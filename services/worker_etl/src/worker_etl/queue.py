"""The queue of accepted runs: huey over SQLite or Redis, told apart by the URL."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from huey import Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from almenara.exceptions import SettingsError

QUEUE_NAME = "runs"


@dataclass(frozen=True, slots=True)
class RunMessage:
    """One accepted run on its way to a worker. huey has no headers: `context` is the trace's carrier."""

    run_id: str
    pipeline: str
    request: dict[str, Any]
    context: dict[str, str]


class JsonSerializer(Serializer):
    """Messages as JSON, because unpickling a queue's content would execute it."""

    def _serialize(self, data: Message) -> bytes:
        return json.dumps(data._asdict(), separators=(",", ":")).encode()

    def _deserialize(self, data: bytes) -> Message:
        return Message(**json.loads(bytes(data)))


class RunQueue:
    """Accepted runs in the order of their acceptance. One object serves producers and the consumer."""

    def __init__(self, url: str, handler: Callable[[RunMessage], None] | None = None) -> None:
        """Open the queue at `url`; the consumer hands over the `handler` that executes a run.

        Raises SettingsError for an address that is no queue.
        """
        self.huey = _open(url)
        self._handler = handler or _refuse

        def execute_run(**message: Any) -> None:
            self._handler(RunMessage(**message))

        self._task = self.huey.task()(execute_run)

    def put(self, message: RunMessage) -> None:
        """Append a run; raises the storage's error when the queue cannot be reached."""
        self._task(**asdict(message))

    def size(self) -> int:
        """Count the runs that wait."""
        return self.huey.pending_count()

    def waiting(self) -> set[str]:
        """Return the ids of the runs that wait."""
        return {task.kwargs["run_id"] for task in self.huey.pending()}


def _refuse(message: RunMessage) -> None:
    raise RuntimeError(f"this process only enqueues; it cannot execute run {message.run_id}")


def _open(url: str) -> Huey:
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return SqliteHuey(
            QUEUE_NAME, filename=str(path), results=False, serializer=JsonSerializer(), fsync=True
        )
    if scheme in ("redis", "rediss", "unix"):
        return RedisHuey(QUEUE_NAME, url=url, results=False, serializer=JsonSerializer())
    raise SettingsError(
        f"ALMENARA_QUEUE_URL: {scheme!r} is no queue; use sqlite:///path/to/queue.db or redis://host:6379/0"
    )
