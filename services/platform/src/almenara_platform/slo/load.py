"""All SLO files of a folder, checked each by itself and against one another."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from almenara_platform.slo import native, openslo, sloth
from almenara_platform.slo.duration import format_duration, parse_duration
from almenara_platform.slo.errors import Fault, InvalidSpec
from almenara_platform.slo.model import Slo
from almenara_platform.slo.node import Node, read_documents
from almenara_platform.slo.windows import RECORDED

READERS: dict[str, Callable[[Node], list[Slo]]] = {
    native.VERSION: native.read_native,
    sloth.VERSION: sloth.read_sloth,
    openslo.VERSION: openslo.read_openslo,
}


def load_slos(paths: Iterable[Path], retention_seconds: int) -> list[Slo]:
    """The SLOs of files and folders, by id.

    Raises InvalidSpec with every fault of every file: what cannot be read, ids that come twice, and periods
    shorter than the alerts look back or longer than the metrics are kept.
    """
    slos, faults = read_slos(paths, retention_seconds)
    if faults:
        raise InvalidSpec(faults)
    return slos


def read_slos(paths: Iterable[Path], retention_seconds: int) -> tuple[list[Slo], list[Fault]]:
    """The SLOs without a fault, by id, and every fault of the others; of two with one id the first is kept.

    Raises InvalidSpec where there is no file.
    """
    slos: list[Slo] = []
    faults: list[Fault] = []
    for path in spec_files(paths):
        try:
            slos += _read(path)
        except InvalidSpec as error:
            faults += error.faults
    refused = [*_duplicates(slos), *_too_short(slos), *_too_long(slos, retention_seconds)]
    places = {(fault.path, fault.line) for fault in refused}
    kept = [slo for slo in slos if (slo.origin.path, slo.origin.line) not in places]
    return sorted(kept, key=lambda slo: slo.id), [*faults, *refused]


def spec_files(paths: Iterable[Path]) -> list[Path]:
    """Each file itself, each folder's ``*.yaml`` and ``*.yml``. Raises InvalidSpec for what is not there."""
    files: list[Path] = []
    for path in paths:
        if not path.exists():
            raise InvalidSpec([Fault(path, 1, "", "no such file or folder")])
        found = [file for suffix in ("*.yaml", "*.yml") for file in path.glob(suffix)]
        files += sorted(found) if path.is_dir() else [path]
    if not files:
        raise InvalidSpec([Fault(path, 1, "", "holds no *.yaml file") for path in paths])
    return files


def _read(path: Path) -> list[Slo]:
    documents = read_documents(path)
    if not documents:
        raise InvalidSpec([Fault(path, 1, "", f"is empty; start it with version: {native.VERSION}")])
    return [slo for document in documents for slo in _reader(document)(document)]


def _reader(document: Node) -> Callable[[Node], list[Slo]]:
    document.mapping()
    version = document["apiVersion"] if "apiVersion" in document else document["version"]
    if version.text() not in READERS:
        version.fail(f"{version.text()!r} is not known; known are {', '.join(READERS)}")
    return READERS[version.text()]


def _duplicates(slos: Sequence[Slo]) -> list[Fault]:
    first: dict[str, Slo] = {}
    faults = []
    for slo in slos:
        other = first.setdefault(slo.id, slo)
        if other is not slo:
            message = f"{slo.id!r} is already at {other.origin}"
            faults.append(Fault(slo.origin.path, slo.origin.line, "name", message))
    return faults


def _too_short(slos: Sequence[Slo]) -> list[Fault]:
    longest = RECORDED[-1]
    message = f"is not longer than the {longest} that the alerts look back; write 7d or more"
    return [
        Fault(slo.origin.path, slo.origin.line, "period", f"{slo.period} {message}")
        for slo in slos
        if slo.period_seconds <= parse_duration(longest)
    ]


def _too_long(slos: Sequence[Slo], retention_seconds: int) -> list[Fault]:
    kept = format_duration(retention_seconds)
    message = f"is longer than metrics are kept ({kept}); shorten it or raise ALMENARA_RETENTION_DAYS"
    return [
        Fault(slo.origin.path, slo.origin.line, "period", f"{slo.period} {message}")
        for slo in slos
        if slo.period_seconds > retention_seconds
    ]
