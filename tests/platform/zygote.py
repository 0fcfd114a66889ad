"""Starts platforms by forking, so that a platform costs no imports: one line of JSON in, one pid out.

Nothing runs in this process, so a fork of it is as good as a new interpreter.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from almenara_platform.__main__ import main


def serve() -> None:
    """Read lines with port file and output; start a platform with each, write its pid."""
    # A killed platform must be gone, not a zombie.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asked = json.loads(line)
            output = os.open(asked["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(output, 1)
            os.dup2(output, 2)
            os._exit(main(["--port-file", asked["port_file"]]))
        print(pid, flush=True)


if __name__ == "__main__":
    serve()
