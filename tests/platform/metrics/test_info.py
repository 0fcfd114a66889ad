"""What dashboards read of the platform."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from almenara_platform import settings as platform_settings
from almenara_platform.metrics.info import export_info


@pytest.mark.parametrize(
    ("given", "console"),
    [
        ({"console_url": "https://almenara.example/"}, "https://almenara.example"),
        ({"host": "127.0.0.1", "port": 8181}, "http://127.0.0.1:8181"),
    ],
)
def test_the_console_is_told_as_browsers_reach_it(given: dict, console: str, tmp_path: Path) -> None:
    """The address that is set, without a slash at its end; else host and port."""
    registry = CollectorRegistry()
    settings = platform_settings.read({**given, "data_dir": tmp_path, "marquez_web_url": "http://m"}, {})
    export_info(settings, registry)
    (family,) = registry.collect()
    (sample,) = family.samples
    assert (family.name, sample.value) == ("almenara_platform_info", 1)
    assert (sample.labels["console"], sample.labels["marquez"]) == (console, "http://m")
    assert sample.labels["version"]
