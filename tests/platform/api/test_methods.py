"""Methods that a path does not take."""

from __future__ import annotations

import pytest
from tests.platform.conftest import Start

WRONG = [
    ("POST", "/api/v1/runs", "GET, HEAD"),
    ("GET", "/api/v1/lineage", "POST"),
    ("DELETE", "/api/v1/runs/nobody", "GET, HEAD"),
    ("PATCH", "/api/v1/labels", "DELETE, GET, HEAD, PUT"),
    ("GET", "/v1/logs", "POST"),
    ("POST", "/metrics", "GET, HEAD"),
]


@pytest.mark.parametrize("ui", [False, True])
def test_a_wrong_method_is_told_the_right_ones(start: Start, ui: bool) -> None:
    """All of a path's, also where several routes have them, with the console and without."""
    client = start(ui=ui)
    for method, path, allowed in WRONG:
        answer = client.request(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == allowed
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["detail"] == f"{path} takes {allowed}, not {method}"


@pytest.mark.parametrize("ui", [False, True])
def test_a_path_that_does_not_exist_is_not_found_with_any_method(start: Start, ui: bool) -> None:
    """A method is only wrong where another one is right."""
    client = start(ui=ui)
    for method in ("GET", "POST", "DELETE"):
        assert client.request(method, "/api/v1/nothing").status_code == 404
