"""What the bandit believes of the mean cost of each batch size."""

import math
from statistics import median
from typing import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from zeus_bso.cli.report import axes as shared
from zeus_bso.cli.report.colours import NEUTRAL, SizeColours
from zeus_bso.cli.report.history import History
from zeus_bso.types import Arm

TITLE = "Belief about the mean cost of each batch size"

_Floats = npt.NDArray[np.float64]

# What is shown reaches so many standard deviations from the means, and the densities
# themselves so many.
_REACH = 3.5
_TAIL = 4.0

# When the peaks differ by more than this, each is drawn relative to its own.
_MAX_PEAK_RATIO = 20.0


def draw(axes: Axes, history: History, colours: SizeColours) -> None:
    known = [each for each in history.arms if each.param_precision > 0]
    if not known:
        shared.say_nothing_to_show(axes, _why_nothing(history))
        return
    logarithmic = _is_logarithmic(known)
    if logarithmic:
        axes.set_xscale("log")
    low, high = _range(known, logarithmic)
    relative = _is_relative(known)
    best = min(known, key=_mean)
    for arm in known:
        colour = colours.of(arm.batch_size)
        if math.isinf(arm.param_precision):
            axes.axvline(_mean(arm), color=colour, linewidth=1.6, linestyle="--")
            continue
        x = _support(arm, low, high)
        y = _density(arm, x, relative)
        axes.plot(x, y, color=colour, linewidth=1.6)
        if arm is best:
            axes.fill_between(x, y, color=colour, alpha=0.2, linewidth=0)
    axes.set_xlim(low, high)
    axes.set_ylim(bottom=0)
    shared.label_joules(axes.xaxis, "mean cost")
    marks = []
    if _finite(known):
        axes.set_ylabel("density / its peak" if relative else "density [1/J]")
        marks.append(shared.line("normal density", NEUTRAL))
    else:
        axes.set_yticks([])
    if len(_finite(known)) < len(known):
        marks.append(shared.line("certain: no variance", NEUTRAL, "--"))
    shared.tidy(axes)
    shared.add_legend(axes, colours, history.job.spec.default_batch_size, marks)


def caption(history: History) -> str:
    if not history.arms:
        return "Before the stage MAB there are no arms."
    known = [each for each in history.arms if each.param_precision > 0]
    parts = ["Posterior of each arm that survived pruning."]
    if known:
        best = min(known, key=_mean)
        filled = " (filled)" if math.isfinite(best.param_precision) else ""
        parts.append(f"The least mean is that of {best.batch_size}{filled}.")
    if known and _is_relative(known):
        parts.append(
            "The peaks are of very different heights: each is drawn as high as 1."
        )
    flat = [each.batch_size for each in history.arms if each.param_precision == 0]
    if flat:
        shown = ", ".join(map(str, flat[:20])) + (", …" if len(flat) > 20 else "")
        parts.append(f"Nothing is known yet of {shown}.")
    return " ".join(parts)


def _why_nothing(history: History) -> str:
    if history.arms:
        return "Nothing is known of any arm yet"
    return f"No arms yet: the job is in the stage {history.job.stage.name}"


def _finite(arms: Sequence[Arm]) -> Sequence[Arm]:
    return [each for each in arms if math.isfinite(each.param_precision)]


def _mean(arm: Arm) -> float:
    return -arm.param_mean


def _deviation(arm: Arm) -> float:
    return float(arm.param_precision**-0.5)


def _support(arm: Arm, low: float, high: float) -> _Floats:
    """Where a density is drawn: its tails would lie on those of the others."""
    reach = _TAIL * _deviation(arm)
    mean = _mean(arm)
    return np.linspace(max(low, mean - reach), min(high, mean + reach), 400)


def _density(arm: Arm, x: _Floats, relative: bool) -> _Floats:
    deviation = _deviation(arm)
    peak = 1.0 if relative else _peak(arm)
    density: _Floats = peak * np.exp(-0.5 * ((x - _mean(arm)) / deviation) ** 2)
    return density


def _peak(arm: Arm) -> float:
    return 1.0 / (_deviation(arm) * math.sqrt(2 * math.pi))


def _is_relative(arms: Sequence[Arm]) -> bool:
    peaks = [_peak(each) for each in _finite(arms)]
    return bool(peaks) and max(peaks) > _MAX_PEAK_RATIO * min(peaks)


def _is_logarithmic(arms: Sequence[Arm]) -> bool:
    """Whether the means are far from each other, and the densities from 0."""
    least = min(_mean(each) - _TAIL * _deviation(each) for each in arms)
    return least > 0 and shared.is_wide(map(_mean, arms))


def _range(arms: Sequence[Arm], logarithmic: bool) -> tuple[float, float]:
    """All means, and around them the densities: very flat ones not to their ends."""
    means = [_mean(each) for each in arms]
    deviations = [_deviation(each) for each in arms]
    widest = max(max(means) - min(means), 2 * median(deviations))
    reaches = [_REACH * min(each, widest) for each in deviations]
    low = min(mean - reach for mean, reach in zip(means, reaches))
    high = max(mean + reach for mean, reach in zip(means, reaches))
    if low == high:  # All are certain, of the same mean.
        margin = 0.1 * abs(low) or 1.0
        return low - margin, high + margin
    if logarithmic:
        return low / 1.1, high * 1.1
    margin = 0.03 * (high - low)
    return low - margin, high + margin
