"""`python -m worker_etl`: the worker as a process."""

import logging
import sys
import time
from importlib.metadata import version

from sqlalchemy.exc import SQLAlchemyError

import almenara
from almenara.exceptions import SettingsError
from almenara.settings import Settings
from worker_etl import pipelines, settings, warehouse
from worker_etl.consumer import Consumer
from worker_etl.exceptions import WorkerError
from worker_etl.health import HealthServer
from worker_etl.identity import Identity
from worker_etl.ledger import Entry, Ledger
from worker_etl.queue import QUEUE_NAME, RunQueue
from worker_etl.recovery import Recovery
from worker_etl.runner import Runner
from worker_etl.ventas_etl import source
from worker_etl.ventas_etl.pipeline import VentasEtl


def main() -> int:
    """Run the worker until it is told to stop; 2 when something that it needs is wrong or missing."""
    try:
        configured = settings.read()
        files = source.installed()
        # A span for each of a full load's 3,000 statements would bury the stages.
        almenara.configure(
            service="worker-etl", service_version=version("almenara-worker-etl"), auto_instrument=()
        )
        # huey tells of each task what the run's own lines tell better.
        logging.getLogger("huey").setLevel(logging.WARNING)
        _serve(compose(configured, files), configured)
    except (SettingsError, WorkerError, SQLAlchemyError, OSError) as error:
        print(f"worker_etl: {error}", file=sys.stderr)
        return 2
    finally:
        almenara.shutdown()
    return 0


def _serve(consumer: Consumer, configured: Settings) -> None:
    health = HealthServer(configured.host, configured.port, consumer.obstacle)
    health.start()
    almenara.log.info("worker_started", port=health.port)
    try:
        consumer.run()
    finally:
        health.stop()
        almenara.log.info("worker_stopped")


def compose(configured: Settings, files: source.Source) -> Consumer:
    """Put the worker together."""
    engine = warehouse.connect(configured.warehouse_url)
    warehouse.create_tables(engine)
    ledger = Ledger(engine, time.time, configured.lease_seconds)
    ventas_etl = VentasEtl(engine, files, configured.hmac_key.encode(), configured.memory_limit)
    executors = {pipelines.VENTAS_ETL.name: ventas_etl}
    identity = Identity.of_this_process()
    runner = Runner(ledger, executors, worker=str(identity))
    queue = RunQueue(configured.queue_url, runner)
    almenara.metrics.queue_size(QUEUE_NAME).set_function(queue.size)
    recovery = Recovery(ledger, queue, identity.sees_dead, announce_abort)
    needs = {"the queue": queue.size, "the warehouse": ledger.check}
    return Consumer(queue, runner, recovery, configured.lease_seconds, configured.shutdown_seconds, needs)


def announce_abort(entry: Entry, reason: str) -> None:
    """Tell the platform that a run ended with its worker."""
    chosen = pipelines.pipeline(entry.pipeline)
    with chosen.run(run_id=entry.run_id, context=entry.context, attempt=entry.attempts) as run:
        run.abort(reason)


if __name__ == "__main__":
    sys.exit(main())
