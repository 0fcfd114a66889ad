"""stage.sql: what a run's lineage says of the SQL that it is told."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openlineage.client.facet_v2 import column_lineage_dataset, lifecycle_state_change_dataset, sql_job

import almenara
from almenara.lineage import sql as recorder
from almenara.run import Run
from almenara.stage import Stage
from almenara.testing import RunSeen, Signals, capture

PIPELINE = almenara.Pipeline("daily", namespace="retail")
RAW = almenara.Dataset("file", "raw.parquet", owner="sales")
MART = almenara.Dataset("postgres://db:5432", "shop.public.mart")
UNRESOLVED = "sql_lineage_unresolved"


@pytest.fixture
def run(signals: Signals) -> Iterator[Run]:
    """An open run."""
    with PIPELINE.run() as run:
        yield run


@pytest.fixture
def stage(run: Run) -> Iterator[Stage]:
    """An open stage of it."""
    with run.stage("transform") as stage:
        yield stage


@pytest.fixture
def memory() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with a table of receipts."""
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE raw (Day DATE, household BIGINT, value DOUBLE)")
        yield connection


def seen(signals: Signals) -> RunSeen:
    """The run with what it has told so far."""
    signals.tick()
    return signals.run("daily")


def told(signals: Signals) -> list[str]:
    """Every sentence about what is not resolved."""
    return [line for each in signals.logs if each["message"] == UNRESOLVED for line in each["unresolved"]]


def test_an_insert_declares_inputs_outputs_and_columns(signals: Signals, stage: Stage) -> None:
    """Without a connection tables belong to the pipeline's namespace, and each edge has its kind."""
    stage.sql("INSERT INTO daily (day, total) SELECT day, SUM(value) FROM sales WHERE store = 1 GROUP BY day")
    run = seen(signals)
    assert list(run.inputs) == ["sales"]
    assert run.outputs["daily"]["namespace"] == "retail"
    assert run.lineage("daily") == [
        "sales.day -> daily (INDIRECT GROUP_BY)",
        "sales.day -> daily.day (DIRECT IDENTITY)",
        "sales.store -> daily (INDIRECT FILTER)",
        "sales.value -> daily.total (DIRECT AGGREGATION)",
    ]


def test_the_facets_are_the_standard_ones(signals: Signals, stage: Stage) -> None:
    """Column lineage and SQL go out as OpenLineage's own facets, which its client can read back."""
    query = "INSERT INTO daily (who) SELECT md5(email) FROM people"
    stage.sql(query, "postgres")
    run = seen(signals)
    facet = run.outputs["daily"]["facets"]["columnLineage"]
    assert facet["_schemaURL"] == column_lineage_dataset.ColumnLineageDatasetFacet._get_schema()
    assert facet["fields"]["who"]["inputFields"] == [
        {
            "namespace": "retail",
            "name": "people",
            "field": "email",
            "transformations": [{"type": "DIRECT", "subtype": "TRANSFORMATION", "masking": True}],
        }
    ]
    job = run.events[-1]["job"]["facets"]["sql"]
    assert job["_schemaURL"] == sql_job.SQLJobFacet._get_schema()
    assert (job["query"], job["dialect"]) == (
        "INSERT INTO daily (who) SELECT md5(email) FROM people",
        "postgres",
    )


def test_columns_are_followed_through_steps(
    signals: Signals, stage: Stage, memory: duckdb.DuckDBPyConnection
) -> None:
    """Tables that end with the connection are no datasets: edges reach from the source to the last table."""
    for query in (
        "CREATE TEMP TABLE good AS SELECT *, value * 2 AS twice FROM raw WHERE value > 0",
        "CREATE TABLE features AS SELECT Day, sha256(CAST(household AS VARCHAR)) AS who, sum(twice) AS total "
        "FROM good GROUP BY Day, household",
    ):
        memory.execute(query)
        stage.sql(query, connection=memory, tables={"raw": RAW})
    stage.sql("SELECT day, who, total FROM features ORDER BY who", connection=memory, into=MART)
    run = seen(signals)
    assert (list(run.inputs), list(run.outputs)) == (["raw.parquet"], [MART.name])
    assert run.lineage(MART.name) == [
        "raw.parquet.Day -> shop.public.mart (INDIRECT GROUP_BY)",
        "raw.parquet.Day -> shop.public.mart.day (DIRECT IDENTITY)",
        "raw.parquet.household -> shop.public.mart (INDIRECT GROUP_BY)",
        "raw.parquet.household -> shop.public.mart (INDIRECT SORT masked)",
        "raw.parquet.household -> shop.public.mart.who (DIRECT TRANSFORMATION masked)",
        "raw.parquet.value -> shop.public.mart (INDIRECT FILTER)",
        "raw.parquet.value -> shop.public.mart.total (DIRECT AGGREGATION)",
    ]
    assert told(signals) == []


