"""Rule files from config/: written whole or not at all, the same bytes for the same input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import yaml

from almenara_platform.slo.model import Slo
from almenara_platform.slo.pipelines import PipelineConfig
from almenara_platform.slo.rules import Group, rule_groups
from almenara_platform.slo.thresholds import threshold_groups

HEADER = "# Written by `almenara slo generate` from {source}; change that and run it again.\n"
THRESHOLD_FILE = "thresholds.yml"
SLO_FILE = "slo-{pipeline}.yml"


class _RuleDumper(yaml.SafeDumper):
    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_RuleDumper.add_representer(str, _text)


def generate(slos: Sequence[Slo], config: PipelineConfig) -> dict[str, str]:
    """File name to content: ``thresholds.yml`` and one ``slo-<pipeline>.yml`` for each pipeline with SLOs."""
    files = {THRESHOLD_FILE: render("config/pipelines.yaml", threshold_groups(config))}
    for pipeline in sorted({slo.pipeline for slo in slos}):
        own = sorted((slo for slo in slos if slo.pipeline == pipeline), key=lambda slo: slo.name)
        sources = ", ".join(sorted({slo.origin.path.name for slo in own}))
        groups = [group for slo in own for group in _groups(slo, config)]
        files[SLO_FILE.format(pipeline=pipeline)] = render(f"config/slos ({sources})", groups)
    return files


def _groups(slo: Slo, config: PipelineConfig) -> list[Group]:
    owned = replace(slo, team=slo.team or config.team_of(slo.pipeline))
    return rule_groups(owned, alerts=config.enabled(slo.pipeline))


def render(source: str, groups: Sequence[Group]) -> str:
    """A Prometheus rule file."""
    body = yaml.dump({"groups": list(groups)}, Dumper=_RuleDumper, sort_keys=False, width=10_000)
    return HEADER.format(source=source) + body


def stale_files(folder: Path, files: Mapping[str, str], whole: bool = True) -> list[str]:
    """Names of generated files that differ from ``files`` or are missing.

    When ``files`` are the ``whole`` of what is generated, those that belong to SLOs that are gone as well.
    """
    wrong = [name for name, content in files.items() if _content(folder / name) != content]
    return sorted(wrong + (_left_over(folder, files) if whole else []))


def write_files(folder: Path, files: Mapping[str, str], whole: bool = True) -> list[str]:
    """Make the generated files in ``folder`` be these; the names of those that changed."""
    changed = stale_files(folder, files, whole)
    folder.mkdir(parents=True, exist_ok=True)
    for name in changed:
        if name in files:
            _replace(folder / name, files[name])
        else:
            (folder / name).unlink()
    return changed


def _left_over(folder: Path, files: Mapping[str, str]) -> list[str]:
    found = (path.name for path in folder.glob(SLO_FILE.format(pipeline="*")))
    return [name for name in found if name not in files]


def _content(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _replace(path: Path, content: str) -> None:
    # Prometheus may reload in the middle of a plain write.
    part = path.with_name(f".{path.name}.part")
    part.write_text(content, encoding="utf-8")
    part.replace(path)
