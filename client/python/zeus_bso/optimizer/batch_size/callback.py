"""A training as seen from its script: which batch size, and when to stop."""

import dataclasses
import logging
import math
from types import TracebackType
from typing import Any, Callable, Literal, TypeVar

from zeus_bso.client import Client
from zeus_bso.distributed import Broadcast, torch_broadcast
from zeus_bso.learning_rate import scale_lr
from zeus_bso.monitor import Monitor
from zeus_bso.optimizer.batch_size import at_exit
from zeus_bso.optimizer.batch_size.exceptions import (
    ZeusBSOBadOperationError,
    ZeusBSOConfigError,
    ZeusBSOOperationOrderError,
    ZeusBSOTrainFailError,
)
from zeus_bso.optimizer.batch_size.hardware import with_hardware
from zeus_bso.optimizer.batch_size.launchers import check_single_process
from zeus_bso.optimizer.batch_size.measuring import Measuring
from zeus_bso.optimizer.batch_size.outage import Report, Reports, refuse_report
from zeus_bso.optimizer.batch_size.rank_zero import RankZero
from zeus_bso.optimizer.batch_size.ranks import RankReports, from_rank_0
from zeus_bso.optimizer.batch_size.server import open_client, server_errors
from zeus_bso.optimizer.batch_size.zeus_callbacks import ZeusCallbacks
from zeus_bso.trial_state import check_heartbeat_interval
from zeus_bso.types import JobSpec, TrialProgress, Verdict

_T = TypeVar("_T")

_LOG = logging.getLogger("zeus_bso")


