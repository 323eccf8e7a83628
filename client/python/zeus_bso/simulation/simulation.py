"""A whole simulation: workloads, with each policy and kind of knobs, over seeds."""

from dataclasses import dataclass
from typing import Callable, Sequence

from zeus_bso.client import Client
from zeus_bso.simulation.comparison import Comparison, Run
from zeus_bso.simulation.fixed import run_fixed
from zeus_bso.simulation.knobs import Knobs, best_fixed
from zeus_bso.simulation.recurrence import Recurrence
from zeus_bso.simulation.replay import Plan, replay
from zeus_bso.simulation.workload import Cost, Workload
from zeus_bso.types import Policy


@dataclass(frozen=True)
class Settings:
    """What is the same for all workloads."""

    eta: float
    """Weight of energy against time, in [0, 1]."""
    beta: float
    """A training may cost this many times the cheapest one."""
    seeds: Sequence[int]
    recurrences: int | None = None
    """None: twice the batch sizes times the power limits, as in the paper."""
    policies: Sequence[Policy] = (Policy.CURVES,)
    knobs: Sequence[Knobs] = tuple(Knobs)

    def recurrences_of(self, workload: Workload) -> int:
        """How often a workload recurs."""
        if self.recurrences is not None:
            return self.recurrences
        return 2 * len(workload.batch_sizes) * len(workload.power_limits)

    def total_recurrences(self, workloads: Sequence[Workload]) -> int:
        """How many the server is asked about in all."""
        once = sum(map(self.recurrences_of, workloads))
        return once * len(self.knobs) * len(self.policies) * len(self.seeds)


def simulate(
    client: Client,
    workloads: Sequence[Workload],
    settings: Settings,
    on_recurrence: Callable[[], None] = lambda: None,
) -> list[Comparison]:
    """For each workload one comparison for each kind of knobs and policy.

    Args:
        client: Of the server that makes the choices.
        workloads: What is trained.
        settings: How.
        on_recurrence: Called after each recurrence with the server.

    Raises:
        SimulationError, ZeusBsoError: As replay.
    """
    return [
        _compare(client, workload, knobs, policy, settings, on_recurrence)
        for workload in workloads
        for knobs in settings.knobs
        for policy in settings.policies
    ]


def _compare(
    client: Client,
    workload: Workload,
    knobs: Knobs,
    policy: Policy,
    settings: Settings,
    on_recurrence: Callable[[], None],
) -> Comparison:
    cost = Cost(settings.eta, workload.max_power)
    plan = Plan(policy, knobs, cost, settings.beta)
    best = best_fixed(workload, cost, knobs)
    count = settings.recurrences_of(workload)
    runs = []
    for seed in settings.seeds:
        server: list[Recurrence] = []
        for recurrence in replay(client, workload, plan, seed, count):
            server.append(recurrence)
            on_recurrence()
        default = run_fixed(workload, workload.default, seed, count)
        runs.append(Run(seed, server, default, run_fixed(workload, best, seed, count)))
    return Comparison(workload, policy, knobs, cost, best, runs)
