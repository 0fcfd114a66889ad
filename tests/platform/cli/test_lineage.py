"""almenara lineage."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from tests.platform.cli.conftest import Almenara, FakeInstallation

RAW, SALES, MART = ["file", "raw", "id"], ["file", "sales", "=id"], ["file", "mart", "id"]


def item(place: list[Any], *path: list[Any]) -> dict[str, Any]:
    """An item as the API answers it."""
    named = dict(zip(("namespace", "name", "column"), place, strict=True))
    return {**named, "hops": len(path) - 1, "path": list(path)}


DOWN = {"items": [item(SALES, RAW, SALES), item(MART, RAW, SALES, MART)], "partial": False, "next": None}
KINDS = ("pipelines", "datasets", "dashboards", "models", "owners", "slos")
NOTHING: dict[str, Any] = {kind: [] for kind in KINDS}


def test_downstream_is_a_tree(almenara: Almenara, here: FakeInstallation) -> None:
    """Each column stands below the one that its path comes by, and the question goes to the API."""
    here.platform_answers.on("/api/v1/lineage/downstream", DOWN)
    found = almenara("lineage", "downstream", "file", "raw", "id", "--depth", "2", "--direct")
    assert found.exit_code == 0, found.output
    lines = found.stdout.splitlines()
    assert [line.strip("└─ │├") for line in lines] == [
        "file / raw . id",
        "file / sales . =id",
        "file / mart . id",
    ]
    asked = dict(here.platform_answers.requests[0].url.params)
    assert (asked["depth"], asked["indirect"]) == ("2", "false")


def test_csv_computes_nothing(almenara: Almenara, here: FakeInstallation) -> None:
    """A column that is called like a formula is text in a spreadsheet."""
    here.platform_answers.on("/api/v1/lineage/downstream", DOWN)
    rows = list(
        csv.reader(io.StringIO(almenara("lineage", "downstream", "file", "raw", "id", "--csv").stdout))
    )
    assert rows[1][2] == "'=id"


def test_mermaid_escapes_names(almenara: Almenara, here: FakeInstallation) -> None:
    """Names cannot leave their quotes."""
    hostile = ["file", 'x"]; click n0 "javascript:1', "id"]
    here.platform_answers.on("/api/v1/lineage/upstream", DOWN | {"items": [item(hostile, hostile, RAW)]})
    text = almenara("lineage", "upstream", "file", "raw", "id", "--mermaid").stdout
    assert text.startswith("flowchart LR")
    assert "#34;" in text
    assert 'x"]' not in text


SOURCE, OVER, MADE = ["file", "source", None], ["retail", "hand-over to bulk", None], ["file", "made", None]
HANDED = {"items": [item(MADE, SOURCE, OVER, MADE)], "partial": False, "next": None}


def test_a_hand_over_stands_between_the_datasets_and_is_none(
    almenara: Almenara, here: FakeInstallation
) -> None:
    """In the tree, in the flowchart, where it is round, and in a path of CSV, but not as a row of its own."""
    here.platform_answers.on("/api/v1/lineage/downstream", HANDED)
    here.platform_answers.on(
        "/api/v1/lineage/upstream", {**HANDED, "items": [item(SOURCE, SOURCE, OVER, MADE)]}
    )
    asked = ("lineage", "downstream", "file", "source")
    lines = almenara(*asked).stdout.splitlines()
    assert [line.strip("└─ │├") for line in lines] == [
        "file / source",
        "retail / hand-over to bulk",
        "file / made",
    ]
    upwards = almenara("lineage", "upstream", "file", "made").stdout.splitlines()
    assert [line.strip("└─ │├") for line in upwards] == [
        "file / made",
        "retail / hand-over to bulk",
        "file / source",
    ]
    assert almenara(*asked, "--mermaid").stdout == (
        'flowchart LR\n    n0["file / source"]\n    n1(["retail / hand-over to bulk"])\n'
        '    n2["file / made"]\n    n0 --> n1\n    n1 --> n2\n'
    )
    rows = list(csv.reader(io.StringIO(almenara(*asked, "--csv").stdout)))
    assert [row[1] for row in rows[1:]] == ["made"]
    assert rows[1][4] == "file / source -> retail / hand-over to bulk -> file / made"


def test_a_path_of_one_place_is_a_box(almenara: Almenara, here: FakeInstallation) -> None:
    """A source that went nowhere is in the flowchart as well."""
    answer = {"label": "pii", "columns": [item(RAW, RAW)], "erase": [], "not_erasable": [], "unknown": []}
    here.platform_answers.on("/api/v1/personal-data", answer)
    text = almenara("lineage", "personal-data", "--label", "pii", "--mermaid").stdout
    assert text == 'flowchart LR\n    n0["file / raw . id"]\n'


def test_impact_as_a_flowchart(almenara: Almenara, here: FakeInstallation) -> None:
    """Datasets by their paths, and beside them who uses them; names cannot leave their quotes."""
    certain = item(SALES, RAW, SALES)
    perhaps = {"namespace": "file", "name": "copy", "path": []}
    found = NOTHING | {
        "datasets": [certain, perhaps],
        "pipelines": [{"namespace": "shop", "name": "etl"}],
        "dashboards": [{"name": 'Sho"p', "panels": []}],
        "slos": [{"id": "etl-freshness", "name": "freshness"}],
    }
    here.platform_answers.on("/api/v1/impact", found)
    lines = almenara("lineage", "impact", "file", "raw", "id", "--mermaid").stdout.splitlines()
    assert lines[:4] == [
        "flowchart LR",
        '    n0["file / raw . id"]',
        '    n1["file / sales . =id"]',
        "    n0 --> n1",
    ]
    boxes = [line.split("([")[1] for line in lines if "([" in line]
    assert boxes == [
        '"pipeline etl"])',
        '"dataset copy"])',
        '"dashboard Sho#34;p"])',
        '"slo etl-freshness"])',
    ]
    assert [line.strip() for line in lines if "-.->" in line] == [f"n0 -.-> m{n}" for n in range(4)]
    rows = almenara("lineage", "impact", "file", "raw", "id", "--csv").stdout.splitlines()
    assert rows[-1].startswith("slos,,etl-freshness,")


HITS = {
    "items": [
        {"kind": "job", "namespace": "shop", "name": "=etl", "column": None, "label": None},
        {"kind": "tag", "namespace": None, "name": None, "column": None, "label": "pii"},
    ],
    "partial": True,
    "next": "abc",
}


def test_search_is_printed_in_every_form(almenara: Almenara, here: FakeInstallation) -> None:
    """As a table, rows that say what kind they are, boxes and JSON; what is left is told but for JSON."""
    here.platform_answers.on("/api/v1/search", HITS)
    table = almenara("lineage", "search", "e", "--cursor", "xyz")
    assert "pii" in table.stdout
    assert dict(here.platform_answers.requests[0].url.params)["cursor"] == "xyz"
    rows = almenara("lineage", "search", "e", "--csv")
    assert list(csv.reader(io.StringIO(rows.stdout)))[1:] == [
        ["job", "shop", "'=etl", "", ""],
        ["tag", "", "", "", "pii"],
    ]
    chart = almenara("lineage", "search", "e", "--mermaid")
    assert chart.stdout == 'flowchart LR\n    n0["job shop / =etl"]\n    n1["tag pii"]\n'
    assert all("--cursor abc" in found.stderr for found in (table, rows, chart))
    assert orjson.loads(almenara("lineage", "search", "e", "--json").stdout) == HITS


def test_a_search_in_vain_says_so(almenara: Almenara, here: FakeInstallation) -> None:
    """Words in place of an empty table, with what was searched; the other forms stay what they are."""
    here.platform_answers.on("/api/v1/search", {"items": [], "partial": False, "next": None})
    told = "Nothing has 'zzz' in its name; searched: datasets, jobs, labels and columns.\n"
    assert almenara("lineage", "search", "zzz").stdout == told
    assert almenara("lineage", "search", "zzz", "--mermaid").stdout == "flowchart LR\n"


def test_one_form_at_a_time(almenara: Almenara) -> None:
    """Two forms at once are wrong use."""
    assert almenara("lineage", "upstream", "file", "raw", "--csv", "--json").exit_code == 2
    found = almenara("lineage", "personal-data", "--label", "pii", "--json", "--markdown")
    assert found.exit_code == 2
    assert "--json or --markdown" in found.stderr


@pytest.mark.parametrize(("dashboards", "code"), [([], 0), ([{"name": "Shop", "panels": []}], 1)])
def test_impact_fails_a_check(
    almenara: Almenara, here: FakeInstallation, dashboards: list[dict[str, Any]], code: int
) -> None:
    """--fail-on ends with 1 when something of that kind is affected."""
    here.platform_answers.on("/api/v1/impact", NOTHING | {"dashboards": dashboards})
    found = almenara("lineage", "impact", "file", "raw", "id", "--fail-on", "dashboards")
    assert found.exit_code == code, found.output
    assert ("drop of id affects 1 dashboard\n" in found.stderr) is bool(code)


def test_personal_data_needs_one_question(almenara: Almenara) -> None:
    """A label, or a dataset: not both, not neither."""
    assert almenara("lineage", "personal-data").exit_code == 2
    assert almenara("lineage", "personal-data", "file", "raw", "--label", "pii").exit_code == 2
    assert almenara("lineage", "personal-data", "file", "--label", "pii").exit_code == 2


def test_personal_data_shows_the_erase_list(almenara: Almenara, here: FakeInstallation) -> None:
    """Where it is, the steps, and what cannot be erased."""
    place = {"namespace": "file", "name": "raw", "columns": ["id"], "owner": "crm"}
    answer = {
        "label": "pii",
        "columns": [item(RAW, RAW)],
        "erase": [{"step": 1, **place}],
        "not_erasable": [],
        "unknown": [],
    }
    here.platform_answers.on("/api/v1/personal-data", answer)
    text = almenara("lineage", "personal-data", "--label", "pii").stdout
    assert "Erase in this order" in text
    assert "crm" in text


def events_file(folder: Path, count: int) -> Path:
    """A file with so many lines."""
    path = folder / "events.ndjson"
    path.write_bytes(b"".join(orjson.dumps({"n": number}) + b"\n" for number in range(count)))
    return path


def test_import_goes_on_where_it_stopped(
    almenara: Almenara, here: FakeInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was acknowledged before a fault is not sent again."""
    monkeypatch.setattr("almenara_platform.cli.lineage_import.MOST_EVENTS", 2)
    path = events_file(tmp_path, 5)
    taken = httpx.Response(200, json={"accepted": 2, "rejected": 0, "results": []})
    down = httpx.Response(503, json={"detail": "full"})
    here.platform_answers.answers["/api/v1/lineage/batch"] = [taken, down]
    assert almenara("lineage", "import", str(path)).exit_code == 1
    here.platform_answers.answers["/api/v1/lineage/batch"] = [taken]
    found = almenara("lineage", "import", str(path), "--json")
    assert found.exit_code == 0, found.output
    sent = [request.content for request in here.platform_answers.requests]
    assert [content.split(b"\n")[0] for content in sent] == [b'{"n":0}', b'{"n":2}', b'{"n":2}', b'{"n":4}']
    assert orjson.loads(found.stdout) == {
        "accepted": 6,
        "rejected": 0,
        "lines": 5,
        "resumed": True,
        "faults": [],
    }
    assert not list(tmp_path.glob("*.imported*"))


