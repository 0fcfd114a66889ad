"""The pages on rules, alerts and notifications, from the files that Prometheus and Alertmanager read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
RULES = ROOT / "prometheus" / "rules"
ROUTING = ROOT / "alertmanager" / "alertmanager.yml"
MARK = "<!-- Written by docs/reference/generate.py; `make docs` writes it anew. -->"


def recordings() -> str:
    """Every recording rule."""
    intro = (
        "What Prometheus records, by file. Names are `level:metric:operation`: the labels that are left, "
        "the metric, and what was done to it. The command `almenara slo generate` writes `thresholds.yml` "
        "and `slo-*.yml` from `config/`."
    )
    return _page("Recording rules", intro, _recordings())


def alerts() -> str:
    """Every alert."""
    intro = (
        "Each alert once, with where it is written, its severity, how long its condition must hold, and its "
        "runbook. Thresholds per pipeline come from `config/pipelines.yaml`."
    )
    return _page("Alerts", intro, _alerts())


def notifications() -> str:
    """Every route, inhibition and receiver."""
    intro = (
        "Who is told of what: `alertmanager/alertmanager.yml`. A receiver keeps the entries whose secret "
        "file exists in `alertmanager/secrets/`; with no secret everything goes to the platform's webhook."
    )
    return _page("Notifications", intro, _notifications(yaml.safe_load(ROUTING.read_text(encoding="utf-8"))))


PAGES = {"rules.md": recordings, "alerts.md": alerts, "notifications.md": notifications}


def _page(title: str, intro: str, parts: Iterator[str]) -> str:
    return "\n\n".join([MARK, f"# {title}", intro, *(part.strip() for part in parts)]) + "\n"


def _groups() -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(RULES.glob("*.yml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield path, group


def _recordings() -> Iterator[str]:
    shown = None
    for path, group in _groups():
        rules = [rule for rule in group["rules"] if "record" in rule]
        if rules and path != shown:
            shown = path
            yield f"## {path.name}"
        if rules:
            yield f"### {group['name']}\n\n" + "\n".join(map(_recording, rules))


def _recording(rule: dict[str, Any]) -> str:
    labels = ", ".join(f"{name}={value}" for name, value in rule.get("labels", {}).items())
    told = f" with {labels}" if labels else ""
    return f"- `{rule['record']}`{told}: `{_line(rule['expr'])}`"


def _alerts() -> Iterator[str]:
    found: dict[str, list[tuple[Path, dict[str, Any]]]] = {}
    for path, group in _groups():
        for rule in group["rules"]:
            if "alert" in rule:
                found.setdefault(rule["alert"], []).append((path, rule))
    for name in sorted(found):
        yield _alert(name, found[name])


def _alert(name: str, rules: list[tuple[Path, dict[str, Any]]]) -> str:
    path, rule = rules[0]
    severities = " or ".join(dict.fromkeys(each["labels"]["severity"] for _, each in rules))
    files = ", ".join(dict.fromkeys(f"`{where.name}`" for where, _ in rules))
    facts = f"severity {severities}; for {rule.get('for', 'no time')}; in {files}"
    lines = [f"## {name}", f"{facts}; [runbook](../runbooks/{name}.md)."]
    generated = path.name.startswith("slo-")
    expression = "Two windows burn too fast at once; see the runbook." if generated else _block(rule["expr"])
    return "\n\n".join([*lines, expression])


def _notifications(config: dict[str, Any]) -> Iterator[str]:
    yield "## Routes\n\n" + "\n".join(_routes(config["route"], 0))
    yield "## Inhibitions\n\n" + "\n".join(map(_inhibition, config["inhibit_rules"]))
    yield "## Receivers\n\n" + "\n".join(map(_receiver, config["receivers"]))


def _routes(route: dict[str, Any], depth: int) -> Iterator[str]:
    matchers = ", ".join(route.get("matchers", ())) or "everything else" * bool(depth) or "all alerts"
    receiver = f"`{route['receiver']}`" if "receiver" in route else "by team"
    more = " and on" if route.get("continue") else ""
    yield f"{'  ' * depth}- {matchers}: {receiver}{more}"
    for child in route.get("routes", ()):
        yield from _routes(child, depth + 1)


def _inhibition(rule: dict[str, Any]) -> str:
    source, target = (", ".join(rule[f"{side}_matchers"]) for side in ("source", "target"))
    same = f" with the same {', '.join(rule['equal'])}" if "equal" in rule else ""
    return f"- `{source}` silences `{target}`{same}"


def _receiver(receiver: dict[str, Any]) -> str:
    kinds = (key.removesuffix("_configs") for key in receiver if key.endswith("_configs"))
    return f"- `{receiver['name']}`: {', '.join(kinds)}"


def _line(expression: str) -> str:
    return " ".join(expression.split())


def _block(expression: str) -> str:
    return f"```promql\n{expression.strip()}\n```"
