"""The variables with which jobs send to an installation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from almenara_platform.cli.client import Api
from almenara_platform.cli.installed import Installation

from .conftest import Almenara, FakeInstallation

COMPOSE = {"platform": "http://127.0.0.1:8080", "otel-collector": "http://127.0.0.1:4318"}


def test_it_prints_what_a_shell_takes(almenara: Almenara, here: FakeInstallation) -> None:
    """Address and token are exported, quoted where a shell needs it."""
    here.platform = Api("the platform", "http://127.0.0.1:8080/", token="a b")
    result = almenara("env")
    assert result.stdout == "export ALMENARA_URL=http://127.0.0.1:8080\nexport ALMENARA_API_TOKEN='a b'\n"
    assert result.stderr == ""


def test_under_compose_spans_and_logs_go_to_the_collector(almenara: Almenara, here: FakeInstallation) -> None:
    """The Collector's address is exported where there is one."""
    here.otlp_endpoint = COMPOSE["otel-collector"]
    assert "export ALMENARA_OTLP_ENDPOINT=http://127.0.0.1:4318\n" in almenara("env").stdout


def test_without_a_token_it_says_how_to_get_one(almenara: Almenara) -> None:
    """The word goes to stderr, which no shell evaluates."""
    result = almenara("env")
    assert "make up" in result.stderr and "ALMENARA_API_TOKEN" not in result.stdout


@pytest.mark.parametrize(
    ("environ", "endpoint"),
    [
        ({}, COMPOSE["otel-collector"]),
        ({"ALMENARA_OTLP_ENDPOINT": "http://collector:4318"}, "http://collector:4318"),
        ({"ALMENARA_URL": "http://elsewhere:8080"}, ""),
    ],
)
def test_the_collector_of_this_checkout_is_not_that_of_another_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], endpoint: str
) -> None:
    """A given address counts; with another platform the Collector that runs here has no say."""
    monkeypatch.setattr(Installation, "_running", lambda self: COMPOSE)
    assert Installation(tmp_path, environ).otlp_endpoint == endpoint


def test_the_token_that_make_up_made_is_found(tmp_path: Path) -> None:
    """Embedded, it stands in the secrets of the data folder."""
    (tmp_path / "secrets").write_text(json.dumps({"ALMENARA_API_TOKEN": "made"}))
    environ = {"RUNTIME": "embedded", "ALMENARA_DATA_DIR": str(tmp_path)}
    assert Installation(tmp_path, environ).platform.token == "made"
