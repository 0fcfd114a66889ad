"""Several processes share a spool: forked, spawned, killed, or one after the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest
from tests.sdk.backend import ILL, Backend

from almenara.spool.folders import orphans

ROOT = Path(__file__).resolve().parents[3]
HEAD = """
    import multiprocessing, os, sys, time
    from pathlib import Path
    from almenara.settings import TABLE, load
    from almenara.sink import build
    from tests.sdk.signals import RESOURCE, entry, event, span

    URL, SPOOL, EXIT_SECONDS = sys.argv[1:4]

    def new_sink():
        settings = {"url": URL, "spool_dir": SPOOL, "exit_timeout_seconds": EXIT_SECONDS}
        return build(load(TABLE, runtime=settings, environ={}), RESOURCE)

    def segments():
        # os.walk, unlike rglob, bears that folders go while it looks
        names = ((folder, name) for folder, _, files in os.walk(SPOOL) for name in files)
        return [Path(folder, name) for folder, name in names if name.endswith(".seg")]

    def kept_in(path):
        try:
            return path.read_bytes().count(b"kept")
        except FileNotFoundError:
            return 0

    def on_disk(count):
        deadline = time.monotonic() + 60
        while sum(map(kept_in, segments())) < count:
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def empty():
        deadline = time.monotonic() + 60
        while segments():
            assert time.monotonic() < deadline
            time.sleep(0.01)
"""


@pytest.fixture
def backend():
    """A healthy backend to begin with."""
    backend = Backend()
    yield backend
    backend.close()


@pytest.fixture
def start(backend, tmp_path):
    """Start a program with a sink for that backend; whatever is left of it ends with the test."""
    started = []

    def start(program: str, exit_seconds: float = 30.0) -> subprocess.Popen:
        path = tmp_path / f"program_{len(started)}.py"
        path.write_text(textwrap.dedent(HEAD) + textwrap.dedent(program))
        process = subprocess.Popen(
            [sys.executable, path, backend.url, tmp_path / "spool", str(exit_seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def finish(process: subprocess.Popen) -> str:
    """Wait for a program to end well; what it printed."""
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    return out


def test_a_forked_child_sends_its_own_and_not_its_parents(backend, start):
    """What waited in the parent at the fork is sent once, and the child has a queue of its own."""
    finish(
        start("""
            sink = new_sink()
            sink.spans([span(f"parent-{n}") for n in range(200)])
            if os.fork() == 0:
                sink.spans([span(f"child-{n}") for n in range(200)])
                sys.exit()
            os.wait()
            sink.spans([span("parent-late")])
        """)
    )
    finish(start("sink = new_sink(); empty()"))
    names = [f"{who}-{n}" for who in ("parent", "child") for n in range(200)] + ["parent-late"]

    assert Counter(backend.spans()) == Counter(names)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_children_of_multiprocessing_lose_nothing(backend, start, method):
    """They end without atexit, and still all that they gave arrives, at the next start at the latest."""
    finish(
        start(f"""
            def work(number):
                sink = new_sink()
                sink.spans([span(f"{{number}}-{{n}}") for n in range(50)])
                sink.lineage(event(number))

            if __name__ == "__main__":
                context = multiprocessing.get_context("{method}")
                children = [context.Process(target=work, args=(n,)) for n in range(4)]
                [child.start() for child in children]
                [child.join() for child in children]
        """)
    )
    finish(start("sink = new_sink(); empty()"))
    names = [f"{number}-{n}" for number in range(4) for n in range(50)]

    assert Counter(backend.spans()) == Counter(names)
    assert len(backend.events()) == 4


def test_a_pool_shares_the_sink_it_inherited(backend, start):
    """Forked workers use the sink that the parent made, as servers that preload their application do."""
    finish(
        start("""
            sink = new_sink()
            sink.spans([span("before")])
            sink.flush(10)

            def work(number):
                sink.spans([span(f"{os.getpid()}-{number}")])

            with multiprocessing.get_context("fork").Pool(3) as pool:
                pool.map(work, range(60), chunksize=1)
                pool.close()
                pool.join()
        """)
    )
    finish(start("sink = new_sink(); empty()"))
    numbers = [int(name.split("-")[1]) for name in backend.spans() if name != "before"]

    assert sorted(numbers) == list(range(60))


def test_what_was_spooled_survives_kill_9(backend, start, tmp_path):
    """A killed process leaves its spool to the next one, which need not send anything itself."""
    backend.refuse()
    victim = start("""
        sink = new_sink()
        for n in range(100):
            sink.spans([span(f"kept-{n}")])
            sink.lineage(event(n, job="kept"))
        on_disk(200)
        print("ready", flush=True)
        time.sleep(60)
    """)
    assert victim.stdout.readline() == "ready\n"
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    backend.listen()
    finish(start("sink = new_sink(); empty()"))

    assert backend.spans() == [f"kept-{n}" for n in range(100)]
    assert [taken["eventTime"][20:26] for taken in backend.events()] == [f"{n:06d}" for n in range(100)]
    assert list((tmp_path / "spool").rglob("*.seg")) == []


def test_a_job_ends_once_what_it_found_is_sent_too(backend, start):
    """A short job does not leave with half of an earlier one's events, such as a START without its end."""
    backend.refuse()
    finish(start("sink = new_sink(); [sink.lineage(event(n, job='kept')) for n in range(40)]"))
    backend.listen()
    finish(start("sink = new_sink(); sink.lineage(event(job='own'))"))

    assert [taken["job"]["name"] for taken in backend.events() if taken["job"]["name"] == "kept"] == [
        "kept"
    ] * 40


def test_a_child_that_outlives_its_parent_holds_nothing_back(backend, start):
    """The lock of a killed parent is free although a forked child still runs."""
    backend.refuse()
    parent = start("""
        sink = new_sink()
        sink.spans([span("kept")])
        on_disk(1)
        child = os.fork()
        if child == 0:
            time.sleep(600)
            os._exit(0)
        print(child, flush=True)
        time.sleep(60)
    """)
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    backend.listen()
    try:
        finish(start("sink = new_sink(); empty()"))
        assert backend.spans() == ["kept"]
    finally:
        os.kill(child, signal.SIGKILL)


def test_a_fork_frees_no_lock_of_its_parent(backend, start, tmp_path):
    """A child that drops what it inherited and ends does not give its parent's spool away."""
    backend.refuse()
    parent = start("""
        import gc
        sink = new_sink()
        sink.spans([span("kept")])
        on_disk(1)
        if os.fork() == 0:
            gc.collect()
            sys.exit()
        os.wait()
        print("ready", flush=True)
        time.sleep(60)
    """)
    assert parent.stdout.readline() == "ready\n"
    lane = next((tmp_path / "spool").glob("spans-*"))

    assert list(orphans(lane)) == []


@pytest.mark.parametrize("illness", ["hung", "refused"])
def test_an_ill_backend_does_not_hold_the_interpreter(backend, start, illness):
    """A program ends with its own exit code soon after its last line, and the rest is on disk."""
    if illness == "hung":
        backend.answer = ILL["hung"]
    else:
        backend.refuse()
    program = """
        sink = new_sink()
        sink.spans([span("kept")])
        sink.lineage(event(job="kept"))
        sys.exit(3)
    """
    process = start(program, exit_seconds=1.0)
    _, err = process.communicate(timeout=45)

    assert process.returncode == 3, err
    backend.recover()
    finish(start("sink = new_sink(); empty()"))
    assert set(backend.spans()) == {"kept"}
    assert {taken["job"]["name"] for taken in backend.events()} == {"kept"}
