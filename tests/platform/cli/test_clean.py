"""clean: the data of both runtimes, and what is told of what stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from almenara_platform.cli.installed import Installation
from almenara_platform.runtimes import choice

from .conftest import Almenara, FakeInstallation


def test_it_asks_first(almenara: Almenara, here: FakeInstallation) -> None:
    """No means no; --yes does not ask."""
    refused = almenara("clean", input="n\n").stdout
    assert "Nothing was removed." in refused and ".env stays" in refused
    assert not here.runtime.cleaned
    almenara("clean", "--yes")
    assert here.runtime.cleaned


def test_it_removes_the_data_of_both_runtimes(almenara: Almenara, here: FakeInstallation) -> None:
    """Whichever runs or would be taken, the other may have data of an earlier start."""
    (here.root / ".env").write_text("POSTGRES_PASSWORD=x")
    result = almenara("clean", "--yes")
    assert result.exit_code == 0
    assert "Removed data of compose and data of embedded." in result.stdout
    assert f"{here.root / '.env'} stays, with its secrets." in result.stdout


def test_it_says_what_it_could_not_reach(almenara: Almenara, here: FakeInstallation) -> None:
    """Without an engine the data folder is emptied, and the volumes are not passed off as removed."""
    here.beyond_reach = "no Docker engine answers"
    result = almenara("clean", input="y\n")
    assert (result.exit_code, here.other.cleaned) == (0, False)
    assert "and the volumes" not in result.stdout
    assert "Removed data of embedded." in result.stdout
    assert "Docker Compose, if there are any, were left: no Docker engine answers." in result.stdout


def test_a_runtime_that_fails_does_not_keep_the_other_one(almenara: Almenara, here: FakeInstallation) -> None:
    """What went wrong is told with exit code 1, and the rest is removed all the same."""
    here.other.refusal = "docker compose down failed"
    result = almenara("clean", "--yes")
    assert (result.exit_code, here.runtime.cleaned) == (1, True)
    assert "error: docker compose down failed" in result.stderr
    assert "Removed data of embedded." in result.stdout


def test_files_of_others_are_told(almenara: Almenara, here: FakeInstallation) -> None:
    """A data folder that still holds something is not passed off as removed."""
    folder = here.root / ".almenara"
    folder.mkdir()
    (folder / "thesis.txt").write_text("mine")
    assert f"{folder} still holds what `make up` did not make" in almenara("clean", "--yes").stdout


@pytest.mark.parametrize(
    ("requested", "complaint", "names"),
    [
        ("", "", ["compose", "embedded"]),
        ("", "no Docker engine answers", ["embedded"]),
        ("embedded", "", ["embedded"]),
    ],
)
def test_which_runtimes_have_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requested: str, complaint: str, names: list[str]
) -> None:
    """Both where an engine answers, also when SKIP names what only one has; embedded on request alone."""
    monkeypatch.setattr(choice, "engine_complaint", lambda: complaint)
    environ = {"RUNTIME": requested, "SKIP": "grafana", "ALMENARA_DATA_DIR": str(tmp_path)}
    assert [one.name for one in Installation(tmp_path, environ).with_data()] == names
