"""Where a command writes: tables for people, JSON for programs."""

import json
import sys
from dataclasses import dataclass
from typing import Any, Iterable, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from zeus_bso.cli.text import printable

# Of what is not a terminal: no line is folded, so that each row stays one line.
_UNBOUNDED_WIDTH = 1 << 16

# Between two columns of a table on a terminal.
_COLUMN_GAP = 3


@dataclass(frozen=True)
class Column:
    """Of a table."""

    head: str
    right: bool = False
    """Numbers are aligned to the right."""
    spare: bool = False
    """Left out where the terminal is too narrow for all, the last one first."""


class Output:
    """Standard output. Colours and rules only on a terminal; NO_COLOR is respected."""

    def __init__(self, as_json: bool) -> None:
        self.json = as_json
        """Whether to write JSON."""
        self.terminal = sys.stdout.isatty()
        self.console = Console(
            file=sys.stdout,
            force_terminal=self.terminal,
            width=None if self.terminal else _UNBOUNDED_WIDTH,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def say(self, text: str) -> None:
        """One line for people."""
        self.console.print(Text(printable(text)))

    def show(self, renderable: RenderableType) -> None:
        self.console.print(renderable)

    def table(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], title: str = ""
    ) -> Table:
        """A row a line where this is no terminal."""
        rows = [[printable(cell) for cell in row] for row in rows]
        shown = self._shown(columns, rows)
        table = Table(
            box=box.SIMPLE_HEAD if self.terminal else None,
            pad_edge=False,
            show_edge=False,
            title=title or None,
            title_justify="left",
            title_style="bold",
            header_style="bold",
        )
        for index in shown:
            table.add_column(
                columns[index].head,
                justify="right" if columns[index].right else "left",
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(Text(row[index]) for index in shown))
        return table

    def facts(self, facts: Iterable[tuple[str, str]]) -> Table:
        """Names and values, one a line."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(style="bold")
        grid.add_column(overflow="fold")
        for name, value in facts:
            grid.add_row(name, Text(printable(value)))
        return grid

    def _shown(
        self, columns: Sequence[Column], rows: Sequence[Sequence[str]]
    ) -> Sequence[int]:
        """The indices of the columns for which there is room."""
        widths = [
            max(cell_len(cell) for cell in (column.head, *cells)) + _COLUMN_GAP
            for column, *cells in zip(columns, *rows)
        ]
        shown = list(range(len(columns)))
        for index in reversed(range(len(columns))):
            room = self.console.width + _COLUMN_GAP
            if columns[index].spare and sum(widths[i] for i in shown) > room:
                shown.remove(index)
        return shown

    def flush(self) -> None:
        """What was written reaches its reader now."""
        sys.stdout.flush()

    def document(self, value: Any) -> None:
        """One JSON document."""
        print(json.dumps(value, indent=2))

    def json_line(self, value: Any) -> None:
        """One of a stream of JSON documents."""
        print(json.dumps(value))
