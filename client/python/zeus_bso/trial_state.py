"""What a trial in a `with` statement knows of itself, synchronous or not."""

import contextlib
import threading
from typing import Iterator

from zeus_bso.errors import NotFoundError, TrialFailedError
from zeus_bso.resumption import Resumption
from zeus_bso.types import (
    Job,
    ReportBase,
    StartedTrial,
    Trial,
    TrialProgress,
    TrialStatus,
    Verdict,
)

# In seconds. The server ends a trial that misses four heartbeats, so that a trainer that
# was killed costs two minutes.
_HEARTBEAT_INTERVAL = 30.0

# Heartbeats per trial_timeout, so that two may be lost.
_HEARTBEATS_PER_TIMEOUT = 3

# In seconds; see heartbeat_timeout.
_MIN_HEARTBEAT_TIMEOUT = 1.0

# The bounds of HeartbeatRequest.interval, in seconds: 1 ms and 3,650 days.
_MIN_HEARTBEAT_INTERVAL = 0.001
_MAX_HEARTBEAT_INTERVAL = 3650 * 86400.0


class TrialState:
    """The trial, once it is started, and whether it has ended. Safe for threads."""

    def __init__(self) -> None:
        self._trial: Trial | None = None
        self._resumed_from: TrialProgress | None = None
        self._resumption: Resumption | None = None
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
    def resumed_from(self) -> TrialProgress | None:
        """What the trial had done before this process: epochs, time and energy.

        None: the trial is new, or nothing was reported. Otherwise this process resumes
        the running trial of its client_id, and can load a checkpoint.

        Measure time and energy from 0 again: the server adds those of before, so that
        the recorded totals are sums. Count epochs from 1 again, or go on counting. The
        first report decides for all: with epoch 1 or less the server adds these epochs
        to those of the reports, and with any other the training goes on counting.
        """
        return self._resumed_from

    def count_on(self) -> None:
        """Before the first report: it goes on counting epochs, also if it is of epoch 1,
        as with a checkpoint of the trial's begin."""
        if self._resumption is not None:
            self._resumption.count_on()

    @property
    def running(self) -> bool:
        """False: the trial is known to have ended; stop training.

        Heartbeats learn when another caller has ended it, or when it has timed out.
        """
        return not self._over.is_set()

    def _note_start(self, started: StartedTrial) -> None:
        self._trial = started.trial
        self._resumed_from = started.resume_from
        if started.resume_from is not None:
            self._resumption = Resumption(started.resume_from)

    def _base(self, epoch: int) -> ReportBase | None:
        """What a report of this epoch states. None: nothing came before."""
        return self._resumption.base(epoch) if self._resumption is not None else None

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


def check_heartbeat_interval(interval: float | None) -> float | None:
    """The interval.

    Raises:
        ValueError: It is neither None, nor 0, nor within the bounds of the server.
    """
    if interval is None or interval == 0:
        return interval
    if not _MIN_HEARTBEAT_INTERVAL <= interval <= _MAX_HEARTBEAT_INTERVAL:
        raise ValueError(
            "heartbeat_interval must be 0 or from 0.001 to 315,360,000 seconds, not "
            f"{interval}"
        )
    return interval


def default_heartbeat_interval(job: Job | None) -> float:
    """In seconds. None: there is no such job, as starting the trial will say."""
    timeout = job.spec.trial_timeout if job is not None else None
    if not timeout:  # Never, or as the server has it, which is a day by default.
        return _HEARTBEAT_INTERVAL
    interval = timeout.total_seconds() / _HEARTBEATS_PER_TIMEOUT
    return max(min(interval, _HEARTBEAT_INTERVAL), _MIN_HEARTBEAT_INTERVAL)


def heartbeat_timeout(interval: float) -> float:
    """In seconds. A heartbeat without an answer fails when the next one is due: one that
    hangs would cost the trial otherwise."""
    return max(interval, _MIN_HEARTBEAT_TIMEOUT)
