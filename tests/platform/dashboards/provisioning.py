"""grafana/provisioning as Grafana reads it: its environment filled in, ``$$`` made ``$``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from tests.platform.dashboards.reading import ROOT

FOLDER = ROOT / "grafana/provisioning"
FROM_ENVIRONMENT = re.compile(r"\$\{(\w+)\}")
FROM_FILE = re.compile(r"\$__file\{([^}]*)\}")


def expand(value: Any, environment: Mapping[str, str]) -> Any:
    """The value with ``${NAME}`` from the environment; raises KeyError for a name that is not there."""
    if isinstance(value, dict):
        return {key: expand(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [expand(item, environment) for item in value]
    if not isinstance(value, str):
        return value
    parts = [FROM_ENVIRONMENT.sub(lambda found: environment[found[1]], part) for part in value.split("$$")]
    return "$".join(parts)


def datasources(environment: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """uid to datasource."""
    text = (FOLDER / "datasources/almenara.yaml").read_text(encoding="utf-8")
    found = expand(yaml.safe_load(text), environment)["datasources"]
    return {source["uid"]: source for source in found}
