"""One JSON object a line, safe whatever the caller puts into it."""

from __future__ import annotations

import json
import logging
import math
import threading
from pathlib import Path

import orjson
import pytest
from loguru import logger
from opentelemetry import baggage
from opentelemetry import context as otel

import almenara
from almenara.testing import Signals, capture

VENTAS = almenara.Pipeline("ventas")


def test_a_field_of_the_caller_never_overwrites_a_fixed_one(signals: Signals) -> None:
    """A name that the line needs itself is kept with a prefix."""
    with VENTAS.run() as run:
        almenara.log.bind(run_id="mine", level="loud").info("hello")
    line = signals.log("hello")
    assert (line["run_id"], line["level"]) == (run.run_id, "INFO")
    assert (line["extra_run_id"], line["extra_level"]) == ("mine", "loud")


@pytest.mark.parametrize(
    "key",
    [
        "password",
        "db_password",
        "apiKey",
        "X-Api-Key",
        "Authorization",
        "hmac_key",
        "refresh_token",
        "Set-Cookie",
    ],
)
def test_secrets_are_masked_by_key(signals: Signals, key: str) -> None:
    """A value is masked by the name it goes by, at any depth."""
    almenara.log.bind(**{key: "s3cret", "nested": {key: "s3cret", "list": [{key: "s3cret"}]}}).info("hello")
    line = signals.log("hello")
    assert line[key] == "***"
    assert "s3cret" not in json.dumps(line)


@pytest.mark.parametrize("key", ["token_count", "keyboard", "passwords_checked", "secretary"])
def test_names_that_only_resemble_secrets_stay_readable(signals: Signals, key: str) -> None:
    """Masking knows words, not letters."""
    almenara.log.bind(**{key: 7}).info("hello")
    assert signals.log("hello")[key] == 7


def test_more_keys_can_be_masked() -> None:
    """ALMENARA_MASK_KEYS adds names."""
    with capture(mask_keys="household_id") as signals:
        almenara.log.bind(household_id=12).info("hello")
    assert signals.log("hello")["household_id"] == "***"


def test_long_values_and_many_fields_are_cut() -> None:
    """Texts, field counts and nesting are bounded, and the line says so."""
    deep: dict[str, object] = {}
    inner = deep
    for _ in range(50):
        inner["x"] = inner = {}
    with capture(max_attribute_length=100, max_log_fields=3) as signals:
        almenara.log.bind(a="x" * 1000, deep=deep, items=list(range(10_000)), d=1, e=2).info("y" * 1000)
    (line,) = signals.logs
    assert len(line["a"]) < 150 and "900 more characters" in line["a"]
    assert len(line["message"]) < 150
    assert len(line["items"]) <= 200
    assert line["fields_dropped"] == 2
    assert len(orjson.dumps(line)) < 3000


def test_a_long_stack_keeps_both_ends() -> None:
    """The first and the last frames survive, the middle is left out."""

    def descend(depth: int) -> None:
        if depth == 0:
            raise ValueError("bottom")
        exec(f"descend({depth} - 1)", {"descend": descend})  # each frame differs, so none is folded

    with (
        capture(max_stack_length=1000) as signals,
        pytest.raises(ValueError),
        VENTAS.run() as run,
        run.stage("s"),
    ):
        descend(100)
    stack = signals.log("stage_failed")["stack"]
    assert len(stack) < 1100
    assert stack.startswith("Traceback") and stack.rstrip().endswith("ValueError: bottom")


@pytest.mark.parametrize(
    "value",
    [math.nan, 2**70, "\ud800", b"\x00\xff", object(), {1: 2}, {"a", "b"}, Path("x"), 1 + 2j],
    ids=repr,
)
def test_any_value_makes_a_valid_line(signals: Signals, value: object) -> None:
    """What JSON cannot hold is written in some form, and telemetry does not fail."""
    almenara.log.bind(value=value).info("hello")
    assert "value" in signals.log("hello")


def test_an_object_that_cannot_be_printed_costs_a_line_not_the_job() -> None:
    """The exception of a broken __str__ is kept from the caller and counted."""

    class Broken:
        def __str__(self) -> str:
            raise RuntimeError("no")

    with capture() as signals:
        almenara.log.bind(value=Broken()).info("hello")
        assert signals.metric("almenara_telemetry_errors_total", component="logs") == 1
    assert "RuntimeError" in signals.errors[0]


def test_a_newline_in_a_value_cannot_forge_a_line(signals: Signals) -> None:
    """Each record stays one line."""
    almenara.log.info('a\n{"level":"ERROR"}')
    assert len(signals.logs) == 1


def test_standard_logging_arrives_in_the_same_log(signals: Signals) -> None:
    """Records of the logging module get the ids of the run, their extra fields and their exception."""
    with VENTAS.run() as run, run.stage("load"):
        try:
            raise KeyError("k")
        except KeyError:
            logging.getLogger("library").warning("said %s {x}", "hello", exc_info=True, extra={"rows": 3})
    line = signals.log("said hello {x}")
    assert (line["stage"], line["logger"], line["rows"], line["level"]) == ("load", "library", 3, "WARNING")
    assert line["error_type"] == "KeyError" and "Traceback" in line["stack"]


