"""Names of datasets and columns as DataHub spells them.

Source: OpenLineageToDataHub and HdfsPlatform of DataHub, so that a dataset that came by an OpenLineage event
and one that was registered by its name are the same; reserved characters as its UrnEncoder does.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

ENVIRONMENT = "PROD"
_PLATFORMS = {"awsathena": "athena", "sqlserver": "mssql"}
_FILE_PLATFORMS = {
    **dict.fromkeys(("s3", "s3a", "s3n"), "s3"),
    **dict.fromkeys(("gs", "gcs"), "gcs"),
    **dict.fromkeys(("abfs", "abfss", "wasb", "wasbs"), "abs"),
    "dbfs": "dbfs",
    "file": "file",
}
_RESERVED = {ord(char): "".join(f"%{byte:02X}" for byte in char.encode()) for char in "(),␟"}
_DATASET = re.compile(r"urn:li:dataset:\(urn:li:dataPlatform:([^,]*),([^,]*),([^,)]*)\)")
_FIELD = re.compile(rf"urn:li:schemaField:\(({_DATASET.pattern}),(.*)\)", re.DOTALL)

Place = tuple[str, str, str | None]
"""Platform, name, column."""


def dataset_urn(namespace: str, name: str, environment: str = ENVIRONMENT) -> str:
    """The URN of a dataset by its OpenLineage name."""
    platform, path = _placed(namespace, name)
    return f"urn:li:dataset:({platform_urn(platform)},{path.translate(_RESERVED)},{environment})"


def platform_of(namespace: str) -> str:
    """What DataHub calls the system that a namespace is in."""
    return _placed(namespace, "")[0]


def platform_urn(platform: str) -> str:
    """The URN of such a system."""
    return f"urn:li:dataPlatform:{platform.translate(_RESERVED)}"


def field_urn(dataset: str, column: str) -> str:
    """The URN of a column of the dataset with this URN."""
    return f"urn:li:schemaField:({dataset},{column.translate(_RESERVED)})"


def owner_urn(owner: str) -> str:
    """A user, or a group for ``team:data`` and ``group:data``."""
    kind, separator, name = owner.partition(":")
    if separator and kind.lower() in ("team", "group"):
        return f"urn:li:corpGroup:{name}"
    return f"urn:li:corpuser:{name if separator and kind.lower() == 'user' else owner}"


def place_of(urn: str) -> Place:
    """What a URN stands for; of something that is neither dataset nor column the URN itself is the name."""
    if field := _FIELD.fullmatch(urn):
        return unquote(field[2]), unquote(field[3]), unquote(field[5])
    if dataset := _DATASET.fullmatch(urn):
        return unquote(dataset[1]), unquote(dataset[2]), None
    kind, _, name = urn.removeprefix("urn:li:").partition(":")
    return kind, unquote(name), None


def _placed(namespace: str, name: str) -> tuple[str, str]:
    scheme, separator, authority = namespace.partition("://")
    if not separator:
        return namespace, name
    if scheme not in _FILE_PLATFORMS:
        return _PLATFORMS.get(scheme, scheme), name
    joined = authority + name if authority.endswith("/") or name.startswith("/") else f"{authority}/{name}"
    return _FILE_PLATFORMS[scheme], joined.rstrip("/") or "/"
