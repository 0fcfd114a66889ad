"""ventas_etl as a run that leaves its signals: what is done is in the modules beside this one."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

import duckdb
from sqlalchemy import Engine, Table

import almenara
import almenara.sql  # here, because the first run would have to wait for it
from worker_etl import warehouse
from worker_etl.ledger import Claim
from worker_etl.pipelines import VENTAS_ETL
from worker_etl.request import RunRequest, parse
from worker_etl.stop import Stop
from worker_etl.ventas_etl import datasets, extract, faults, transform, validate
from worker_etl.ventas_etl.load import Loader, rows_of
from worker_etl.ventas_etl.source import TRANSACTION_COLUMNS, Source

# Every column of the transactions is eight bytes wide.
TRANSACTION_BYTES = 8 * len(TRANSACTION_COLUMNS)

# What the source promises: every column filled, a product once a basket.
MAX_NULL_PERCENTAGE = 0.0
SALES_KEY = ("basket_id", "product_id")


class VentasEtl:
    """Executes ventas_etl from one source into one warehouse.

    ``memory_limit`` is in DuckDB's words (256MiB); beyond it tables go to a folder in the working directory.
    """

    def __init__(self, engine: Engine, source: Source, hmac_key: bytes, memory_limit: str = "") -> None:
        self._engine = engine
        self._source = source
        self._hmac_key = hmac_key
        # DuckDB counts on most of the machine's memory, whatever of it this process may have.
        self._limits: dict[str, str] = {"memory_limit": memory_limit} if memory_limit else {}
        self._tables = datasets.WarehouseDatasets(engine)

    def __call__(self, claim: Claim, stop: Stop) -> None:
        """Execute the claimed run; raises what ended it when that was not its last row."""
        entry = claim.entry
        traced = VENTAS_ETL.run(run_id=entry.run_id, context=entry.context, attempt=entry.attempts)
        with traced as run, closing(duckdb.connect(config=self._limits)) as results:
            loader = Loader(self._engine, entry.run_id, claim.guard, stop)
            request = parse(entry.request)
            steps = Steps(run, results, request, faults.of(request.fault), stop)
            steps.extract(self._source)
            steps.validate()
            steps.transform(self._hmac_key)
            steps.load(loader, self._source, self._tables)


@dataclass(frozen=True, slots=True)
class Steps:
    """The stages of one run, in their order."""

    run: almenara.Run
    results: duckdb.DuckDBPyConnection
    request: RunRequest
    fault: faults.NoFault
    stop: Stop

    def extract(self, source: Source) -> None:
        """Read the parquet files."""
        with self.run.stage("extract") as stage:
            rows = extract.extract(self.results, source, self.request, self.fault, self.stop)
            stage.processed(rows, bytes=rows * TRANSACTION_BYTES)
            stage.read(datasets.TRANSACTIONS, frame=self.results.table("sales"), rows=rows)
            stage.read(datasets.PRODUCTS, frame=self.results.table("products"))
            stage.read(datasets.DEMOGRAPHICS, frame=self.results.table("demographics"))
            self._tell(stage, extract.statements(self.fault))
        self.run.check_quality(
            "sales",
            self.results.table("sales"),
            dataset=datasets.TRANSACTIONS,
            min_rows=1,
            max_null_pct=MAX_NULL_PERCENTAGE,
            unique=[SALES_KEY],
        )

    def validate(self) -> None:
        """Set aside what cannot be counted."""
        self.stop.check()
        with self.run.stage("validate") as stage:
            validation = validate.validate(self.results)
            stage.processed(validation.valid + validation.uncountable + validation.duplicates)
            if validation.uncountable or validation.duplicates:
                stage.log.warning(
                    "rows_set_aside", uncountable=validation.uncountable, duplicates=validation.duplicates
                )
            self._tell(stage, [validate.VALID_SALES])

    def transform(self, hmac_key: bytes) -> None:
        """Make daily sales and customer features."""
        self.stop.check()
        with self.run.stage("transform") as stage:
            stage.processed(transform.daily_sales(self.results, self.fault))
            self.stop.check()
            stage.processed(transform.customer_features(self.results, hmac_key))
            self._tell(stage, transform.statements(self.fault))

    def load(self, loader: Loader, source: Source, tables: datasets.WarehouseDatasets) -> None:
        """Replace the days in the warehouse."""
        with self.run.stage("load") as stage:
            if products := loader.catalogue(self.results, source.products, stage.processed):
                stage.wrote(tables.products, frame=self.results.table("products"), rows=products)
                self._carried(stage, warehouse.products, tables.products)
            for table, dataset in (
                (warehouse.daily_sales, tables.daily_sales),
                (warehouse.customer_features, tables.customer_features),
            ):
                rows = loader.days(self.results, table, self.request, self.fault, stage.processed)
                stage.wrote(dataset, frame=self.results.table(table.name), rows=rows)
                self._carried(stage, table, dataset)
        for table, dataset in (
            (warehouse.daily_sales, tables.daily_sales),
            (warehouse.customer_features, tables.customer_features),
        ):
            # Age and income are known of one household in three only.
            nullable = [column.name for column in table.columns if column.nullable]
            self.run.check_quality(
                table.name, self.results.table(table.name), dataset=dataset, optional=nullable
            )

    def _tell(self, stage: almenara.Stage, statements: Iterable[str]) -> None:
        """Let the lineage follow the columns through what DuckDB has executed."""
        for statement in statements:
            stage.sql(statement, connection=self.results, tables=datasets.SOURCES)

    def _carried(self, stage: almenara.Stage, table: Table, dataset: almenara.Dataset) -> None:
        """Tell that the loader has carried the rows of DuckDB's table into the warehouse."""
        stage.sql(rows_of(table), connection=self.results, into=dataset)
