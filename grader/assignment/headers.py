"""The headers of each kind of cell: how their values are read, and the value of an absent one. Pairs of texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ..messages import Text
from . import late
from .forbidden_groups import forbidden_names
from .slips import Slip
from .spec import Scale
from .tolerance import FLOAT32, Tolerance

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
SECONDS = {"s": 1.0, "ms": 0.001, "min": 60.0}


class Form(NamedTuple):
    """A pattern for the whole value, what becomes of its match, an example, and the value of an absent header."""

    pattern: str
    make: Callable[[re.Match[str]], Any]
    example: str = ""
    default: Any = None

    def read(self, key: str, written: str) -> Any:
        """The value that is written in a header; a slip if it has another form."""
        found = re.fullmatch(self.pattern, written)
        if found is None:
            shown, example = (f"{key}: {text}" if text else key for text in (written, self.example))
            raise Slip(f"`{shown}` cannot be read: write `{example}`")
        return self.make(found)


def words(text: str) -> tuple[str, ...]:
    """Words separated by commas or spaces."""
    return tuple(re.split(r"[\s,]+", text.strip(", "))) if text.strip(", ") else ()


def _regex(found: re.Match[str]) -> str:
    try:
        re.compile(found[0])
    except re.error as error:
        raise Slip(f"`{found[0]}` is not a regular expression ({error}): correct it") from error
    return found[0]


def _deadline(found: re.Match[str]) -> datetime:
    try:
        return late.deadline_of(*found.groups())
    except ValueError as error:
        raise Slip(f"`deadline: {found[0]}` cannot be read ({error}): correct it") from error


def _factor(number: float) -> float:
    if number < 3:
        raise Slip(f"a right answer may take {number:g} times as long as the solution: write `faster_than: 20 x "
                   "reference`, with a factor of at least 3")  # fmt: skip
    return number


def _one_of(*known: str) -> Form:
    return Form("|".join(known), lambda m: m[0], " or ".join(known), known[0])


BARE = Form("", lambda _: True, default=False)
TEXT = Form(r".*", lambda m: m[0], "...", "")
WORDS = Form(r".+", lambda m: words(m[0]), "...", ())
TIME = Form(rf"({NUMBER})\s*(s|ms|min)", lambda m: float(m[1]) * SECONDS[m[2]], "5 s")
SHARE = Form(NUMBER, lambda m: float(m[0]), "0.5", 1.0)
PART = Form(r"[01](?:\.0*)?|0?\.\d+", lambda m: float(m[0]), "0.25", 1.0)
LANGUAGES = ("es", "en")
# Other kinds of cell have no headers: their body begins right below the title.
HEADERS: Mapping[str, Mapping[str, Form]] = {
    "assignment": {
        "scale": Form(rf"(?:(.*?)\s+)?({NUMBER}) to ({NUMBER})(?:,\s*(\d+) decimals?)?", 
                      lambda m: Scale(m[1] or f"{m[2]} to {m[3]}", float(m[2]), float(m[3]), int(m[4] or 1)),
                      "1 to 7, 1 decimals", Scale("0 to 10", 0, 10)),
        "language": Form("es|en", lambda m: m[0], "es"),
        "languages": Form(r"(?:es|en)(?:[\s,]+(?:es|en))*", lambda m: words(m[0]), "es, en", LANGUAGES),
        "parts": WORDS, "limit": TIME, "load limit": TIME, "submission limit": TIME,
        "memory": Form(r"(\d+)\s*(MB|GB)", lambda m: int(m[1]) * (1024 if m[2] == "GB" else 1), "2048 MB"),
        "preload": WORDS, "packages": WORDS, "data": WORDS, "examples": TEXT, "template": TEXT,
        "deadline": Form(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d) ([\w/+-]+)", _deadline, "2026-11-30 23:59 America/Santiago"),
        "late": Form(late.FORM.pattern, lambda m: m, "10 % per day, 1 h grace, 2 free days, at most 50 %"),
    },
    "question": {
        "points": Form(rf"({NUMBER})(?:( by hand)|\s*\+\s*({NUMBER}) by hand)?", 
                       lambda m: (0.0, float(m[1])) if m[2] else (float(m[1]), float(m[3] or 0)),
                       "0.75 + 0.25 by hand", (0, 0)),
        "bonus": BARE, "optional": BARE,
        "forbidden": Form(r".+", lambda m: forbidden_names(words(m[0])), "...", ()),
        "needs": Form(r"([\w.,\s-]+?)(?:\s*\(share ([\d.]+)\))?", lambda m: (words(m[1]), float(m[2] or 1)),
                      "0, 1a (share 0.5)", ((), 0.0)),
        "names": WORDS, "again": PART, "limit": TIME, "runs": Form("training", lambda m: m[0], "training", ""),
        "figures": Form(r"\d+", lambda m: int(m[0]), "1", 0), "attempted": Form(r".+", _regex, "...", ""),
        "inputs": WORDS, "outputs": WORDS, "variants": WORDS,
    },
    "test": {
        "tolerance": Form(rf"({NUMBER})\s*,\s*({NUMBER})", lambda m: Tolerance(float(m[1]), float(m[2])), "1e-4, 1e-6",
                          FLOAT32),
        "share": SHARE,
        "weights": Form(rf"[^,]+ {NUMBER}(?:,[^,]+ {NUMBER})*", 
                        lambda m: {p.strip().rpartition(" ")[0].strip(): float(p.split()[-1]) for p in m[0].split(",")},
                        "mean loss 2, W 3", {}),
        "refines": BARE, "per case": BARE, "relative error": BARE, "dtype": _one_of("any", "exact"),
        "precision": _one_of("float32", "float64"), "hint": TEXT, "limit": TIME,
        "faster_than": Form(rf"({NUMBER}) [x×] reference", lambda m: _factor(float(m[1])), "20 x reference", 0.0),
        "calls": Form(r"at most \d+ of [\w.]+(?:,\s*at most \d+ of [\w.]+)*",
                      lambda m: {p.split()[-1]: int(p.split()[2]) for p in m[0].split(",")}, "at most 3 of f", {}),
    },
    "wrong": {
        "es": TEXT, "en": TEXT, "also": WORDS, "repeats": TEXT,
        "fails": Form(r".+", lambda m: tuple(part.strip() for part in m[0].split(",")), "...", ()),
        "points": Form(rf"({NUMBER})(?: to ({NUMBER}))?", lambda m: (float(m[1]), float(m[2] or m[1])), "0.1 to 0.3"),
        "says": Form(r".+", lambda m: m[0].strip('"'), '"..."', ""), "raises": TEXT,
    },
    "stand-in": {"stays home": BARE},
}  # fmt: skip


@dataclass(frozen=True)
class Languages:
    """The languages of an assignment, and the words that are code and so the same in each language."""

    names: tuple[str, ...] = LANGUAGES
    code: frozenset[str] = frozenset()

    def text(self, written: str, line: int = 0) -> Text:
        """`ES | EN`; one text is enough if it is code, or if the assignment has one language."""
        halves = [half.strip() for half in re.split(r"(?:^|\s)\|(?:\s|$)", written)]
        if len(halves) == 2 and all(halves):
            return Text(*halves)
        is_code = (not word.isalpha() or word in self.code or len(word) == 1 for word in words(halves[0]))
        if len(halves) == 1 and halves[0] and (len(self.names) == 1 or all(is_code)):
            return Text(halves[0], halves[0])
        raise Slip(f"`{written}` is not a pair: write `SPANISH | ENGLISH`", line)
