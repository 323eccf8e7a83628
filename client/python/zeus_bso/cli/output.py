"""Where a command writes: tables for people, JSON for programs."""

import json
import sys
from typing import Any, Iterable, Sequence

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from zeus_bso.cli.tables import (
    Column,
    markdown_table,
    plain_table,
    rich_table_in_parts,
)
from zeus_bso.cli.text import printable

# Of what is not a terminal: no line is folded, so that each row stays one line.
_UNBOUNDED_WIDTH = 1 << 16


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
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[str]],
        title: str = "",
    ) -> None:
        """A row a line where this is no terminal."""
        if self.terminal:
            width = self.console.width
            for part in rich_table_in_parts(columns, rows, width, title):
                self.console.print(part)
        else:
            if title:
                self.say(title)
            for line in plain_table(columns, rows):
                print(line)

    def markdown(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], title: str
    ) -> None:
        """The title as a paragraph, the table, and an empty line."""
        print(f"{printable(title)}:\n")
        for line in markdown_table(columns, rows):
            print(line)
        print()

    def facts(self, facts: Iterable[tuple[str, str]]) -> Table:
        """Names and values, one a line."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(style="bold")
        grid.add_column(overflow="fold")
        for name, value in facts:
            grid.add_row(name, Text(printable(value)))
        return grid

    def flush(self) -> None:
        """What was written reaches its reader now."""
        sys.stdout.flush()

    def document(self, value: Any) -> None:
        """One JSON document."""
        print(json.dumps(value, indent=2))

    def json_line(self, value: Any) -> None:
        """One of a stream of JSON documents."""
        print(json.dumps(value))
