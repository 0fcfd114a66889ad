"""Runs the ``main`` of a module in forked children, so that none of them costs imports.

One line of JSON in, one pid out. Nothing else runs in this process, so a fork of it is as good as a new
interpreter.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence


def serve(module: str) -> None:
    """Read lines with environment, arguments and output of a child; start it and write its pid."""
    main: Callable[[], int] = importlib.import_module(module).main
    # A killed child must be gone, not a zombie.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _become(**json.loads(line))
            os._exit(main())
        print(pid, flush=True)


def _become(environment: Mapping[str, str], arguments: Sequence[str], output: str) -> None:
    os.environ.update(environment)
    sys.argv[1:] = arguments
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(written, 1)
    os.dup2(written, 2)


if __name__ == "__main__":
    serve(sys.argv[1])
