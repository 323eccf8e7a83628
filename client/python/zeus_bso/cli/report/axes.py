"""What the pictures have in common: scales, marks and legends."""

from collections import Counter
from typing import Any, Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from zeus_bso.cli.report.colours import NEUTRAL, SizeColours
from zeus_bso.cli.report.history import Run

# More sizes than this become a colour bar instead of lines of a legend.
MAX_LEGEND_SIZES = 20

# A scale is logarithmic where the greatest value is so many times the least.
_LOGARITHMIC_FROM = 30.0

# From so many points on, pictures in SVG and PDF hold them as one image.
RASTERIZED_FROM = 2000

# Of energies, once there are five of them.
_UNITS = ((1e6, "MJ"), (1e9, "GJ"), (1e12, "TJ"))

_LEGEND = {
    "loc": "upper left",
    "bbox_to_anchor": (1.01, 1.02),
    "frameon": False,
    "fontsize": 8,
    "handlelength": 1.6,
    "labelspacing": 0.25,
    "borderaxespad": 0.0,
}


def scatter(
    axes: Axes,
    runs: Sequence[Run],
    points: Sequence[tuple[float, float]],
    colours: SizeColours,
    marker: str,
) -> None:
    """A point for each run, in the colour of its batch size.

    Sizes with many runs have smaller and fainter points, and lie behind the others.
    """
    counts = Counter(run.batch_size for run in runs)
    order = sorted(range(len(runs)), key=lambda i: -counts[runs[i].batch_size])
    of_size = [counts[runs[i].batch_size] for i in order]
    axes.scatter(
        [points[i][0] for i in order],
        [points[i][1] for i in order],
        c=[colours.of(runs[i].batch_size) for i in order],
        marker=marker,
        s=[min(34.0, max(5.0, 6000.0 / count)) for count in of_size],
        alpha=[0.85 if count < 500 else 0.5 for count in of_size],
        linewidths=0.0 if marker == "o" else 1.2,
        rasterized=len(runs) >= RASTERIZED_FROM,
        zorder=2.5,
    )


def is_wide(values: Iterable[float]) -> bool:
    """Whether a scale for these values is logarithmic."""
    ascending = sorted(values)
    if not ascending or ascending[0] <= 0:
        return False
    return ascending[-1] / ascending[0] > _LOGARITHMIC_FROM


def tidy(axes: Axes) -> None:
    """A quiet frame and a grid, after everything is drawn."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="0.9", linewidth=0.6)
    axes.set_axisbelow(True)


def label_joules(axis: Axis, what: str) -> None:
    """Labels an axis of energies or costs, whose limits are set."""
    low, high = axis.get_view_interval()
    greatest = max(abs(low), abs(high))
    factor, unit = 1.0, "J"
    for each in _UNITS:
        if greatest >= 5 * each[0]:
            factor, unit = each
    axis.set_label_text(f"{what} [{unit}]")
    if axis.get_scale() == "linear":
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / factor:,.10g}"))
    elif unit != "J":
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{v / factor:g}"))


def label_trials(axes: Axes) -> None:
    """The horizontal axis counts trials."""
    axes.set_xlabel("trial number")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def say_nothing_to_show(axes: Axes, why: str) -> None:
    axes.set_axis_off()
    axes.text(
        0.5, 0.5, why, ha="center", va="center", color=NEUTRAL, transform=axes.transAxes
    )


def add_legend(
    axes: Axes, colours: SizeColours, default: int, marks: Sequence[Line2D]
) -> None:
    """Beside the picture, so that it hides nothing: the marks, then the sizes."""
    handles = list(marks)
    if len(colours.sizes) <= MAX_LEGEND_SIZES:
        handles.append(Line2D([], [], linestyle="none", label="batch size"))
        for size in colours.sizes:
            label = f"{size} (default)" if size == default else str(size)
            handles.append(_dot(colours.of(size), label))
    else:
        _add_colour_bar(axes, colours)
        default_mark = f"default: {default}"
        handles.append(_dot(colours.of(default), default_mark))
    axes.legend(handles=handles, **_LEGEND)


def add_marks(axes: Axes, marks: Sequence[Line2D]) -> None:
    """A legend without sizes."""
    axes.legend(handles=list(marks), **_LEGEND)


def line(label: str, colour: Any, style: str = "-") -> Line2D:
    """An entry of a legend."""
    return Line2D([], [], color=colour, linestyle=style, label=label)


def mark(label: str, marker: str) -> Line2D:
    """An entry of a legend, for points of any size."""
    return Line2D(
        [],
        [],
        color=NEUTRAL,
        linestyle="none",
        marker=marker,
        markersize=5,
        label=label,
    )


def _dot(colour: Any, label: str) -> Line2D:
    return Line2D(
        [], [], color=colour, linestyle="none", marker="o", markersize=6, label=label
    )


def _add_colour_bar(axes: Axes, colours: SizeColours) -> None:
    bar = axes.figure.colorbar(
        colours.scale(), ax=axes, location="bottom", shrink=0.6, aspect=40
    )
    first, last = colours.sizes[0].bit_length() - 1, colours.sizes[-1].bit_length()
    powers = [2**power for power in range(first, last + 1)]
    inside = [p for p in powers if colours.sizes[0] <= p <= colours.sizes[-1]]
    bar.ax.xaxis.set_major_locator(FixedLocator(inside[:: 1 + len(inside) // 12]))
    bar.ax.xaxis.set_minor_locator(NullLocator())
    bar.ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    bar.ax.tick_params(labelsize=8)
    bar.set_label("batch size", fontsize=8)
    bar.outline.set_visible(False)
