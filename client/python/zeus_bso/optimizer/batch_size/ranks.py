"""The ranks of a distributed training: one broadcast, or reports of their own."""

import dataclasses
from typing import Callable, TypeVar

from zeus_bso import service_reads, trial_calls
from zeus_bso.client import Client
from zeus_bso.distributed import Broadcast
from zeus_bso.optimizer.batch_size.exceptions import (
    ZeusBSOOperationOrderError,
    ZeusBSORuntimError,
)
from zeus_bso.optimizer.batch_size.outage import Report
from zeus_bso.resumption import Resumption
from zeus_bso.types import Trial, TrialProgress, Verdict

_T = TypeVar("_T")


def from_rank_0(broadcast: Broadcast | None, rank: int, call: Callable[[], _T]) -> _T:
    """What call answers on rank 0; every rank raises when it fails there.

    Without broadcast each rank calls for itself.
    """
    if broadcast is None:
        return call()
    if rank != 0:
        value, error = broadcast(None)
        if error:
            raise ZeusBSORuntimError(f"rank 0: {error}")
        answer: _T = value
        return answer
    try:
        answer = call()
    except BaseException as exc:
        broadcast((None, f"{type(exc).__name__}: {exc}"))
        raise
    broadcast((answer, ""))
    return answer


class RankReports:
    """The reports of another rank than 0 without broadcast, on the trial of rank 0."""

    def __init__(self, client: Client, job_id: str) -> None:
        self._client = client
        self._job_id = job_id
        self._resumption: Resumption | None = None
        self._counts_on = False
        self._trials: dict[tuple[int, int], Trial] = {}

    def count_on(self) -> None:
        """Before the first report: it goes on counting epochs."""
        self._counts_on = True

    def report(
        self,
        batch_size: int,
        trial_number: int,
        resumed_from: TrialProgress | None,
        report: Report,
        within: float | None,
    ) -> Verdict:
        """Sends a report. The first three arguments are those of rank 0; within is a
        timeout in seconds.

        Raises:
            ZeusBSOOperationOrderError: There is no such trial.
            CallError: The call failed.
        """
        if self._resumption is None and resumed_from is not None:
            self._resumption = Resumption(resumed_from)
            if self._counts_on:
                self._resumption.count_on()
        call = trial_calls.report_result(
            self._trial(batch_size, trial_number, within),
            metric=report.metric,
            epoch=report.epoch,
            time_seconds=report.time_seconds,
            energy_joules=report.energy_joules,
            base=self._resumption.base(report.epoch) if self._resumption else None,
        )
        return self._client._call(call, within)

    def _trial(self, batch_size: int, trial_number: int, within: float | None) -> Trial:
        key = (batch_size, trial_number)
        if key not in self._trials:
            call = service_reads.get_trial(self._job_id, batch_size, trial_number)
            trial = self._client._call(call, within) if trial_number else None
            if trial is None:
                raise ZeusBSOOperationOrderError(
                    "take current_batch_size and trial_number over from rank 0 first"
                )
            # The server refuses a report with a job_uid whose energy is less than at an
            # earlier epoch. Each rank measures its own GPUs, so that theirs may be.
            self._trials[key] = dataclasses.replace(trial, job_uid=0)
        return self._trials[key]
