"""The table of another program, in which single cells are replaced and every other byte stays as it is."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
DELIMITERS = ",;\t"
HEADER_ROWS = 5  # some exports begin with lines about the course
DECIMAL = re.compile(r"-?\d+([.,])\d{1,2}")


@dataclass(frozen=True)
class Cell:
    """One cell: its value, and its place in the text of the file, quotes included."""

    value: str
    start: int
    end: int
    quoted: bool


class Table:
    """A CSV file in any of the forms that platforms write: UTF-8 or UTF-16, with or without a byte order mark,
    with commas, semicolons or tabs, with any ends of lines, with quotes everywhere or only where they are needed.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        self._bom, self._encoding = next(((b, e) for b, e in BOMS if data.startswith(b)), (b"", _guessed(data)))
        try:
            self._text = data.removeprefix(self._bom).decode(self._encoding)
        except UnicodeDecodeError as error:
            raise UsageError(f"{name} is not a table in {self._encoding}: export it again, as CSV") from error
        self.delimiter = _delimiter(self._text)
        self.rows = _rows(self._text, self.delimiter)
        self._new: dict[Cell, str] = {}

    @classmethod
    def read(cls, path: Path) -> Table:
        """The table in a file; raises UsageError if there is none."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise UsageError(f"cannot read {path} ({error.strerror}): give the file that the platform exported") from (
                error
            )
        if data.startswith((b"PK\3\4", b"\xd0\xcf\x11\xe0")):
            raise UsageError(f"{path} is a workbook of a spreadsheet: export it from the platform as CSV")
        table = cls(data, path.name)
        if not any(len(row) > 1 for row in table.rows):
            raise UsageError(f"{path} is not a table: give the .csv file that the platform exported")
        return table

    @property
    def values(self) -> list[list[str]]:
        """The values of all rows, in the order of the file."""
        return [[cell.value for cell in row] for row in self.rows]

    def value(self, row: int, column: int) -> str:
        """The value of a cell as the file has it; "" where the row is too short."""
        return self.rows[row][column].value if column < len(self.rows[row]) else ""

    def set(self, row: int, column: int, value: str) -> None:
        """Replace the value of a cell, in quotes where it had them or needs them; equal values change nothing."""
        cells = self.rows[row]
        if column >= len(cells):
            raise UsageError(f"{self.name}: row {row + 1} has only {len(cells)} cells: export the file again")
        cell = cells[column]
        if value != cell.value:
            quoted = cell.quoted or any(sign in value for sign in (self.delimiter, '"', "\r", "\n"))
            self._new[cell] = '"' + value.replace('"', '""') + '"' if quoted else value

    def number(self, value: float) -> str:
        """A number with at most two decimals, with the decimal sign that the file's other numbers have."""
        signs = [m[1] for row in self.rows for cell in row if (m := DECIMAL.fullmatch(cell.value.strip()))]
        text = f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if signs and "." not in signs else text

    def to_bytes(self) -> bytes:
        """The file with the replaced cells; characters that its encoding lacks become HTML entities."""
        parts, at = [], 0
        for cell in sorted(self._new, key=lambda cell: cell.start):
            parts += [self._text[at : cell.start], self._new[cell]]
            at = cell.end
        return self._bom + "".join([*parts, self._text[at:]]).encode(self._encoding, "xmlcharrefreplace")


def _guessed(data: bytes) -> str:
    """The encoding of a file without a byte order mark."""
    if b"\0" in data[:4]:
        return "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"  # keeps every byte, whatever Windows code page it is
    return "utf-8"


def _delimiter(text: str) -> str:
    """The delimiter of the first line that has one, outside of quotes."""
    for line in text.splitlines()[:HEADER_ROWS]:
        bare = re.sub(r'"(?:[^"]|"")*"', "", line)
        if any(sign in bare for sign in DELIMITERS):
            return max(DELIMITERS, key=bare.count)
    return ","


def _rows(text: str, delimiter: str) -> list[list[Cell]]:
    plain = re.compile(rf"[^{delimiter}\r\n]*")
    inner = re.compile(r'"((?:[^"]|"")*)"?')
    rows: list[list[Cell]] = []
    row: list[Cell] = []
    at = 0
    while at < len(text):
        start = at
        if quoted := inner.match(text, at):
            rest = plain.match(text, quoted.end())
            assert rest is not None
            at = rest.end()
            row.append(Cell(quoted[1].replace('""', '"') + rest[0], start, at, True))
        else:
            bare = plain.match(text, at)
            assert bare is not None
            at = bare.end()
            row.append(Cell(bare[0], start, at, False))
        if text.startswith(delimiter, at):
            at += 1
            if at == len(text):  # the file ends in an empty cell
                row.append(Cell("", at, at, False))
            else:
                continue
        rows.append(row)
        row = []
        at += 2 if text.startswith("\r\n", at) else 1
    return rows
