"""Keeps a claim alive while its run executes."""

import threading

from sqlalchemy.exc import SQLAlchemyError

import almenara
from worker_etl.exceptions import ClaimLostError
from worker_etl.ledger import Claim
from worker_etl.stop import Stop

RENEWALS_PER_LEASE = 3


class Lease:
    """Renews a claim in the background for as long as the block lasts; a lost claim stops the run."""

    def __init__(self, claim: Claim, stop: Stop) -> None:
        self._claim = claim
        self._stop = stop
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> "Lease":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _renew(self) -> None:
        while not self._done.wait(self._claim.ledger.lease_seconds / RENEWALS_PER_LEASE):
            try:
                held = self._claim.renew()
            except SQLAlchemyError as error:
                almenara.log.warning("lease_not_renewed", error_message=str(error))
                continue
            if not held:
                self._stop.request(ClaimLostError("the lease ran out and the run was taken over"))
                return
