"""Energy against time of each trial, and the line of equal cost through the best."""

import numpy as np
from matplotlib.axes import Axes

from zeus_bso.cli.report import axes as shared
from zeus_bso.cli.report.colours import ACCENT, SizeColours
from zeus_bso.cli.report.history import History, Run
from zeus_bso.cli.text import number
from zeus_bso.types import JobSpec

TITLE = "Energy against time"


def draw(axes: Axes, history: History, colours: SizeColours) -> None:
    if not history.runs:
        shared.say_nothing_to_show(axes, "No trial has a result yet")
        return
    marks = []
    for runs, marker, label in (
        (history.converged, "o", "converged"),
        (history.unconverged, "x", "not converged"),
    ):
        if runs:
            points = [(run.time_seconds, run.energy_joules) for run in runs]
            shared.scatter(axes, runs, points, colours, marker)
            marks.append(shared.mark(label, marker))
    _set_scales(axes, history)
    if history.best is not None:
        _draw_equal_cost(axes, history.job.spec, history.best)
        marks.append(shared.line("equal cost, through the best", ACCENT, "--"))
    axes.set_xlabel("time [s]")
    shared.label_joules(axes.yaxis, "energy")
    shared.tidy(axes)
    shared.add_legend(axes, colours, history.job.spec.default_batch_size, marks)


def caption(history: History) -> str:
    weight, power = history.job.spec.eta_knob, history.job.spec.max_power
    parts = [f"Cost = {weight:g} × energy + {1 - weight:g} × {power:g} W × time."]
    if history.best is not None:
        parts.append(
            f"All points of the line cost {number(history.best.cost)} J, as the best "
            f"trial, {history.best.number}, of batch size {history.best.batch_size}; "
            "those above it cost more."
        )
    return " ".join(parts)


def _set_scales(axes: Axes, history: History) -> None:
    if shared.is_wide(run.time_seconds for run in history.runs):
        axes.set_xscale("log")
    if shared.is_wide(run.energy_joules for run in history.runs):
        axes.set_yscale("log")


def _draw_equal_cost(axes: Axes, spec: JobSpec, best: Run) -> None:
    """Within the limits that the points have set."""
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    weight = spec.eta_knob
    if weight == 0:  # Energy counts for nothing.
        axes.axvline(best.time_seconds, color=ACCENT, linestyle="--", linewidth=1.2)
    else:
        if axes.get_xscale() == "log":
            times = np.geomspace(left, right, 1000)
        else:
            times = np.linspace(left, right, 1000)
        power = (1 - weight) * spec.max_power
        energies = (best.cost - power * times) / weight
        shown = (times >= 0) & (energies >= 0)
        axes.plot(
            times[shown], energies[shown], color=ACCENT, linestyle="--", linewidth=1.2
        )
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
