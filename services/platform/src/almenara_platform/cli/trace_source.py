"""Where the traces of a command come from: a file, standard input, an address or the platform."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from almenara_platform.cli.client import LOOPBACK, Api, segment
from almenara_platform.cli.exceptions import CommandError, Unreachable, WrongUse
from almenara_platform.exceptions import BadRequest
from almenara_platform.traces.model import Trace

STDIN = "-"
TIMEOUT_SECONDS = 30.0
_TRACE_ID = re.compile("[0-9a-fA-F]{32}")
_RUN_ID = re.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def is_file(source: str) -> bool:
    """Whether a source means a file or standard input; a folder may well be called ``good``."""
    try:
        return source == STDIN or (Path(source).exists() and not Path(source).is_dir())
    except OSError:  # longer than any name of a file
        return False


def is_id(source: str) -> bool:
    """Whether a source means a trace that the platform knows, by its own id or by that of its run."""
    return bool(_TRACE_ID.fullmatch(source) or _RUN_ID.fullmatch(source)) and not is_file(source)


def is_address(source: str) -> bool:
    """Whether a source means an address to ask, such as that of a trace in Jaeger's API."""
    return source.startswith(("http://", "https://"))


def document(given: str, platform: Api) -> Any:
    """The trace with this id, or of the run with this id, as the platform answers it.

    Raises ``WrongUse`` for a run without a trace, and as ``Api.get`` does.
    """
    trace_id = _of_run(given, platform) if _RUN_ID.fullmatch(given) else given
    return platform.get(f"/api/v1/traces/{segment(trace_id)}")


def _of_run(run_id: str, platform: Api) -> str:
    run = platform.get(f"/api/v1/runs/{segment(run_id)}")
    if not run["trace_id"]:
        raise WrongUse(f"run {run_id} told no trace; see `almenara run show {run_id}`")
    return str(run["trace_id"])


def traces(source: str, platform: Api) -> list[Trace]:
    """The traces of a source, the one with the most spans first.

    Raises ``WrongUse`` for what is neither a file nor an id, and as ``Api.get`` and ``read`` do.
    """
    # With the formats comes protobuf, which commands that read no traces need not pay.
    from almenara_platform.traces.formats import platform_json
    from almenara_platform.traces.formats.reading import read, read_file

    if source == STDIN:
        return read(sys.stdin.buffer)
    if is_file(source):
        return read_file(Path(source))
    if is_address(source):
        return _asked(source)
    if is_id(source):
        return [platform_json.trace(document(source, platform))]
    raise WrongUse(f"{source[:200]!r} is neither a file nor a trace id (32 hex digits) nor the id of a run")


def _asked(address: str) -> list[Trace]:
    """The traces that a server answers; raises ``Unreachable`` and ``CommandError``."""
    import httpx

    from almenara_platform.traces.formats.reading import read_json

    local = urlsplit(address).hostname in LOOPBACK
    try:
        with httpx.stream("GET", address, timeout=TIMEOUT_SECONDS, trust_env=not local) as answer:
            if not answer.is_success:
                raise CommandError(f"{address} answered {answer.status_code} {answer.reason_phrase}".strip())
            found = read_json(answer.iter_bytes())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unreachable(f"{address} does not answer: {error}") from error
    except BadRequest as error:
        raise CommandError(f"{address} answered no trace: {error}") from error
    if not found:
        raise CommandError(f"{address} answered no spans, neither of OTLP JSON nor of Jaeger")
    return found


def one_trace(source: str, trace_id: str | None, platform: Api) -> Trace:
    """One trace of a source, the largest unless another is asked for, with a note on the others."""
    found = traces(source, platform)
    if trace_id is not None:
        chosen = next((trace for trace in found if trace.trace_id == trace_id.lower()), None)
        if chosen is None:
            known = ", ".join(trace.trace_id for trace in found[:5])
            raise WrongUse(f"trace {trace_id[:100]} is not in {source}; there is {known}")
        return chosen
    first, *others = found
    if not others:
        return first
    named = ", ".join(trace.trace_id for trace in others[:3])
    note = f"The largest of {len(found):,} traces was taken; --trace chooses another one: {named}."
    return Trace(first.trace_id, first.spans, first.truncated, (*first.notes, note))
