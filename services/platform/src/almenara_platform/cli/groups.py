"""How commands are grouped, and how every expected error ends: one clear line, never a traceback."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import Any

from typer import Context, Exit
from typer.core import TyperCommand, TyperGroup

from almenara_platform.cli.console import error_console, harmless
from almenara_platform.cli.exceptions import CommandError, WrongUse
from almenara_platform.exceptions import AlmenaraPlatformError
from almenara_platform.runtimes.exceptions import RuntimeFailure, UnknownPart

USAGE = 2


class ClearErrors(TyperGroup):
    """The outermost group: turns errors that are raised on purpose into a line and an exit code."""

    def invoke(self, ctx: Context) -> Any:
        """Run the command; raises ``Exit`` instead of an error."""
        try:
            return super().invoke(ctx)
        except CommandError as error:
            raise _told(error, error.exit_code, error.details) from None
        except RuntimeFailure as error:
            raise _told(error, USAGE if isinstance(error, UnknownPart) else 1, error.details) from None
        except AlmenaraPlatformError as error:
            raise _told(error, 1) from None
        except Exception as error:
            if not _is_about_settings(error):
                raise
            raise _told(error, USAGE) from None


class DefaultCommand(TyperGroup):
    """A group whose command ``start`` needs not be named: ``run ventas_etl`` is ``run start ventas_etl``."""

    default = "start"

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Put the default command before an argument that is none of the commands."""
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            args = [self.default, *args]
        return super().parse_args(ctx, args)


def without_arguments(advice: str) -> type[TyperCommand]:
    """A command that takes options only; ``advice`` says what to write for an argument, there called {}."""

    class OptionsOnly(TyperCommand):
        def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
            ctx.allow_extra_args = True
            if given := super().parse_args(ctx, args):
                advised = advice.replace("{}", shlex.quote(harmless(given[0])))
                raise WrongUse(f"`{ctx.command_path}` takes no argument; {advised}")
            return given

    return OptionsOnly


def _is_about_settings(error: Exception) -> bool:
    """Whether it is the SDK's; the SDK is not imported to ask, for that takes longer than most commands."""
    sdk = sys.modules.get("almenara.exceptions")
    return sdk is not None and isinstance(error, sdk.SettingsError)


def _told(error: Exception, exit_code: int, details: Sequence[str] = ()) -> Exit:
    console = error_console()
    console.print(f"error: {error}", style="bold red", markup=False, highlight=False, soft_wrap=True)
    for line in details:
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    return Exit(exit_code)
