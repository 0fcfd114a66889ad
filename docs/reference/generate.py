"""Writes the pages of docs/reference from the code: settings, commands, routes, metrics, rules and alerts.

    python docs/reference/generate.py [FOLDER]

tests/test_docs.py compares the pages with what this writes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import alerting
import typer
import yaml
from fastapi import FastAPI
from typer.cli import get_docs_for_click

from almenara.settings import Setting, load
from almenara_platform import settings as platform_settings
from almenara_platform.app import create_app as create_platform
from almenara_platform.cli.main import app as command_line
from almenara_platform.runtimes.members import SETTINGS_MODULES
from sample_api import settings as sample_settings
from sample_api.app import create_app as create_sample_api

ROOT = Path(__file__).resolve().parent.parent.parent
GENERATED = "<!-- Written by docs/reference/generate.py; `make docs` writes it anew. -->"
ORDER = (
    "Values are looked for at run time (arguments of `configure()` and the like), in the environment, in "
    "`almenara.toml` and last in the defaults. Unknown keys are refused with the nearest known one. "
    "`almenara config show` prints every value with its origin."
)


def page(title: str, intro: str, parts: Iterable[str]) -> str:
    """One page of Markdown."""
    return "\n\n".join([GENERATED, f"# {title}", intro, *(part.strip() for part in parts)]) + "\n"


def settings() -> str:
    """Every setting of every member."""
    return page("Settings", ORDER, _settings())


def commands() -> str:
    """Every command of the command line."""
    command = typer.main.get_command(command_line)
    with command.make_context("almenara", [], resilient_parsing=True) as context:
        text = get_docs_for_click(obj=command, ctx=context, name="almenara", title="Commands")
    return f"{GENERATED}\n\n{text.strip()}\n"


def routes() -> str:
    """Every route of the platform and of the sample API."""
    intro = (
        "Errors are `application/problem+json`. Each service shows its OpenAPI document at `/docs`. "
        "What the platform serves by GET it also answers to HEAD, without the body."
    )
    platform = create_platform(
        platform_settings.read({"database_url": "sqlite:///:memory:", "ui": False}, {})
    )
    with TemporaryDirectory() as folder:
        places = {name: f"sqlite:///{folder}/{name}.db" for name in ("warehouse_url", "queue_url")}
        sample_api = create_sample_api(load(sample_settings.TABLE, runtime=places, environ={}))
        return page("HTTP APIs", intro, [*_routes("Platform", platform), *_routes("Sample API", sample_api)])


def metrics() -> str:
    """Every metric of our own code."""
    intro = "The names are declared in `config/telemetry.yaml`; known components export theirs besides."
    declared = yaml.safe_load((ROOT / "config" / "telemetry.yaml").read_text(encoding="utf-8"))
    return page("Metrics", intro, (_metric(metric) for metric in declared["metrics"]))


PAGES = {
    "settings.md": settings,
    "cli.md": commands,
    "api.md": routes,
    "metrics.md": metrics,
    **alerting.PAGES,
}


def _settings() -> Iterator[str]:
    for name in SETTINGS_MODULES:
        module = import_module(name)
        yield f"## [{module.SECTION}]"
        yield from (_setting(row) for row in module.TABLE)


def _setting(row: Setting) -> str:
    facts = [f"`{row.name}` in almenara.toml", row.type.__name__, f"default {_default(row)}"]
    facts += [f"one of {', '.join(row.choices)}"] if row.choices else []
    facts += [f"at least {row.minimum:g}"] if row.minimum is not None else []
    facts += [f"also read from {', '.join(row.aliases)}"] if row.aliases else []
    facts += ["secret"] if row.secret else []
    return f"### {row.env}\n\n{row.help}\n\n{'; '.join(facts)}."


def _default(row: Setting) -> str:
    if callable(row.default):
        return "worked out at the start"
    text = ", ".join(row.default) if isinstance(row.default, tuple) else str(row.default)
    return f"`{text}`" if text else "empty"


def _routes(title: str, app: FastAPI) -> Iterator[str]:
    yield f"## {title}"
    for path, methods in app.openapi()["paths"].items():
        yield from (_route(method, path, operation) for method, operation in methods.items())


def _route(method: str, path: str, operation: dict[str, Any]) -> str:
    text = operation.get("description") or operation.get("summary", "")
    parameters = [_parameter(parameter) for parameter in operation.get("parameters", ())]
    responses = operation["responses"].items()
    answers = [f"{status} {answer['description'].rstrip('.')}" for status, answer in responses]
    parts = [f"### {method.upper()} {path}", text, *_list(parameters), f"Answers: {'; '.join(answers)}."]
    return "\n\n".join(parts)


def _parameter(parameter: dict[str, Any]) -> str:
    text = parameter.get("description") or parameter["schema"].get("description", "")
    need = ", required" if parameter.get("required") else ""
    return f"- `{parameter['name']}` ({parameter['in']}{need}){': ' + text if text else ''}"


def _list(lines: list[str]) -> list[str]:
    return ["\n".join(lines)] if lines else []


def _metric(metric: dict[str, Any]) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.get("labels", ())) or "none"
    facts = [metric["type"], f"unit {metric['unit']}", f"labels {labels}"]
    facts += [f"buckets {', '.join(map(str, metric['buckets']))}"] if "buckets" in metric else []
    facts.append(f"exported by {metric['exported_by']}")
    return f"### {metric['name']}\n\n{metric['help']}\n\n{'; '.join(facts)}."


def main(folder: Path = Path(__file__).parent) -> None:
    """Write every page."""
    for name, write in PAGES.items():
        (folder / name).write_text(write(), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