def test_import_tells_refused_lines(almenara: Almenara, here: FakeInstallation, tmp_path: Path) -> None:
    """Each refused event is told with its line, and the exit code is 1."""
    path = tmp_path / "events.ndjson"
    path.write_bytes(b'\n{"n":0}\n\n{"n":1}\n')
    refused = {"index": 1, "status": 400, "detail": "run is missing", "field": "run"}
    answer = {"accepted": 1, "rejected": 1, "results": [{"index": 0, "status": 201}, refused]}
    here.platform_answers.on("/api/v1/lineage/batch", answer)
    found = almenara("lineage", "import", str(path))
    assert found.exit_code == 1
    assert "line 4: run is missing" in found.stderr


def test_import_goes_past_an_event_that_is_too_large(
    almenara: Almenara, here: FakeInstallation, tmp_path: Path
) -> None:
    """What is too much at once goes in parts; an event that alone is too much is refused with its line."""
    path = events_file(tmp_path, 4)
    large = httpx.Response(413, json={"detail": "The body is larger than 32 MB"})
    taken = httpx.Response(200, json={"accepted": 2, "rejected": 0, "results": [{"index": 0, "status": 201}]})
    one = httpx.Response(200, json={"accepted": 1, "rejected": 0, "results": []})
    here.platform_answers.answers["/api/v1/lineage/batch"] = [large, taken, large, one, large]
    found = almenara("lineage", "import", str(path), "--json")
    sent = [request.content.count(b"{") for request in here.platform_answers.requests]
    assert sent == [4, 2, 2, 1, 1]
    assert found.exit_code == 1
    assert orjson.loads(found.stdout) == {
        "accepted": 3,
        "rejected": 1,
        "lines": 4,
        "resumed": False,
        "faults": ["line 4: The body is larger than 32 MB"],
    }
    assert not list(tmp_path.glob("*.imported*"))


