"""Every error the worker raises on purpose.

WorkerError
├── InvalidRequestError   a run request that cannot be executed; names the field at fault
├── UnknownPipelineError  no pipeline of that name; names the known ones
├── SourceMissingError    the parquet files are not installed
├── SchemaDriftError      the source no longer has the columns that the pipeline reads
└── DuplicateKeyError     an idempotency key that was used before

asyncio.CancelledError
└── RunAbortedError       the run was told to stop before it was done
    └── ClaimLostError    another worker has taken the run over
"""

import asyncio


class WorkerError(Exception):
    """Base of all errors of this package."""


class InvalidRequestError(WorkerError):
    """A run request that cannot be executed; `field` is the part of the body to correct."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class UnknownPipelineError(WorkerError):
    """No pipeline is registered under `name`; `known` lists the names that are."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(f"no pipeline is called {name!r}; known pipelines: {', '.join(known)}")
        self.name = name
        self.known = known


class SourceMissingError(WorkerError):
    """The package with the parquet files is not installed."""


class SchemaDriftError(WorkerError):
    """The source's columns differ from the ones that the pipeline was written for."""


class DuplicateKeyError(WorkerError):
    """The pipeline has accepted a run under this idempotency key before."""


class RunAbortedError(asyncio.CancelledError):
    """The run stops before it is done because it was told to.

    A cancellation is no Exception: nothing on the way swallows it, and the run ends as ABORT, not as FAIL.
    """


class ClaimLostError(RunAbortedError):
    """The lease ran out and another worker has taken the run over."""
