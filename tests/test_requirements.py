"""What the machine lacks is skipped with a reason, counted, and failed where it is required."""

from __future__ import annotations

from pathlib import Path

import pytest

MARKERS = ("docker", "promtool", "amtool", "chromium", "stack")


@pytest.fixture
def bare_machine(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> pytest.Pytester:
    """A folder with our conftest and one test for each marker, on a machine without any of the programs."""
    monkeypatch.setenv("PATH", str(pytester.path / "empty"))
    monkeypatch.setenv("HOME", str(pytester.path))
    monkeypatch.delenv("ALMENARA_REQUIRE", raising=False)
    pytester.makeini("[pytest]\nmarkers =\n" + "".join(f"    {name}\n" for name in MARKERS))
    pytester.makeconftest((checkout / "tests" / "conftest.py").read_text())
    tests = [f"@pytest.mark.{name}\ndef test_{name}(): pass\n" for name in MARKERS]
    pytester.makepyfile("import pytest\n" + "".join(tests) + "def test_plain(): pass\n")
    return pytester


def test_missing_programs_are_skipped_and_counted(bare_machine: pytest.Pytester) -> None:
    """Without requirements the layers are skipped, each with its reason and its count."""
    result = bare_machine.runpytest_subprocess()
    result.assert_outcomes(passed=1, skipped=5)
    result.stdout.fnmatch_lines(["*layers not run on this machine*", "2 tests skipped, docker: *"])
    result.stdout.fnmatch_lines(["1 test skipped, promtool: promtool is not on PATH"])


def test_a_required_layer_fails(bare_machine: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A requirement turns the skip of its tests into a failure that says what is missing."""
    monkeypatch.setenv("ALMENARA_REQUIRE", "docker, chromium")
    result = bare_machine.runpytest_subprocess()
    result.assert_outcomes(passed=1, skipped=2, errors=3)
    result.stdout.fnmatch_lines(["*docker is not on PATH, and ALMENARA_REQUIRE demands docker*"])


def test_an_unknown_requirement_is_refused(
    bare_machine: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt requirement would otherwise require nothing."""
    monkeypatch.setenv("ALMENARA_REQUIRE", "doker")
    result = bare_machine.runpytest_subprocess()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*lists doker; known are docker, promtool, amtool, chromium*"])


def test_an_installed_program_runs_its_tests(bare_machine: pytest.Pytester) -> None:
    """A program in ~/.local/bin counts although PATH leaves that folder out."""
    own = bare_machine.path / ".local" / "bin"
    own.mkdir(parents=True)
    (own / "promtool").write_text("#!/bin/sh\n")
    (own / "promtool").chmod(0o755)
    bare_machine.runpytest_subprocess().assert_outcomes(passed=2, skipped=4)


def test_browser_tests_go_last(bare_machine: pytest.Pytester) -> None:
    """What a browser test leaves behind in the main thread cannot reach the others."""
    collected = bare_machine.runpytest_subprocess("--collect-only", "-q").outlines
    names = [line.rpartition("::")[2] for line in collected if "::" in line]
    assert names[-1] == "test_chromium"
    assert names[:3] == ["test_docker", "test_promtool", "test_amtool"]
