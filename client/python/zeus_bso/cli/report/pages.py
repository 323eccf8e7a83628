"""A report as one file: a page in HTML, or all pictures on one page."""

import io
import re
import textwrap
import warnings
from typing import Any, Callable, Sequence

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from zeus_bso.cli.report import (
    cost_picture,
    energy_picture,
    posterior_picture,
    savings_picture,
)
from zeus_bso.cli.report.colours import SizeColours
from zeus_bso.cli.report.history import History
from zeus_bso.cli.report.html_page import Picture, html_page
from zeus_bso.cli.text import choosing, counted, printable

_PICTURES: tuple[Any, ...] = (
    cost_picture,
    posterior_picture,
    energy_picture,
    savings_picture,
)

_STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "svg.hashsalt": "zeus-bso",
    "figure.constrained_layout.w_pad": 0.12,
    "figure.constrained_layout.h_pad": 0.08,
}


def steps(history: History) -> int:
    """How often render calls advance."""
    return len(_pictures(history)) + 1


def render(history: History, kind: str, advance: Callable[[], None]) -> bytes:
    """The contents of a file.

    Args:
        history: What it is about.
        kind: html, png or pdf.
        advance: Is called after each step.
    """
    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        # A job may be named in letters that the font lacks.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        if kind == "html":
            pictures = [_svg(history, each, advance) for each in _pictures(history)]
            contents = html_page(history, pictures).encode()
        else:
            contents = _one_page(history, kind, advance)
    advance()
    return contents


def _svg(history: History, picture: Any, advance: Callable[[], None]) -> Picture:
    figure = Figure(figsize=(9.0, 4.6), layout="constrained")
    picture.draw(figure.subplots(), history, _colours(history))
    svg = _save(figure, "svg").decode()
    advance()
    name = picture.__name__.rpartition(".")[2]
    return Picture(picture.TITLE, picture.caption(history), _embeddable(svg, name))


def _one_page(history: History, kind: str, advance: Callable[[], None]) -> bytes:
    figure = Figure(figsize=(17.0, 11.0), layout="constrained")
    FigureCanvasAgg(figure)
    spec = history.job.spec
    figure.suptitle(
        f"{printable(spec.job_id)}: {counted(len(history.counted), 'trial')}, "
        + choosing(history.job),
        fontsize=14,
        parse_math=False,
    )
    for part, picture in zip(figure.subfigures(2, 2).flat, _pictures(history)):
        axes = part.subplots()
        picture.draw(axes, history, _colours(history))
        axes.set_title(picture.TITLE, loc="left", fontweight="bold")
        text = textwrap.fill(picture.caption(history), 125)
        part.supxlabel(text, fontsize=8.5, color="0.3", parse_math=False)
        advance()
    return _save(figure, kind)


def _pictures(history: History) -> Sequence[Any]:
    """Only arms have posteriors."""
    if history.has_arms:
        return _PICTURES
    return [each for each in _PICTURES if each is not posterior_picture]


def _colours(history: History) -> SizeColours:
    return SizeColours(history.batch_sizes)


def _save(figure: Figure, kind: str) -> bytes:
    """The same figure gives the same bytes."""
    no_date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": None}
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, dpi=110, metadata=no_date[kind])
    return buffer.getvalue()


def _embeddable(svg: str, name: str) -> str:
    """The element alone, with IDs that no other picture has."""
    svg = svg.removeprefix(svg.partition("<svg")[0])
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    return re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
