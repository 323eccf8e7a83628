"""CSV files, line by line, with errors that say where."""

import csv
import math
from os import PathLike, fspath
from typing import Callable, Iterator, Mapping, Sequence, TypeVar

from zeus_bso.errors import ZeusBsoError

_Value = TypeVar("_Value")


class TraceError(ZeusBsoError, ValueError):
    """A trace cannot be used; the message names file, and line and column if it can."""


class CsvLine:
    """The cells of one line, by the name of their column."""

    def __init__(self, path: str, number: int, cells: Mapping[str, str]) -> None:
        """All columns that are asked for must be in cells."""
        self.number = number
        self._path = path
        self._cells = cells

    def error(self, column: str, problem: str) -> TraceError:
        """The exception for a wrong cell."""
        return TraceError(f"{self._path}:{self.number}: column '{column}' {problem}")

    def text(self, column: str) -> str:
        """Anything but an empty cell.

        Raises:
            TraceError: As do all that follow, when the cell is of another kind.
        """
        text = self._cells[column]
        if not text:
            raise self.error(column, "is empty")
        return text

    def number_of(self, column: str) -> float:
        """A finite number."""
        return self._convert(column, _finite, "a finite number")

    def positive(self, column: str) -> float:
        """A finite number above 0."""
        return self._convert(column, _positive, "a finite number above 0")

    def count(self, column: str) -> int:
        """A whole number above 0."""
        return self._convert(column, _count, "a whole number above 0")

    def count_or_nan(self, column: str) -> int | None:
        """A whole number above 0, or None for 'nan'."""
        if self.text(column).lower() == "nan":
            return None
        return self._convert(column, _count, "a whole number above 0 or 'nan'")

    def _convert(
        self, column: str, convert: Callable[[str], _Value], kind: str
    ) -> _Value:
        text = self.text(column)
        try:
            return convert(text)
        except ValueError:
            raise self.error(column, f"must be {kind}, not '{text}'") from None


def read_csv(path: str | PathLike[str], columns: Sequence[str]) -> Iterator[CsvLine]:
    """The lines below the header, which must name these columns, in any order.

    Raises:
        TraceError: It is not such a file, or has no line below the header.
        OSError: It cannot be read.
    """
    name = fspath(path)
    with open(name, encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        header: list[str] | None = None
        line = None
        try:
            for row in reader:
                cells = [cell.strip() for cell in row]
                if not any(cells):
                    continue
                if header is None:
                    header = _checked_header(name, reader.line_num, cells, columns)
                    continue
                if len(cells) != len(header):
                    raise TraceError(
                        f"{name}:{reader.line_num}: has {len(cells)} columns where "
                        f"the header has {len(header)}"
                    )
                line = CsvLine(name, reader.line_num, dict(zip(header, cells)))
                yield line
        except (csv.Error, UnicodeDecodeError) as error:
            raise TraceError(f"{name}:{reader.line_num + 1}: {error}") from error
    if line is None:
        raise TraceError(f"{name}: has no rows")


def _checked_header(
    name: str, number: int, header: list[str], columns: Sequence[str]
) -> list[str]:
    for column in columns:
        if header.count(column) != 1:
            problem = "twice" if column in header else "not"
            raise TraceError(f"{name}:{number}: column '{column}' is {problem} there")
    return header


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _positive(text: str) -> float:
    value = _finite(text)
    if value <= 0:
        raise ValueError
    return value


def _count(text: str) -> int:
    value = _positive(text)  # pandas writes whole numbers beside a nan as 3.0.
    if not value.is_integer():
        raise ValueError
    return int(value)
