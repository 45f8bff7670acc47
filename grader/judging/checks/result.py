"""The named results of a case: what came, its names, and the statements that the author's `judge` makes of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from ...assignment.tolerance import Tolerance
from ...messages import Text, say
from ...results import Verdict
from ..compare import Comparison, compare, summary
from ..forms import alike_in_form

MOST_WORDS = 200  # characters in which a statement says what it saw


@cache
def key_of(name: str) -> str:
    """The key of a piece of evidence: code as it is; of "pérdida media | mean loss" the English half, "mean_loss"."""
    text = name.rpartition("|")[2].strip()
    if text == name and text.isascii():
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_").lower() or "result"


@cache
def label_of(name: str) -> Text:
    """The words that people read for a piece of evidence."""
    es, bar, en = (part.strip() for part in name.partition("|"))
    return Text(es, en if bar else es)


@dataclass(frozen=True)
class Result:
    """One named result of a case: what came, and the comparison that judges it."""

    name: str
    actual: Any
    comparison: Comparison
    expected: Any = None
    weight: float | None = None  # None: the test's
    must: bool = False
    partial: float = 0.0  # the share that it earns though it is not right


def named(name: str) -> str | Text:
    """The words for a sentence: code is the same in every language."""
    label = label_of(name)
    return label.es if label.es == label.en else label


def stated(s: Mapping[str, Any], own: Tolerance, sizes: Mapping[str, Any]) -> Result:
    """The result of one statement of the author's `judge`, with the test's tolerance and the sizes of the case."""
    name, label, kind = s["label"], named(s["label"]), s["kind"]
    weight = float(s.get("weight", 1.0))
    if kind == "near":
        rtol, atol = s["rtol"], s["atol"]
        tolerance = Tolerance(own.rtol if rtol is None else rtol, own.atol if atol is None else atol)
        wanted = float(s["right"]) if type(s["right"]) is int else s["right"]  # an int would have to be equal
        actual, right = alike_in_form(s["value"], wanted)
        comparison = compare(label, actual, right, tolerance, sizes)
        if comparison.compared == 0 and comparison.verdict is not Verdict.MISSING:  # the student's doing
            empty = say("{name} is empty", name=label)
            comparison = Comparison(Verdict.FAILED, empty, empty, 1)
        return Result(name, s["value"], comparison, right, weight)
    if kind in ("at_most", "at_least", "between"):
        return _bounded(name, label, s, weight)
    got = s.get("got")
    value = bool(s["ok"]) if got is None else got
    if s["ok"]:
        right = say("{name} is {value}, as expected", name=label, value=Text("sí", "yes"))
        return Result(name, (True, got), Comparison(Verdict.PASSED, right, right, 1), True, weight, kind == "must")
    wrong = say("expected: {name}; it is not so", name=label)
    seen = _words(got) if isinstance(got, str) else summary(value)
    shown = wrong if got is None else say("expected: {name}; found: {value}", name=label, value=seen)
    return Result(name, (False, got), Comparison(Verdict.FAILED, shown, wrong, 1), None, weight, kind == "must")


def _words(got: str) -> Text:
    """What the author's `judge` saw, in words: "nada | nothing" or the same in both languages."""
    es, _, en = (part.strip()[:MOST_WORDS] for part in got.partition("|"))
    return Text(es, en or es)


def _bounded(name: str, label: str | Text, s: Mapping[str, Any], weight: float) -> Result:
    value = s["value"]
    number = float(value) if isinstance(value, (int, float)) else None
    if isinstance(value, torch.Tensor) and value.numel() == 1:
        number = float(value.reshape(()))
    low, high = s.get("low", -torch.inf), s.get("high", torch.inf)
    if s["kind"] == "at_most":
        high = s["bound"]
    if s["kind"] == "at_least":
        low = s["bound"]
    if number is None:
        message = say("{name} should be a number, but it is {kind}", name=label, kind=summary(value))
        category = say("{name} is not as expected", name=label)
        return Result(name, value, Comparison(Verdict.FAILED, message, category, 1), None, weight)
    shown = f"{number:.4g}"
    if low <= number <= high:
        right = say("{name} is {value}, as expected", name=label, value=shown)
        return Result(name, number, Comparison(Verdict.PASSED, right, right, 1), None, weight)
    message = {
        "at_most": say("{name} is {value}; at most {bound} is allowed", name=label, value=shown, bound=f"{high:g}"),
        "at_least": say("{name} is {value}; at least {bound} is asked for", name=label, value=shown, bound=f"{low:g}"),
        "between": say("{name} is {value}; it should lie between {low} and {high}", name=label, value=shown,
                       low=f"{low:g}", high=f"{high:g}"),
    }[s["kind"]]  # fmt: skip
    category = say("{name} is not within the bound", name=label)
    near = (s["kind"] == "at_most" and number <= 2 * high) or (s["kind"] == "at_least" and number >= low / 2)
    partial = float(s.get("partial", 0.0)) if near else 0.0
    return Result(name, number, Comparison(Verdict.FAILED, message, category, 1), None, weight, partial=partial)
