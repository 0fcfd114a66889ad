"""Column lineage derived from SQL."""

from __future__ import annotations

import doctest

import pytest

import almenara.sql
from almenara.exceptions import SqlError
from almenara.sql import SqlLineage, derive

SALES = {"sales": ["day", "store", "value", "household"], "stores": ["store", "city"]}

STATEMENTS = {
    "projection": (
        "INSERT INTO out (a, b) SELECT day, value + 1 FROM sales",
        ["sales.day -> out.a (DIRECT IDENTITY)", "sales.value -> out.b (DIRECT TRANSFORMATION)"],
    ),
    "star": (
        "CREATE TABLE copy AS SELECT * FROM stores",
        ["stores.city -> copy.city (DIRECT IDENTITY)", "stores.store -> copy.store (DIRECT IDENTITY)"],
    ),
    "star of a table made by the script": (
        "CREATE TABLE one AS SELECT city FROM stores; CREATE VIEW two AS SELECT * FROM one",
        ["one.city -> two.city (DIRECT IDENTITY)", "stores.city -> one.city (DIRECT IDENTITY)"],
    ),
    "aggregate": (
        "INSERT INTO out (a) SELECT SUM(value) FROM sales",
        ["sales.value -> out.a (DIRECT AGGREGATION)"],
    ),
    "count masks": (
        "INSERT INTO out (a) SELECT COUNT(DISTINCT household) FROM sales",
        ["sales.household -> out.a (DIRECT AGGREGATION masked)"],
    ),
    "hash masks": (
        "INSERT INTO out (a) SELECT MD5(household) FROM sales",
        ["sales.household -> out.a (DIRECT TRANSFORMATION masked)"],
    ),
    "function of the user masks by its name": (
        "INSERT INTO out (a) SELECT hmac_sha256(household) FROM sales",
        ["sales.household -> out.a (DIRECT TRANSFORMATION masked)"],
    ),
    "mask below a common table expression": (
        "WITH h AS (SELECT MD5(household) AS id FROM sales) INSERT INTO out (a) SELECT id FROM h",
        ["sales.household -> out.a (DIRECT TRANSFORMATION masked)"],
    ),
    "window": (
        "INSERT INTO out (a) SELECT SUM(value) OVER (PARTITION BY store ORDER BY day) FROM sales",
        [
            "sales.day -> out.a (INDIRECT WINDOW)",
            "sales.store -> out.a (INDIRECT WINDOW)",
            "sales.value -> out.a (DIRECT AGGREGATION)",
        ],
    ),
    "case": (
        "INSERT INTO out (a) SELECT CASE WHEN store = 1 THEN value ELSE 0 END FROM sales",
        ["sales.store -> out.a (INDIRECT CONDITIONAL)", "sales.value -> out.a (DIRECT TRANSFORMATION)"],
    ),
    "union": (
        "INSERT INTO out (a) SELECT day FROM sales UNION ALL SELECT city FROM stores",
        ["sales.day -> out.a (DIRECT IDENTITY)", "stores.city -> out.a (DIRECT IDENTITY)"],
    ),
    "scalar subquery": (
        "INSERT INTO out (a) SELECT (SELECT MAX(city) FROM stores) FROM sales",
        ["stores.city -> out.a (DIRECT AGGREGATION)"],
    ),
    "update": (
        "UPDATE out SET a = s.value FROM sales AS s WHERE out.k = s.store",
        ["sales.value -> out.a (DIRECT IDENTITY)"],
    ),
    "merge": (
        "MERGE INTO out USING sales AS s ON out.k = s.store "
        "WHEN MATCHED THEN UPDATE SET a = s.value "
        "WHEN NOT MATCHED THEN INSERT (k, a) VALUES (s.store, s.day)",
        [
            "sales.day -> out.a (DIRECT IDENTITY)",
            "sales.store -> out.k (DIRECT IDENTITY)",
            "sales.value -> out.a (DIRECT IDENTITY)",
        ],
    ),
    "file": (
        "COPY (SELECT city FROM read_parquet('in.parquet')) TO 'out.parquet'",
        ["in.parquet.city -> out.parquet.city (DIRECT IDENTITY)"],
    ),
    "recursion": (
        "WITH RECURSIVE r AS (SELECT store FROM stores UNION ALL "
        "SELECT s.store FROM sales s JOIN r ON s.day = r.store) "
        "INSERT INTO out (a) SELECT store FROM r",
        ["sales.store -> out.a (DIRECT IDENTITY)", "stores.store -> out.a (DIRECT IDENTITY)"],
    ),
}

