"""Recurrences that all run with the same choice, without a server."""

import itertools

from zeus_bso.simulation.recurrence import Chance, Recurrence, Training
from zeus_bso.simulation.workload import Choice, Workload


def run_fixed(
    workload: Workload, choice: Choice, seed: int, recurrences: int
) -> list[Recurrence]:
    """Trains until a training converges, and that so many times.

    Nothing is stopped early, since nobody knows what it should cost.

    Args:
        workload: What is trained.
        choice: With what. Some of its runs must converge.
        seed: Of the chance in it.
        recurrences: How many.
    """
    if workload.expected_usage(choice) is None:
        raise ValueError(f"{workload.name} never converges with {choice}")
    chance = Chance(seed)
    return [
        _recurrence(workload, choice, chance, number)
        for number in range(1, recurrences + 1)
    ]


def _recurrence(
    workload: Workload, choice: Choice, chance: Chance, number: int
) -> Recurrence:
    trainings = []
    for attempt in itertools.count(1):
        run = chance.run(workload, number, attempt, choice.batch_size)
        converged = workload.converges(run)
        epochs = run if run is not None and converged else workload.max_epochs
        usage = workload.epochs[choice] * epochs
        trainings.append(Training(choice, usage, converged))
        if converged:
            break
    return Recurrence(tuple(trainings))
