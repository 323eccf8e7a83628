"""What happens to a job, as a table that is kept up to date on a terminal."""

import dataclasses
import threading
from collections import deque
from datetime import datetime, timezone
from typing import Iterable, Iterator, Sequence

from rich.console import Group, RenderableType

from zeus_bso import events
from zeus_bso.cli.costs import cost, trial_cost
from zeus_bso.cli.job_facts import learning_facts
from zeus_bso.cli.output import Output
from zeus_bso.cli.tables import Column, rich_table
from zeus_bso.cli.text import (
    belief,
    best_size,
    cost_saved,
    moment,
    number,
    outcome,
    policy_name,
    warning_name,
)
from zeus_bso.types import Arm, Job, JobSummary, Stage, Trial

# So many rows each, so that all fits on a terminal.
_MAX_WARNINGS = 4
_MAX_ARMS = 12
_MAX_RUNNING = 8
_MAX_ENDED = 8

_ARM_COLUMNS = (
    Column("batch size", right=True),
    Column("believed mean cost/J", right=True),
    Column("results", right=True),
)
_RUNNING_COLUMNS = (
    Column("trial", right=True),
    Column("batch size", right=True),
    Column("type"),
    Column("since", right=True),
    Column("epoch", right=True),
    Column("metric", right=True),
    Column("cost/J", right=True),
)
_ENDED_COLUMNS = (
    Column("trial", right=True),
    Column("batch size", right=True),
    Column("outcome"),
    Column("cost/J", right=True),
    Column("ended (UTC)"),
)


@dataclasses.dataclass
class _Running:
    """What is known of a running trial: how it started, or what it reported, or both."""

    trial_number: int
    batch_size: int
    start: Trial | None = None
    report: events.TrialReported | None = None


