"""What the digits example prints, and the arithmetic behind it."""

from dataclasses import dataclass
from statistics import fmean
from typing import Iterable, Sequence

from zeus_bso.energy import EnergyMeter
from zeus_bso.types import Arm, Job, JobSpec, Stage, Trial, TrialType

# Of trials for which the server chose among sizes that it knows.
_CHOSEN = {
    each.name.lower() for each in (TrialType.MAB, TrialType.BEST, TrialType.EXPLORE)
}

_COLUMNS = "{:>4}  {:<11}  {:>5}  {:>6}  {:>8}  {:>7}  {:>7}  {:>7}  {}"
_SIZE_COLUMNS = "{:>10}  {:>6}  {:>9}  {:>9}  {:>20}  {}"
_SIZE_COLUMNS_WITHOUT_ARMS = "{:>10}  {:>6}  {:>9}  {:>9}  {}"


@dataclass(frozen=True)
class Training:
    """One training that has ended.

    Attributes:
        kind: A TrialType such as exploration or best, in lower case; or baseline where
            the server had no part.
        batch_size: Images in one step.
        epochs: How many it ran.
        accuracy: After the last epoch, in [0, 1].
        seconds: How long it took.
        joules: How much energy it used.
        converged: Whether it reached the target within its bounds.
    """

    kind: str
    batch_size: int
    epochs: int
    accuracy: float
    seconds: float
    joules: float
    converged: bool


def cost(spec: JobSpec, seconds: float, joules: float) -> float:
    """What the server minimizes, in joules: energy weighed against time."""
    eta = spec.eta_knob
    return eta * joules + (1 - eta) * spec.max_power * seconds


def best_batch_size(
    job: Job, arms: Iterable[Arm], trials: Sequence[Trial]
) -> int | None:
    """The size that the server believes cheapest; None: nothing has converged yet.

    Args:
        job: As it is now.
        arms: The job's: none in Stage.PRUNING and without stages.
        trials: The job's, by trial number. Without stages, the last one of type BEST
            had the best size.
    """
    believed = {arm.batch_size: arm.param_mean for arm in arms}
    if believed:
        return max(believed, key=lambda size: believed[size])
    for trial in reversed(trials):
        if trial.type is TrialType.BEST:
            return trial.batch_size
    return None if job.min_cost is None else job.min_cost_batch_size


def print_introduction(spec: JobSpec, meter: EnergyMeter, recurrences: int) -> None:
    """Says what is going to happen, and the heads of the columns."""
    print(
        f"Job {spec.job_id}: a network that reads digits, trained {recurrences} times"
    )
    print(
        f"to an accuracy of {spec.target_metric:g}, in at most {spec.max_epochs} epochs."
    )
    print(f"Batch sizes {', '.join(map(str, spec.batch_sizes))};", end=" ")
    print(f"the default is {spec.default_batch_size}.")
    print(f"Energy: {meter.description}.")
    print(
        f"Cost: {spec.eta_knob:g} x energy + {1 - spec.eta_knob:g} x "
        f"{spec.max_power:g} W x time, in joules.\n"
    )
    print(
        _COLUMNS.format(
            "#", "type", "batch", "epochs", "accuracy", "time/s", "J", "cost/J", "end"
        ),
        flush=True,
    )


def print_training(number: int, spec: JobSpec, training: Training) -> None:
    """Prints one line about a training."""
    print(
        _COLUMNS.format(
            number,
            training.kind,
            training.batch_size,
            training.epochs,
            f"{training.accuracy:.3f}",
            f"{training.seconds:.2f}",
            f"{training.joules:.1f}",
            f"{cost(spec, training.seconds, training.joules):.1f}",
            _end(spec, training),
        ),
        flush=True,
    )


def print_baseline_introduction(spec: JobSpec, converged: int, missing: int) -> None:
    """Says why more trainings follow."""
    print(
        f"\nThe default, {spec.default_batch_size}, converged {converged} time(s) above. "
        f"To know what it costs, {missing} more with it, without the server:"
    )


