"""almenara slo, query and silence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import Result

from almenara_platform.cli.client import Api
from almenara_platform.cli.formats import local_time
from almenara_platform.cli.query import spark_line

Almenara = Callable[..., Result]
Here = Any
CHECKOUT = Path(__file__).resolve().parents[3]
BAD = CHECKOUT / "tests/platform/slo/bad"


@pytest.fixture
def configured(here: Here) -> Path:
    """The installation has the project's configuration and rules."""
    shutil.copytree(CHECKOUT / "config", here.root / "config")
    shutil.copytree(CHECKOUT / "prometheus/rules", here.root / "prometheus/rules")
    return here.root


class TestSlo:
    """validate, generate, status and report."""

    def test_the_projects_files_are_valid(self, almenara: Almenara, configured: Path) -> None:
        """validate names the objectives."""
        result = almenara("slo", "validate")
        assert (result.exit_code, "ventas_etl-freshness" in result.output) == (0, True)

    @pytest.mark.parametrize("command", ["validate", "generate"])
    def test_a_fault_ends_with_2_and_writes_nothing(
        self, almenara: Almenara, configured: Path, tmp_path: Path, command: str
    ) -> None:
        """File, line and field are told, and no folder is made."""
        out = tmp_path / "out"
        arguments = ["--out", str(out)] if command == "generate" else []
        result = almenara("slo", command, str(BAD / "objective-of-100.yaml"), *arguments)
        assert result.exit_code == 2
        assert "objective-of-100.yaml:5: slos[0].objective" in result.output
        assert not out.exists()

    def test_generate_is_deterministic(self, almenara: Almenara, configured: Path, tmp_path: Path) -> None:
        """Two runs write the same bytes, and they are the committed ones."""
        for name in ("a", "b"):
            assert almenara("slo", "generate", "--out", str(tmp_path / name)).exit_code == 0
        files = {path.name: path.read_bytes() for path in (tmp_path / "a").iterdir()}
        assert files == {path.name: path.read_bytes() for path in (tmp_path / "b").iterdir()}
        assert files["slo-ventas_etl.yml"] == (CHECKOUT / "prometheus/rules/slo-ventas_etl.yml").read_bytes()

    def test_check_tells_of_stale_and_left_over_files(self, almenara: Almenara, configured: Path) -> None:
        """An edited file and one whose objective is gone end with 1, and nothing is changed."""
        rules = configured / "prometheus/rules"
        assert almenara("slo", "generate", "--check").exit_code == 0
        (rules / "thresholds.yml").write_text("groups: []\n")
        (rules / "slo-gone.yml").write_text("groups: []\n")
        result = almenara("slo", "generate", "--check")
        assert (result.exit_code, "slo-gone.yml, thresholds.yml" in result.output) == (1, True)
        assert (rules / "slo-gone.yml").exists()
        assert almenara("slo", "generate").exit_code == 0
        assert not (rules / "slo-gone.yml").exists()

    def test_a_foreign_file_leaves_the_others_alone(self, almenara: Almenara, configured: Path) -> None:
        """Rules of a Sloth file come beside those of config/slos."""
        spec = CHECKOUT / "tests/rules/sloth/getting-started.spec.yml"
        assert almenara("slo", "generate", str(spec)).exit_code == 0
        rules = {path.name for path in (configured / "prometheus/rules").glob("slo-*.yml")}
        assert {"slo-myservice.yml", "slo-ventas_etl.yml"} <= rules

    def test_status(self, almenara: Almenara, here: Here) -> None:
        """A row for each objective; --json is the API's document."""
        slo = {
            "id": "ventas_etl-duration",
            "sli": 0.995,
            "objective": 99.0,
            "budget_remaining": 0.5,
            "burn_rates": {"1h": 2.0, "6h": 0.5, "1d": 0.5, "3d": 0.5, "30d": 0.5},
            "exhausted_in_seconds": 864_000.0,
            "enabled": True,
            "note": "",
            "basis": "1 of 200 runs was bad",
        }
        unknown = slo | dict.fromkeys(("sli", "budget_remaining", "exhausted_in_seconds"))
        unknown |= {"id": "stream-errors", "burn_rates": {}, "note": "needs Prometheus"}
        here.platform_answers.on("/api/v1/slos", {"items": [slo, unknown], "next": None})
        output = almenara("slo", "status").output
        for text in (
            "ventas_etl-duration",
            "99.500 %",
            "50 %",
            "2.0x",
            "10 d",
            "needs Prometheus",
            "1 of 200 runs",
            "remark",
        ):
            assert text in output
        assert json.loads(almenara("slo", "status", "--json").output)["items"] == [slo, unknown]

    def test_report(self, almenara: Almenara, here: Here, tmp_path: Path) -> None:
        """The review goes to the terminal or to a file."""
        here.platform_answers.on("/api/v1/slo-review", "# Service levels")
        assert "# Service levels" in almenara("slo", "report", "--month", "2026-03").output
        file = tmp_path / "review.html"
        almenara("slo", "report", "--month", "2026-03", "--format", "html", "--out", str(file))
        assert "Service levels" in file.read_text()
        asked = here.platform_answers.requests[-1].url.params
        assert (asked["month"], asked["format"]) == ("2026-03", "html")

    def test_what_cannot_be_written_is_told(
        self, almenara: Almenara, configured: Path, here: Here, tmp_path: Path
    ) -> None:
        """A folder that is not there, or a file in its place, is one line and exit code 1."""
        here.platform_answers.on("/api/v1/slo-review", "# Service levels")
        (tmp_path / "file").write_text("")
        report = almenara("slo", "report", "--out", str(tmp_path / "missing" / "review.md"))
        rules = almenara("slo", "generate", "--out", str(tmp_path / "file"))
        for result in (report, rules):
            assert (result.exit_code, "cannot be written" in result.output) == (1, True)


