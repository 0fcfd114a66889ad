"""Looks of states and levels."""

from __future__ import annotations

import pytest

from almenara_platform.runs.model import RunState
from almenara_platform.ui import states


@pytest.mark.parametrize("state", list(RunState))
def test_every_state_has_word_icon_and_tone(state: RunState) -> None:
    """No state is told by colour alone."""
    look = states.of_run(state)
    assert look.label
    assert look.icon
    assert look.tone


def test_final_states_differ_in_icon_and_tone() -> None:
    """Complete, failed and aborted can be told apart by the icon as well as by the colour."""
    looks = [states.of_run(state) for state in RunState if state.final]
    assert len({look.icon for look in looks}) == len({look.tone for look in looks}) == 3


@pytest.mark.parametrize(
    ("level", "tone"), [("warn", "warn"), ("FATAL", "fail"), ("info", "quiet"), ("made-up", "quiet")]
)
def test_levels_of_every_spelling_have_a_look(level: str, tone: str) -> None:
    """Emitters spell levels in many ways; an unknown one is shown plainly."""
    assert states.of_level(level).tone == tone


def test_an_unknown_level_is_cut_short() -> None:
    """A level cannot break the layout."""
    assert len(states.of_level("x" * 500).label) <= 12
