"""The names of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

import almenara

ON_DEMAND = ("fastapi", "http", "testing")


@pytest.mark.parametrize("name", ON_DEMAND)
def test_a_module_is_imported_when_it_is_asked_for(name: str) -> None:
    """``import almenara`` alone is enough, and does not pay for the module."""
    program = f"import sys, almenara; assert 'almenara.{name}' not in sys.modules, 'eager'; almenara.{name}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


def test_the_names_are_listed_and_others_refused() -> None:
    """dir() shows what is there, a misspelt name is an AttributeError."""
    assert {*ON_DEMAND, "Pipeline", "configure"} <= set(dir(almenara))
    with pytest.raises(AttributeError, match="no attribute 'fastapy'"):
        almenara.fastapy  # noqa: B018
