"""The values of header lines and titles: pairs of texts, numbers, limits, points."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..messages import Text
from .percent import Cell
from .slips import Slip
from .spec import Scale

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"


@dataclass(frozen=True)
class Languages:
    """The languages of an assignment, and the words that are code and so the same in each language."""

    names: tuple[str, ...] = ("es", "en")
    code: frozenset[str] = frozenset()

    def text(self, written: str, line: int = 0) -> Text:
        """`ES | EN`; one text is enough if it is code, or if the assignment has one language."""
        halves = [half.strip() for half in re.split(r"(?:^|\s)\|(?:\s|$)", written)]
        if len(halves) == 2 and all(halves):
            return Text(*halves)
        if len(halves) == 1 and halves[0] and (len(self.names) == 1 or self._is_code(halves[0])):
            return Text(halves[0], halves[0])
        raise Slip(f"`{written}` is not a pair: write `SPANISH | ENGLISH`", line)

    def _is_code(self, text: str) -> bool:
        return all(not word.isalpha() or word in self.code or len(word) == 1 for word in re.split(r"[\s,]+", text))


def value(cell: Cell, key: str, default: str = "") -> str:
    """The text of a header; the default if the cell lacks it."""
    return cell.headers[key].value if key in cell.headers else default


def line(cell: Cell, key: str) -> int:
    """The line of a header; the title's line if the cell lacks it."""
    return cell.headers[key].line if key in cell.headers else cell.line


def matched(cell: Cell, key: str, pattern: str, example: str) -> re.Match[str] | None:
    """The match of a header's whole value; None if the cell lacks it."""
    if key not in cell.headers:
        return None
    found = re.fullmatch(pattern, value(cell, key))
    if found is None:
        raise Slip(f"`{key}: {value(cell, key)}` cannot be read: write `{key}: {example}`", line(cell, key))
    return found


def number(cell: Cell, key: str, default: float) -> float:
    """A number."""
    found = matched(cell, key, NUMBER, f"{default:g}")
    return float(found[0]) if found else default


def seconds(cell: Cell, key: str) -> float | None:
    """A limit of time; it needs its unit."""
    if re.fullmatch(NUMBER, value(cell, key)):
        raise Slip(f"`{key}: {value(cell, key)}` has no unit: write `{key}: {value(cell, key)} s`", line(cell, key))
    found = matched(cell, key, rf"({NUMBER})\s*(s|ms|min)", "5 s")
    return float(found[1]) * {"s": 1, "ms": 0.001, "min": 60}[found[2]] if found else None


def megabytes(cell: Cell, key: str, default: int) -> int:
    """A limit of memory; it needs its unit."""
    if re.fullmatch(NUMBER, value(cell, key)):
        raise Slip(f"`{key}: {value(cell, key)}` has no unit: write `{key}: {value(cell, key)} MB`", line(cell, key))
    found = matched(cell, key, r"(\d+)\s*(MB|GB)", "2048 MB")
    return int(found[1]) * (1024 if found[2] == "GB" else 1) if found else default


def words(cell: Cell, key: str) -> tuple[str, ...]:
    """Words separated by commas or spaces."""
    return tuple(word for word in re.split(r"[\s,]+", value(cell, key)) if word)


def parts(cell: Cell, key: str) -> tuple[str, ...]:
    """Phrases separated by commas."""
    return tuple(part.strip() for part in value(cell, key).split(",") if part.strip())


def one_of(cell: Cell, key: str, known: tuple[str, ...]) -> str:
    """One of these words; the first if the cell lacks the header."""
    matched(cell, key, "|".join(known), " or ".join(known))
    return value(cell, key, known[0])


def weights(cell: Cell, key: str) -> Mapping[str, float]:
    """`mean loss 2, W 3`: a weight by name."""
    found = {}
    for part in parts(cell, key):
        name, _, weight = part.rpartition(" ")
        if not name or not re.fullmatch(NUMBER, weight):
            raise Slip(f"`{part}` is not a name and its weight: write `{key}: mean loss 2, W 3`", line(cell, key))
        found[name.strip()] = float(weight)
    return found


def points(cell: Cell) -> tuple[float, float]:
    """The points by the tests and by a person: `0.75 + 0.25 by hand`."""
    example = "0.75`, `points: 0.25 by hand` or `points: 0.75 + 0.25 by hand"
    if "points" not in cell.headers:
        raise Slip(f"the question says no points: write `points: {example}`")
    found = matched(cell, "points", rf"({NUMBER})(?:( by hand)|\s*\+\s*({NUMBER}) by hand)?", example)
    assert found is not None
    return (0.0, float(found[1])) if found[2] else (float(found[1]), float(found[3] or 0))


def scale(cell: Cell) -> Scale:
    """`1 to 7, 1 decimals`, with a name in front if there is one."""
    pattern = rf"(?:(.*?)\s+)?({NUMBER}) to ({NUMBER})(?:,\s*(\d+) decimals?)?"
    found = matched(cell, "scale", pattern, "1 to 7, 1 decimals")
    if found is None:
        return Scale("0 to 10", 0, 10)
    return Scale(found[1] or f"{found[2]} to {found[3]}", float(found[2]), float(found[3]), int(found[4] or 1))
