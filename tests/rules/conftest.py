"""Rule files with every pipeline enabled, whatever config/pipelines.yaml says today."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from almenara_platform.slo.generate import generate, write_files
from almenara_platform.slo.load import load_slos
from almenara_platform.slo.pipelines import PipelineConfig, load_pipelines

RETENTION_SECONDS = 35 * 86_400


def all_enabled(config: PipelineConfig) -> PipelineConfig:
    """The same configuration with no pipeline switched off."""
    enabled = {name: replace(each, enabled=True) for name, each in config.pipelines.items()}
    return replace(config, pipelines=enabled)


@pytest.fixture(scope="session")
def enabled_rules(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the rules of every SLO of config/slos, alerts included."""
    folder = tmp_path_factory.mktemp("rules")
    config = all_enabled(load_pipelines(checkout / "config/pipelines.yaml"))
    write_files(folder, generate(load_slos([checkout / "config/slos"], RETENTION_SECONDS), config))
    return folder
