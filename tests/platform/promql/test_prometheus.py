"""Named queries and the way to Prometheus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import promql_parser
import pytest
import yaml

from almenara_platform.exceptions import BadRequest, NotFound, StoreUnavailable
from almenara_platform.promql.answer import answer
from almenara_platform.promql.http import HttpPrometheus
from almenara_platform.promql.library import LIBRARY, NamedQuery, named_query
from almenara_platform.promql.none import NoPrometheus

NOW = datetime(2026, 3, 20, tzinfo=UTC)
RULES = Path(__file__).resolve().parents[3] / "prometheus/rules"


def prometheus(answer: Callable[[httpx.Request], httpx.Response]) -> HttpPrometheus:
    """A Prometheus that answers as the test says."""
    return HttpPrometheus("http://prometheus:9090", httpx.MockTransport(answer))


def result(*series: dict) -> httpx.Response:
    """A successful answer."""
    return httpx.Response(
        200, json={"status": "success", "data": {"resultType": "x", "result": list(series)}}
    )


class TestLibrary:
    """The queries themselves."""

    @pytest.mark.parametrize("query", LIBRARY, ids=lambda query: query.name)
    def test_every_query_is_promql(self, query: NamedQuery) -> None:
        """With and without a pipeline whose name needs quoting."""
        promql_parser.parse(query.expression())
        promql_parser.parse(query.expression('a "b" \\ c\n', "load" if query.by_stage else None))

    def test_queries_use_what_is_recorded(self) -> None:
        """A level:metric:operation name in the library is recorded by a rule."""
        texts = (path.read_text() for path in RULES.glob("*.yml"))
        groups = [group for text in texts for group in yaml.safe_load(text)["groups"]]
        recorded = {rule.get("record") for group in groups for rule in group["rules"]}
        words = {word for query in LIBRARY for word in query.promql.replace("{matchers}", " ").split()}
        assert {word for word in words if word.count(":") >= 2} <= recorded

    def test_a_pipeline_is_a_matcher(self) -> None:
        """The name is selected by, and quoted."""
        assert named_query("throughput").expression("p").endswith('{pipeline="p"}')
        assert named_query("throughput").expression('x"} or up #').endswith(r'{pipeline="x\"} or up #"}')

    def test_a_stage_is_refused_where_there_is_none(self) -> None:
        """A matcher on a label that no series has would answer that nothing happened."""
        assert named_query("p95").expression("p", "load").endswith('{pipeline="p",stage="load"}')
        with pytest.raises(NotFound, match="'success' knows no stages"):
            named_query("success").expression("p", "load")

    def test_an_unknown_name_has_near_ones(self) -> None:
        """A slip is answered with what was meant."""
        with pytest.raises(NotFound) as caught:
            named_query("trouhgput")
        assert caught.value.near == ("throughput",)


class TestHttp:
    """Prometheus over HTTP."""

    def test_values_and_points(self) -> None:
        """The value now and the points before it, without those that are no number."""

        def reply(request: httpx.Request) -> httpx.Response:
            labels = {"__name__": "x", "stage": "load"}
            if request.url.path.endswith("query_range"):
                return result({"metric": labels, "values": [[1, "5"], [2, "NaN"], [3, "7"]]})
            return result({"metric": labels, "value": [3, "7"]}, {"metric": {"a": "b"}, "value": [3, "NaN"]})

        found = answer(prometheus(reply), named_query("throughput"), NOW, 3600)
        assert [(each.labels, each.value, each.points) for each in found.series] == [
            ({"stage": "load"}, 7.0, [(1, 5.0), (3, 7.0)])
        ]

    def test_the_slowest_come_first(self) -> None:
        """By their value now, what has none at the end; other answers go by name."""
        now = {"extract": "1", "load": "9", "transform": "4"}

        def reply(request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("query_range"):
                names = ["load", "gone", "extract", "transform"]
                return result(*({"metric": {"stage": name}, "values": [[1, "5"]]} for name in names))
            return result(*({"metric": {"stage": name}, "value": [3, value]} for name, value in now.items()))

        def order(name: str) -> list[str]:
            return [
                each.labels["stage"]
                for each in answer(prometheus(reply), named_query(name), NOW, 3600).series
            ]

        assert order("slowest") == ["load", "transform", "extract", "gone"]
        assert order("p99") == ["extract", "gone", "load", "transform"]

    @pytest.mark.parametrize(
        ("reply", "error"),
        [
            (httpx.Response(400, json={"status": "error", "error": "parse error"}), BadRequest),
            (httpx.Response(503, json={"status": "error", "error": "starting"}), StoreUnavailable),
            (httpx.Response(200, text="<html>"), StoreUnavailable),
        ],
    )
    def test_faults(self, reply: httpx.Response, error: type[Exception]) -> None:
        """A refused query is the caller's, everything else Prometheus's."""
        with pytest.raises(error):
            prometheus(lambda request: reply).instant("up", NOW)

    def test_silence(self) -> None:
        """Nobody there is said so."""

        def refuse(request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

        with pytest.raises(StoreUnavailable, match="does not answer"):
            prometheus(refuse).instant("up", NOW)

    def test_none(self) -> None:
        """Without a Prometheus the reason says what to do."""
        assert "ALMENARA_PROMETHEUS_URL" in NoPrometheus().missing()
        with pytest.raises(StoreUnavailable):
            NoPrometheus().instant("up", NOW)
