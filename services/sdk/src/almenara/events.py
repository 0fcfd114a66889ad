"""The names of what a run writes into its log."""

from __future__ import annotations

RUN_STARTED = "run_started"
RUN_COMPLETED = "run_completed"
RUN_FAILED = "run_failed"
RUN_ABORTED = "run_aborted"
STAGE_STARTED = "stage_started"
STAGE_COMPLETED = "stage_completed"
STAGE_FAILED = "stage_failed"
STAGE_ABORTED = "stage_aborted"
QUALITY_CHECK = "quality_check"
SQL_UNRESOLVED = "sql_lineage_unresolved"
