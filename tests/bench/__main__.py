"""Run the benches: `python -m tests.bench` all of them, `python -m tests.bench json_logs ...` some.

Each module here that has a function `compare() -> Iterable[Comparison]` is a bench; its name is the module's,
its description the first line of its docstring. A bench makes what it needs and takes it away again.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import pkgutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType


def benches() -> Iterator[tuple[str, ModuleType]]:
    """Every bench by name."""
    for found in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if found.name != "__main__":
            module = importlib.import_module(f"tests.bench.{found.name}")
            if hasattr(module, "compare"):
                yield found.name, module


def main() -> None:
    """Print ratio first, one line a comparison."""
    known = dict(benches())
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description="Measure ours beside the peer."
    )
    parser.add_argument("names", nargs="*", metavar="bench", help=f"some of {', '.join(known)}; default all")
    names = parser.parse_args().names
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"unknown bench {', '.join(unknown)}; known are {', '.join(known)}")
    for name in names or known:
        print(f"\n{name}: {(known[name].__doc__ or '').splitlines()[0]}", flush=True)
        started = time.perf_counter()
        for comparison in known[name].compare():
            print(comparison, flush=True)
        print(f"{'':>13}({time.perf_counter() - started:.0f} s)", flush=True)
        # What a bench froze would outlive the interpreter, of which some libraries complain at length.
        gc.unfreeze()


if __name__ == "__main__":
    main()
