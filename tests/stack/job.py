"""A job on the SDK in a process of its own, as users write them; it tells when it is done."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.stack.signals import Signals

SERVICE = "outage-job"
SECONDS = 60
PROGRAM = """
import sys
import almenara
almenara.configure(service=sys.argv[1])
pipeline = almenara.Pipeline("outage_job", namespace="tests")
with pipeline.run(run_id=sys.argv[2]) as run:
    for name in ("extract", "load"):
        with run.stage(name) as stage:
            stage.processed(10)
            stage.log.info("halfway")
"""
SENDER = """
import sys
import almenara
almenara.configure(service=sys.argv[1])
sys.stdin.read()
"""


@dataclass(frozen=True, slots=True)
class Job:
    """Runs with the stack's addresses and one spool."""

    signals: Signals
    spool: Path

    def run(self, run_id: str) -> None:
        """Execute one run; raises when the job fails or does not come to its end in time."""
        command = (sys.executable, "-c", PROGRAM, SERVICE, run_id)
        done = subprocess.run(
            command, env=self.environ, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    @contextmanager
    def started_again(self) -> Iterator[None]:
        """The service, idle, which finds the spool that was left behind."""
        command = (sys.executable, "-c", SENDER, SERVICE)
        with subprocess.Popen(command, env=self.environ, stdin=subprocess.PIPE) as process:
            try:
                yield
            finally:
                process.communicate(timeout=SECONDS)

    @property
    def environ(self) -> Mapping[str, str]:
        given = self.signals.project.environ
        return {
            "PATH": given["PATH"],
            "ALMENARA_URL": self.signals.platform,
            "ALMENARA_OTLP_ENDPOINT": self.signals.otlp,
            "ALMENARA_API_TOKEN": given["ALMENARA_API_TOKEN"],
            "ALMENARA_SPOOL_DIR": str(self.spool),
        }
