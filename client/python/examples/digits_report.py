"""What the digits example prints, and the arithmetic behind it."""

from dataclasses import dataclass
from typing import Sequence

from zeus_bso.energy import EnergyMeter
from zeus_bso.explanation import Estimate, Explanation
from zeus_bso.types import JobSpec, TrialType

# The types of trials for which the server chose among sizes that it knows.
_CHOSEN = {
    each.name.lower() for each in (TrialType.MAB, TrialType.BEST, TrialType.EXPLORE)
}

_COLUMNS = "{:>4}  {:<11}  {:>5}  {:>6}  {:>8}  {:>7}  {:>7}  {:>7}  {}"
_SIZE_COLUMNS = "{:>10}  {:>6}  {:>9}  {:>16}  {:>11}  {}"


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


def print_explanation(explanation: Explanation) -> None:
    """Prints what the server believes, in a sentence and a table, and why."""
    print("\nWhat the server believes now, of a training that converges:")
    print(explanation.summary)
    print(
        _SIZE_COLUMNS.format(
            "batch size", "trials", "converged", "cost/J", "is the best", "why"
        )
    )
    for size in explanation.batch_sizes:
        is_believed = size.cost is not None and size.cost.relative_sd <= 1
        print(
            _SIZE_COLUMNS.format(
                size.batch_size,
                size.num_trials,
                size.num_converged,
                _estimate(size.cost) if size.cost and is_believed else "-",
                f"{size.best_probability:.0%}" if is_believed else "-",
                size.why,
            )
        )
    print()


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
        best: The size that the server believes cheapest; None: it does not know yet.
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


def _estimate(believed: Estimate) -> str:
    """A number and its standard deviation."""
    return f"{believed.value:.1f} +- {believed.value * believed.relative_sd:.1f}"