def test_from_sql(almenara: Almenara, tmp_path: Path) -> None:
    """Edges with their kinds, and what could not be resolved."""
    path = tmp_path / "daily.sql"
    path.write_text("INSERT INTO daily (day, who) SELECT s.day, md5(s.email) FROM sales s")
    found = almenara("lineage", "from-sql", str(path), "--dialect", "duckdb", "--json")
    assert found.exit_code == 0, found.output
    edges = {
        (e["source_column"], e["target_column"], e["masking"]) for e in orjson.loads(found.stdout)["edges"]
    }
    assert edges == {("day", "day", False), ("email", "who", True)}


def test_from_sql_as_a_flowchart(almenara: Almenara) -> None:
    """Tables of a script have no namespace, and their names begin without one."""
    found = almenara("lineage", "from-sql", "-", "--mermaid", input="INSERT INTO b (y) SELECT x FROM a")
    assert found.stdout == 'flowchart LR\n    n0["a . x"]\n    n1["b . y"]\n    n0 --> n1\n'


def test_from_sql_is_strict_on_demand(almenara: Almenara, tmp_path: Path) -> None:
    """--strict fails where something is not resolved; text that is no SQL is wrong use."""
    path = tmp_path / "daily.sql"
    path.write_text("INSERT INTO daily SELECT * FROM sales")
    assert almenara("lineage", "from-sql", str(path), "--strict").exit_code == 1
    path.write_text("SELEC FROM WHERE (")
    assert almenara("lineage", "from-sql", str(path)).exit_code == 2