def test_a_step_that_is_made_anew_forgets_what_it_was(signals: Signals, stage: Stage) -> None:
    """CREATE replaces the lineage of a step, INSERT adds to it, and the same text later means the new one."""
    out = "INSERT INTO {} (a) SELECT a FROM step"
    stage.sql("CREATE OR REPLACE TEMP TABLE step AS SELECT a FROM one")
    stage.sql("INSERT INTO step (a) SELECT b FROM two")
    stage.sql(out.format("first"))
    stage.sql("CREATE OR REPLACE TEMP TABLE step AS SELECT c AS a FROM three")
    stage.sql(out.format("second"))
    run = seen(signals)
    assert run.lineage("first") == [
        "one.a -> first.a (DIRECT IDENTITY)",
        "two.b -> first.a (DIRECT IDENTITY)",
    ]
    assert run.lineage("second") == ["three.c -> second.a (DIRECT IDENTITY)"]


def test_a_table_that_is_filled_anew_says_so(signals: Signals, stage: Stage) -> None:
    """Its state goes out as OpenLineage's own facet, and what is only added to has none."""
    stage.wrote(almenara.Dataset("retail", "staged"), rows=3)
    stage.sql("TRUNCATE TABLE staged", "postgres")
    stage.sql("INSERT INTO staged (a) SELECT a FROM source", "postgres")
    stage.sql("INSERT INTO mart (a) SELECT a FROM staged", "postgres")
    run = seen(signals)
    facet = run.outputs["staged"]["facets"]["lifecycleStateChange"]
    assert facet["lifecycleStateChange"] == "TRUNCATE"
    schema = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet._get_schema()
    assert facet["_schemaURL"] == schema
    assert "lifecycleStateChange" not in run.outputs["mart"]["facets"]
    assert run.lineage("staged") == ["source.a -> staged.a (DIRECT IDENTITY)"]


def test_a_table_that_is_emptied_after_it_was_read_does_not(signals: Signals, stage: Stage) -> None:
    """What stood in it before has gone into other tables, so that it is no matter of this run alone."""
    stage.sql("INSERT INTO archive (a) SELECT a FROM staged", "postgres")
    stage.sql("TRUNCATE TABLE staged; INSERT INTO staged (a) SELECT a FROM source", "postgres")
    assert "lifecycleStateChange" not in seen(signals).outputs["staged"]["facets"]


def test_what_filled_a_step_is_not_guessed(
    signals: Signals, stage: Stage, memory: duckdb.DuckDBPyConnection
) -> None:
    """A step that no query filled gives no edge, and the log says so with run and stage."""
    stage.sql("SELECT household FROM raw", connection=memory, into=MART)
    assert seen(signals).lineage(MART.name) == []
    line = signals.log(UNRESOLVED)
    assert line["unresolved"] == ["what filled raw, which ends with its session, was not told"]
    assert (line["level"], line["stage"]) == ("WARNING", "transform")