class WatchTable:
    """Safe for two threads: one adds events, another renders."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._lock = threading.Lock()
        self._job: Job | None = None
        self._arms: dict[int, Arm] = {}
        self._running: dict[int, _Running] = {}
        self._ended: deque[Trial] = deque(maxlen=_MAX_ENDED)
        self._deleted = False

    def add(self, event: events.JobEvent) -> None:
        with self._lock:
            self._add(event)

    def render(self) -> RenderableType:
        with self._lock:
            if self._job is None:
                return "waiting for the server"
            return Group(*self._parts(self._job))

    def _add(self, event: events.JobEvent) -> None:
        match event:
            case events.PresentState(job=job, arms=arms):
                self._job = job
                self._arms = {each.batch_size: each for each in arms}
                self._running.clear()  # Some may have ended: they will be heard of.
            case events.TrialStarted(trial=trial):
                self._count_running(+1)
                self._get_running(trial.trial_number, trial.batch_size).start = trial
            case events.TrialReported():
                self._get_running(event.trial_number, event.batch_size).report = event
            case events.TrialEnded(trial=trial):
                if not trial.late:  # Else it ended before, when it timed out.
                    self._count_running(-1)
                self._running.pop(trial.trial_number, None)
                self._remove_ended(trial)
                self._ended.appendleft(trial)
                self._update_least_cost(trial)
            case events.StageChanged(stage=stage):
                assert self._job is not None
                self._job = dataclasses.replace(self._job, stage=stage)
            case events.ArmRefit(arm=arm):
                self._arms[arm.batch_size] = arm
            case events.WarningsChanged(warnings=warnings):
                assert self._job is not None
                self._job = dataclasses.replace(self._job, warnings=warnings)
            case events.SummaryChanged(summary=summary):
                assert self._job is not None
                self._job = dataclasses.replace(self._job, summary=summary)
            case events.JobUpdated(job=job):
                assert self._job is not None
                known = job.summary or self._job.summary
                self._job = dataclasses.replace(job, summary=known)
            case events.TrialVoided(trial=trial):
                self._mark_void(trial)
            case events.JobDeleted():
                self._deleted = True

    def _remove_ended(self, trial: Trial) -> None:
        for each in list(self._ended):
            if each.trial_number == trial.trial_number:
                self._ended.remove(each)

    def _mark_void(self, trial: Trial) -> None:
        for index, each in enumerate(self._ended):
            if each.trial_number == trial.trial_number:
                self._ended[index] = trial

    def _count_running(self, change: int) -> None:
        assert self._job is not None
        count = max(0, self._job.num_running_trials + change)
        self._job = dataclasses.replace(self._job, num_running_trials=count)

    def _get_running(self, trial_number: int, batch_size: int) -> _Running:
        return self._running.setdefault(
            trial_number, _Running(trial_number, batch_size)
        )

    def _update_least_cost(self, trial: Trial) -> None:
        assert self._job is not None
        value = trial_cost(self._job.spec, trial)
        if value is None or not trial.converged:
            return
        if self._job.min_cost is None or value < self._job.min_cost:
            self._job = dataclasses.replace(
                self._job, min_cost=value, min_cost_batch_size=trial.batch_size
            )

    def _parts(self, job: Job) -> Iterator[RenderableType]:
        yield self._output.facts(self._facts(job))
        if self._arms:
            yield ""
            yield self._arm_table()
        if self._running:
            yield ""
            yield self._running_table(job)
        if self._ended:
            yield ""
            rows = [_ended_row(job, each) for each in self._ended]
            yield self._table(_ENDED_COLUMNS, rows, "Ended last")

    def _facts(self, job: Job) -> Iterator[tuple[str, str]]:
        yield "job", f"{job.spec.job_id}{' (deleted)' if self._deleted else ''}"
        yield "policy", policy_name(job)
        if job.stage is not Stage.NONE:
            yield "stage", job.stage.name
        yield "running", str(job.num_running_trials)
        if job.min_cost is not None:
            yield (
                "least cost",
                f"{number(job.min_cost)} J, of batch size {job.min_cost_batch_size}",
            )
        if job.summary is not None:
            yield from _summary_facts(job, job.summary)
        yield from learning_facts(job)
        for each in job.warnings[:_MAX_WARNINGS]:
            yield "warning", f"{warning_name(each)}: {each.message}"
        if len(job.warnings) > _MAX_WARNINGS:
            yield "", f"and {len(job.warnings) - _MAX_WARNINGS} more"

    def _table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], title: str
    ) -> RenderableType:
        return rich_table(columns, rows, self._output.console.width, title)

    def _arm_table(self) -> RenderableType:
        arms = sorted(self._arms.values(), key=lambda arm: -arm.param_mean)
        shown = sorted(arms[:_MAX_ARMS], key=lambda arm: arm.batch_size)
        more = (
            f", the best {_MAX_ARMS} of {len(arms)}" if len(arms) > len(shown) else ""
        )
        rows = [
            (str(arm.batch_size), belief(arm), str(arm.num_observations))
            for arm in shown
        ]
        return self._table(_ARM_COLUMNS, rows, f"Arms{more}")

    def _running_table(self, job: Job) -> RenderableType:
        trials = list(self._running.values())[-_MAX_RUNNING:]
        title = (
            f"Running, the last {_MAX_RUNNING}"
            if len(trials) < len(self._running)
            else "Running"
        )
        rows = [_running_row(job, each) for each in trials]
        return self._table(_RUNNING_COLUMNS, rows, title)


def _summary_facts(job: Job, summary: JobSummary) -> Iterator[tuple[str, str]]:
    best, saved = best_size(summary), cost_saved(job, summary)
    if best is not None:
        yield "best", f"{best}, as of trial {summary.last_trial_number}"
    if saved is not None:
        yield "cost saved", saved


def _ended_row(job: Job, trial: Trial) -> tuple[str, ...]:
    return (
        str(trial.trial_number),
        str(trial.batch_size),
        outcome(trial),
        number(trial_cost(job.spec, trial)),
        "-" if trial.end_time is None else moment(trial.end_time),
    )


def _running_row(job: Job, running: _Running) -> tuple[str, ...]:
    start, report = running.start, running.report
    return (
        str(running.trial_number),
        str(running.batch_size),
        start.type.name if start else "-",
        _elapsed(start.start_time) if start else "-",
        str(report.current_epoch) if report else "-",
        f"{report.metric:.4g}" if report else "-",
        number(cost(job.spec, report.time_seconds, report.energy_joules))
        if report
        else "-",
    )


def _elapsed(since: datetime) -> str:
    seconds = max(0, int((datetime.now(timezone.utc) - since).total_seconds()))
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