def test_a_servers_lines_have_no_escape_codes(signals: Signals) -> None:
    """uvicorn says its lines a second time in colours, which only a terminal can show."""
    coloured = {"color_message": "Finished [\x1b[36m%d\x1b[0m]", "port": 8080}
    logging.getLogger("server").warning("Finished [%d]", 7, extra=coloured)
    line = signals.log("Finished [7]")
    assert line["port"] == 8080
    assert "\x1b" not in "".join(map(str, line.values()))


def test_a_stages_logger_keeps_its_place_in_another_thread(signals: Signals) -> None:
    """A thread without context still logs into the stage when it uses the stage's logger."""
    with VENTAS.run() as run, run.stage("extract") as stage:
        thread = threading.Thread(target=lambda: stage.log.info("from a thread"))
        thread.start()
        thread.join()
    line = signals.log("from a thread")
    assert (line["run_id"], line["stage"]) == (run.run_id, "extract")
    assert line["span_id"] == signals.span("extract").span_id


def test_a_runs_logger_says_the_stage_it_is_used_in(signals: Signals) -> None:
    """run.log within a stage belongs to that stage."""
    with VENTAS.run() as run, run.stage("extract"):
        run.log.info("here")
    assert signals.log("here")["stage"] == "extract"


def test_allowed_baggage_is_on_the_line_and_other_is_not(signals: Signals) -> None:
    """Only entries on the allow-list are copied."""
    token = otel.attach(baggage.set_baggage("user.id", "u1", baggage.set_baggage("email", "x@y")))
    almenara.log.info("hello")
    otel.detach(token)
    line = signals.log("hello")
    assert line["user.id"] == "u1" and "email" not in line


def test_the_level_is_respected() -> None:
    """Lines below the level are not written, those of a run's own included."""
    with capture(log_level="warning") as signals, VENTAS.run() as run, run.stage("extract"):
        almenara.log.info("quiet")
        almenara.log.warning("loud")
    assert [line["message"] for line in signals.logs] == ["loud"]


def test_the_file_gets_the_same_lines(tmp_path: Path) -> None:
    """The log file holds JSON lines, with the standard events, and rotates by size."""
    path = tmp_path / "logs" / "job.log"
    settings = {"log_file": str(path), "log_rotation": "1 KB"}
    with capture(**settings) as signals, VENTAS.run() as run, run.stage("extract"):
        almenara.log.bind(braces="{x} <red>").info("{} and {{more}}")
    written = [orjson.loads(line) for file in path.parent.iterdir() for line in file.read_text().splitlines()]
    assert {(line["message"], line["run_id"]) for line in written} == {
        (line["message"], run.run_id) for line in signals.logs
    }
    assert len(list(path.parent.iterdir())) > 1


def test_a_log_file_that_cannot_be_written_costs_the_file_only(tmp_path: Path) -> None:
    """The job goes on with stdout."""
    (tmp_path / "file").write_text("")
    with capture(log_file=str(tmp_path / "file" / "job.log")) as signals:
        almenara.log.info("hello")
    assert signals.log("hello")
    assert "log file" in "".join(signals.errors) or signals.telemetry.metrics.registry.get_sample_value(
        "almenara_telemetry_errors_total", {"component": "log file"}
    )


def test_a_wrong_rotation_is_a_settings_error(tmp_path: Path) -> None:
    """What loguru does not understand is told as the setting it is."""
    with (
        pytest.raises(almenara.SettingsError, match="log_rotation"),
        capture(log_file=str(tmp_path / "x.log"), log_rotation="often"),
    ):
        pass


def test_a_refused_configuration_leaves_nothing_behind(tmp_path: Path) -> None:
    """After a settings error the next configuration writes each line once, as its own."""
    with pytest.raises(almenara.SettingsError), capture(log_file=str(tmp_path / "x"), log_rotation="often"):
        pass
    with capture() as signals:
        almenara.log.info("hello")
        logging.getLogger("library").warning("once")
    assert [line["message"] for line in signals.logs] == ["hello", "once"]
    assert len(logger._core.handlers) == 0  # type: ignore[attr-defined]


def test_events_reach_loguru_handlers_of_the_job(signals: Signals) -> None:
    """Who adds a handler of his own sees the events of stages as well."""
    seen: list[str] = []
    handler = logger.add(lambda message: seen.append(message.record["message"]), format="")
    try:
        with VENTAS.run() as run, run.stage("extract"):
            pass
    finally:
        logger.remove(handler)
    assert {"stage_started", "stage_completed"} <= set(seen)
    assert signals.log("stage_completed")["records_processed"] == 0


def test_the_console_form_is_for_eyes(capsys: pytest.CaptureFixture[str]) -> None:
    """ALMENARA_LOG_FORMAT=console writes a plain line with stage and fields."""
    from almenara.logs.line import console_line
    from almenara.sink.port import LogEntry

    line = console_line(LogEntry(0, "INFO", "read", pipeline="ventas", stage="extract", fields={"rows": 3}))
    assert line == "1970-01-01T00:00:00.000000Z INFO     ventas/extract           read rows=3\n"
