"""What all trials cost together, and what the default batch size would have."""

from itertools import accumulate

import numpy as np
from matplotlib.axes import Axes

from zeus_bso.cli.report import axes as shared
from zeus_bso.cli.report.colours import ACCENT, NEUTRAL, SizeColours
from zeus_bso.cli.report.history import Estimate, History, estimate
from zeus_bso.cli.text import counted, number

TITLE = "Cost of all trials together"


def draw(axes: Axes, history: History, colours: SizeColours) -> None:
    if not history.runs:
        shared.say_nothing_to_show(axes, "No trial has a result yet")
        return
    numbers = [run.number for run in history.runs]
    spent = list(accumulate(run.cost for run in history.runs))
    axes.step([0, *numbers], [0.0, *spent], where="post", color=ACCENT)
    marks = [shared.line("as it was", ACCENT)]
    default = estimate(history.default_costs)
    if default is not None:
        _draw_default(axes, history, default)
        marks.append(shared.line("always the default (estimate)", NEUTRAL, "--"))
    axes.set_xlim(0, history.trials[-1].trial_number + 0.5)
    axes.set_ylim(bottom=0)
    shared.label_trials(axes)
    shared.label_joules(axes.yaxis, "cost so far")
    shared.tidy(axes)
    shared.add_marks(axes, marks)


def caption(history: History) -> str:
    size = history.job.spec.default_batch_size
    default = estimate(history.default_costs)
    if not history.runs:
        return ""
    if default is None:
        return (
            f"No trial with the default batch size, {size}, converged: there is "
            "nothing to compare with."
        )
    error = "" if default.error is None else "; shaded: two standard errors of it"
    parts = [
        f"The dashed line is an estimate: as many converged trainings with the default, "
        f"{size}, at {number(default.mean)} J each, the mean of "
        f"{counted(default.count, 'training')} with it{error}."
    ]
    if history.failed:
        parts.append("What failed trials cost is not known, and not in it.")
    if history.num_void:
        parts.append("What void trials cost is not in it.")
    would = default.mean * len(history.converged)
    spent = sum(run.cost for run in history.runs)
    percent = 100 * (spent / would - 1) if would else 0.0
    parts.append(f"All together: {_change(percent)} the estimate.")
    return " ".join(parts)


def _change(percent: float) -> str:
    if abs(percent) < 0.5:
        return "as much as"
    return f"{abs(percent):.0f} % {'more' if percent > 0 else 'less'} than"


def _draw_default(axes: Axes, history: History, default: Estimate) -> None:
    x = np.array([0, *(run.number for run in history.runs)])
    converged = np.array([0, *accumulate(run.converged for run in history.runs)])
    axes.plot(x, default.mean * converged, color=NEUTRAL, linestyle="--")
    if default.error is not None:
        margin = 2 * default.error * converged
        axes.fill_between(
            x,
            default.mean * converged - margin,
            default.mean * converged + margin,
            color=NEUTRAL,
            alpha=0.15,
            linewidth=0,
        )
