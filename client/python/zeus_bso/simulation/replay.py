"""Recurrences whose batch size a server chooses."""

import re
from dataclasses import dataclass
from typing import Generator

from zeus_bso.client import Client
from zeus_bso.simulation.knobs import Knobs, best_power_limit, profiling_epoch
from zeus_bso.simulation.recurrence import (
    MAX_TRAININGS,
    Chance,
    Recurrence,
    SimulationError,
    Training,
)
from zeus_bso.simulation.workload import Choice, Cost, Usage, Workload
from zeus_bso.types import Job, JobSpec, Policy


@dataclass(frozen=True)
class Plan:
    """How the server chooses and stops trainings, and what it optimizes."""

    policy: Policy
    knobs: Knobs
    cost: Cost
    beta: float
    """The job's beta_knob: a training may cost this many times the cheapest one."""


def replay(
    client: Client, workload: Workload, plan: Plan, seed: int, recurrences: int
) -> Generator[Recurrence, None, None]:
    """Trains until a training converges, and that so many times.

    Registers a job of its own, which it deletes at its end, or when it is closed.

    Args:
        client: Of the server.
        workload: What is trained.
        plan: How.
        seed: Of the server's generator and of the chance in the trainings.
        recurrences: How many.

    Raises:
        SimulationError: A recurrence does not converge, or the server is older than the
            policy.
        ZeusBsoError: A call failed; with Policy.ZEUS, NothingConvergedError and
            NoBatchSizeLeftError: no batch size reaches the target.
    """
    job = client.register_job(_spec(workload, plan, seed)).job
    trainer = _Trainer(client, job.spec.job_id, workload, plan, Chance(seed))
    try:
        _check_policy(job, plan)
        for number in range(1, recurrences + 1):
            yield trainer.recurrence(number)
    finally:
        client.delete_job(job.spec.job_id)


def _check_policy(job: Job, plan: Plan) -> None:
    # A server that is older than policies answers none.
    followed = job.spec.policy or Policy.ZEUS
    if followed is not plan.policy:
        raise SimulationError(
            f"the server is too old for the policy {plan.policy.name}: its jobs follow "
            f"{followed.name}"
        )


def _spec(workload: Workload, plan: Plan, seed: int) -> JobSpec:
    return JobSpec(
        job_id_prefix=f"simulate-{re.sub(r'[^A-Za-z0-9]+', '-', workload.name)[:100]}",
        batch_sizes=workload.batch_sizes,
        default_batch_size=workload.default_batch_size,
        max_power=workload.max_power,
        number_of_gpus=1,
        gpu_model=workload.gpu,
        eta_knob=plan.cost.eta,
        beta_knob=plan.beta,
        target_metric=workload.target_metric,
        higher_is_better_metric=workload.higher_is_better,
        max_epochs=workload.max_epochs,
        mab_seed=seed,
        policy=plan.policy,
    )


class _Trainer:
    """Runs the trials of one job."""

    def __init__(
        self,
        client: Client,
        job_id: str,
        workload: Workload,
        plan: Plan,
        chance: Chance,
    ) -> None:
        self._client = client
        self._job_id = job_id
        self._workload = workload
        self._plan = plan
        self._chance = chance
        self._profiled: set[int] = set()  # Batch sizes.

    def recurrence(self, number: int) -> Recurrence:
        """Trains until a training converges."""
        trainings: list[Training] = []
        while not (trainings and trainings[-1].converged):
            if len(trainings) == MAX_TRAININGS:
                raise SimulationError(
                    f"{self._workload.name}: recurrence {number} has not converged in "
                    f"{MAX_TRAININGS} trainings"
                )
            trainings.append(self._train(number, len(trainings) + 1))
        return Recurrence(tuple(trainings))

    def _train(self, number: int, attempt: int) -> Training:
        workload = self._workload
        # No heartbeats: a training is over at once.
        with self._client.trial(self._job_id, heartbeat_interval=0) as trial:
            choice = self._choice(trial.batch_size)
            first = self._first_epoch(choice)
            target_epoch = self._chance.run(
                workload, number, attempt, choice.batch_size
            )
            for epoch in range(1, workload.max_epochs + 1):
                usage = first + workload.epochs[choice] * (epoch - 1)
                verdict = trial.report(
                    self._metric(target_epoch is not None and epoch >= target_epoch),
                    epoch=epoch,
                    time_seconds=usage.seconds,
                    energy_joules=usage.joules,
                )
                if verdict.stop_train:
                    return Training(choice, usage, verdict.converged)
        raise SimulationError(
            f"{workload.name}: the server lets a training go on after its last epoch"
        )

    def _choice(self, batch_size: int) -> Choice:
        if self._plan.knobs is Knobs.BATCH_SIZE:
            return Choice(batch_size, self._workload.max_power)
        return best_power_limit(self._workload, self._plan.cost, batch_size)

    def _first_epoch(self, choice: Choice) -> Usage:
        """Where the power limit is chosen, a batch size tries all in its first epoch."""
        if self._plan.knobs is Knobs.BATCH_SIZE or choice.batch_size in self._profiled:
            return self._workload.epochs[choice]
        self._profiled.add(choice.batch_size)
        return profiling_epoch(self._workload, choice.batch_size)

    def _metric(self, reached: bool) -> float:
        """The traces say only when the target is reached: one worse before."""
        if reached:
            return self._workload.target_metric
        worse = -1.0 if self._workload.higher_is_better else 1.0
        return self._workload.target_metric + worse
