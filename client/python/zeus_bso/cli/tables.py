"""Tables for people: with rules on a terminal, bare in pipes."""

from dataclasses import dataclass
from typing import Iterable, Iterator, Sequence

from rich import box
from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from zeus_bso.cli.text import printable

# For each column beside its text, on a terminal and in a pipe.
_GAP = 3
_PLAIN_GAP = "  "

# A long table is drawn in parts, so that its beginning can be seen at once.
_ROWS_OF_PART = 200


@dataclass(frozen=True)
class Column:
    """Of a table."""

    head: str
    right: bool = False
    """Numbers are aligned to the right."""
    spare: bool = False
    """Left out where the terminal is too narrow for all, the last one first."""


def plain_table(
    columns: Sequence[Column], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    """Lines: the heads, then one for each row."""
    cells = _printable(rows)
    for line in _aligned(columns, cells, _widths(columns, cells)):
        yield _PLAIN_GAP.join(line).rstrip()


def markdown_table(
    columns: Sequence[Column], rows: Iterable[Sequence[str]]
) -> Iterator[str]:
    """Lines of Markdown, aligned as source, too."""
    cells = [[cell.replace("|", r"\|") for cell in row] for row in _printable(rows)]
    widths = _widths(columns, cells)
    for index, line in enumerate(_aligned(columns, cells, widths)):
        yield f"| {' | '.join(line)} |"
        if index == 0:
            yield f"|{'|'.join('-' * (width + 2) for width in widths)}|"


def rich_table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    terminal_width: int,
    title: str = "",
) -> Table:
    """One table, for a terminal."""
    cells = _printable(rows)
    widths = _widths(columns, cells)
    return _rich_part(columns, cells, widths, terminal_width, title)


def rich_table_in_parts(
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    terminal_width: int,
    title: str = "",
) -> Iterator[Table]:
    """The same table as several, to print one below the other."""
    cells = _printable(rows)
    widths = _widths(columns, cells)
    for start in range(0, max(1, len(cells)), _ROWS_OF_PART):
        part = cells[slice(start, start + _ROWS_OF_PART)]
        table = _rich_part(
            columns, part, widths, terminal_width, title if start == 0 else ""
        )
        table.show_header = start == 0
        yield table


def _rich_part(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    widths: Sequence[int],
    terminal_width: int,
    title: str = "",
) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        title=Text(printable(title)) if title else None,
        title_justify="left",
        title_style="bold",
        header_style="bold",
    )
    shown = _shown(columns, widths, terminal_width)
    fits = _needed(widths, shown) <= terminal_width
    for index in shown:
        table.add_column(
            columns[index].head,
            justify="right" if columns[index].right else "left",
            overflow="fold",
            min_width=widths[index] if fits else None,
        )
    for row in rows:
        table.add_row(*(Text(row[index]) for index in shown))
    return table


def _aligned(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], widths: Sequence[int]
) -> Iterator[Sequence[str]]:
    """The heads, then the rows, each cell as wide as its column."""
    for row in ([column.head for column in columns], *rows):
        parts = []
        for column, cell, width in zip(columns, row, widths):
            space = " " * (width - cell_len(cell))
            parts.append(space + cell if column.right else cell + space)
        yield parts


def _printable(rows: Iterable[Sequence[str]]) -> Sequence[Sequence[str]]:
    return [[printable(cell) for cell in row] for row in rows]


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> Sequence[int]:
    return [
        max(cell_len(cell) for cell in (column.head, *cells))
        for column, *cells in zip(columns, *rows)
    ]


def _shown(
    columns: Sequence[Column], widths: Sequence[int], terminal_width: int
) -> Sequence[int]:
    """The indices of the columns for which there is room."""
    shown = list(range(len(columns)))
    for index in reversed(range(len(columns))):
        if columns[index].spare and _needed(widths, shown) > terminal_width:
            shown.remove(index)
    return shown


def _needed(widths: Sequence[int], shown: Sequence[int]) -> int:
    return sum(widths[each] + _GAP for each in shown)
