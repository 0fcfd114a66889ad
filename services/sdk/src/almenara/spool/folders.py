"""Which process owns which folder of a spool.

    <spool>/<lane>/<process>/00000001.seg, cursor      <spool>/<lane>/<process>.lock

The lock stands beside its folder and is taken before the folder exists, so nobody can take a folder that is
being made for an orphan. The operating system frees it when its process ends, however it ends.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

LOCK_SUFFIX = ".lock"


class OwnedFolder:
    """A folder that this process alone may read and write, until `release`."""

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path = path
        self._lock = lock

    def release(self, *, remove: bool) -> None:
        """Let the next process have the folder, or remove it when it holds nothing more."""
        if remove:
            shutil.rmtree(self.path, ignore_errors=True)
        lock_file = Path(self._lock.lock_file)
        with suppress(OSError, RuntimeError):
            self._lock.release()
        if remove:
            with suppress(OSError):
                lock_file.unlink(missing_ok=True)


def own_folder(root: Path) -> OwnedFolder:
    """Make a new folder in `root` for this process. Raises OSError."""
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = root / f"{os.getpid()}-{secrets.token_hex(4)}"
    lock = FileLock(f"{path}{LOCK_SUFFIX}", timeout=0, thread_local=False)
    lock.acquire()
    path.mkdir(mode=0o700)
    return OwnedFolder(path, lock)


def orphans(root: Path) -> Iterator[OwnedFolder]:
    """Take over the folders in `root` whose process is gone."""
    yield from _taken_over(_folders(root))


def _taken_over(paths: Iterable[Path]) -> Iterator[OwnedFolder]:
    for path in paths:
        lock = FileLock(f"{path}{LOCK_SUFFIX}", timeout=0, thread_local=False)
        try:
            lock.acquire()
        except (OSError, Timeout):
            continue
        # its last owner may have emptied and removed it before the lock was free
        folder = OwnedFolder(path, lock)
        if path.is_dir():
            yield folder
        else:
            folder.release(remove=True)


def sibling_lanes(root: Path) -> list[Path]:
    """The other lanes of the same spool."""
    return [path for path in _folders(root.parent) if path != root]


def clear_expired(root: Path, oldest: float) -> None:
    """Remove orphans in `root` in which nothing was written since `oldest` (seconds since the epoch).

    No sender adopts them when their destination is no longer in use.
    """
    # only old ones are locked, or a sender that starts at this moment would miss its inheritance
    for folder in _taken_over(path for path in _folders(root) if _last_written(path) < oldest):
        folder.release(remove=_last_written(folder.path) < oldest)


def _last_written(folder: Path) -> float:
    with suppress(OSError):
        return max(path.stat().st_mtime for path in [folder, *folder.iterdir()])
    return float("inf")


def _folders(root: Path) -> list[Path]:
    try:
        return sorted(path for path in root.iterdir() if path.is_dir())
    except OSError:
        return []
