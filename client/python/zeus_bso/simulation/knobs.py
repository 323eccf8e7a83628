"""What a simulation may choose, and the best that it could."""

import enum

from zeus_bso.simulation.workload import Choice, Cost, Usage, Workload


class Knobs(enum.Enum):
    """What is chosen for each training."""

    BATCH_SIZE = "batch size"
    """Power limit: the greatest."""
    BOTH = "both"
    """Power limit: the best for the batch size."""


def best_power_limit(workload: Workload, cost: Cost, batch_size: int) -> Choice:
    """The power limit at which an epoch costs least: equation 7 of the paper.

    Of several, the greatest. It does not depend on the metric, and so is best for
    whole trainings too.
    """
    return min(
        workload.choices(batch_size),
        key=lambda choice: cost.of(workload.epochs[choice]),
    )


def choices(workload: Workload, cost: Cost, knobs: Knobs) -> list[Choice]:
    """What each batch size runs with, batch size ascending."""
    if knobs is Knobs.BATCH_SIZE:
        return [Choice(size, workload.max_power) for size in workload.batch_sizes]
    return [best_power_limit(workload, cost, size) for size in workload.batch_sizes]


def best_fixed(workload: Workload, cost: Cost, knobs: Knobs) -> Choice:
    """The choice whose recurrences cost least, in expectation and with no early stop.

    Who knows the traces would take it. With BOTH it is the best of all pairs.
    """
    costs = {
        choice: cost.of(usage)
        for choice in choices(workload, cost, knobs)
        if (usage := workload.expected_usage(choice)) is not None
    }
    return min(costs, key=lambda choice: costs[choice])


def profiling_epoch(workload: Workload, batch_size: int) -> Usage:
    """What the epoch takes in which a batch size tries all power limits.

    An equal share of it runs with each.
    """
    choices_of_size = workload.choices(batch_size)
    whole = sum((workload.epochs[choice] for choice in choices_of_size), Usage())
    return whole * (1 / len(choices_of_size))
