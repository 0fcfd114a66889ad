"""The embedded runtime over stand-in programs and a real supervisord."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from almenara_platform.runtimes.embedded import Embedded
from almenara_platform.runtimes.exceptions import PartFailed, PortBusy, RuntimeFailure, UnknownPart
from almenara_platform.runtimes.parts import Part
from almenara_platform.runtimes.port import PartStatus
from almenara_platform.runtimes.supervisord import Supervisord

from .conftest import Watch

Build = Callable[..., Embedded]
Make = Callable[..., Part]
# Both lines at once: it is started anew while its log is read.
BROKEN = r"import os; os.write(1, b'first\nno such table: runs\n'); raise SystemExit(1)"


def until(condition: Callable[[], bool], seconds: float = 90) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def only(runtime: Embedded) -> PartStatus:
    """The status of the only part."""
    (status,) = runtime.status()
    return status


def test_up_returns_when_every_part_is_healthy(build: Build, part: Make, watch: Watch) -> None:
    """Each part is healthy, has a process, an address and a start-up time."""
    started = build(part("one"), part("two")).up(watch)
    assert started.changed
    assert [part.name for part in started.parts] == ["one", "two"]
    assert all(part.healthy and part.pid and part.url and part.start_seconds for part in started.parts)


def test_a_second_up_changes_nothing(build: Build, part: Make, watch: Watch) -> None:
    """The processes stay the same ones, and it is told that nothing was started."""
    one = part("one")
    first = build(one).up(watch)
    second = build(one).up(watch)
    assert not second.changed
    assert [status.pid for status in second.parts] == [status.pid for status in first.parts]
    assert second.parts[0].start_seconds == first.parts[0].start_seconds


def test_changed_settings_start_everything_anew(build: Build, part: Make, watch: Watch) -> None:
    """Parts never run on with settings that the user has changed; the change is named."""
    one = part("one")
    first = build(one, COLOUR="red").up(watch)
    second = build(one, COLOUR="blue").up(watch)
    assert second.changed
    assert second.parts[0].pid != first.parts[0].pid
    assert watch.notes == ["Starting anew, because this changed: COLOUR"]


def test_down_leaves_no_process_and_keeps_the_data(
    build: Build, part: Make, watch: Watch, supervisord: Supervisord
) -> None:
    """Neither the supervisor nor a part is left; the log file is."""
    runtime = build(part("one"))
    pid = runtime.up(watch).parts[0].pid
    assert pid is not None
    assert runtime.down() == ["one"]
    assert supervisord.processes() == []
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    assert supervisord.log_file("one").read_text().startswith("listening")
    assert only(runtime).state == "stopped"
    assert runtime.down() == []


def test_a_part_that_cannot_start_is_shown_with_its_last_lines(
    build: Build, part: Make, watch: Watch, supervisord: Supervisord
) -> None:
    """The error has the end of its log, and nothing is left running."""
    with pytest.raises(PartFailed, match="broken ended while it was starting") as failure:
        build(part("one"), part("broken", BROKEN)).up(watch)
    assert failure.value.details[-2:] == ("first", "no such table: runs")
    assert supervisord.processes() == []


def test_a_busy_port_is_named_before_anything_is_written_or_starts(
    build: Build, part: Make, watch: Watch, supervisord: Supervisord, tmp_path: Path
) -> None:
    """The holder's pid and command are in the message; no secret is made that nobody would be told of."""
    taken = part("one")
    holder = psutil.Popen(taken.command, stdout=-3)
    try:
        until(lambda: bool(holder.net_connections()))
        with pytest.raises(
            PortBusy, match=rf"port {taken.port} of one is held by pid {holder.pid} \(.*python"
        ):
            build(taken).up(watch)
    finally:
        holder.kill()
        holder.wait()
    assert supervisord.processes() == []
    assert not (tmp_path / "prepared").exists()


def test_two_parts_on_one_port_are_refused(build: Build, part: Make, watch: Watch) -> None:
    """The two settings that clash are named."""
    one, two = part("one"), part("two")
    clash = type(two)(two.name, two.command, one.port, two.setting, two.ready_path, two.shows)
    with pytest.raises(PortBusy, match="ALMENARA_PORT_ONE and ALMENARA_PORT_TWO both say"):
        build(one, clash).up(watch)


def test_a_killed_part_is_started_again_and_counted(build: Build, part: Make, watch: Watch) -> None:
    """After kill -9 there is another process, healthy, with one restart."""
    runtime = build(part("one"))
    pid = runtime.up(watch).parts[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    until(lambda: only(runtime).pid not in (None, pid) and only(runtime).healthy)
    assert only(runtime).restarts == 1


def test_what_a_killed_supervisor_left_behind_is_found(
    build: Build, part: Make, watch: Watch, supervisord: Supervisord
) -> None:
    """Parts without their supervisor are stopped by the next up, so that their ports are free."""
    one = part("one")
    orphan = build(one).up(watch).parts[0].pid
    (supervisor,) = [process for process in supervisord.processes() if process.pid != orphan]
    supervisor.kill()
    until(lambda: not supervisord.is_running())
    again = build(one).up(watch).parts[0]
    assert again.healthy
    assert again.pid != orphan
    assert watch.notes == ["Stopping what a killed supervisor left behind"]


def test_logs_are_those_of_the_named_parts(build: Build, part: Make, watch: Watch) -> None:
    """Named parts only; an unknown one is refused with the known ones."""
    runtime = build(part("one"), part("two"))
    runtime.up(watch)
    assert {line.part for line in runtime.logs([], 5, follow=False)} == {"one", "two"}
    assert {line.part for line in runtime.logs(["two"], 5, follow=False)} == {"two"}
    with pytest.raises(UnknownPart, match="no part 'three'; there are one, two"):
        list(runtime.logs(["three"], 5, follow=False))


def test_clean_removes_the_folder_with_everything(
    build: Build, part: Make, watch: Watch, supervisord: Supervisord
) -> None:
    """What still runs is stopped first."""
    runtime = build(part("one"))
    runtime.up(watch)
    folder = supervisord.log_file("one").parent.parent
    assert list(runtime.clean()) == [str(folder)]
    assert not folder.exists()
    assert supervisord.processes() == []


def test_clean_does_not_remove_a_folder_that_is_not_ours(
    build: Build, part: Make, supervisord: Supervisord
) -> None:
    """A data folder that points to somebody's own files is left alone."""
    folder = supervisord.log_file("one").parent.parent
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    assert list(build(part("one")).clean()) == []
    (folder / "run").mkdir()
    with pytest.raises(RuntimeFailure, match="was not made by `almenara up`"):
        build(part("one")).clean()
    assert (folder / "thesis.txt").read_text() == "mine"


def test_status_before_the_first_start(build: Build, part: Make) -> None:
    """Every part is there, stopped, and nothing is written."""
    status = only(build(part("one")))
    assert (status.state, status.healthy, status.pid) == ("stopped", False, None)
    assert "nothing answers" in status.detail
