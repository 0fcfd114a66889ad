"""Starts workers by forking, so that a worker costs no imports: one line of environment in, one pid out.

Nothing runs in this process, so a fork of it is as good as a new interpreter.
"""

import json
import os
import signal
import sys

from worker_etl.__main__ import main


def serve() -> None:
    """Read environments as JSON lines, start a worker with each, write its pid."""
    # A killed worker must be gone, not a zombie.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.environ.update(json.loads(line))
            log = os.open(os.environ["WORKER_LOG"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os._exit(main())
        print(pid, flush=True)


if __name__ == "__main__":
    serve()