OF_DIALECTS = {
    "lateral": (
        "postgres",
        "INSERT INTO out (a, b) SELECT s.store, l.v FROM stores s, "
        "LATERAL (SELECT MAX(value), day FROM sales WHERE sales.store = s.store) AS l(v)",
        ["sales.value -> out.b (DIRECT AGGREGATION)", "stores.store -> out.a (DIRECT IDENTITY)"],
    ),
    "lateral union": (
        "postgres",
        "INSERT INTO out (a) SELECT l.day FROM stores, "
        "LATERAL (SELECT day FROM sales UNION ALL SELECT city FROM stores) AS l",
        ["sales.day -> out.a (DIRECT IDENTITY)", "stores.city -> out.a (DIRECT IDENTITY)"],
    ),
    "cross apply": (
        "tsql",
        "INSERT INTO out (a) SELECT l.v FROM stores AS s "
        "CROSS APPLY (SELECT value AS v FROM sales WHERE sales.store = s.store) AS l",
        ["sales.value -> out.a (DIRECT IDENTITY)"],
    ),
    "except takes rows away": (
        "postgres",
        "INSERT INTO out (a) SELECT city FROM stores EXCEPT SELECT household FROM sales",
        ["sales.household -> out.a (INDIRECT FILTER)", "stores.city -> out.a (DIRECT IDENTITY)"],
    ),
    "select into": (
        "tsql",
        "SELECT city INTO #towns FROM stores; INSERT INTO out (a) SELECT city FROM #towns",
        ["stores.city -> towns.city (DIRECT IDENTITY)", "towns.city -> out.a (DIRECT IDENTITY)"],
    ),
    "listed rows that ask a table": (
        "postgres",
        "INSERT INTO out (a, b) VALUES ((SELECT MAX(value) FROM sales), 2), (3, 4)",
        ["sales.value -> out.a (DIRECT AGGREGATION)"],
    ),
    "on conflict": (
        "postgres",
        "INSERT INTO out (k, a) SELECT store, value FROM sales "
        "ON CONFLICT (k) DO UPDATE SET a = excluded.a + out.a, b = k",
        [
            "out.a -> out.a (DIRECT TRANSFORMATION)",
            "out.k -> out.b (DIRECT IDENTITY)",
            "sales.store -> out.k (DIRECT IDENTITY)",
            "sales.value -> out.a (DIRECT IDENTITY)",
            "sales.value -> out.a (DIRECT TRANSFORMATION)",
        ],
    ),
    "on duplicate key": (
        "mysql",
        "INSERT INTO out (k, a) SELECT store, value FROM sales ON DUPLICATE KEY UPDATE b = VALUES(a)",
        [
            "sales.store -> out.k (DIRECT IDENTITY)",
            "sales.value -> out.a (DIRECT IDENTITY)",
            "sales.value -> out.b (DIRECT IDENTITY)",
        ],
    ),
    "replace": (
        "mysql",
        "REPLACE INTO out (k, a) SELECT store, value FROM sales WHERE 'it''s' <> day",
        ["sales.store -> out.k (DIRECT IDENTITY)", "sales.value -> out.a (DIRECT IDENTITY)"],
    ),
    "replace of assigned columns": (
        "mysql",
        "replace out SET a = (SELECT MAX(value) FROM sales)",
        ["sales.value -> out.a (DIRECT AGGREGATION)"],
    ),
    "replace in SQLite": (
        "sqlite",
        "REPLACE INTO out (k) WITH s AS (SELECT store FROM sales) SELECT store FROM s",
        ["sales.store -> out.k (DIRECT IDENTITY)"],
    ),
    "merge of every column": (
        "databricks",
        "MERGE INTO out USING stores AS s ON out.city = s.city "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
        ["stores.city -> out.city (DIRECT IDENTITY)", "stores.store -> out.store (DIRECT IDENTITY)"],
    ),
    "two columns from one subquery": (
        "postgres",
        "UPDATE out SET (a, b) = (SELECT MAX(day), MIN(value) FROM sales)",
        ["sales.day -> out.a (DIRECT AGGREGATION)", "sales.value -> out.b (DIRECT AGGREGATION)"],
    ),
    "rows that are moved": (
        "postgres",
        "WITH gone AS (DELETE FROM sales WHERE value = 0 RETURNING day, household) "
        "INSERT INTO out (a) SELECT household FROM gone",
        ["sales.household -> out.a (DIRECT IDENTITY)"],
    ),
    "insert on the way": (
        "postgres",
        "WITH t AS (SELECT city FROM stores), "
        "n AS (INSERT INTO towns (name) SELECT city FROM t RETURNING name) "
        "INSERT INTO out (a) SELECT name FROM n",
        ["stores.city -> towns.name (DIRECT IDENTITY)", "towns.name -> out.a (DIRECT IDENTITY)"],
    ),
    "several inserts of Hive": (
        "hive",
        "FROM sales INSERT INTO out (a) SELECT day INSERT INTO towns (b) SELECT MD5(household)",
        [
            "sales.day -> out.a (DIRECT IDENTITY)",
            "sales.household -> towns.b (DIRECT TRANSFORMATION masked)",
        ],
    ),
    "several inserts of Oracle": (
        "oracle",
        'INSERT ALL WHEN "n" > 1 THEN INTO "out" ("a") VALUES ("n") INTO "towns" '
        'SELECT "city" AS "n" FROM "stores"',
        ["stores.city -> out.a (DIRECT IDENTITY)", "stores.city -> towns.n (DIRECT IDENTITY)"],
    ),
    "quoted table that is named where its columns are": (
        "postgres",
        'INSERT INTO out (a) SELECT "Towns"."Mayor" FROM sales JOIN "Towns" ON "Towns".city = sales.store',
        ["Towns.Mayor -> out.a (DIRECT IDENTITY)"],
    ),
    "named windows": (
        "postgres",
        "INSERT INTO out (a) SELECT SUM(value) OVER w FROM sales "
        "WINDOW s AS (PARTITION BY store), w AS (s ORDER BY day)",
        [
            "sales.day -> out.a (INDIRECT WINDOW)",
            "sales.store -> out.a (INDIRECT WINDOW)",
            "sales.value -> out.a (DIRECT AGGREGATION)",
        ],
    ),
    "unpivot": (
        "duckdb",
        "INSERT INTO out (a, b, c) "
        "SELECT day, which, much FROM sales UNPIVOT (much FOR which IN (store, value))",
        [
            "sales.day -> out.a (DIRECT IDENTITY)",
            "sales.store -> out.c (DIRECT TRANSFORMATION)",
            "sales.value -> out.c (DIRECT TRANSFORMATION)",
        ],
    ),
    "merge of whole rows": (
        "bigquery",
        "MERGE out USING stores ON FALSE WHEN NOT MATCHED THEN INSERT ROW",
        ["stores.city -> out.city (DIRECT IDENTITY)", "stores.store -> out.store (DIRECT IDENTITY)"],
    ),
    "merge of values without columns": (
        "snowflake",
        'MERGE INTO "towns" USING "stores" ON FALSE WHEN NOT MATCHED THEN INSERT VALUES ("stores"."city")',
        ["stores.city -> towns.city (DIRECT IDENTITY)"],
    ),
    "table into a file": (
        "postgres",
        "COPY stores (city) TO '/tmp/stores.csv'",
        ["stores.city -> /tmp/stores.csv.city (DIRECT IDENTITY)"],
    ),
    "query into a file": (
        "snowflake",
        """COPY INTO 's3://b/k' FROM (SELECT MD5("household") AS "who" FROM "sales")""",
        ["sales.household -> s3://b/k.who (DIRECT TRANSFORMATION masked)"],
    ),
    "clone": (
        "bigquery",
        "CREATE TABLE copy CLONE stores",
        ["stores.city -> copy.city (DIRECT IDENTITY)", "stores.store -> copy.store (DIRECT IDENTITY)"],
    ),
}


