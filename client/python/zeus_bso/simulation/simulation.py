"""A whole simulation: workloads, with each kind of knobs, over seeds."""

from dataclasses import dataclass
from typing import Callable, Sequence

from zeus_bso.client import Client
from zeus_bso.simulation.comparison import Comparison, Run
from zeus_bso.simulation.fixed import run_fixed
from zeus_bso.simulation.knobs import Knobs, best_fixed
from zeus_bso.simulation.recurrence import Recurrence
from zeus_bso.simulation.replay import Policy, replay
from zeus_bso.simulation.workload import Cost, Workload


@dataclass(frozen=True)
class Settings:
    """What is the same for all workloads."""

    eta: float
    """Weight of energy against time, in [0, 1]."""
    beta: float
    """A training is stopped once it costs this many times the least cost."""
    seeds: Sequence[int]
    recurrences: int | None = None
    """None: twice the batch sizes times the power limits, as in the paper."""

    def recurrences_of(self, workload: Workload) -> int:
        """How often a workload recurs."""
        if self.recurrences is not None:
            return self.recurrences
        return 2 * len(workload.batch_sizes) * len(workload.power_limits)

    def total_recurrences(self, workloads: Sequence[Workload]) -> int:
        """How many the server is asked about in all."""
        once = sum(map(self.recurrences_of, workloads))
        return once * len(Knobs) * len(self.seeds)


def simulate(
    client: Client,
    workloads: Sequence[Workload],
    settings: Settings,
    on_recurrence: Callable[[], None] = lambda: None,
) -> list[Comparison]:
    """For each workload one comparison for each kind of knobs.

    Args:
        client: Of the server that makes the choices.
        workloads: What is trained.
        settings: How.
        on_recurrence: Called after each recurrence with the server.

    Raises:
        SimulationError, ZeusBsoError: As replay.
    """
    return [
        _compare(client, workload, knobs, settings, on_recurrence)
        for workload in workloads
        for knobs in Knobs
    ]


def _compare(
    client: Client,
    workload: Workload,
    knobs: Knobs,
    settings: Settings,
    on_recurrence: Callable[[], None],
) -> Comparison:
    cost = Cost(settings.eta, workload.max_power)
    policy = Policy(knobs, cost, settings.beta)
    best = best_fixed(workload, cost, knobs)
    count = settings.recurrences_of(workload)
    runs = []
    for seed in settings.seeds:
        server: list[Recurrence] = []
        for recurrence in replay(client, workload, policy, seed, count):
            server.append(recurrence)
            on_recurrence()
        default = run_fixed(workload, workload.default, seed, count)
        runs.append(Run(seed, server, default, run_fixed(workload, best, seed, count)))
    return Comparison(workload, knobs, cost, best, runs)
