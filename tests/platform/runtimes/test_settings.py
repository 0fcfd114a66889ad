"""What the runtime finds out before it starts anything: settings, choice, checkout and secrets."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from almenara.exceptions import SettingsError
from almenara_platform.runtimes.checkout import find
from almenara_platform.runtimes.choice import choose
from almenara_platform.runtimes.composition import RUNTIMES, data_folder, own_parts, without_skipped
from almenara_platform.runtimes.credentials import Credentials
from almenara_platform.runtimes.exceptions import NoRuntime, RuntimeFailure, UnknownPart
from almenara_platform.runtimes.members import SETTINGS_MODULES, Members


def complaint() -> str:
    """What a machine without Docker says."""
    return "no Docker engine answers"


def fine() -> str:
    """What a machine with Docker says."""
    return ""


@pytest.fixture
def compose_checkout(tmp_path: Path) -> Path:
    """A checkout with a compose file."""
    (tmp_path / "docker-compose.yml").touch()
    return tmp_path


def test_embedded_without_an_engine(compose_checkout: Path) -> None:
    """The reason is what Docker's absence looks like."""
    choice = choose("auto", compose_checkout, {"embedded", "compose"}, complaint)
    assert (choice.runtime, choice.reason) == ("embedded", "no Docker engine answers")


def test_compose_with_an_engine(compose_checkout: Path) -> None:
    """An engine that answers is enough."""
    assert choose("auto", compose_checkout, {"embedded", "compose"}, fine).runtime == "compose"


def test_embedded_is_always_granted(compose_checkout: Path) -> None:
    """Docker is not even asked."""
    choice = choose("embedded", compose_checkout, {"embedded", "compose"}, lambda: pytest.fail("asked"))
    assert choice.runtime == "embedded"


def test_compose_that_cannot_be(tmp_path: Path, compose_checkout: Path) -> None:
    """Asked for by name, an obstacle is an error that names it and the way out."""
    with pytest.raises(NoRuntime, match="no Docker engine answers; RUNTIME=embedded needs no Docker"):
        choose("compose", compose_checkout, {"embedded", "compose"}, complaint)
    with pytest.raises(NoRuntime, match=r"docker-compose\.yml is missing"):
        choose("compose", tmp_path / "elsewhere", {"embedded", "compose"}, fine)


def test_every_member_has_its_settings(tmp_path: Path) -> None:
    """All five tables are found, and a setting that several share counts as given when one has it."""
    members = Members.load({"ALMENARA_HOST": "0.0.0.0"}, tmp_path)
    assert len(members.sections) == len(SETTINGS_MODULES)
    assert members.value("ALMENARA_HOST") == "0.0.0.0"
    assert not members.is_default("ALMENARA_HOST")
    assert members.is_default("ALMENARA_PORT_WORKER")
    assert "ALMENARA_HMAC_KEY" in members.secrets


def test_a_misspelt_setting_is_refused(tmp_path: Path) -> None:
    """Before anything starts, with the right name."""
    (tmp_path / "almenara.toml").write_text("[runtime]\nport_promtheus = 1\n")
    with pytest.raises(SettingsError, match="did you mean 'port_prometheus'"):
        Members.load({}, tmp_path)


def test_ports_and_data_folder_follow_the_settings(tmp_path: Path) -> None:
    """A relative data folder counts from the checkout, wherever the command was called."""
    environ = {"ALMENARA_PORT_PLATFORM": "18080", "ALMENARA_DATA_DIR": "state"}
    members = Members.load(environ, tmp_path)
    assert own_parts(members)[0].url == "http://127.0.0.1:18080"
    assert data_folder(tmp_path, members) == tmp_path / "state"


def test_skip_leaves_parts_out(tmp_path: Path) -> None:
    """A name that is no part is refused, for it would leave out nothing."""
    members = Members.load({"SKIP": "sample-api, worker-etl"}, tmp_path)
    assert [part.name for part in without_skipped(own_parts(members), members)] == ["platform"]
    wrong = Members.load({"SKIP": "grafna"}, tmp_path)
    with pytest.raises(UnknownPart, match="'grafna', which is none of platform, sample-api, worker-etl"):
        without_skipped(own_parts(wrong), wrong)


def test_the_checkout_of_the_installation_comes_first(tmp_path: Path, checkout: Path) -> None:
    """A command works on the checkout that it was installed from, wherever it is called."""
    assert find(tmp_path) == checkout


def test_outside_of_a_checkout(tmp_path: Path) -> None:
    """An installation without a checkout says where to go."""
    with pytest.raises(RuntimeFailure, match="is not inside a checkout of Almenara"):
        find(tmp_path, installed=tmp_path / "site-packages" / "module.py")


def test_secrets_are_made_once(tmp_path: Path) -> None:
    """They are random, for their owner's eyes only, and never change."""
    first, created = Credentials(tmp_path / "secrets").ensure(["KEY"])
    second, again = Credentials(tmp_path / "secrets").ensure(["KEY", "TOKEN"])
    assert (created, again) == (["KEY"], ["TOKEN"])
    assert second["KEY"] == first["KEY"] != second["TOKEN"]
    assert len(first["KEY"]) > 32
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o600


def test_a_broken_secrets_file_is_not_replaced(tmp_path: Path) -> None:
    """A new key would make all customer ids new, so it has to be looked at."""
    (tmp_path / "secrets").write_text("{oops")
    with pytest.raises(RuntimeFailure, match="mend it or move it away"):
        Credentials(tmp_path / "secrets").ensure(["KEY"])
    assert (tmp_path / "secrets").read_text() == "{oops"


def test_the_embedded_runtime_writes_nothing_before_up(tmp_path: Path) -> None:
    """Status can be asked on a fresh checkout without leaving a trace."""
    runtime = RUNTIMES["embedded"](tmp_path, Members.load({}, tmp_path), {})
    assert [part.state for part in runtime.status()][:3] == ["stopped"] * 3
    assert list(tmp_path.iterdir()) == []
