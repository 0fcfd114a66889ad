"""Accepts runs: written into the ledger, then enqueued; both or neither."""

import hashlib
import json
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

import almenara
from sample_api.exceptions import KeyReusedError, NotAcceptedError
from worker_etl.exceptions import DuplicateKeyError
from worker_etl.ledger import Acceptance, Entry, Ledger
from worker_etl.pipelines import pipeline
from worker_etl.queue import QUEUE_NAME, RunMessage, RunQueue
from worker_etl.request import RunRequest


@dataclass(frozen=True, slots=True)
class Accepted:
    """The ids of an accepted run."""

    run_id: str
    trace_id: str


class Submissions:
    """The way into the queue."""

    def __init__(self, ledger: Ledger, queue: RunQueue) -> None:
        self._ledger = ledger
        self._queue = queue

    def submit(self, name: str, request: RunRequest, idempotency_key: str | None) -> Accepted:
        """Accept a run of the pipeline `name`; under a key that was used before, answer as then.

        Raises UnknownPipelineError, KeyReusedError when the key came with another request, and
        NotAcceptedError when the ledger or the queue cannot be written.
        """
        chosen = pipeline(name)
        body_hash = _body_hash(request)
        try:
            if idempotency_key and (known := self._ledger.find_by_key(name, idempotency_key)):
                return _same(known, body_hash)
            return self._accept(chosen, request, body_hash, idempotency_key)
        except DuplicateKeyError as error:
            return self._lost_race(name, body_hash, idempotency_key, error)
        except SQLAlchemyError as error:
            raise NotAcceptedError("the run ledger cannot be written now; try again") from error

    def _lost_race(
        self, name: str, body_hash: str, idempotency_key: str, error: DuplicateKeyError
    ) -> Accepted:
        # Another request with this key was faster by a hair, and may have failed to enqueue since.
        if known := self._ledger.find_by_key(name, idempotency_key):
            return _same(known, body_hash)
        raise NotAcceptedError(
            "another request with this Idempotency-Key has just failed; try again"
        ) from error

    def _accept(
        self, chosen: almenara.Pipeline, request: RunRequest, body_hash: str, idempotency_key: str | None
    ) -> Accepted:
        with chosen.submit(queue=QUEUE_NAME) as ticket:
            message = RunMessage(ticket.run_id, chosen.name, request.as_json(), dict(ticket.context))
            self._ledger.accept(Acceptance(message, ticket.trace_id, body_hash, idempotency_key))
            self._enqueue(message)
            almenara.log.info("run_accepted", queue=QUEUE_NAME, **request.as_json())
        return Accepted(ticket.run_id, ticket.trace_id)

    def _enqueue(self, message: RunMessage) -> None:
        try:
            self._queue.put(message)
        except Exception as error:
            self._ledger.discard(message.run_id)
            raise NotAcceptedError("the queue cannot be reached now; try again") from error


def _body_hash(request: RunRequest) -> str:
    return hashlib.sha256(json.dumps(request.as_json(), sort_keys=True).encode()).hexdigest()


def _same(known: Entry, body_hash: str) -> Accepted:
    if known.body_hash != body_hash:
        raise KeyReusedError("this Idempotency-Key came with another body before; take a new key")
    return Accepted(known.run_id, known.trace_id)
