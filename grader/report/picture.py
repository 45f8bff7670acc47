"""Draw the places where a tensor differs: one mark per entry; a larger gap has a larger mark of another shape."""

from __future__ import annotations

from dataclasses import dataclass

from ..results import Difference

SIDE = 12  # SVG units per entry: 24 of them and the margin fit a phone of 375 px
MARGIN = 24  # room for the indices of rows and columns

# Gaps are in tolerances. With a relative tolerance of 1e-4, 1e2 tolerances are an error of one per cent, and 1e4
# are an error as large as the value itself.
SLIGHT, CLEAR = 1e2, 1e4

# Half the side of each level's square: area grows with the gap, as in a Hinton diagram.
_HALF = {"right": 1, "slight": 2.25, "clear": 3.5, "gross": 5.25}


@dataclass(frozen=True)
class Marks:
    """All entries of one level as one SVG path."""

    level: str  # right, slight, clear, gross or odd (NaN or infinite)
    path: str


@dataclass(frozen=True)
class Label:
    """An index next to a row or above a column."""

    x: float
    y: float
    text: str
    anchor: str


@dataclass(frozen=True)
class Picture:
    """The picture of a Difference: paths, labels and the facts of its caption."""

    shape: str
    width: int
    height: int
    marks: tuple[Marks, ...]
    labels: tuple[Label, ...]
    shown: int
    off: int
    cut: bool
    flattened: bool  # more than two dimensions are drawn as the rows of a matrix


def draw(difference: Difference) -> Picture | None:
    """The picture of a difference of at least two entries; None for a single number, which needs no picture."""
    rows = difference.rows
    columns = max(map(len, rows), default=0)
    shown = sum(map(len, rows))
    if shown < 2:
        return None
    paths: dict[str, list[str]] = {"right": [], "slight": [], "clear": [], "gross": [], "odd": []}
    for i, row in enumerate(rows):
        for j, gap in enumerate(row):
            level = _level(gap)
            paths[level].append(_mark(level, MARGIN + SIDE * j + SIDE / 2, MARGIN + SIDE * i + SIDE / 2))
    return Picture(
        shape="(" + ", ".join(map(str, difference.shape)) + ("," if len(difference.shape) == 1 else "") + ")",
        width=MARGIN + SIDE * columns + 2,
        height=MARGIN + SIDE * len(rows) + 2,
        marks=tuple(Marks(level, "".join(path)) for level, path in paths.items() if path),
        labels=_labels(len(rows), columns),
        shown=shown,
        off=shown - len(paths["right"]),
        cut=difference.cut,
        flattened=len(difference.shape) > 2,
    )


def _level(gap: float) -> str:
    # Each range names both ends, so that a NaN, which satisfies no comparison, is odd.
    if 0 <= gap <= 1:
        return "right"
    if 1 < gap <= SLIGHT:
        return "slight"
    if SLIGHT < gap <= CLEAR:
        return "clear"
    return "gross" if CLEAR < gap < float("inf") else "odd"


def _mark(level: str, x: float, y: float) -> str:
    if level == "odd":
        return f"M{x - 4:g} {y - 4:g}l8 8M{x + 4:g} {y - 4:g}l-8 8"
    half = _HALF[level]
    side = 2 * half
    return f"M{x - half:g} {y - half:g}h{side:g}v{side:g}h-{side:g}z"


def _labels(rows: int, columns: int) -> tuple[Label, ...]:
    """The first index, the last and every fifth, for rows (left) and columns (above)."""
    across = [Label(MARGIN + SIDE * (j + 0.5), MARGIN - 6, str(j), "middle") for j in _ticks(columns)]
    down = [Label(MARGIN - 5, MARGIN + SIDE * (i + 0.5) + 4, str(i), "end") for i in _ticks(rows)]
    return tuple(across + down)


def _ticks(n: int) -> list[int]:
    return [i for i in range(n) if i % 5 == 0 or (i == n - 1 and i % 5 > 1)]
