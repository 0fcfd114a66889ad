"""OpenLineage events checked before anything of them is stored.

What an event needs to have a place (ids, names, time) must be right; facets may hold anything that is JSON,
because emitters add their own. Source: OpenLineage.json 2-0-2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import orjson

from almenara_platform.clock import parse_time
from almenara_platform.exceptions import BadRequest
from almenara_platform.gateway import parts
from almenara_platform.gateway.measured import Measured

EVENT_TYPES = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")
NAME_LIMIT = 4096
NAME_BYTES = 1200
"""Most bytes of a column's name, of a run's id, and of a namespace and a name together.

A row of PostgreSQL's B-tree indexes holds 2,704 bytes, and some have two of these in it.
"""
# No character takes more bytes than this.
_CERTAIN = NAME_BYTES // 4
# Emitters that send local time without a zone are up to 14 hours ahead of it; more is a wrong clock.
MOST_AHEAD = timedelta(days=1)
_MISSING = "is missing or not a text"
_SOUND: parts.Remembered[bool] = parts.Remembered()
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def parse(body: bytes) -> Any:
    """The JSON in a body; raises ``BadRequest``."""
    try:
        return parts.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequest(f"The body is not JSON: {error}.", "body") from error


def parse_many(body: bytes) -> Sequence[Callable[[], Any]]:
    """The events of a JSON array, or of lines with one event each, every one to be read when it is called.

    Raises ``BadRequest`` for an array that is not JSON; a line that is not JSON raises it when called.
    """
    text = body.strip()
    if not text.startswith(b"["):
        return [partial(parse, line) for line in text.splitlines() if line.strip()]
    events = parse(text)
    return [partial(_same, event) for event in events]


def _same(event: Any) -> Any:
    return event


def validate(event: Any) -> dict[str, Any]:
    """``event`` if it is a RunEvent, DatasetEvent or JobEvent; raises ``BadRequest`` with the field at fault.

    ``eventType`` may be missing (as OTHER) and may be in lower case; ``schemaURL`` may be missing.
    """
    if not isinstance(event, dict):
        raise BadRequest("An OpenLineage event is a JSON object.", "body")
    _time(event)
    _text(event, "producer", "producer")
    _optional_text(event, "schemaURL")
    if event.get("run") is not None:
        _run_event(event)
    elif event.get("eventType") is not None:
        raise BadRequest("run is missing: an event with an eventType is about a run.", "run")
    packed = _storable(event)
    about = "dataset" if event.get("run") is None and event.get("dataset") is not None else "job"
    _SOUND.get(packed, partial(_check_parts, event, about), about)
    if measured := parts.measured_in(event):
        _check_measured(measured)
    return event


def refuse_future(event: dict[str, Any], now: datetime) -> None:
    """Raise ``BadRequest`` for a validated event from a clock more than a day ahead.

    It would stay the latest of its job and its datasets until that day comes.
    """
    if parse_time(event["eventTime"]) > now + MOST_AHEAD:
        raise BadRequest(
            f"eventTime {event['eventTime']} is more than a day ahead of this platform's clock "
            f"({now:%Y-%m-%dT%H:%M:%SZ}): correct the emitter's clock or its time zone.",
            "eventTime",
        )


def _run_event(event: dict[str, Any]) -> None:
    kind = event.get("eventType")
    if kind is not None and (not isinstance(kind, str) or kind.upper() not in EVENT_TYPES):
        raise BadRequest(f"eventType is none of {', '.join(EVENT_TYPES)}.", "eventType")
    run = _object(event["run"], "run")
    _text(run, "runId", "run.runId")
    if not fits(run["runId"]):
        raise BadRequest(f"run.runId takes more than {NAME_BYTES} bytes.", "run.runId")
    _facets(run, "facets", "run")
    if event.get("job") is None:
        raise BadRequest("job is missing.", "job")


def _check_parts(event: dict[str, Any], about: str) -> bool:
    if about == "dataset":
        _dataset(event["dataset"], "dataset")
    elif event.get("job") is not None:
        _job_event(event)
    else:
        raise BadRequest("run is missing (or dataset, or job, for events without a run).", "run")
    return True


def _check_measured(measured: Measured) -> None:
    for side, each in measured.items():
        for index, own in enumerate(each):
            for group in own:
                _facets(own, group, f"{side}[{index}]")


def _job_event(event: dict[str, Any]) -> None:
    job = _object(event["job"], "job")
    _named(job, "job")
    _facets(job, "facets", "job")
    for side in ("inputs", "outputs"):
        datasets = event.get(side)
        if datasets is not None and not isinstance(datasets, list):
            raise BadRequest(f"{side} is not a list.", side)
        for index, dataset in enumerate(datasets or ()):
            _dataset(dataset, f"{side}[{index}]")


def _dataset(value: Any, place: str) -> None:
    dataset = _object(value, place)
    _named(dataset, place)
    for group in ("facets", "inputFacets", "outputFacets"):
        _facets(dataset, group, place)


def fits(*texts: str) -> bool:
    """Whether these have at most ``NAME_BYTES`` together."""
    if sum(map(len, texts)) <= _CERTAIN:
        return True
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) <= NAME_BYTES


def _named(owner: dict[str, Any], place: str) -> None:
    _text(owner, "namespace", f"{place}.namespace")
    _text(owner, "name", f"{place}.name")
    if not fits(owner["namespace"], owner["name"]):
        raise BadRequest(
            f"{place}.namespace and {place}.name take more than {NAME_BYTES} bytes together.", f"{place}.name"
        )


def _time(event: dict[str, Any]) -> None:
    try:
        parse_time(event.get("eventTime"))
    except ValueError as error:
        raise BadRequest(f"eventTime {error}.", "eventTime") from error


def _object(value: Any, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadRequest(f"{place} is not an object.", place)
    return value


def _facets(owner: dict[str, Any], name: str, place: str) -> None:
    facets = owner.get(name)
    if facets is not None and not isinstance(facets, dict):
        raise BadRequest(f"{place}.{name} is not an object.", f"{place}.{name}")


def _text(owner: dict[str, Any], name: str, place: str) -> None:
    value = owner.get(name)
    fault = _fault(value) if isinstance(value, str) else _MISSING
    if fault:
        raise BadRequest(f"{place} {fault}.", place)


def _fault(text: str) -> str:
    if not text.strip():
        return _MISSING
    if len(text) > NAME_LIMIT:
        return f"is longer than {NAME_LIMIT} characters"
    if text.isprintable():
        return ""
    return "has a control character in it, such as a line break" if _CONTROL.search(text) else ""


def _optional_text(owner: dict[str, Any], name: str) -> None:
    if owner.get(name) is not None and not isinstance(owner[name], str):
        raise BadRequest(f"{name} is not a text.", name)


def _storable(event: dict[str, Any]) -> bytes:
    """The parts of an event as JSON, once it is known that all of it can be written as JSON."""
    if isinstance(event, parts.Event) and event.shallow:
        return event.packed
    try:
        orjson.dumps({name: value for name, value in event.items() if name not in parts.PARTS})
        orjson.dumps(parts.measured_in(event))
        return parts.packed(event)
    except orjson.JSONEncodeError as error:
        raise BadRequest("The event is nested too deeply.", "body") from error
