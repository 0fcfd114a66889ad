"""kill -9 of a worker in the middle of runs: every accepted run ends once, no row is there twice."""

import random
import time
from datetime import date, timedelta

import duckdb
from sqlalchemy import func, select

from worker_etl.ledger import State
from worker_etl.ventas_etl import source
from worker_etl.warehouse import daily_sales

ROUNDS = 20
FIRST = date(2017, 3, 1)


def _rows_by_day(workers) -> dict[date, int]:
    counted = select(daily_sales.c.day, func.count()).group_by(daily_sales.c.day)
    with workers.engine.connect() as connection:
        return {row.day: row[1] for row in connection.execute(counted)}


def _expected_rows(first: date, last: date) -> dict[date, int]:
    query = (
        "SELECT CAST(transaction_timestamp AS DATE) AS day, count(DISTINCT (store_id, product_id)) "
        "FROM read_parquet($file) WHERE day BETWEEN $first AND $last GROUP BY day"
    )
    parameters = {"file": str(source.installed().transactions), "first": first, "last": last}
    with duckdb.connect() as connection:
        return dict(connection.execute(query, parameters).fetchall())


def test_every_run_ends_once_though_each_worker_is_killed(workers) -> None:
    """Twenty workers are killed at random moments of their run: every run completes, no row twice."""
    moment = random.Random(20170301)
    attempts: list[int] = []
    worker = workers.start()
    for number in range(ROUNDS):
        run_id = workers.accept({"day": str(FIRST + timedelta(days=number))})
        workers.begun(run_id)
        time.sleep(moment.uniform(0, 0.25))
        workers.kill(worker)
        worker = workers.start()
        entry = workers.ended(run_id)
        assert (entry.state, entry.error) == (State.COMPLETE, "")
        attempts.append(entry.attempts)
    assert set(attempts) <= {1, 2}
    assert 2 in attempts, "no worker was killed before its run had ended"
    assert _rows_by_day(workers) == _expected_rows(FIRST, FIRST + timedelta(days=ROUNDS - 1))


def test_a_run_that_kills_twice_is_given_up(workers) -> None:
    """A run whose second worker dies as well ends as ABORT, and no third worker executes it."""
    run_id = workers.accept({"day": "2017-03-01", "fault": "slow_source"})
    for attempt in (1, 2):
        worker = workers.start()
        workers.begun(run_id, attempt)
        workers.kill(worker)
    workers.start()
    entry = workers.ended(run_id)
    assert (entry.state, entry.attempts) == (State.ABORT, 2)
    assert "died" in entry.error
    assert _rows_by_day(workers) == {}


def test_told_to_stop_it_finishes_what_is_short(workers) -> None:
    """SIGTERM in the middle of a short run lets it complete."""
    run_id = workers.accept({"from": "2017-03-01", "to": "2017-03-03"})
    worker = workers.start(ALMENARA_SHUTDOWN_SECONDS="30")
    workers.begun(run_id)
    workers.terminate(worker)
    assert workers.ledger.find(run_id).state is State.COMPLETE


def test_told_to_stop_it_aborts_what_is_long(workers) -> None:
    """SIGTERM aborts a run that does not finish in the time it is given; the next one stays queued."""
    long = workers.accept({"day": "2017-03-01", "fault": "slow_source"})
    following = workers.accept({"day": "2017-03-02"})
    worker = workers.start(ALMENARA_SHUTDOWN_SECONDS="0.1")
    workers.begun(long)
    workers.terminate(worker)
    assert workers.ledger.find(long).state is State.ABORT
    assert workers.ledger.find(following).state is State.QUEUED
    assert '"message":"run_aborted"' in workers.log.read_text()