def influences(found: SqlLineage) -> list[tuple[str, str, str]]:
    """Table, column and kind of what decides about the rows that are written."""
    return [(use.table, use.column, use.kind.subtype) for _, use in found.influences]


@pytest.mark.parametrize(("sql", "edges"), STATEMENTS.values(), ids=STATEMENTS)
def test_edges(sql, edges):
    """Each construct gives exactly the edges that it has, with their kinds."""
    assert sorted(map(str, derive(sql, "duckdb", SALES).edges)) == edges


@pytest.mark.parametrize(("dialect", "sql", "edges"), OF_DIALECTS.values(), ids=OF_DIALECTS)
def test_edges_of_dialects(dialect, sql, edges):
    """What only some dialects have gives exactly its edges, and no table that does not exist."""
    found = derive(sql, dialect, SALES)
    assert sorted(map(str, found.edges)) == edges
    assert {*found.inputs} <= {*SALES, "out", "towns", "Towns"}


@pytest.mark.parametrize(
    ("sql", "dialect", "changes"),
    [
        ("TRUNCATE TABLE out; INSERT INTO out SELECT * FROM stores", "duckdb", {"out": "TRUNCATE"}),
        ("TRUNCATE one, two", "postgres", {"one": "TRUNCATE", "two": "TRUNCATE"}),
        ("DELETE FROM out", "duckdb", {"out": "TRUNCATE"}),
        ("DELETE FROM out WHERE store = 1", "duckdb", {}),
        ("DELETE FROM out USING stores", "postgres", {}),
        ("INSERT INTO out SELECT * FROM stores", "duckdb", {}),
        ("INSERT OVERWRITE TABLE out SELECT * FROM stores", "spark", {"out": "OVERWRITE"}),
        ("INSERT OVERWRITE TABLE out PARTITION (city = 'x') SELECT store FROM stores", "spark", {}),
        ("CREATE TABLE out AS SELECT * FROM stores", "duckdb", {"out": "CREATE"}),
        ("CREATE TABLE IF NOT EXISTS out AS SELECT * FROM stores", "duckdb", {}),
        ("CREATE OR REPLACE TABLE out AS SELECT * FROM stores", "duckdb", {"out": "OVERWRITE"}),
        ("CREATE OR REPLACE VIEW out AS SELECT * FROM stores", "duckdb", {}),
        ("INSERT INTO gone SELECT * FROM out; TRUNCATE TABLE out", "duckdb", {}),
    ],
)
def test_what_becomes_of_all_that_a_table_held(sql, dialect, changes):
    """It is told of what loses everything, unless something was read from it before."""
    found = derive(sql, dialect, SALES)
    assert found.changes == changes
    assert {*changes} <= {*found.outputs}


