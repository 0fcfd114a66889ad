"""What the stack costs, measured on its containers: `make footprint` writes docs/reference/footprint.md.

Starts the compose stack from nothing as a project of its own and removes it at the end. Takes about a quarter
of an hour and wants a machine that does nothing else.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from tests.bench.outages import Slowdown, slowdowns
from tests.stack.project import ROOT, Project, absent, prepared, services
from tests.stack.signals import Signals

from almenara_platform.runtimes.members import Members
from almenara_platform.runtimes.port import PartStatus
from almenara_platform.runtimes.stack import compose

REPORT = ROOT / "docs" / "reference" / "footprint.md"
IDLE_SECONDS = 90
SAMPLE_SECONDS = 2
DAYS = [f"2017-03-{day:02}" for day in range(1, 11)]
REQUESTS = 300
LARGEST = 8
UNITS = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
PACKAGES = """
import json, pathlib, sysconfig
here = pathlib.Path(sysconfig.get_path("purelib"))
size = lambda path: sum(one.stat().st_size for one in (path, *path.rglob("*")) if one.is_file())
print(json.dumps({path.name: size(path) for path in here.iterdir()}))
"""


@dataclass(frozen=True, slots=True)
class Image:
    """An image on this machine: its bytes, and whether it came from a registry."""

    name: str
    bytes: int
    pulled: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds until healthy and bytes of memory by part; ``images`` by part as well."""

    seconds: Mapping[str, float]
    idle: Mapping[str, int]
    working: Mapping[str, int]
    images: Mapping[str, Image]
    packages: Mapping[str, Mapping[str, int]]
    slowdowns: list[Slowdown]


class Quiet:
    """A progress that nobody watches."""

    def note(self, message: str) -> None:
        """Print it, for whoever waits."""
        print(message, flush=True)

    def part(self, status: PartStatus) -> None:
        """Nothing is shown of it."""


class Peak:
    """The most memory that each part had while it was watched."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._ended = threading.Event()
        self.bytes: dict[str, int] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look every ``SAMPLE_SECONDS``."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(SAMPLE_SECONDS):
            for name, used in memory(self._project).items():
                self.bytes[name] = max(used, self.bytes.get(name, 0))


def measure(folder: Path) -> Measured:
    """Start the stack, leave it alone, give it work, and take parts of it away."""
    with prepared(folder) as project:
        started = compose(ROOT, Members.load(project.environ, ROOT), project.environ).up(Quiet())
        print("started", flush=True)
        time.sleep(IDLE_SECONDS)
        idle, peak, signals = memory(project), Peak(project), Signals.of(project)
        with peak.watched():
            work(signals)
        print("worked", flush=True)
        images = {name: one["Config"]["Image"] for name, one in project.containers().items()}
        return Measured(
            seconds={part.name: part.start_seconds or 0.0 for part in started.parts},
            idle=idle,
            working=peak.bytes,
            images={name: image(tag) for name, tag in images.items()},
            packages={name: packages(tag) for name, tag in images.items() if "build" in services()[name]},
            slowdowns=list(slowdowns(signals, folder / "spool")),
        )


def work(signals: Signals) -> None:
    """One run over all transactions, one for each of some days, and readers of the API meanwhile."""
    url = f"{signals.sample_api}/pipelines/ventas_etl/runs"
    whole = signals.client.post(url, json={"all": True}).raise_for_status().json()["run_id"]
    runs = [whole, *(signals.start(day=day) for day in DAYS)]
    for _ in range(REQUESTS):
        signals.client.get(f"{signals.sample_api}/sales/daily", params={"limit": 100}).raise_for_status()
        signals.client.get(f"{signals.platform}/api/v1/runs").raise_for_status()
    for run_id in runs:
        signals.ended(run_id, 600)


def memory(project: Project) -> dict[str, int]:
    """Bytes of memory by part, without what the kernel keeps of files and can give back."""
    ids = {one["Id"][:12]: name for name, one in project.containers().items()}
    lines = run("docker", "stats", "--no-stream", "--format", "{{json .}}", *ids).splitlines()
    return {ids[one["ID"][:12]]: in_bytes(one["MemUsage"].split("/")[0]) for one in map(json.loads, lines)}


def in_bytes(text: str) -> int:
    """The engine's `12.3MiB`."""
    number = text.strip().rstrip("KMGiB")
    return int(float(number) * UNITS[text.strip()[len(number) :]])


def image(name: str) -> Image:
    """An image of a container."""
    found = json.loads(run("docker", "image", "inspect", name))[0]
    return Image(name, found["Size"], bool(found["RepoDigests"]))


def packages(name: str) -> dict[str, int]:
    """Bytes of the largest packages in an image of ours."""
    found = json.loads(run("docker", "run", "--rm", "--entrypoint", "python", name, "-c", PACKAGES))
    return dict(sorted(found.items(), key=lambda one: -one[1])[:LARGEST])


