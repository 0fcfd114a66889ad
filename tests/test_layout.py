"""The house keeps its shape: four members, who may import whom, files that can be read at one sitting."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

ROOT = Path(__file__).resolve().parent.parent
MEMBERS = {
    "sdk": "almenara",
    "platform": "almenara_platform",
    "sample_api": "sample_api",
    "worker_etl": "worker_etl",
}
ALLOWED = {
    "almenara": {"almenara"},
    "almenara_platform": {"almenara", "almenara_platform"},
    "worker_etl": {"almenara", "worker_etl"},
    "sample_api": {"almenara", "worker_etl", "sample_api"},
}
LONGEST_FILE = 500
FOREIGN_TEXT = {"LICENSE", "requirements.lock"}
CODE = {".py", ".js"}
EMPTY_NAMES = {"utils", "util", "common", "helpers", "misc"}
MACHINE_PATHS = re.compile(r"(?<![\w.])(/home/\w|/Users/\w|/root/|/work/)")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
PUBLIC_INDEXES = {"pypi.org", "files.pythonhosted.org"}


def files() -> list[Path]:
    """Every file that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and not path.is_symlink()]


def texts() -> Iterator[tuple[str, str]]:
    """Path and text of every file of ours that is text."""
    for path in files():
        if path.name not in FOREIGN_TEXT and path != Path(__file__):
            try:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue


def imports(path: Path) -> set[str]:
    """The first names of everything that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return found


def test_there_are_exactly_four_members() -> None:
    """Each has its own pyproject.toml and src layout, and its package is named as planned."""
    found = {path.parent.name: path for path in ROOT.glob("services/*/pyproject.toml")}
    assert set(found) == set(MEMBERS)
    for folder, package in MEMBERS.items():
        assert tomllib.loads(found[folder].read_text())["project"]["requires-python"] == ">=3.11"
        assert (found[folder].parent / "src" / package / "__init__.py").is_file()


@pytest.mark.parametrize("folder", MEMBERS)
def test_members_import_only_whom_they_may(folder: str) -> None:
    """The SDK writes and the platform reads: the SDK never needs the platform, nor the platform a sample."""
    package = MEMBERS[folder]
    forbidden = set(MEMBERS.values()) - ALLOWED[package]
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / "services" / folder / "src").rglob("*.py")
        for name in imports(path) & forbidden
    }
    assert not wrong


def test_no_file_is_too_long() -> None:
    """A file of code is read at one sitting."""
    lengths = {name: text.count("\n") for name, text in texts() if Path(name).suffix in CODE}
    assert not {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE}


def test_no_module_has_a_name_that_says_nothing() -> None:
    """What is in `utils` or `common` has a better name."""
    assert not [path for path in files() if path.suffix == ".py" and path.stem in EMPTY_NAMES]


def test_every_test_says_what_it_shows() -> None:
    """A failing test explains itself by its docstring."""
    silent = [
        f"{path.relative_to(ROOT)}::{node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not ast.get_docstring(node)
    ]
    assert not silent


def test_nothing_is_marked_as_unfinished() -> None:
    """What is not done is not in the code."""
    assert not [name for name, text in texts() if UNFINISHED.search(text)]


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """No home folder, no name of this machine and no address of its package index is in any file."""
    hosts = {urlsplit(os.environ.get(name, "")).hostname for name in ("PIP_INDEX_URL", "UV_INDEX_URL")}
    names = {host for host in hosts if host} - PUBLIC_INDEXES
    wrong = [
        name for name, text in texts() if MACHINE_PATHS.search(text) or any(host in text for host in names)
    ]
    assert not wrong


def test_secrets_are_not_in_git() -> None:
    """Neither the data folder nor an environment file is tracked."""
    assert not [path for path in files() if ".almenara" in path.parts or path.name == ".env"]
