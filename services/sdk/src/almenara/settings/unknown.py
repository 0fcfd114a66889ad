"""Keys that no table knows, and what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from almenara.exceptions import SettingsError
from almenara.settings.setting import Setting

PREFIX = "ALMENARA_"
# Other members share the prefix, so a variable is only taken for a misspelling when it is this close.
SIMILARITY = 0.85


def refuse_unknown(keys: Iterable[str], known: Sequence[str], where: str) -> None:
    """Raise SettingsError for the first of ``keys`` that is not in ``known``, naming the nearest one."""
    for key in keys:
        if key not in known:
            nearest = get_close_matches(key, known, n=1, cutoff=0.0)
            hint = f"; did you mean {nearest[0]!r}?" if nearest else ""
            raise SettingsError(f"{where}: {key!r} is unknown{hint}")


def refuse_misspelled_environment(environ: Mapping[str, str], table: Sequence[Setting]) -> None:
    """Raise SettingsError for an ``ALMENARA_`` variable that is a near miss of one in ``table``."""
    known = {row.env.removeprefix(PREFIX): row.env for row in table if row.env.startswith(PREFIX)}
    for variable in environ:
        if not variable.startswith(PREFIX) or variable.removeprefix(PREFIX) in known:
            continue
        nearest = get_close_matches(variable.removeprefix(PREFIX), known, n=1, cutoff=SIMILARITY)
        if nearest:
            raise SettingsError(f"environment: {variable} is unknown; did you mean {known[nearest[0]]}?")
