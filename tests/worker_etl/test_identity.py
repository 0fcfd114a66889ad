"""Who a worker is, and whom it can see dead."""

import subprocess
import sys
from dataclasses import replace

from worker_etl.identity import Identity

ME = Identity.of_this_process()


def test_sees_an_ended_process() -> None:
    """A process of this machine is seen alive while it runs and dead when it has ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    other = str(replace(ME, pid=process.pid, token="other"))
    assert not ME.sees_dead(other)
    process.communicate(b"\n")
    assert ME.sees_dead(other)


def test_a_predecessor_with_the_same_pid_is_dead() -> None:
    """In a container every worker is process 1: the one before this one has ended."""
    assert ME.sees_dead(str(replace(ME, token="before")))
    assert not ME.sees_dead(str(ME))


def test_sees_nothing_of_other_machines() -> None:
    """Of a worker elsewhere only its lease can tell."""
    assert not ME.sees_dead(str(replace(ME, place="elsewhere/1", pid=2**22 + 1)))


def test_host_names_may_hold_colons() -> None:
    """The place is whatever stands before the last two parts."""
    here = replace(ME, place="fe80::1/4026531836")
    assert here.sees_dead(str(replace(here, token="before")))