def test_rebuild_waits_until_all_is_read(
    almenara: Almenara, here: FakeInstallation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command ends when the platform has read every event, and tells how many there were."""
    monkeypatch.setattr("almenara_platform.cli.lineage_rebuild.LOOK_SECONDS", 0)
    states = [{"running": left > 0, "events_left": left} for left in (900, 400, 0)]
    here.platform_answers.on("/api/v1/lineage/rebuild", *states)
    found = almenara("lineage", "rebuild")
    assert found.exit_code == 0, found.output
    assert "900 of 900 stored events read" in found.stdout
    assert [request.method for request in here.platform_answers.requests] == ["POST", "GET", "GET"]


def test_rebuild_need_not_be_waited_for(almenara: Almenara, here: FakeInstallation) -> None:
    """--no-wait returns at once and tells what is left."""
    here.platform_answers.on("/api/v1/lineage/rebuild", {"running": True, "events_left": 900})
    found = almenara("lineage", "rebuild", "--no-wait", "--json")
    assert orjson.loads(found.stdout) == {"events": 900, "events_left": 900}


def test_from_sql_reads_stdin_and_a_schema(almenara: Almenara, tmp_path: Path) -> None:
    """- stands for stdin, and --schema expands the star."""
    schema = tmp_path / "schema.json"
    schema.write_text('{"sales": ["id", "email"]}')
    script = "CREATE TABLE copy AS SELECT * FROM sales"
    options = ("--schema", str(schema), "--strict", "--csv")
    found = almenara("lineage", "from-sql", "-", *options, input=script)
    assert found.exit_code == 0, found.output
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert [(row["source column"], row["target column"]) for row in rows] == [
        ("id", "id"),
        ("email", "email"),
    ]


@pytest.mark.parametrize(
    ("text", "dialect", "told"),
    [
        ("SELECT a\nFROM t\nWHERE (", "duckdb", "line 3, column"),
        ("SELECT 1", "postgress", "did you mean postgres"),
        ("SELECT 1", "nothing like it", "known are athena"),
        ("SELECT 'secret of maria", "duckdb", "is not closed"),
    ],
)
def test_from_sql_says_what_is_wrong(
    almenara: Almenara, tmp_path: Path, text: str, dialect: str, told: str
) -> None:
    """One line with the file and the place, and never the values in it; the exit code is 2."""
    path = tmp_path / "daily.sql"
    path.write_text(text)
    found = almenara("lineage", "from-sql", str(path), "--dialect", dialect)
    assert found.exit_code == 2
    message = " ".join(found.stderr.split())
    assert "daily.sql" in message.replace(" ", "")
    assert told.replace(" ", "") in message.replace(" ", "")
    assert "maria" not in message


def test_from_sql_says_when_there_is_nothing(almenara: Almenara, tmp_path: Path) -> None:
    """An empty script is no fault, and not a silent one."""
    path = tmp_path / "empty.sql"
    path.write_text("-- nothing yet\n")
    found = almenara("lineage", "from-sql", str(path))
    assert found.exit_code == 0
    assert "No statement reads or writes a table." in found.stderr


def test_both_directions_take_the_same_words(almenara: Almenara, here: FakeInstallation) -> None:
    """Upstream asks its own route, draws the paths from the asked column, and has its own help."""
    here.platform_answers.on("/api/v1/lineage/upstream", DOWN | {"items": [item(RAW, RAW, SALES)]})
    found = almenara("lineage", "upstream", *SALES, "--limit", "1")
    assert [line.strip("└─ │├") for line in found.stdout.splitlines()] == [
        "file / sales . =id",
        "file / raw . id",
    ]
    assert "comes from" in almenara("lineage", "upstream", "--help").stdout
    assert "leads to" in almenara("lineage", "downstream", "--help").stdout
