"""Settings come from runtime, environment, file and default, in this order."""

from __future__ import annotations

from pathlib import Path

import pytest

from almenara.exceptions import SettingsError
from almenara.settings import SECTION, TABLE, Setting, load

DEMO = (
    Setting("port", "ALMENARA_PORT_DEMO", int, 8000, "Where the demo listens.", minimum=1),
    Setting(
        "color", "ALMENARA_COLOR", str, "red", "Paint.", aliases=("STANDARD_COLOR",), choices=("red", "Blue")
    ),
    Setting("token", "ALMENARA_TOKEN", str, "", "Secret.", secret=True),
    Setting("folder", "ALMENARA_FOLDER", Path, lambda: Path("here"), "Where."),
    Setting("names", "ALMENARA_NAMES", list, (), "Who."),
    Setting("headers", "ALMENARA_HEADERS", dict, dict, "What."),
    Setting("verbose", "ALMENARA_VERBOSE", bool, False, "Whether."),
)


def test_runtime_wins_over_environment_over_file_over_default(tmp_path: Path) -> None:
    """Each source is asked only when the ones before it have nothing."""
    (tmp_path / "almenara.toml").write_text("[sdk]\nport = 1\ncolor = 'blue'\nnames = ['a']\n")
    environ = {"ALMENARA_PORT_DEMO": "2", "STANDARD_COLOR": "red"}
    settings = load(DEMO, runtime={"port": 3}, environ=environ, section="sdk", directory=tmp_path)
    assert (settings.port, settings.color, settings.names, settings.folder) == (
        3,
        "red",
        ("a",),
        Path("here"),
    )
    assert str(settings.origin("port")) == "runtime"
    assert str(settings.origin("color")) == "environment STANDARD_COLOR"
    assert str(settings.origin("names")) == f"file {tmp_path / 'almenara.toml'}"
    assert settings.is_default("folder")


def test_values_are_read_in_their_type() -> None:
    """Texts of the environment become numbers, flags, lists and pairs."""
    environ = {
        "ALMENARA_NAMES": "a, b,",
        "ALMENARA_HEADERS": "x=1,y = 2",
        "ALMENARA_VERBOSE": "Yes",
        "ALMENARA_COLOR": "BLUE",
    }
    settings = load(DEMO, environ=environ)
    assert settings.names == ("a", "b")
    assert settings.headers == {"x": "1", "y": "2"}
    assert settings.verbose is True
    assert settings.color == "Blue"


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({"ALMENARA_PORT_DEMO": "many"}, "ALMENARA_PORT_DEMO: 'many' is not a whole number"),
        ({"ALMENARA_PORT_DEMO": "0"}, "ALMENARA_PORT_DEMO: 0 is less than 1"),
        ({"ALMENARA_COLOR": "green"}, "ALMENARA_COLOR: 'green' is not one of red, Blue"),
        ({"ALMENARA_VERBOSE": "perhaps"}, "ALMENARA_VERBOSE: 'perhaps' is not one of true, false"),
        ({"ALMENARA_HEADERS": "x"}, "is not a list of key=value"),
        ({"ALMENARA_PORT_DEMOO": "1"}, "did you mean ALMENARA_PORT_DEMO?"),
    ],
)
def test_a_wrong_value_is_refused_with_its_name(environ: dict[str, str], complaint: str) -> None:
    """The message names the variable and what would be right."""
    with pytest.raises(SettingsError) as caught:
        load(DEMO, environ=environ)
    assert complaint in str(caught.value)


def test_variables_of_other_members_are_left_alone() -> None:
    """The prefix is shared, so a variable that resembles none of the table is not ours to judge."""
    assert load(DEMO, environ={"ALMENARA_LOKI_URL": "http://127.0.0.1:3100"}).port == 8000


def test_an_unknown_argument_is_refused_with_the_nearest_known_one() -> None:
    """configure(colour=...) says color."""
    with pytest.raises(SettingsError, match="did you mean 'color'"):
        load(DEMO, runtime={"colour": "red"}, environ={})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[sdk]\nprot = 1\n", r"section \[sdk\]: 'prot' is unknown; did you mean 'port'"),
        ("port = 1\n", r"'port' is in no section; write one of \[sdk\], "),
        ("[skd]\nport = 1\n", "'skd' is unknown; did you mean 'sdk'"),
        ("sdk = 1\n", r"write \[sdk\] above"),
        ("[sdk\n", "not valid TOML"),
        ("[sdk]\nport = 'x'\n", "port: 'x' is not a whole number"),
    ],
    ids=["unknown-key", "loose-key", "unknown-section", "no-section", "broken-toml", "wrong-type"],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    """The message names the file and the key at fault."""
    (tmp_path / "almenara.toml").write_text(text)
    with pytest.raises(SettingsError, match=complaint):
        load(DEMO, environ={}, section="sdk", directory=tmp_path)


def test_a_file_that_was_asked_for_must_exist(tmp_path: Path) -> None:
    """ALMENARA_CONFIG that leads nowhere is an error, a missing almenara.toml is none."""
    assert load(DEMO, environ={}, section="sdk", directory=tmp_path).port == 8000
    with pytest.raises(SettingsError, match="cannot be read"):
        load(DEMO, environ={"ALMENARA_CONFIG": str(tmp_path / "gone.toml")}, section="sdk")


def test_secrets_are_not_printed() -> None:
    """Neither the description nor the repr nor an error shows a secret."""
    settings = load(DEMO, environ={"ALMENARA_TOKEN": "s3cret"})
    assert settings.token == "s3cret"
    described = {row.name: row for row in settings.describe()}
    assert described["token"].value == "***"
    assert "s3cret" not in repr(settings) + str(described)


def test_standard_variables_are_honoured() -> None:
    """OTEL_* and OPENLINEAGE_* stand in for the project's own names."""
    environ = {
        "OTEL_SERVICE_NAME": "worker",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        "OTEL_TRACES_SAMPLER": "traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.5",
        "OPENLINEAGE_URL": "http://marquez:5000",
        "OPENLINEAGE_API_KEY": "key",
        "OPENLINEAGE_NAMESPACE": "retail",
    }
    settings = load(TABLE, environ=environ, section=SECTION)
    assert (settings.service, settings.namespace, settings.api_token) == ("worker", "retail", "key")
    assert (settings.otlp_endpoint, settings.lineage_url) == ("http://collector:4318", "http://marquez:5000")
    assert (settings.traces_sampler, settings.traces_sampler_arg) == ("traceidratio", 0.5)


def test_the_tables_names_follow_one_rule() -> None:
    """A setting's variable is its name in capitals behind the prefix, and each has a help text."""
    for row in TABLE:
        assert row.env == f"ALMENARA_{row.name.upper()}"
        assert row.help.endswith(".")