class BatchSizeOptimizer(ZeusCallbacks):
    """One training of a job; not safe for threads. The script calls, in this order:

    - `get_batch_size`, which starts a trial,
    - `on_train_begin` before the first epoch,
    - `on_evaluate` after each epoch, until `training_finished`.

    It is a callback of Zeus, too: what else a CallbackSet calls does nothing.

    A trial that has no result when the interpreter exits ends as TrialRun says of the
    exception that ended the script: as NOT_CONVERGED if there was none, or one that the
    interpreter does not keep, as that of sys.exit. A `with` statement ends it sooner,
    and knows every exception.
    """

    current_batch_size: int = 0
    """The batch size of the training over all GPUs; 0: not known yet."""

    trial_number: int = 0
    """Of the trial that this training is."""

    training_finished: bool = False
    """Whether to stop, as the server says; while it is away, whether the target is
    reached or max_epochs are done."""

    converged: bool = False
    """Whether the training has ended and has reached the target."""

    resumed_from: TrialProgress | None = None
    """What the trial had done before this process: epochs, time_seconds, energy_joules.

    None: the trial is new. Otherwise a trainer with the same client_id was killed, and
    this one continues its trial; a script can load its checkpoint. The server adds these
    to the three below, so that the recorded totals are sums.
    """

    cur_epoch: int = 0
    """How many epochs were evaluated, by this process."""

    running_time: float = 0.0
    """Of them, in seconds."""

    consumed_energy: float = 0.0
    """Of them, in joules."""

    def __init__(
        self,
        monitor: Monitor,
        server: str | Client = "",
        job: JobSpec | None = None,
        rank: int | None = None,
        *,
        server_url: str = "",
        broadcast: Broadcast | Literal["torch"] | None = None,
        warm_start: str = "",
        client_id: str | None = None,
        heartbeat_interval: float | None = None,
        finish_timeout: float = 60.0,
        if_unreachable: Literal["raise", "default"] = "raise",
    ) -> None:
        """Registers the job. Ranks other than 0 do not.

        Args:
            monitor: Measures the GPUs of this training and no others: a ZeusMonitor,
                or one of zeus_bso.monitor.
            server: A target of gRPC such as "host:port" or "unix:/path", or
                "http://host:port" (plaintext as well) or "https://host:port" (TLS).
                Empty: what ZEUS_BSO_SERVER says; the token and certificates are those of
                the variables (zeus_bso.environment). Or a Client, which the caller
                closes.
            job: The job. What it leaves out of its hardware is asked of the monitor.
            rank: Of this process in a distributed training. None: it is the only one; an
                error where a launcher runs several.
            server_url: What Zeus calls server.
            broadcast: How rank 0 tells the other ranks what the server says: "torch" is
                zeus_bso.distributed.torch_broadcast(). Then every rank makes its
                optimizer and calls get_batch_size, on_train_begin and on_evaluate; all
                stop after the same epoch, and raise when rank 0 does; only rank 0
                measures and calls the server. None: as with Zeus, only rank 0 calls
                get_batch_size, the script passes current_batch_size, trial_number and
                resumed_from on to the other ranks, and each reports by itself.
            warm_start: Job ID of another job, whose knowledge this one starts with when
                it is new, as for Client.register_job. Empty: it starts with nothing.
            client_id: Who starts the trial, as for Client.trial: a trainer that was
                killed resumes its trial by the same client_id. None: that of the Client,
                else a new one.
            heartbeat_interval: Seconds between two heartbeats of rank 0, as for
                Client.trial.
            finish_timeout: How long to wait for a server that is away when the training
                has ended, in seconds, for the last report to arrive. If it does not,
                a file keeps it (zeus_bso.pending).
            if_unreachable: What to do if the server cannot be reached at the start.
                "raise": an error, after the retries of the Client. "default": train with
                job.default_batch_size, without a trial, so that the server learns nothing.

        Raises:
            ZeusBSOConfigError: An argument is missing or wrong.
            ZeusBSORuntimError: The server refused the job, or cannot be reached.
            ValueError: heartbeat_interval or finish_timeout is out of its bounds, or
                if_unreachable is another word.
        """
        if not 0 <= finish_timeout < math.inf:
            raise ValueError(f"finish_timeout must be at least 0, not {finish_timeout}")
        if if_unreachable not in ("raise", "default"):
            raise ValueError(
                f'if_unreachable must be "raise" or "default", not {if_unreachable!r}'
            )
        if job is None:
            raise ZeusBSOConfigError("job is missing")
        if rank is None:
            check_single_process()
        if broadcast == "torch":
            broadcast = torch_broadcast()
        rank = rank or 0
        if rank != 0 and broadcast is None and not job.job_id:
            raise ZeusBSOConfigError(
                "with several ranks the job needs a job_id, or they need a broadcast"
            )
        self.monitor = monitor
        self.rank = rank
        self._broadcast = broadcast
        self._measuring = Measuring(monitor)
        self._own_client: Client | None = None
        self._rank_zero: RankZero | None = None
        self._epochs_before = 0  # Of a checkpoint.
        self._counts_on = False
        self._reports: Reports | None = None
        self._options: dict[str, Any] = {
            "warm_start": warm_start,
            "client_id": client_id,
            "heartbeat_interval": check_heartbeat_interval(heartbeat_interval),
            "finish_timeout": finish_timeout,
            "may_do_without": if_unreachable == "default",
        }
        self.job = job
        if rank != 0 and broadcast is None:
            self._connect(server or server_url)
        else:
            self.job = self._from_rank_0(lambda: self._register(server or server_url))
        at_exit.register(self._exit)

    def get_batch_size(self) -> int:
        """Starts a trial the first time; answers its batch size, over all GPUs.

        Raises:
            ZeusBSOBadOperationError: This is another rank than 0, without broadcast.
            ZeusBSORuntimError: The server refused, or cannot be reached.
        """
        if self.current_batch_size == 0:
            if self.rank != 0 and self._broadcast is None:
                raise ZeusBSOBadOperationError("only rank 0 may ask for a batch size")
            started = self._from_rank_0(self._start)
            self.current_batch_size, self.trial_number, self.resumed_from = started
        return self.current_batch_size

    def scale_lr(
        self,
        base_lr: float,
        base_batch_size: int,
        rule: Literal["linear", "sqrt"] = "linear",
    ) -> float:
        """As zeus_bso.learning_rate.scale_lr, for the batch size of this training.

        Raises:
            ZeusBSOOperationOrderError: get_batch_size was not called.
            ValueError: An argument is out of its bounds.
        """
        self._check_batch_size()
        return scale_lr(base_lr, base_batch_size, self.current_batch_size, rule)

    def on_train_begin(self, epoch: int | None = None) -> None:
        """Begins to measure.

        Args:
            epoch: How many epochs the checkpoint has that this training starts from. Of a
                trial that is resumed, those that are trained again cost, and do not
                count. None: it starts anew, and all epochs count.
        """
        self.training_finished = False
        if epoch is not None:
            self._epochs_before = epoch
            self._counts_on = True
            if self._rank_zero is not None:
                self._rank_zero.count_on()
        self._from_rank_0(self._measuring.begin_epoch)

    def on_evaluate(self, metric: float) -> None:
        """Reports an epoch, and takes note whether to stop. Does nothing once it is to.

        While the server is away, or refuses every call, the training goes on: the first
        report waits as the Client does, later ones for 2 s, and the next one that arrives
        makes up for all. The training then ends when it reaches the target or max_epochs;
        its last report is sent for finish_timeout. Nothing is raised.

        Args:
            metric: Of the validation after the epoch, as JobSpec.target_metric. Any
                number; NaN: the target is not reached.

        Raises:
            ZeusBSOOperationOrderError: get_batch_size was not called.
            ZeusBSOTrainFailError: The training is over and has not converged: it was
                too costly, or max_epochs are done. Not while the server is away.
            ZeusBSORuntimError: The server refused the report: somebody has ended the
                trial or deleted the job, or a number is wrong.
        """
        self._check_batch_size()
        if self.training_finished:
            return
        self.cur_epoch += 1
        (
            verdict,
            is_settled,
            self.running_time,
            self.consumed_energy,
        ) = self._from_rank_0(lambda: self._measure_and_report(metric))
        if not verdict.stop_train:
            return
        self.training_finished = True
        self.converged = verdict.converged
        if self.rank == 0:
            _LOG.info("job %s: training ends: %s", self.job.job_id, verdict.message)
        self.close()
        if is_settled and not verdict.converged:
            raise ZeusBSOTrainFailError(verdict.message)

    def close(self, exc: BaseException | None = None) -> None:
        """Ends a trial that has no result, as trial_failure says of exc.

        Args:
            exc: What ended the training. None: its loop ended by itself.
        """
        at_exit.unregister(self._exit)
        try:
            if self._rank_zero is not None:
                with server_errors():
                    self._rank_zero.end(exc)
        finally:
            self._measuring.stop()
            self._close_client()

    def __enter__(self) -> "BatchSizeOptimizer":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close(exc)

    def _check_batch_size(self) -> None:
        if self.current_batch_size == 0:
            raise ZeusBSOOperationOrderError("call get_batch_size first")

    def _exit(self) -> None:
        self._measuring.abandon()
        self.close(at_exit.reason())

    def _connect(self, server: str | Client) -> None:
        if isinstance(server, Client):
            self._client = server
        else:
            self._client = self._own_client = open_client(server)

    def _close_client(self) -> None:
        if self._own_client is not None:
            self._own_client.close()

    def _register(self, server: str | Client) -> JobSpec:
        job = with_hardware(self.job, self.monitor)
        self._connect(server)
        try:
            self._rank_zero = RankZero(self._client, **self._options)
            with server_errors():
                return self._rank_zero.register(job)
        except BaseException:
            self._close_client()
            raise

    def _start(self) -> tuple[int, int, TrialProgress | None]:
        assert self._rank_zero is not None
        with server_errors():
            started = self._rank_zero.start(self.job)
        self._reports = self._rank_zero.reports
        return started

    def _measure_and_report(self, metric: float) -> tuple[Verdict, bool, float, float]:
        """The verdict, whether it is the server's, running_time and consumed_energy."""
        self._measuring.end_epoch()
        self.running_time = self._measuring.time_seconds
        self.consumed_energy = self._measuring.energy_joules
        try:
            verdict = self._report(metric)
        except BaseException:
            self._measuring.begin_epoch()
            raise
        if not verdict.stop_train:
            self._measuring.begin_epoch()
        assert self._reports is not None
        is_settled = self._reports.unsettled is None
        if not is_settled and self._rank_zero is not None:
            with server_errors():
                settled = self._rank_zero.settle()
            if settled is not None:  # Its verdict counts, but the training is over.
                verdict = dataclasses.replace(settled, stop_train=True)
        return verdict, is_settled, self.running_time, self.consumed_energy

    def _report(self, metric: float) -> Verdict:
        if self._reports is None:
            self._reports = self._reports_of_rank()
        epoch = self._epochs_before + self.cur_epoch
        report = Report(metric, epoch, self.running_time, self.consumed_energy)
        with server_errors():
            return self._reports.add(report)

    def _reports_of_rank(self) -> Reports:
        """Of another rank than 0, without broadcast."""
        if self.trial_number == 0 and self._options["may_do_without"]:
            return Reports(self.job, None, refuse_report)
        ranks = RankReports(self._client, self.job.job_id)
        reports = Reports(
            self.job,
            self.resumed_from,
            lambda report, within: ranks.report(
                self.current_batch_size,
                self.trial_number,
                self.resumed_from,
                report,
                within,
            ),
        )
        if self._counts_on:
            ranks.count_on()
            reports.count_on()
        return reports

    def _from_rank_0(self, call: Callable[[], _T]) -> _T:
        return from_rank_0(self._broadcast, self.rank, call)
