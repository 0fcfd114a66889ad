"""A second Prometheus and Alertmanager beside the stack, from its images, with a second for every minute.

The stack's own keep their windows, which other tests need. Slack, PagerDuty and the dead man's switch are
servers of this process.
"""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.containers import image_of
from tests.rules.hurried import alertmanager_config, prometheus_config
from tests.rules.receivers import Received, receivers
from tests.stack.project import ROOT, Project
from tests.stack.signals import Signals

LINKS = {"console": "http://console.example", "grafana": "http://grafana.example"}
TARGETS = {"platform": "platform:8080", "worker-etl": "worker-etl:8001"}


@dataclass(frozen=True, slots=True)
class Watchtower:
    """What watches the stack, and what it told."""

    signals: Signals
    prometheus: str
    received: Received

    def firing(self, alert: str, pipeline: str) -> bool:
        """Whether the alert fires now, as Prometheus sees it."""
        query = f'ALERTS{{alertname="{alert}",pipeline="{pipeline}",alertstate="firing"}}'
        return bool(self._query(query))

    def knows(self, query: str) -> bool:
        """Whether a query has an answer."""
        return bool(self._query(query))

    def in_the_console(self, alert: str, firing: bool) -> list[dict[str, Any]]:
        """The platform's alerts of a name about ventas_etl."""
        wanted = {"name": alert, "pipeline": "ventas_etl", "firing": str(firing).lower()}
        answer = self.signals.client.get(f"{self.signals.platform}/api/v1/alerts", params=wanted)
        return answer.raise_for_status().json()["items"]

    def about(self, alert: str, run_id: str) -> list[dict[str, Any]]:
        """Those alerts of a name that fire and name the run among those behind them."""
        firing = self.in_the_console(alert, firing=True)
        return [one for one in firing if run_id in [run["run_id"] for run in one["runs"]]]

    def resolved_in_the_console(self, alert: str, began: str) -> bool:
        """Whether the alert that began then is over."""
        return began in [one["starts_at"] for one in self.in_the_console(alert, firing=False)]

    def _query(self, query: str) -> list[dict[str, Any]]:
        answer = self.signals.client.get(f"{self.prometheus}/api/v1/query", params={"query": query})
        return answer.raise_for_status().json()["data"]["result"]


@contextmanager
def watchtower(signals: Signals, folder: Path, pipelines: str) -> Iterator[Watchtower]:
    """Both programs over ``folder``, with these pipelines in config/pipelines.yaml."""
    project = signals.project
    name, gateway = _network(project)
    bound, called = _this_machine(gateway)
    with receivers(bound) as (port, received):
        services = f"http://{called}:{port}"
        token = project.environ["ALMENARA_API_TOKEN"]
        routes = alertmanager_config(ROOT, folder, "platform:8080", services, token)
        store = f"--storage.path={folder}/alertmanager"
        arguments = (f"--config.file={routes}", store, "--cluster.listen-address=")
        with _container("alertmanager", 9093, name, folder, arguments) as (alias, _):
            config = prometheus_config(ROOT, folder, f"{alias}:9093", TARGETS, pipelines, LINKS)
            arguments = (f"--config.file={config}", f"--storage.tsdb.path={folder}/prometheus", *_FEATURES)
            with _container("prometheus", 9090, name, folder, arguments) as (_, url):
                yield Watchtower(signals, url, received)


_FEATURES = ("--enable-feature=exemplar-storage,created-timestamp-zero-ingestion",)


@contextmanager
def _container(
    service: str, port: int, network: str, folder: Path, arguments: tuple[str, ...]
) -> Iterator[tuple[str, str]]:
    """A container of a service's image: its name in the network and its address on this machine.

    It runs as this user, because the folder of a test is closed to others.
    """
    name = f"{network}-{service}-{secrets.token_hex(4)}"
    options: Mapping[str, str] = {
        "name": name,
        "network": network,
        "user": f"{os.getuid()}:{os.getgid()}",
        "volume": f"{folder}:{folder}",
        "publish": f"127.0.0.1::{port}",
    }
    given = [f"--{option}={value}" for option, value in options.items()]
    _docker("run", "--detach", *given, image_of(service), *arguments)
    try:
        yield name, f"http://{_docker('port', name, str(port)).splitlines()[0]}"
    finally:
        _docker("rm", "--force", "--volumes", name)


def _network(project: Project) -> tuple[str, str]:
    """The project's network and the address of its gateway, which is this machine."""
    networks = project.containers()["platform"]["NetworkSettings"]["Networks"]
    name, settings = next(iter(networks.items()))
    return name, settings["Gateway"]


def _this_machine(gateway: str) -> tuple[str, str]:
    """Which address to listen on, and what a container calls it; the engine may run in a virtual machine."""
    with socket.socket() as probe:
        try:
            probe.bind((gateway, 0))
        except OSError:
            return "127.0.0.1", "host.docker.internal"
    return gateway, gateway


def _docker(*words: str) -> str:
    done = subprocess.run(("docker", *words), capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()
