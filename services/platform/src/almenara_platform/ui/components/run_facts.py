"""The head of a run's page: what it is, how it goes, and its ids."""

from __future__ import annotations

from datetime import datetime

from nicegui import ui

from almenara_platform.runs.model import Run, RunError
from almenara_platform.ui import format as fmt
from almenara_platform.ui import links
from almenara_platform.ui.components.copying import copyable
from almenara_platform.ui.components.figures import Figure, LiveMark, StateBadge, figures
from almenara_platform.ui.components.messages import link_button
from almenara_platform.ui.components.panels import note
from almenara_platform.ui.components.text import heading, text
from almenara_platform.ui.console import current
from almenara_platform.ui.states import of_run
from almenara_platform.ui.summary import elapsed, score, waited


class RunHead:
    """Title, state and ids of a run."""

    def __init__(self, run: Run) -> None:
        with ui.element("div").classes("al-crumbs"):
            ui.link("Runs", links.RUNS)
            text("/")
            ui.link(run.pipeline, links.pipeline(run.namespace, run.pipeline))
        with ui.element("div").classes("al-head"):
            heading(f"Run of {run.pipeline}", 1)
            self._state = StateBadge(of_run(run.state))
            self.mark = LiveMark()
        self._ids = ui.element("div").classes("al-row")
        self._known: tuple[str | None, ...] = ()

    def show(self, run: Run) -> None:
        """Bring state and ids up to date."""
        self._state.show(of_run(run.state))
        known = (run.trace_id, run.parent_run_id, run.root_run_id, run.original_run_id)
        if known != self._known or not self._ids.default_slot.children:
            self._known = known
            self._show_ids(run)

    def _show_ids(self, run: Run) -> None:
        self._ids.clear()
        console = current()
        with self._ids:
            copyable("Run id", run.run_id)
            if run.trace_id:
                copyable("Trace id", run.trace_id, links.trace(run.trace_id))
            if run.parent_run_id:
                copyable("Parent run", run.parent_run_id, links.run(run.parent_run_id))
            if run.root_run_id and run.root_run_id != run.parent_run_id:
                copyable("Root run", run.root_run_id, links.run(run.root_run_id))
            if run.original_run_id:
                copyable("Emitter's id", run.original_run_id)
            link_button("Pipeline", links.pipeline(run.namespace, run.pipeline), "query_stats")
            for title, address in console.elsewhere.of_run(run, console.clock()):
                link_button(title, address, "open_in_new").props("target=_blank")


class RunFigures:
    """Times and counts of a run."""

    def __init__(self) -> None:
        with figures():
            self._started = Figure("Started")
            self._duration = Figure("Duration")
            self._records = Figure("Records")
            self._score = Figure("Quality score")
            self._owner = Figure("Owner")
            self._namespace = Figure("Namespace")

    def show(self, run: Run, now: datetime) -> None:
        """Bring the figures up to ``now``."""
        began = run.started_at or run.queued_at
        self._started.show(fmt.ago(began, now), fmt.absolute(began))
        self._duration.show(fmt.duration(elapsed(run, now)), _waiting(run))
        self._records.show(fmt.count(run.records))
        self._score.show(fmt.score(score(run)), "of 100" if score(run) is not None else "not measured")
        self._owner.show(run.owner or fmt.UNKNOWN)
        self._namespace.show(run.namespace)


def _waiting(run: Run) -> str:
    seconds = waited(run)
    return f"after {fmt.duration(seconds)} in the queue" if seconds is not None else ""


class ErrorBox:
    """Why a run failed, with the stack behind a click; nothing while there is no error."""

    def __init__(self) -> None:
        self._box = ui.element("div").classes("al-pane")
        self._box.set_visibility(False)
        self._shown: RunError | None = None

    def show(self, error: RunError | None) -> None:
        """Show this error."""
        if error == self._shown:
            return
        self._shown = error
        self._box.clear()
        self._box.set_visibility(error is not None)
        if error is not None:
            with self._box, note("error", "fail"):
                error_text(error)


def error_text(error: RunError) -> None:
    """Type, message and stack of an error."""
    heading(error.type or "Error")
    text(error.message or "The emitter sent no message.", "pre")
    if error.stack:
        with ui.element("details") as details:
            text("Stack", "summary")
            box = ui.element("div").classes("al-stack").props('tabindex="0"')
            # Python tells last what went wrong: the box shows that end first.
            box.classes("from-end" if error.stack.startswith("Traceback") else "")
            with box:
                text(error.stack, "pre")
        details.props("open")
