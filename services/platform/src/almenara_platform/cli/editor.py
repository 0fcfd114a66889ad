"""A text in the user's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from almenara_platform.cli.exceptions import CommandError


def edit(text: str, suffix: str) -> str:
    """``text`` as the user leaves it; raises ``CommandError`` when the editor cannot start or fails."""
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with TemporaryDirectory(prefix="almenara-") as folder:
        file = Path(folder) / f"event{suffix}"
        file.write_text(text, encoding="utf-8")
        try:
            subprocess.run([*shlex.split(command), str(file)], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise CommandError(
                f"the editor {command!r} failed: {error}; set EDITOR or name a file"
            ) from error
        return file.read_text(encoding="utf-8")
