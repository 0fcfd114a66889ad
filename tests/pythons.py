"""Run the SDK's tests under every other Python from 3.11 to 3.14 that this machine has.

make pythons
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parent.parent
MINORS = range(11, 15)
SUITES = ("tests/sdk", "tests/contract/test_sink.py")
MEMBERS = tuple(f"services/{name}" for name in ("sdk", "platform", "sample_api", "worker_etl"))


def interpreters() -> Iterator[tuple[str, Path]]:
    """Version and path of one interpreter of each minor version, the running one left out."""
    for minor in MINORS:
        version = f"3.{minor}"
        if minor != sys.version_info.minor:
            yield from ((version, path) for path in islice(filter(answers, candidates(version)), 1))


def candidates(version: str) -> Iterator[Path]:
    """Where an interpreter of this version may be: on PATH, or among pyenv's."""
    if found := shutil.which(f"python{version}"):
        yield Path(found)
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)


def answers(python: Path) -> bool:
    """Whether it starts: a shim of pyenv stands on PATH for versions that are not chosen."""
    return subprocess.run([python, "-c", "import venv"], capture_output=True, check=False).returncode == 0


def passes(version: str, python: Path) -> bool:
    """Set up an environment of the locked dependencies and run the suites in it."""
    print(f"--- Python {version}", flush=True)
    home = ROOT / ".venv" / "pythons" / version
    pip = [uv(), "pip"]
    into = ["--quiet", "--python", str(home)]
    commands: list[list[str]] = [
        [uv(), "venv", "--quiet", "--clear", "--python", str(python), str(home)],
        [*pip, "sync", *into, "--require-hashes", "requirements.lock"],
        [*pip, "install", *into, "--no-deps", "--no-build-isolation", *(f"-e{path}" for path in MEMBERS)],
        [str(home / "bin" / "python"), "-m", "pytest", "-q", "-p", "no:cacheprovider", *SUITES],
    ]
    return all(subprocess.run(command, cwd=ROOT, check=False).returncode == 0 for command in commands)


def uv() -> str:
    """The uv beside the interpreter that runs this."""
    return str(Path(sys.executable).parent / "uv")


def main() -> int:
    """Exit code 0 when every interpreter passed."""
    results = {version: passes(version, path) for version, path in interpreters()}
    for version, passed in results.items():
        print(f"Python {version}: {'passed' if passed else 'FAILED'}")
    if not results:
        print("There is no other Python from 3.11 to 3.14 on this machine.")
    return 0 if all(results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