def test_a_lateral_query_filters_rows():
    """What the query beside the table is filtered by decides about the rows."""
    found = derive(
        "INSERT INTO out (a) SELECT l.value FROM stores s, "
        "LATERAL (SELECT value FROM sales WHERE sales.store = s.store) AS l",
        "postgres",
        SALES,
    )
    assert set(influences(found)) == {("sales", "store", "FILTER"), ("stores", "store", "FILTER")}


def test_what_an_update_joins_decides_which_rows_change():
    """MySQL names the joined tables before SET."""
    found = derive(
        "UPDATE stores s JOIN sales x ON s.store = x.store SET s.city = x.household WHERE x.day > 1",
        "mysql",
        SALES,
    )
    assert [str(edge) for edge in found.edges] == ["sales.household -> stores.city (DIRECT IDENTITY)"]
    assert set(influences(found)) == {
        ("sales", "store", "JOIN"),
        ("stores", "store", "JOIN"),
        ("sales", "day", "FILTER"),
    }


def test_what_copy_loads_is_an_output():
    """Where the rows come from is a file, whose columns nobody told."""
    found = derive("COPY out (a, b) FROM '/tmp/x.csv'", "postgres")
    assert (found.outputs, found.edges) == (("out",), ())
    assert found.unresolved == ("the columns that are loaded into out are not known",)


@pytest.mark.parametrize(
    ("dialect", "call"),
    [
        *(("postgres", each) for each in ("digest(household, 'sha256')", "crypt(household, gen_salt('bf'))")),
        ("oracle", "ORA_HASH(household)"),
        ("redshift", "FUNC_SHA1(household)"),
        ("tsql", "HASHBYTES(@how, household)"),
        *(("clickhouse", each) for each in ("sipHash64(household)", "uniqExact(household)")),
        ("trino", "murmur3(to_utf8(household))"),
    ],
)
def test_hashes_and_counts_of_dialects_mask(dialect, call):
    """Each database has its own names for them."""
    found = derive(f"INSERT INTO out (a) SELECT {call} FROM sales", dialect)
    assert [edge.kind.masking for edge in found.edges] == [True]


def test_distinct_on_decides_which_rows_are_kept():
    """One row is kept of each group, so the columns of the group decide."""
    found = derive("INSERT INTO out (a) SELECT DISTINCT ON (store) day FROM sales", "postgres", SALES)
    assert influences(found) == [("sales", "store", "FILTER")]


def test_rows_depend_on_filters_joins_groups_and_order():
    """What decides which rows there are is told once for the table, not for each column."""
    found = derive(
        "INSERT INTO out (a) SELECT city FROM sales JOIN stores USING (store) "
        "WHERE value > 1 GROUP BY city ORDER BY city",
        "duckdb",
        SALES,
    )
    kinds = set(influences(found))
    assert {("sales", "value", "FILTER"), ("stores", "city", "GROUP_BY"), ("stores", "city", "SORT")} <= kinds
    assert {("sales", "store", "JOIN"), ("stores", "store", "JOIN")} <= kinds