def test_two_connections_in_memory_do_not_share_their_tables(signals: Signals, stage: Stage) -> None:
    """A table of the same name in another database is another step."""
    with duckdb.connect() as one, duckdb.connect() as other:
        stage.sql("CREATE TABLE t AS SELECT a FROM source", connection=one, tables={"source": RAW})
        stage.sql("SELECT a FROM t", connection=other, into=MART)
    assert seen(signals).lineage(MART.name) == []
    assert "was not told" in told(signals)[0]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("INSERT INTO t SELECT * FROM unknown_table", "cannot be expanded"),
        ("SELEC a FROM (", "line 1, column"),
        (
            "INSERT INTO t (a) SELECT a FROM read_parquet($file)",
            "$file is a parameter: tables={'$file': ...}",
        ),
        ("DO $$ BEGIN END $$", "begins with DO is not understood"),
    ],
)
def test_what_cannot_be_resolved_is_told(signals: Signals, stage: Stage, query: str, sentence: str) -> None:
    """Each kind of it is one warning in the log, however often the query is told."""
    stage.sql(query, "duckdb" if "$file" in query else "postgres")
    stage.sql(query, "duckdb" if "$file" in query else "postgres")
    (found,) = [each for each in told(signals) if sentence in each]
    assert found


def test_values_of_a_broken_query_stay_out_of_the_log(signals: Signals, stage: Stage) -> None:
    """The error tells the place and not the text."""
    stage.sql("SELECT 'maria@example.org' AS a b c FROM t")
    stage.sql("SELECT 'maria@example.org")
    assert len(told(signals)) == 2
    assert "maria" not in str(told(signals))


def test_an_unknown_dialect_is_told_with_near_names(signals: Signals, stage: Stage) -> None:
    """The job goes on, and the log says which dialects are meant."""
    stage.sql("SELECT 1", "postgress")
    assert "did you mean postgres" in told(signals)[0]