def run(*command: str) -> str:
    """What a command prints; raises when it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout


def report(measured: Measured) -> str:
    """The page."""
    return "\n".join([*_head(), *_parts(measured), *_images(measured), *_absent(), *_slowdowns(measured), ""])


def _head() -> Iterator[str]:
    engine = run("docker", "version", "--format", "{{.Server.Version}}").strip()
    cores, total = os.cpu_count(), psutil.virtual_memory().total / 2**30
    yield "# Footprint"
    yield ""
    yield (
        f"Written by `make footprint` on {datetime.now(UTC):%Y-%m-%d}: {platform.system()}, {cores} cores, "
        f"{total:.0f} GiB of memory, Docker {engine}, Python {platform.python_version()}. Every number is "
        "measured on the containers of one stack that was started from nothing. The load average was "
        f"{os.getloadavg()[0]:.1f} at the end; more than {cores} makes everything slower."
    )
    yield ""


def _parts(measured: Measured) -> Iterator[str]:
    yield "## Start and memory"
    yield ""
    yield (
        "Seconds from the start of a part's container until it is healthy. Memory as `docker stats` counts "
        f"it: idle is {IDLE_SECONDS} s after the start, working is the most that was seen during one run of "
        f"`ventas_etl` over all transactions, {len(DAYS)} runs over a day each and {2 * REQUESTS} requests."
    )
    yield ""
    yield "| part | healthy after | idle | working | limit |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, seconds in sorted(measured.seconds.items()):
        used = f"{_mib(measured.idle[name])} | {_mib(measured.working[name])}"
        yield f"| {name} | {seconds:.1f} s | {used} | {_limit(name)} MiB |"
    limits = sum(_limit(name) for name in measured.seconds)
    sums = f"{_mib(sum(measured.idle.values()))} | {_mib(sum(measured.working.values()))}"
    yield f"| together | {max(measured.seconds.values()):.1f} s the slowest | {sums} | {limits} MiB |"
    yield ""
    yield f"The limits of all services of the file, also those not measured here, are {_all_limits()} MiB."
    yield ""


def _images(measured: Measured) -> Iterator[str]:
    yield "## Images"
    yield ""
    yield "Bytes on disk, unpacked. An image that was not pulled was made on the measuring machine."
    yield ""
    yield "| part | image | size | from |"
    yield "| --- | --- | ---: | --- |"
    for name, one in sorted(measured.images.items()):
        yield f"| {name} | {one.name} | {_mb(one.bytes)} | {'a registry' if one.pulled else 'made there'} |"
    yield ""
    base = json.loads(run("docker", "image", "inspect", "python:3.13-slim"))[0]["Size"]
    yield f"Ours stand on `python:3.13-slim`, {_mb(base)} there. What they add, with the largest packages:"
    yield ""
    for name, found in measured.packages.items():
        largest = ", ".join(f"{package} {_mb(size)}" for package, size in found.items())
        yield f"- {name}, {_mb(measured.images[name].bytes - base)}: {largest}"
    yield ""


def _absent() -> Iterator[str]:
    yield "## What was tested as a container"
    yield ""
    missing = absent()
    there = [name for name in services() if name not in missing]
    yield f"As containers, by `tests/stack`: {', '.join(there)}."
    if missing:
        yield ""
        yield (
            f"Not as containers, because the measuring machine had no image of them: {', '.join(missing)}. "
            "Their tests are there and skip with that reason."
        )
    yield ""


def _slowdowns(measured: Measured) -> Iterator[str]:
    yield "## A job while a part is away"
    yield ""
    yield (
        "A job of the SDK beside the stack: the seconds of its run while a part is stopped, against the same "
        "job while all of them are there, the least of five each. It may be at most 5 % slower. On a machine "
        "that is busy with other things the processor's seconds, of all threads, tell more than the clock's."
    )
    yield ""
    yield "| stopped | clock, usual | clock, away | ratio | processor, usual | processor, away | ratio |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for one in measured.slowdowns:
        clock = _compared(one.usual.clock, one.away.clock)
        yield f"| {one.service} | {clock} | {_compared(one.usual.processor, one.away.processor)} |"


def _compared(usual: float, away: float) -> str:
    return f"{usual:.2f} s | {away:.2f} s | {away / usual:.3f}"


def _limit(name: str) -> int:
    return int(services()[name]["mem_limit"].removesuffix("m"))


def _all_limits() -> int:
    return sum(_limit(name) for name in services())


def _mib(count: int) -> str:
    return f"{count / 2**20:.0f} MiB"


def _mb(count: int) -> str:
    return f"{count / 1e6:.0f} MB"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        REPORT.write_text(report(measure(Path(place))), encoding="utf-8")
    print(REPORT.read_text(encoding="utf-8"))
