"""The token that writing requests to the platform send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from almenara_platform.runtimes.composition import data_folder
from almenara_platform.runtimes.credentials import Credentials
from almenara_platform.runtimes.dotenv import DotEnv
from almenara_platform.runtimes.members import Members

NAME = "ALMENARA_API_TOKEN"


def find(members: Members, root: Path, runtime: Callable[[], str]) -> str:
    """The one that is set; else the one that `make up` made in the checkout ``root``.

    ``runtime`` names the one that it was made for, and is asked only where that matters: it takes a while.
    A made one never goes to a platform that ALMENARA_URL names: that may be anybody's.
    """
    given = str(members.value(NAME) or "")
    if given or members.value("ALMENARA_URL"):
        return given
    if runtime() == "compose":
        return DotEnv(root / ".env").read().get(NAME, "")
    return Credentials(data_folder(root, members) / "secrets").read().get(NAME, "")
