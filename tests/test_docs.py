"""What is documented exists, and what exists is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer
import yaml

from almenara_platform.app import ROUTERS
from almenara_platform.cli.main import app
from almenara_platform.runtimes.members import SETTINGS_MODULES

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
GENERATED = ("settings.md", "cli.md", "api.md", "metrics.md", "rules.md", "alerts.md", "notifications.md")
PAGES = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")})
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
CHANGE = re.compile(r"^- \[(CHANGE|FEATURE|ENHANCEMENT|BUGFIX)\] [\w ,-]+: .+\.$")
BARE = re.compile(r"(?:^|`)almenara [a-z]", re.MULTILINE)
ON_PATH = (
    "`almenara` stands in `.venv/bin` of the checkout; "
    '`export PATH="$PATH:$PWD/.venv/bin"` there puts it on PATH.'
)
ADR_PARTS = ("Status", "Date", "Context", "Decision", "Consequences")


def headings(page: str) -> set[str]:
    """The headings of a reference page, without marks."""
    lines = (REFERENCE / page).read_text(encoding="utf-8").splitlines()
    return {line.lstrip("# ").replace("`", "") for line in lines if line.startswith("#")}


def command_names(command: object, name: str) -> list[str]:
    """The full names of a command and of everything below it."""
    below = getattr(command, "commands", {})
    return [name, *(full for sub in below for full in command_names(below[sub], f"{name} {sub}"))]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference pages as the generator writes them now."""
    folder = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, REFERENCE / "generate.py", folder], check=True, cwd=ROOT)
    return folder


@pytest.mark.parametrize("page", GENERATED)
def test_the_reference_is_up_to_date(page: str, written: Path) -> None:
    """The page is what the code says today; `make docs` writes it anew."""
    assert (REFERENCE / page).read_text() == (written / page).read_text(), "stale; run `make docs`"


def test_every_setting_has_a_heading() -> None:
    """Each environment variable of every member is in the reference."""
    known = {row.env for module in SETTINGS_MODULES for row in import_module(module).TABLE}
    assert known <= headings("settings.md")


def test_every_command_has_a_heading() -> None:
    """Each command and subcommand is in the reference."""
    names = command_names(typer.main.get_command(app), "almenara")
    assert set(names[1:]) <= headings("cli.md")


def test_every_route_has_a_heading() -> None:
    """Each route of the platform's routers that its OpenAPI document shows is in the reference."""
    routes = [route for router in ROUTERS for route in router.routes if route.include_in_schema]
    named = {f"{method} {route.path}" for route in routes for method in route.methods}
    assert named
    assert named <= headings("api.md")


def test_every_metric_has_a_heading() -> None:
    """Each name that config/telemetry.yaml declares is in the reference."""
    declared = yaml.safe_load((ROOT / "config" / "telemetry.yaml").read_text())["metrics"]
    assert {metric["name"] for metric in declared} <= headings("metrics.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link and picture of a page exists."""
    targets = [target for target in LINK.findall(page.read_text()) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_every_decision_is_in_the_index() -> None:
    """Each ADR has its parts, and its line in the index states the decision."""
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert records
    for record in records:
        text = record.read_text()
        assert all(part in text for part in ADR_PARTS), record.name
        assert re.search(rf"\({record.name}\): .{{20,}}", index), record.name


def test_the_changelog_speaks_to_operators() -> None:
    """Each entry is one sentence with its kind and its area."""
    lines = (ROOT / "CHANGELOG.md").read_text().splitlines()
    entries = [line for line in lines if line.startswith("- ")]
    assert entries
    assert [line for line in entries if not CHANGE.match(line)] == []


def test_make_targets_of_the_readme_exist() -> None:
    """Each `make x` that a page names is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for page in PAGES for name in re.findall(r"`make ([a-z]+)", page.read_text())}
    assert named <= targets


def test_commands_of_the_pages_exist() -> None:
    """Each `almenara x` that a page shows is a command."""
    known = command_names(typer.main.get_command(app), "almenara")
    shown = {name for page in PAGES for name in re.findall(r"`almenara ([a-z]+)", page.read_text())}
    assert {f"almenara {name}" for name in shown} <= set(known)


def test_pages_that_write_the_command_say_where_it_is() -> None:
    """A guide that shows a bare `almenara x` has the sentence on PATH, and so has the index of runbooks."""
    guides = {page.name: page.read_text() for page in PAGES if page.parent.name == "guides"}
    bare = {name for name, text in guides.items() if BARE.search(text)}
    assert bare
    assert {name for name in bare if ON_PATH not in guides[name]} == set()
    assert ON_PATH in (ROOT / "docs" / "runbooks" / "README.md").read_text()


def test_runbooks_link_to_the_runbooks_they_name() -> None:
    """The name of another alert is a link to its runbook."""
    runbooks = [page for page in PAGES if page.parent.name == "runbooks" and page.stem != "README"]
    names = {page.stem for page in runbooks}
    for page in runbooks:
        named = set(re.findall(r"(?<!\[)\b[A-Z]\w+\b(?!\]|\.md)", page.read_text())) & names
        assert named <= {page.stem}, page.name
