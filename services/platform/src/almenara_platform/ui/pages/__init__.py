"""The pages. Importing a module of this package registers its page with NiceGUI."""

from almenara_platform.ui.pages import datasets, logs, missing, overview, pipeline, run, runs, trace, traces

__all__ = ["datasets", "logs", "missing", "overview", "pipeline", "run", "runs", "trace", "traces"]
