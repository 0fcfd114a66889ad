"""ventas_etl over all transactions, with the SDK and a healthy backend against the same steps without."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
from sqlalchemy import Engine
from tests.bench.measuring import Comparison, medians
from tests.bench.servers import RemoteBackend

from almenara.runtime import Telemetry, replaced_by
from almenara.settings import TABLE, load
from worker_etl import warehouse
from worker_etl.ledger import Acceptance, Claim, Ledger
from worker_etl.queue import RunMessage
from worker_etl.request import parse
from worker_etl.stop import Stop
from worker_etl.ventas_etl import faults, source, transform
from worker_etl.ventas_etl.extract import extract
from worker_etl.ventas_etl.load import Loader
from worker_etl.ventas_etl.pipeline import SALES_KEY, VentasEtl
from worker_etl.ventas_etl.validate import columns, validate

ROUNDS = 3
REQUEST = {"all": True}
KEY = b"a key of the bench"
RESULTS = ("daily_sales", "customer_features")


def compare() -> Iterator[Comparison]:
    """Seconds a run. Both measure the same quality of the same tables: that is the pipeline's own work."""
    with (
        tempfile.TemporaryDirectory() as folder,
        RemoteBackend() as backend,
        open(os.devnull, "w") as null,  # noqa: PTH123 - a device, not a file
    ):
        settings = load(
            TABLE,
            runtime={"url": backend.url, "spool_dir": f"{folder}/spool", "auto_instrument": []},
            environ={},
        )
        engine = warehouse.connect(f"sqlite:///{folder}/warehouse.db")
        warehouse.create_tables(engine)
        ours, peer = CpuTimed(lambda: _with_sdk(engine)), CpuTimed(lambda: _without_sdk(engine))
        with replaced_by(Telemetry(settings, write_line=null.write)):
            wall = medians(ours, peer, ROUNDS)
    # On a busy machine the clock tells of its other work; the CPU time is this process's own.
    for what, (mine, other) in (("wall clock", wall), ("CPU time", (ours.median, peer.median))):
        aim, met = "at most 2 % slower", mine / other <= 1.02
        yield Comparison(f"ventas_etl, {what}", mine, other, "s", "without the SDK", aim, met, gain="more")


class CpuTimed:
    """Calls an act and keeps the CPU seconds of all threads that each call took."""

    def __init__(self, act: Callable[[], None]) -> None:
        self._act = act
        self._seconds: list[float] = []

    def __call__(self) -> None:
        """Act once."""
        started = time.process_time()
        self._act()
        self._seconds.append(time.process_time() - started)

    @property
    def median(self) -> float:
        """The median of all calls but the first, which warms up."""
        return statistics.median(self._seconds[1:])


def _claim(engine: Engine) -> Claim:
    ledger = Ledger(engine, time.time, 3600)
    message = RunMessage(str(uuid.uuid4()), "ventas_etl", REQUEST, {})
    ledger.accept(Acceptance(message, trace_id=""))
    return ledger.claim(message.run_id, "bench")


def _with_sdk(engine: Engine) -> None:
    VentasEtl(engine, source.installed(), KEY)(_claim(engine), Stop())


def _without_sdk(engine: Engine) -> None:
    files, request, fault, stop = source.installed(), parse(REQUEST), faults.NoFault(), Stop()
    loader = Loader(engine, "bench", _claim(engine).guard, stop)
    with closing(duckdb.connect()) as results:
        extract(results, files, request, fault, stop)
        _measure_quality(results, "sales", SALES_KEY)
        validate(results)
        transform.daily_sales(results, fault)
        transform.customer_features(results, KEY)
        loader.catalogue(results, Path(files.products), _no_progress)
        for table in (warehouse.daily_sales, warehouse.customer_features):
            loader.days(results, table, request, fault, _no_progress)
        for name in RESULTS:
            _measure_quality(results, name)


def _measure_quality(results: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...] = ()) -> None:
    """Nulls of each column, repeated rows and keys, as one writes it by hand."""
    nulls = ", ".join(f"count(*) - count({name})" for name in columns(results, table))
    results.execute(f"SELECT count(*), {nulls} FROM {table}").fetchall()
    results.execute(f"SELECT count(*) FROM (SELECT DISTINCT * FROM {table})").fetchall()
    if key:
        results.execute(f"SELECT count(*) FROM (SELECT DISTINCT {', '.join(key)} FROM {table})").fetchall()


def _no_progress(_rows: int) -> None:
    """Nobody is told."""