class TestQuery:
    """Named queries."""

    def test_value_spark_line_and_promql(self, almenara: Almenara, here: Here) -> None:
        """All three are printed."""
        series = {"labels": {"stage": "load"}, "value": 1234.4, "points": [[1, 0.0], [2, 5.0], [3, 10.0]]}
        answer = {"name": "throughput", "question": "How many?", "unit": "records/s", "promql": "up{}"}
        here.platform_answers.on("/api/v1/query/throughput", answer | {"items": [series]})
        result = almenara("query", "throughput", "--pipeline", "ventas_etl")
        for text in ("stage=load", "1,234 ", "▁", "█", "up{}"):
            assert text in result.output
        assert here.platform_answers.requests[-1].url.params["pipeline"] == "ventas_etl"

    def test_seconds_read_as_a_duration(self, almenara: Almenara, here: Here) -> None:
        """The head names no unit then; programs get the number as it is."""
        series = {"labels": {}, "value": 612.286, "points": []}
        answer = {
            "name": "freshness",
            "question": "How old?",
            "unit": "s",
            "promql": "up{}",
            "items": [series],
        }
        here.platform_answers.on("/api/v1/query/freshness", answer)
        output = almenara("query", "freshness").output
        assert "10 min 12 s" in output
        assert "(s)" not in output
        assert json.loads(almenara("query", "freshness", "--json").output) == answer

    @pytest.mark.parametrize(("rule", "told"), [("p95_1d", True), ("top5_mean1d", False)])
    def test_quantiles_are_told_as_estimates(
        self, almenara: Almenara, here: Here, rule: str, told: bool
    ) -> None:
        """What Prometheus reads from buckets is not exact; other figures are."""
        series = {"labels": {}, "value": 29.0, "points": []}
        answer = {"name": "x", "question": "How long do runs take?", "unit": "s", "items": [series]}
        here.platform_answers.on("/api/v1/query/x", answer | {"promql": f"pipeline:seconds:{rule}"})
        output = " ".join(almenara("query", "x").output.split())
        assert ("estimated from" in output) is told

    def test_a_pipeline_that_there_is_not(self, almenara: Almenara, here: Here) -> None:
        """It is wrong use; where its name cannot be asked, or is right, nothing was found in this time."""
        answer = {"name": "freshness", "question": "How old?", "unit": "s", "promql": "up{}", "items": []}
        here.platform_answers.on("/api/v1/query/freshness", answer)
        unasked = almenara("query", "freshness", "--pipeline", "nope")
        here.platform_answers.on("/api/v1/pipelines", {"items": [{"name": "ventas_etl"}]})
        wrong = almenara("query", "freshness", "--pipeline", "nope")
        quiet = almenara("query", "freshness", "--pipeline", "ventas_etl")
        assert [each.exit_code for each in (unasked, wrong, quiet)] == [0, 2, 0]
        assert wrong.stderr == "error: no pipeline is called 'nope'; there are ventas_etl\n"
        assert all("Nothing in this time." in each.stdout for each in (unasked, quiet))

    def test_without_a_name_all_are_listed(self, almenara: Almenara) -> None:
        """Nothing is asked for that."""
        assert "throughput" in almenara("query").output

    def test_spark_lines(self) -> None:
        """From the lowest to the highest; a flat line is low; nothing is nothing."""
        assert spark_line([0, 7]) == "▁█"
        assert spark_line([3, 3]) == "▁▁"
        assert spark_line([834_943.59, 834_943.5900000001, 834_943.59]) == "▁▁▁"
        assert spark_line([]) == ""


