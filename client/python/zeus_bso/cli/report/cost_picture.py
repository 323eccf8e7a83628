"""The cost of each trial, over its number."""

from matplotlib.axes import Axes

from zeus_bso.cli.report import axes as shared
from zeus_bso.cli.report.colours import ACCENT, SizeColours
from zeus_bso.cli.report.history import History

TITLE = "Cost of each trial"


def draw(axes: Axes, history: History, colours: SizeColours) -> None:
    if not history.runs and not history.failed:
        shared.say_nothing_to_show(axes, "No trial has ended yet")
        return
    marks = []
    for runs, marker, label in (
        (history.converged, "o", "converged"),
        (history.unconverged, "x", "not converged"),
    ):
        if runs:
            points = [(run.number, run.cost) for run in runs]
            shared.scatter(axes, runs, points, colours, marker)
            marks.append(shared.mark(label, marker))
    if shared.is_wide(run.cost for run in history.runs):
        axes.set_yscale("log")
    numbers, bounds = history.bounds()
    if numbers:
        axes.step(numbers, bounds, where="mid", color=ACCENT, linewidth=1.2)
        marks.append(shared.line("early-stop bound", ACCENT))
    if axes.get_yscale() == "linear":
        axes.set_ylim(bottom=0)
    if history.failed:
        _mark_failed(axes, history, colours)
        marks.append(shared.mark("failed (no cost)", "|"))
    axes.set_xlim(0.5, history.trials[-1].trial_number + 0.5)
    shared.label_trials(axes)
    shared.label_joules(axes.yaxis, "cost")
    shared.tidy(axes)
    shared.add_legend(axes, colours, history.job.spec.default_batch_size, marks)


def caption(history: History) -> str:
    parts = []
    beta = history.job.spec.beta_knob
    if not history.has_arms:
        if any(history.bounds()):
            parts.append(
                "The line is the limit that the cost of a trial was compared with at its "
                "end."
            )
    elif beta is not None:
        parts.append(
            f"A trial is stopped once it costs {beta:g} times the least cost of those "
            "that had converged when it started (line)."
        )
    else:
        parts.append("Trials are not stopped for their cost.")
    if history.failed:
        parts.append(
            f"{len(history.failed):,} failed: they have no cost, and are marked at the "
            "bottom."
        )
    running = len(history.counted) - len(history.runs) - len(history.failed)
    if running:
        parts.append(f"{running:,} without an end yet are left out.")
    if history.num_void:
        parts.append(f"{history.num_void:,} that are void are left out.")
    return " ".join(parts)


def _mark_failed(axes: Axes, history: History, colours: SizeColours) -> None:
    axes.scatter(
        [each.trial_number for each in history.failed],
        [0.02] * len(history.failed),
        c=[colours.of(each.batch_size) for each in history.failed],
        marker="|",
        s=60,
        linewidths=1.4 if len(history.failed) < 100 else 0.5,
        transform=axes.get_xaxis_transform(),
        rasterized=len(history.failed) >= shared.RASTERIZED_FROM,
        zorder=3,
    )
