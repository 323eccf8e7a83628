"""A report as one page in HTML that refers to nothing outside of itself."""

import html
from dataclasses import dataclass
from typing import Iterable, Sequence

from zeus_bso.cli.job_facts import job_facts
from zeus_bso.cli.report.history import History
from zeus_bso.cli.report.size_table import heads, size_rows
from zeus_bso.cli.text import counted, moment, printable, warning_name

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #222; background: #fff;
       max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid #e4e4e4; }
th { font-weight: 600; border-bottom-color: #999; }
td:last-child, th:last-child { text-align: left; }
.facts th, .facts td { text-align: left; border-bottom-color: #e4e4e4; overflow-wrap: anywhere; }
figure { margin: 0; } figure svg { width: 100%; height: auto; }
figcaption { color: #555; font-size: .87rem; }
""".strip()


@dataclass(frozen=True)
class Picture:
    """One of the page."""

    title: str
    caption: str
    svg: str
    """An element."""


def html_page(history: History, pictures: Sequence[Picture]) -> str:
    """Everything that came from the server is escaped."""
    title = _escaped(history.job.spec.job_id)
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{title}</title>",
        f"<style>\n{_STYLE}\n</style>",
        "</head>",
        "<body>",
        f"<h1>{title}</h1>",
        f"<p>{_escaped(_summary(history))}</p>",
        *_warnings(history),
        "<h2>Batch sizes</h2>",
        *_size_table(history),
        *(line for each in pictures for line in _figure(each)),
        "<h2>The job</h2>",
        *_facts(job_facts(history.job)),
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _summary(history: History) -> str:
    parts = [
        f"{counted(len(history.counted), 'trial')}: {len(history.converged):,} converged, "
        f"{len(history.unconverged):,} did not, {len(history.failed):,} failed."
    ]
    if history.num_void:
        void = counted(history.num_void, "other trial")
        parts.append(f"Not counted, as void: {void}.")
    if history.job.history is not None:
        deleted = counted(history.job.history.num_collected, "older trial")
        parts.append(f"Not shown, as the server has deleted them: {deleted}.")
    if history.best is not None:
        parts.append(
            f"The cheapest was trial {history.best.number}, of batch size "
            f"{history.best.batch_size}."
        )
    return " ".join(parts)


def _warnings(history: History) -> Iterable[str]:
    if not history.job.warnings:
        return
    yield "<h2>Warnings</h2>"
    yield "<ul>"
    for each in history.job.warnings:
        head = f"{warning_name(each)}, since {moment(each.since)} (UTC)"
        text = f"{each.message} {each.advice}"
        yield f"<li><b>{_escaped(head)}</b>: {_escaped(text)}</li>"
    yield "</ul>"


def _size_table(history: History) -> Iterable[str]:
    yield '<div class="wide"><table>'
    yield _row("th", heads(history))
    for cells in size_rows(history):
        yield _row("td", cells)
    yield "</table></div>"


def _figure(picture: Picture) -> Iterable[str]:
    yield f"<h2>{_escaped(picture.title)}</h2>"
    yield "<figure>"
    yield picture.svg.replace(
        "<svg ", f'<svg role="img" aria-label="{_escaped(picture.title)}" ', 1
    )
    yield f"<figcaption>{_escaped(picture.caption)}</figcaption>"
    yield "</figure>"


def _facts(facts: Iterable[tuple[str, str]]) -> Iterable[str]:
    yield '<table class="facts">'
    for name, value in facts:
        yield f"<tr><th>{_escaped(name)}</th><td>{_escaped(value)}</td></tr>"
    yield "</table>"


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_escaped(cell)}</{tag}>' for cell in cells)}</tr>"


def _escaped(text: str) -> str:
    return html.escape(printable(text))