@pytest.mark.parametrize("limit", ["MAX_QUERY_LENGTH", "MAX_EDGES"])
def test_too_much_is_left_out_and_told(
    signals: Signals, stage: Stage, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """A text that takes too long to read, and more edges than an event can carry, are not sent."""
    monkeypatch.setattr(recorder, limit, 1)
    stage.sql("INSERT INTO t (a, b) SELECT a, b FROM s")
    assert len(told(signals)) == 1
    assert all(not seen(signals).lineage(name) for name in seen(signals).outputs)


def test_the_text_that_is_sent_is_bounded(
    signals: Signals, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statements are kept once each, until the limit; the lineage goes on without their texts."""
    monkeypatch.setattr(recorder, "MAX_TEXT_LENGTH", 40)
    for name in ("one", "one", "two"):
        stage.sql(f"INSERT INTO {name} (a) SELECT a FROM s;\n")
    run = seen(signals)
    assert run.events[-1]["job"]["facets"]["sql"]["query"] == "INSERT INTO one (a) SELECT a FROM s"
    assert run.lineage("two")


@pytest.mark.parametrize(
    "query",
    [
        "CREATE SECRET lake (TYPE s3, KEY_ID 'AKIA', SECRET 'hunter2')",
        "ALTER USER etl WITH PASSWORD 'hunter2''s'",
        "CREATE USER etl IDENTIFIED BY 'hunter2'",
        "ATTACH 'host=db user=etl password=hunter2' AS crm (TYPE postgres)",
        "ATTACH 'postgres://etl:hunter2@db:5432/crm' AS crm",
        "SET s3_secret_access_key='hunter2'",
        "INSERT INTO t (a) SELECT a FROM 'https://etl:hunter2@lake/in.parquet'",
    ],
)
def test_secrets_in_a_text_stay_at_home(signals: Signals, stage: Stage, query: str) -> None:
    """Neither the sql facet nor the name of a dataset has them."""
    stage.sql(query, "duckdb")
    run = seen(signals)
    assert run.events[-1]["job"]["facets"]["sql"]["query"].startswith(query[:10])
    assert "hunter2" not in str(run.events) + str(signals.logs)


def test_other_text_is_sent_as_it_is(signals: Signals, stage: Stage) -> None:
    """Words that only look like secrets keep their columns and literals."""
    query = "INSERT INTO t (token_count) SELECT tokens FROM s WHERE secret = other AND name = 'token'"
    stage.sql(query)
    assert seen(signals).events[-1]["job"]["facets"]["sql"]["query"].startswith("INSERT INTO t (token_count)")
    assert "'token'" in seen(signals).events[-1]["job"]["facets"]["sql"]["query"]


def test_source_code_false_keeps_sql_at_home() -> None:
    """Who does not want code in the lineage does not get SQL there either, but the columns."""
    with capture(source_code=False) as signals:
        with PIPELINE.run() as run, run.stage("s") as stage:
            stage.sql("INSERT INTO t (a) SELECT a FROM s")
        assert "sql" not in signals.run("daily").events[-1]["job"]["facets"]
        assert signals.run("daily").lineage("t")


def test_saying_it_again_asks_nobody(signals: Signals, stage: Stage) -> None:
    """A query in a loop is read once, and its connection asked once."""
    asked: list[str] = []
    with sqlite3.connect(":memory:") as connection:
        connection.execute("CREATE TABLE s (a)")
        connection.set_trace_callback(asked.append)
        stage.sql("SELECT a FROM s", connection=connection, into=MART)
        first = len(asked)
        for _ in range(1000):
            stage.sql("SELECT a FROM s", connection=connection, into=MART)
        assert first == len(asked) > 0
    connection.close()


class Broken:
    """A connection on which everything fails."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("the connection is gone")


def broken() -> Any:
    """A connection that claims to be DuckDB's and cannot be asked."""
    return type("Connection", (Broken,), {"__module__": "duckdb"})()


def test_a_broken_connection_never_reaches_the_job() -> None:
    """What fails while a connection is asked is counted and told once; the run completes."""
    with capture() as signals:
        with PIPELINE.run() as run, run.stage("s") as stage:
            stage.sql("SELECT a FROM t", connection=broken(), into=MART)
        assert signals.run("daily").state == "COMPLETE"
        assert "the connection is gone" in signals.errors[0]


def test_nesting_beyond_all_measure_never_reaches_the_job() -> None:
    """Generated SQL that is nested deeper than Python calls is given up, and the run completes."""
    with capture() as signals:
        with PIPELINE.run() as run, run.stage("s") as stage:
            stage.sql("SELECT " + "(" * 20_000 + "1" + ")" * 20_000)
        assert signals.run("daily").state == "COMPLETE"
        assert signals.errors or told(signals)


def test_a_dataset_is_the_same_however_it_is_declared(signals: Signals, stage: Stage) -> None:
    """What read, wrote and sql say of one dataset comes together, with its owner and its rows."""
    stage.sql("INSERT INTO out (a) SELECT a FROM src", tables={"src": almenara.Dataset("file", RAW.name)})
    stage.read(RAW, rows=3)
    stage.wrote(almenara.Dataset("retail", "out", description="The end."), schema={"a": "int"}, rows=2)
    stage.sql("INSERT INTO out (b) SELECT b FROM src", tables={"src": RAW})
    run = seen(signals)
    assert run.inputs[RAW.name]["facets"]["ownership"]["owners"] == [{"name": "sales"}]
    assert run.inputs[RAW.name]["inputFacets"]["inputStatistics"]["rowCount"] == 3
    output = run.outputs["out"]
    assert output["facets"]["documentation"]["description"] == "The end."
    assert [field["name"] for field in output["facets"]["schema"]["fields"]] == ["a"]
    assert len(run.lineage("out")) == 2


def test_threads_may_tell_at_once(signals: Signals, stage: Stage) -> None:
    """Statements from many threads all arrive."""
    threads = [
        threading.Thread(target=stage.sql, args=(f"INSERT INTO t{n} (a) SELECT a FROM s",)) for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen(signals).outputs) == 20


def test_files_are_datasets_by_their_path(
    signals: Signals, stage: Stage, memory: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """A Parquet file tells its own columns; a bucket is a namespace."""
    memory.execute(f"COPY (SELECT 1 AS Id, 'x' AS Email) TO '{tmp_path}/In.parquet'")
    stage.sql(f"COPY (SELECT * FROM '{tmp_path}/In.parquet') TO 's3://lake/out/x.parquet'", connection=memory)
    run = seen(signals)
    source = f"{tmp_path}/In.parquet"
    assert (run.inputs[source]["namespace"], run.outputs["out/x.parquet"]["namespace"]) == (
        "file",
        "s3://lake",
    )
    assert run.lineage("out/x.parquet") == [
        f"{source}.Email -> out/x.parquet.email (DIRECT IDENTITY)",
        f"{source}.Id -> out/x.parquet.id (DIRECT IDENTITY)",
    ]
