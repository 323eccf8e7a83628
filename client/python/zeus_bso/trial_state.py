"""What a trial in a `with` statement knows of itself, synchronous or not."""

import contextlib
import threading
from typing import Iterator

from zeus_bso.errors import NotFoundError, TrialFailedError
from zeus_bso.types import Job, Trial, TrialStatus, Verdict

# In seconds: more would tell the server nothing that it needs.
_MAX_HEARTBEAT_INTERVAL = 60.0

# Heartbeats per trial_timeout, so that two may be lost.
_HEARTBEATS_PER_TIMEOUT = 3


# In seconds, at least; see heartbeat_timeout.
_MIN_HEARTBEAT_TIMEOUT = 1.0


class TrialState:
    """The trial, once it is started, and whether it has ended. Safe for threads."""

    def __init__(self) -> None:
        self._trial: Trial | None = None
        self._over = threading.Event()

    @property
    def trial(self) -> Trial:
        """As it was started. Only within the `with` statement and after it."""
        if self._trial is None:
            raise RuntimeError("the trial is started by the `with` statement")
        return self._trial

    @property
    def batch_size(self) -> int:
        """The batch size to train with."""
        return self.trial.batch_size

    @property
    def running(self) -> bool:
        """False: the trial is known to have ended; stop training.

        Heartbeats learn of an end that somebody else gave it.
        """
        return not self._over.is_set()

    def _note_verdict(self, verdict: Verdict) -> Verdict:
        if verdict.stop_train:
            self._over.set()
        return verdict

    def _note_heartbeat(self, trial: Trial) -> None:
        if trial.status is not TrialStatus.DISPATCHED:
            self._over.set()

    @contextlib.contextmanager
    def _noting_its_end(self) -> Iterator[None]:
        """Around calls about the trial."""
        try:
            yield
        except (NotFoundError, TrialFailedError):  # Or its job was deleted.
            self._over.set()
            raise


def default_heartbeat_interval(job: Job | None) -> float:
    """In seconds. None: there is no such job, as starting the trial will say."""
    timeout = job.spec.trial_timeout if job is not None else None
    if not timeout:  # Never.
        return _MAX_HEARTBEAT_INTERVAL
    interval = timeout.total_seconds() / _HEARTBEATS_PER_TIMEOUT
    return min(interval, _MAX_HEARTBEAT_INTERVAL)


def heartbeat_timeout(interval: float) -> float:
    """In seconds. A heartbeat is given up when the next one is due: one that hangs would
    cost the trial otherwise."""
    return max(interval, _MIN_HEARTBEAT_TIMEOUT)
