"""What a training cost, by the weights of its job."""

from zeus_bso.simulation.workload import Cost, Usage
from zeus_bso.types import JobSpec, Trial


def cost(spec: JobSpec, time_seconds: float, energy_joules: float) -> float:
    """What the server minimizes, in joules."""
    return Cost(spec.eta_knob, spec.max_power).of(Usage(time_seconds, energy_joules))


def trial_cost(spec: JobSpec, trial: Trial) -> float | None:
    """None: the trial has no result."""
    if trial.time_seconds is None or trial.energy_joules is None:
        return None
    return cost(spec, trial.time_seconds, trial.energy_joules)
