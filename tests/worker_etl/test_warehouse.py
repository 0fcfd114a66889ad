"""The warehouse's tables."""

import multiprocessing
from pathlib import Path

from sqlalchemy import Engine, inspect

from worker_etl import warehouse


def _create(url: str) -> None:
    warehouse.create_tables(warehouse.connect(url))


def test_creating_twice_changes_nothing(engine: Engine) -> None:
    """Tables are made when missing and left alone when there."""
    warehouse.create_tables(engine)
    assert set(inspect(engine).get_table_names()) >= {"daily_sales", "customer_features", "products"}


def test_processes_that_start_together_do_not_collide(tmp_path: Path) -> None:
    """API and worker create the tables of one new file at the same time."""
    url = f"sqlite:///{tmp_path}/new/warehouse.db"
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_create, [url] * 2)
    assert inspect(warehouse.connect(url)).has_table("daily_sales")
