"""Who a worker is, so that its successor on the same machine sees at once that it died."""

import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path

PID_NAMESPACE = Path("/proc/self/ns/pid")
LONGEST_HOST = 60


@dataclass(frozen=True, slots=True)
class Identity:
    """A worker process; `place` is the machine or container whose process ids it shares."""

    place: str
    pid: int
    token: str

    @classmethod
    def of_this_process(cls) -> "Identity":
        """Make this process's identity; the token tells it from an earlier process with the same pid."""
        return cls(f"{socket.gethostname()[:LONGEST_HOST]}/{_namespace()}", os.getpid(), uuid.uuid4().hex[:8])

    def __str__(self) -> str:
        return f"{self.place}:{self.pid}:{self.token}"

    def sees_dead(self, worker: str) -> bool:
        """Tell whether `worker` is known to have ended; False also when that cannot be seen from here."""
        place, pid, _ = worker.rsplit(":", 2)
        if place != self.place or worker == str(self):
            return False
        return int(pid) == self.pid or not _exists(int(pid))


def _namespace() -> str:
    # Containers may share a host name, but then not their process ids.
    return str(PID_NAMESPACE.stat().st_ino) if PID_NAMESPACE.exists() else ""


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