def print_sizes(
    job: Job, best: int | None, arms: Sequence[Arm], trials: Iterable[Trial]
) -> None:
    """Prints a table: what was tried of each size and what the server makes of it."""
    spec = job.spec
    arm_of = {arm.batch_size: arm for arm in arms}
    has_arms = job.stage is not Stage.NONE
    columns = _SIZE_COLUMNS if has_arms else _SIZE_COLUMNS_WITHOUT_ARMS
    trials_of: dict[int, list[Trial]] = {s: [] for s in spec.batch_sizes}
    for trial in trials:
        trials_of[trial.batch_size].append(trial)
    print("\nWhat the server knows now (costs in joules):")
    heads = ["batch size", "trials", "converged", "mean cost"]
    heads += ["believed mean cost", ""] if has_arms else [""]
    print(columns.format(*heads).rstrip())
    for size, tried in trials_of.items():
        notes = {"default": size == spec.default_batch_size, "best": size == best}
        cells = [
            str(size),
            str(len(tried)),
            str(sum(trial.converged is True for trial in tried)),
            _mean_cost(spec, tried),
        ]
        if has_arms:
            cells.append(_belief(arm_of.get(size)) if arms else "-")
        cells.append(", ".join(note for note, holds in notes.items() if holds))
        print(columns.format(*cells).rstrip())


def savings(
    spec: JobSpec,
    best: int | None,
    trainings: Sequence[Training],
    defaults: Sequence[Training],
) -> str:
    """One line: what the server's choices cost against always using the default.

    What is compared is the cost of a training that converged: all that was spent,
    failed trainings included, over the number of those that converged.

    Args:
        spec: The job's.
        best: As best_batch_size.
        trainings: All recurrences, in their order, at least one.
        defaults: Trainings with the default batch size, none stopped for its cost.
    """
    name = f"The default, {spec.default_batch_size},"
    default = _cost_of_converging(spec, defaults)
    if default is None:
        return f"{name} never converged: there is nothing to compare with."
    if best == spec.default_batch_size:
        name += " is the best size found; it"
    last_third = max(1, len(trainings) // 3)
    settled = trainings[-last_third:]
    parts = [f"{name} costs {default:.1f} J for each training that converges"]
    if all(training.kind in _CHOSEN for training in settled):
        what = f"the last {len(settled)} trainings with the server's choices"
        parts.append(_comparison(what, _cost_of_converging(spec, settled), default))
    else:
        parts.append("the server has not finished exploring")
    what = f"all {len(trainings)}, exploration included,"
    parts.append(_comparison(what, _cost_of_converging(spec, trainings), default))
    return "; ".join(parts) + "."


def _cost_of_converging(spec: JobSpec, trainings: Sequence[Training]) -> float | None:
    """All costs over the number of converged trainings, in joules; None: there is none."""
    converged = sum(training.converged for training in trainings)
    if not converged:
        return None
    return sum(_cost(spec, training) for training in trainings) / converged


def _comparison(what: str, now: float | None, before: float) -> str:
    if now is None:
        return f"{what} never converged"
    percent = 100 * (now / before - 1)
    change = f"{abs(percent):.0f} % {'more' if percent > 0 else 'less'}"
    return f"{what} cost {now:.1f} J, {change}"


def _cost(spec: JobSpec, training: Training) -> float:
    return cost(spec, training.seconds, training.joules)


def _end(spec: JobSpec, training: Training) -> str:
    if training.converged:
        return "converged"
    if training.epochs >= spec.max_epochs:
        return "did not converge"
    return "stopped early: too costly"


def _mean_cost(spec: JobSpec, trials: Iterable[Trial]) -> str:
    costs = [
        cost(spec, trial.time_seconds, trial.energy_joules)
        for trial in trials
        if trial.time_seconds is not None and trial.energy_joules is not None
    ]
    return f"{fmean(costs):.1f}" if costs else "-"


def _belief(arm: Arm | None) -> str:
    """Posterior mean and standard deviation of the mean cost, in joules."""
    if arm is None:
        return "dropped"
    if arm.param_precision == 0:
        return "nothing yet"
    return f"{-arm.param_mean:.1f} +- {arm.param_precision ** -0.5:.1f}"