def test_group_by_all_groups_by_what_is_not_aggregated():
    """DuckDB's GROUP BY ALL names no column, and means each that no aggregate is made of."""
    found = derive("INSERT INTO out (a, b) SELECT store, SUM(value) FROM sales GROUP BY ALL", "duckdb", SALES)
    assert influences(found) == [("sales", "store", "GROUP_BY")]


def test_order_asks_the_columns_of_the_query_first():
    """A name in ORDER BY that the query gives is that column, and one in WHERE is the table's."""
    found = derive(
        "INSERT INTO out (a) SELECT store AS day FROM sales WHERE day > 1 ORDER BY day", "duckdb", SALES
    )
    assert set(influences(found)) == {("sales", "day", "FILTER"), ("sales", "store", "SORT")}


def test_schemas_of_every_depth_are_found():
    """Tables with and without a schema, and files, may stand in one query."""
    found = derive(
        "CREATE TABLE t AS SELECT f.*, m.*, s.city FROM 'In.parquet' f, mart.m AS m, stores AS s",
        "duckdb",
        {"In.parquet": ["a"], "mart.m": ["b"], **SALES},
    )
    assert [str(edge) for edge in found.edges] == [
        "In.parquet.a -> t.a (DIRECT IDENTITY)",
        "mart.m.b -> t.b (DIRECT IDENTITY)",
        "stores.city -> t.city (DIRECT IDENTITY)",
    ]
    assert found.files == ("In.parquet",)


def test_what_a_script_makes_for_its_session_is_told():
    """Temporary tables are outputs as well, and said to be temporary."""
    found = derive("CREATE TEMP TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT x FROM a", "postgres")
    assert (found.made, found.temporary) == (("a", "b"), ("a",))
    assert found.columns == {"a": ("x",), "b": ("x",)}


def test_functions_that_make_rows_are_no_tables():
    """generate_series is read from nowhere."""
    found = derive("INSERT INTO t (a) SELECT g.n FROM generate_series(1, 3) AS g(n)", "postgres")
    assert (found.inputs, found.edges, found.unresolved) == ((), (), ())


def test_what_is_unknown_is_said_and_not_guessed():
    """A star over a table without a schema gives no edge and a sentence."""
    found = derive("CREATE TABLE t AS SELECT * FROM unknown_table", "duckdb")
    assert found.edges == ()
    assert "cannot be expanded" in found.unresolved[0]


@pytest.mark.parametrize(
    ("dialect", "sql", "said"),
    [
        (
            "databricks",
            "MERGE INTO out USING t ON out.a = 1 WHEN MATCHED THEN UPDATE SET *",
            "t.* cannot be",
        ),
        (
            "bigquery",
            "EXPORT DATA OPTIONS (uri = 'gs://b/x') AS SELECT value FROM sales",
            "begins with EXPORT",
        ),
        ("duckdb", "CREATE TABLE out AS SELECT COLUMNS('a.*') FROM sales", "cannot be expanded"),
        ("snowflake", "ALTER TABLE out SWAP WITH sales", "is renamed, which is not followed"),
        ("tsql", "EXEC dbo.load_it", "begins with EXEC"),
        ("tsql", "IF 1 = 1 INSERT INTO out (a) SELECT value FROM sales", "begins with IF"),
        ("hive", "LOAD DATA INPATH 'x' INTO TABLE out", "begins with LOAD DATA"),
        ("mysql", "REPLACE LOW_PRIORITY INTO out SELECT value FROM sales", "begins with REPLACE"),
        ("snowflake", "CREATE TABLE copy CLONE t", "* cannot be expanded"),
    ],
)
def test_statements_that_stay_open_say_so(dialect, sql, said):
    """No statement that moves data passes without an edge and without a word."""
    found = derive(sql, dialect)
    assert found.edges == ()
    assert said in " ".join(found.unresolved)


def test_text_that_is_not_sql_is_refused():
    """Broken SQL is an error that names the dialect."""
    with pytest.raises(SqlError, match="as duckdb: line 1, column 17"):
        derive("SELECT FROM WHERE )", "duckdb")


def test_the_example_of_the_package_is_true():
    """The doctest in the package's docstring gives what it shows."""
    assert doctest.testmod(almenara.sql).failed == 0
