"""The supervisor's configuration and socket."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from almenara_platform.runtimes.exceptions import RuntimeFailure
from almenara_platform.runtimes.parts import Part
from almenara_platform.runtimes.supervisord import SOCKET_PATH_LIMIT, Supervisord

Make = Callable[..., Part]
PRINTS_SETTING = """
import os, pathlib, time
pathlib.Path(os.environ["OUT"]).write_text(os.environ["ODD"])
time.sleep(60)
"""


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Supervisord]:
    """A supervisor in a folder whose path is longer than a socket's may be, with odd characters."""
    root = tmp_path / "50% of a folder; really" / ("deep" * 30)
    root.mkdir(parents=True)
    supervisor = Supervisord(root / "run", root / "log", root)
    yield supervisor
    supervisor.shutdown()


def test_a_deep_folder_gets_a_short_private_socket(deep: Supervisord, part: Make) -> None:
    """It starts a part although its usual socket path would be too long, and cleans the other one up."""
    one = part("one")
    deep.launch([one], os.environ)
    deep.start("one")
    folder = deep.socket.parent
    assert len(str(deep.socket)) <= SOCKET_PATH_LIMIT
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert deep.states()["one"].pid
    deep.shutdown()
    assert not deep.socket.exists()


def test_a_socket_folder_that_others_can_enter_is_refused(deep: Supervisord) -> None:
    """In a shared temporary folder somebody else may have been faster."""
    deep.socket.parent.mkdir(mode=0o755)
    try:
        with pytest.raises(RuntimeFailure, match="open to others"):
            deep.launch([], os.environ)
    finally:
        deep.socket.parent.rmdir()


def test_two_folders_do_not_disturb_each_other(tmp_path: Path, part: Make) -> None:
    """Ending one supervisor leaves the parts of the other running."""
    ours, theirs = (Supervisord(tmp_path / name, tmp_path / name, tmp_path) for name in ("ours", "theirs"))
    try:
        for supervisor, name in ((ours, "one"), (theirs, "two")):
            supervisor.launch([part(name)], os.environ)
            supervisor.start(name)
        ours.shutdown()
        assert not ours.is_running()
        assert theirs.states()["two"].pid
    finally:
        ours.shutdown()
        theirs.shutdown()


def test_the_parts_inherit_the_environment(deep: Supervisord, part: Make, tmp_path: Path) -> None:
    """Settings reach a part as they are, whatever characters they have, and stay out of the configuration."""
    program = PRINTS_SETTING
    odd = 'percent % and "quotes", commas'
    deep.launch([part("one", program)], {**os.environ, "ODD": odd, "OUT": str(tmp_path / "out")})
    deep.start("one")
    while not (tmp_path / "out").exists() or not (tmp_path / "out").read_text():
        assert deep.states()["one"].restarts == 0
    assert (tmp_path / "out").read_text() == odd
    assert odd not in (deep.log_file("one").parent.parent / "run" / "supervisord.conf").read_text()


def test_what_supervisord_says_when_it_cannot_start(deep: Supervisord, part: Make) -> None:
    """Its own words are in the error."""
    with pytest.raises(RuntimeFailure, match="supervisord did not start") as failure:
        deep.launch([replace(part("one"), name="o:ne")], os.environ)
    assert any("o:ne" in line for line in failure.value.details)