def silence(identity: str, state: str) -> dict[str, Any]:
    """A silence as Alertmanager answers it."""
    matcher = {"name": "pipeline", "value": "ventas_etl", "isRegex": False, "isEqual": True}
    return {
        "id": identity,
        "status": {"state": state},
        "matchers": [matcher],
        "startsAt": "2026-01-02T03:04:05Z",
        "endsAt": "2026-01-02T05:04:05Z",
        "createdBy": "ana",
        "comment": "source moves",
    }


class TestSilence:
    """Maintenance."""

    @pytest.fixture
    def sent(self, here: Here) -> list[httpx.Request]:
        """What Alertmanager is asked."""
        requests: list[httpx.Request] = []

        def reply(request: httpx.Request) -> httpx.Response:
            requests.append(request)
            return httpx.Response(200, json={"silenceID": "abc"})

        here.alertmanager = Api("Alertmanager", "http://alertmanager", httpx.MockTransport(reply))
        return requests

    def test_add(self, almenara: Almenara, sent: list[httpx.Request]) -> None:
        """Matchers, author, reason and end reach Alertmanager."""
        result = almenara(
            *("silence", "add", "--alert", "RunLate", "--match", "severity=~warning|none"),
            *("--for", "2h", "--reason", "source moves", "--author", "ana"),
        )
        assert (result.exit_code, "abc" in result.output) == (0, True)
        body = json.loads(sent[0].content)
        assert (body["createdBy"], body["comment"]) == ("ana", "source moves")
        assert body["matchers"] == [
            {"name": "alertname", "value": "RunLate", "isRegex": False, "isEqual": True},
            {"name": "severity", "value": "warning|none", "isRegex": True, "isEqual": True},
        ]

    def test_the_end_names_its_time_zone(self, almenara: Almenara, sent: list[httpx.Request]) -> None:
        """As the list of silences does."""
        result = almenara("silence", "add", "--alert", "RunLate", "--for", "2h", "--reason", "source moves")
        end = json.loads(sent[0].content)["endsAt"]
        assert result.stdout == f"Silence abc until {local_time(end)}\n"

    def test_list_and_end(self, almenara: Almenara, here: Here) -> None:
        """What is over is not listed; one that holds is ended by its id, and another id is told."""
        silences = [silence("abc", "active"), silence("old", "expired")]
        asked: list[str] = []

        def reply(request: httpx.Request) -> httpx.Response:
            asked.append(f"{request.method} {request.url.path}")
            return httpx.Response(200, json=silences)

        here.alertmanager = Api("Alertmanager", "http://alertmanager", httpx.MockTransport(reply))
        listed = almenara("silence", "list").output
        assert ("abc" in listed, "old" in listed, "source moves" in listed) == (True, False, True)
        wrong = almenara("silence", "end", "old")
        assert (wrong.exit_code, "no silence old holds" in wrong.output) == (2, True)
        assert almenara("silence", "end", "abc").exit_code == 0
        assert [each for each in asked if each.startswith("DELETE")] == ["DELETE /api/v2/silence/abc"]

    def test_no_silence_is_told_in_words(self, almenara: Almenara, here: Here) -> None:
        """Those that are over leave no empty table; a program gets an empty list."""
        reply = httpx.MockTransport(lambda _: httpx.Response(200, json=[silence("old", "expired")]))
        here.alertmanager = Api("Alertmanager", "http://alertmanager", reply)
        assert almenara("silence", "list").output == "No silence holds or waits.\n"
        assert json.loads(almenara("silence", "list", "--json").output) == []

    @pytest.mark.parametrize("body", ['"bad regular expression"', '{"message": "bad regular expression"}'])
    def test_what_alertmanager_refuses(self, almenara: Almenara, here: Here, body: str) -> None:
        """Its own words are shown, whichever of its two forms they come in."""
        reply = httpx.MockTransport(lambda _: httpx.Response(400, text=body))
        here.alertmanager = Api("Alertmanager", "http://alertmanager", reply)
        result = almenara("silence", "add", "--match", "a=~[", "--for", "1h", "--reason", "x")
        assert (result.exit_code, "bad regular expression" in result.output) == (2, True)

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["--alert", "A", "--for", "2h", "--reason", " "], "say why"),
            (["--for", "2h"], "what to silence"),
            (["--alert", "A"], "when it ends"),
            (["--alert", "A", "--for", "2h", "--until", "2030-01-01"], "when it ends"),
            (["--alert", "A", "--for", "two hours"], "is not a duration"),
            (["--alert", "A", "--for", "90d"], "within 30 days"),
            (["--match", "severity", "--for", "2h"], "is no matcher"),
        ],
    )
    def test_wrong_use(
        self, almenara: Almenara, sent: list[httpx.Request], arguments: list[str], words: str
    ) -> None:
        """Each slip is one line and exit code 2, and nothing is sent."""
        result = almenara("silence", "add", "--reason", "x", *arguments)
        assert (result.exit_code, words in result.output, sent) == (2, True, [])
