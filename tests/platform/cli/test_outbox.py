"""almenara outbox: what waits, what was refused, and what to do about it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from almenara_platform.cli import write_token
from almenara_platform.runtimes.members import Members

from .conftest import RUN_ID, Almenara, FakeInstallation

DEAD = "/api/v1/outbox/dead"
BACKLOG = {
    "destination": "marquez",
    "configured": True,
    "pending": 1200,
    "oldest_at": "2026-01-02T03:04:05.000000Z",
    "oldest_age_seconds": 754.0,
    "dead": 2,
    "last_error": "Marquez cannot be reached",
}
EVENT = {"eventType": "START", "run": {"runId": RUN_ID}}
LETTER: dict[str, Any] = {
    "id": 7,
    "destination": "marquez",
    "lane": RUN_ID,
    "event_type": "START",
    "accepted_at": "2026-01-02T03:04:05.000000Z",
    "settled_at": "2026-01-02T03:04:06.000000Z",
    "tries": 0,
    "forwarded": True,
    "mended": False,
    "reason": "Dataset '[red]t' has an odd namespace.",
}


def sent(here: FakeInstallation) -> list[tuple[str, str]]:
    """Method and path of what was asked."""
    return [(request.method, request.url.path) for request in here.platform_answers.requests]


@pytest.mark.parametrize("arguments", [[], ["status"]])
def test_status_tells_what_waits_and_why(
    almenara: Almenara, here: FakeInstallation, arguments: list[str]
) -> None:
    """A destination with its backlog, its age, the dead letters and the last error."""
    gone = BACKLOG | {"destination": "datahub", "configured": False, "pending": 0}
    here.platform_answers.on("/api/v1/outbox", {"items": [BACKLOG, gone], "next": None})
    result = almenara("outbox", *arguments)
    assert result.exit_code == 0
    for words in ("marquez", "1,200", "12 min 34 s", "cannot be reached", "datahub (not configured)"):
        assert words in result.stdout


def test_nobody_to_forward_to_is_told(almenara: Almenara, here: FakeInstallation) -> None:
    """An empty outbox names the settings that would fill it."""
    here.platform_answers.on("/api/v1/outbox", {"items": [], "next": None})
    assert "ALMENARA_MARQUEZ_URL" in almenara("outbox").stdout


def test_dead_letters_are_listed_with_their_reasons(almenara: Almenara, here: FakeInstallation) -> None:
    """Foreign text is shown as it is, and a longer list says so."""
    here.platform_answers.on(DEAD, {"items": [LETTER], "next": "more"})
    result = almenara("outbox", "dead", "--run", RUN_ID, "--limit", "1")
    assert "Dataset '[red]t' has an odd namespace." in result.stdout
    assert "--limit" in result.stdout
    assert here.platform_answers.requests[0].url.params["run_id"] == RUN_ID


def test_show_prints_the_event_for_a_file(almenara: Almenara, here: FakeInstallation) -> None:
    """With --event there is nothing but JSON on stdout."""
    here.platform_answers.on(f"{DEAD}/7", LETTER | {"event": EVENT})
    assert json.loads(almenara("outbox", "show", "7", "--event").stdout) == EVENT
    shown = almenara("outbox", "show", "7").stdout
    assert "without the part at fault" in shown
    assert '"runId"' in shown


def test_replay_by_number_and_of_all(almenara: Almenara, here: FakeInstallation) -> None:
    """Numbers go one by one, --all in one request."""
    for path in (f"{DEAD}/7/replay", f"{DEAD}/8/replay"):
        here.platform_answers.on(path, {"replayed": 1})
    here.platform_answers.on(f"{DEAD}/replay", {"replayed": 5})
    assert almenara("outbox", "replay", "7", "8").stdout.startswith("2 wait again")
    assert almenara("outbox", "replay", "--all", "--destination", "marquez").stdout.startswith("5 wait")
    assert here.platform_answers.requests[-1].url.params["destination"] == "marquez"


@pytest.mark.parametrize("arguments", [[], ["7", "--all"], ["7", "--destination", "marquez"]])
def test_replay_of_nothing_or_too_much_is_wrong_use(
    almenara: Almenara, here: FakeInstallation, arguments: list[str]
) -> None:
    """What could be meant in two ways asks nobody."""
    assert almenara("outbox", "replay", *arguments).exit_code == 2
    assert sent(here) == []


def test_discard_asks_first(almenara: Almenara, here: FakeInstallation) -> None:
    """Without a yes nothing is discarded."""
    here.platform_answers.on(f"{DEAD}/7/discard", None, status=204)
    assert almenara("outbox", "discard", "7", input="n\n").exit_code == 1
    assert sent(here) == []
    assert almenara("outbox", "discard", "7", "--yes").exit_code == 0
    assert sent(here) == [("POST", f"{DEAD}/7/discard")]


def test_mend_sends_the_file(almenara: Almenara, here: FakeInstallation, tmp_path: Path) -> None:
    """A file, or stdin, goes in the place of the event."""
    here.platform_answers.on(f"{DEAD}/7/replay", {"replayed": 1})
    file = tmp_path / "event.json"
    file.write_text(json.dumps(EVENT))
    assert almenara("outbox", "mend", "7", str(file)).exit_code == 0
    assert almenara("outbox", "mend", "7", "-", input=json.dumps(EVENT)).exit_code == 0
    bodies = [json.loads(request.content) for request in here.platform_answers.requests]
    assert bodies == [{"event": EVENT}, {"event": EVENT}]


@pytest.mark.parametrize(("text", "reason"), [("{", "not JSON"), ("[]", "JSON object")])
def test_mend_refuses_what_is_no_event(
    almenara: Almenara, here: FakeInstallation, tmp_path: Path, text: str, reason: str
) -> None:
    """A slip in the file is told before anything is sent."""
    file = tmp_path / "event.json"
    file.write_text(text)
    result = almenara("outbox", "mend", "7", str(file))
    assert result.exit_code == 2
    assert reason in result.stderr
    assert almenara("outbox", "mend", "7", str(tmp_path / "missing")).exit_code == 2
    assert sent(here) == []


def test_mend_opens_an_editor(
    almenara: Almenara, here: FakeInstallation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the editor leaves is sent; an event that was not changed is not."""
    here.platform_answers.on(f"{DEAD}/7", LETTER | {"event": EVENT})
    here.platform_answers.on(f"{DEAD}/7/replay", {"replayed": 1})
    script = tmp_path / "editor.py"
    script.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "file.write_text(file.read_text().replace('START', 'FAIL'))\n"
    )
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", f"{sys.executable} {script}")
    assert almenara("outbox", "mend", "7").exit_code == 0
    assert json.loads(here.platform_answers.requests[-1].content)["event"]["eventType"] == "FAIL"
    monkeypatch.setenv("EDITOR", "true")
    assert "nothing was changed" in almenara("outbox", "mend", "7").stderr
    monkeypatch.setenv("EDITOR", "no-such-editor")
    assert "set EDITOR" in almenara("outbox", "mend", "7").stderr


def test_token_is_the_one_of_the_runtime(tmp_path: Path) -> None:
    """What was made for this checkout is found for its runtime, and what is set comes first."""
    (tmp_path / ".env").write_text("ALMENARA_API_TOKEN=of-compose\n")
    (tmp_path / ".almenara").mkdir()
    (tmp_path / ".almenara" / "secrets").write_text('{"ALMENARA_API_TOKEN": "of-embedded"}')
    plain = Members.load({}, tmp_path)
    assert write_token.find(plain, tmp_path, lambda: "compose") == "of-compose"
    assert write_token.find(plain, tmp_path, lambda: "embedded") == "of-embedded"
    given = Members.load({"ALMENARA_API_TOKEN": "given"}, tmp_path)
    assert write_token.find(given, tmp_path, lambda: pytest.fail("not to be asked")) == "given"


def test_made_token_does_not_go_to_another_platform(tmp_path: Path) -> None:
    """An address that somebody set may be anybody's."""
    (tmp_path / ".env").write_text("ALMENARA_API_TOKEN=of-compose\n")
    elsewhere = Members.load({"ALMENARA_URL": "http://elsewhere:8080"}, tmp_path)
    assert write_token.find(elsewhere, tmp_path, lambda: "compose") == ""
