"""The names of pipelines that there are, for answers to one that there is not."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from almenara_platform.cli.client import Api
from almenara_platform.cli.console import harmless
from almenara_platform.cli.exceptions import CommandError, WrongUse


def known_pipelines(platform: Api) -> list[str]:
    """Their names; raises as ``Api.get`` does."""
    items = platform.get("/api/v1/pipelines", recent=0)["items"]
    return list(dict.fromkeys(harmless(each["name"]) for each in items))


def refuse_unknown(pipeline: str, known: Sequence[str]) -> None:
    """Raise ``WrongUse`` with the names that are near, else with all, for a pipeline that is not known."""
    if pipeline in known:
        return
    near = get_close_matches(pipeline, known)
    hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(known)}"
    raise WrongUse(f"no pipeline is called {pipeline!r}; {hint}")


def explain_nothing(platform: Api, pipeline: str | None) -> None:
    """Raise ``WrongUse`` where an answer is empty as its pipeline is not known, if that can be asked."""
    if pipeline and (known := _known_if_asked(platform)):
        refuse_unknown(pipeline, known)


def never_ran(platform: Api, pipeline: str) -> list[str]:
    """A line on a pipeline that has never run, with those that have; none where that cannot be asked."""
    known = _known_if_asked(platform)
    if not known or pipeline in known:
        return []
    return [f"no pipeline called {harmless(pipeline)!r} has run yet; those that have: {', '.join(known)}"]


def _known_if_asked(platform: Api) -> list[str]:
    try:
        return known_pipelines(platform)
    except CommandError:
        return []
