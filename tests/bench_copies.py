"""Measure how well `grade copies` finds disguised copies: `make bench-copies`.

Honest pairs are pairs of right examples (tests/submissions/tarea2/right) that have no LINEAGE characters of identical
neighbouring lines in common: many examples took such parts from each other. A class is a random set of examples all of
whose pairs are honest, and copies of some of them. Each round splits the examples into two halves. The stretch of the
threshold is chosen on classes of the first half, so that at most one honest pair in a thousand is called likely; the
figures are those of classes of the second half. No copy and no disguise takes part in the choice.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import json
import math
import random
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

sys.path.pop(0)  # this folder, whose grader/ holds tests

from grader.assignment import load
from grader.copies.compare import STRETCH, Comparison
from grader.copies.prints import Fingerprints, Work
from grader.intake.submissions import HandedIn
from grader.judging.reading import read_program

sys.path.append(str(Path(__file__).parent))  # now that grader is found
from disguises import DISGUISES, cells, partial

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "tests" / "submissions" / "tarea2" / "right"
LINEAGE = 200
FALSE_ALARMS = 1 / 1000
COPIES = 4  # in each class
CLASSES = 4  # of each half in each round
# A part of another student's work with copied answers, as a share of the code of the asked functions and classes.
PARTIAL = {"half, renamed": ("renamed", 0.5), "third, renamed": ("renamed", 1 / 3), "third, all": ("all", 1 / 3)}
KINDS = (*DISGUISES, *PARTIAL)

ASSIGNMENT = load.load_assignment(load.default_folder())
PRINTS = Fingerprints(ASSIGNMENT)
ASKED = frozenset(
    part for q in ASSIGNMENT.questions for name in q.names for part in name.split(".")
).union(*(s.variables for q in ASSIGNMENT.questions for s in q.snippets.values()))  # fmt: skip


@cache
def work(text: str) -> Work:
    return PRINTS.of(read_program([HandedIn("tarea2.py", text.encode(), 0.0)], "tarea2.py", ASSIGNMENT))


def own_lines(text: str, given: set[str]) -> list[str]:
    """The lines without comments, and without those of the students' notebook."""
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line and line not in given]


def longest_run(a: list[str], b: list[str]) -> int:
    """The characters of the longest run of lines that both have."""
    places = defaultdict(list)
    for k, line in enumerate(b):
        places[line].append(k)
    best, before = 0, dict[int, int]()
    for line in a:
        before = {k: before.get(k - 1, 0) + len(line) for k in places.get(line, ())}
        best = max([best, *before.values()])
    return best


def can_be_disguised(text: str) -> bool:
    try:
        return bool([ast.parse(cell) for cell in cells(text)])
    except SyntaxError:
        return False  # it has magics


@dataclass
class Figures:
    """Scores of pairs in units of the stretch that would make them likely."""

    honest: list[float] = field(default_factory=list)
    copied: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    distinct: set[tuple[str, str]] = field(default_factory=set)

    def stretch(self) -> float:
        """The stretch that FALSE_ALARMS of the honest pairs exceed.

        A half has fewer than a thousand pairs, so the tail beyond its 95th percentile is taken to be exponential.
        """
        ranked = sorted(self.honest, reverse=True)
        tail = ranked[: len(ranked) // 20]
        scale = statistics.mean(tail) - tail[-1]
        return tail[-1] + scale * math.log(0.05 / FALSE_ALARMS)


class Examples:
    def __init__(self) -> None:
        notebook = json.loads(next((ROOT / "student_template").glob("*.ipynb")).read_text())
        given = {line.strip() for cell in notebook["cells"] for line in "".join(cell["source"]).splitlines()}
        self.texts = {f.stem: f.read_text() for f in sorted(EXAMPLES.glob("*.py"))}
        lines = {name: own_lines(text, given) for name, text in self.texts.items()}
        self.names = sorted(self.texts)
        pairs = list(itertools.combinations(self.names, 2))
        self.honest = {pair for pair in pairs if longest_run(lines[pair[0]], lines[pair[1]]) < LINEAGE}
        self.disguisable = {name for name in self.names if can_be_disguised(self.texts[name])}

    def is_honest(self, a: str, b: str) -> bool:
        return (min(a, b), max(a, b)) in self.honest

    def some(self, half: list[str], rng: random.Random) -> list[str]:
        """A random set of examples all of whose pairs are honest."""
        chosen: list[str] = []
        for name in rng.sample(half, len(half)):
            if all(self.is_honest(name, other) for other in chosen):
                chosen.append(name)
        return chosen

    def copy(self, original: str, others: list[str], kind: str, rng: random.Random) -> str:
        if kind not in PARTIAL:
            return DISGUISES[kind](self.texts[original], rng, ASKED)
        name, share = PARTIAL[kind]
        mine = self.texts[rng.choice([o for o in others if o != original])]
        return partial(self.texts[original], mine, DISGUISES[name], share, rng, ASKED)


def try_class(examples: Examples, half: list[str], rng: random.Random, figures: Figures) -> None:
    students = examples.some(half, rng)
    originals = [name for name in students if name in examples.disguisable]
    chosen = rng.sample(originals, min(COPIES, len(originals)))
    kinds = rng.sample(KINDS, len(chosen))
    copied = [examples.copy(o, originals, kind, rng) for o, kind in zip(chosen, kinds, strict=True)]
    works = [work(examples.texts[name]) for name in students] + [work(text) for text in copied]
    comparison = Comparison(works, len(works))
    median, quartile = comparison.usual()

    def stretch(a: int, b: int) -> float:
        return (comparison.pair(a, b).score - quartile) / (quartile - median)

    for a, b in itertools.combinations(range(len(students)), 2):
        figures.honest.append(stretch(a, b))
        figures.distinct.add((min(students[a], students[b]), max(students[a], students[b])))
    for k, (original, kind) in enumerate(zip(chosen, kinds, strict=True)):
        figures.copied[kind].append(stretch(students.index(original), len(students) + k))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=12)
    arguments.add_argument("--seed", type=int, default=0)
    options = arguments.parse_args()
    started = time.process_time()
    examples = Examples()
    rng = random.Random(options.seed)
    chosen: list[float] = []
    honest, alarms, fixed_alarms = 0, 0, 0
    distinct: set[tuple[str, str]] = set()
    found: dict[str, list[bool]] = defaultdict(list)
    fixed: dict[str, list[bool]] = defaultdict(list)
    for _ in range(options.rounds):
        order = rng.sample(examples.names, len(examples.names))
        halves = order[::2], order[1::2]
        first, second = Figures(), Figures()
        for half, figures in zip(halves, (first, second), strict=True):
            for _ in range(CLASSES):
                try_class(examples, half, rng, figures)
        chosen.append(first.stretch())
        honest += len(second.honest)
        distinct |= second.distinct
        alarms += sum(s >= chosen[-1] for s in second.honest)
        fixed_alarms += sum(s >= STRETCH for s in second.honest)
        for kind, values in second.copied.items():
            found[kind] += [s >= chosen[-1] for s in values]
            fixed[kind] += [s >= STRETCH for s in values]
    print(f"{len(examples.names)} examples, {len(examples.honest)} honest pairs among them; {options.rounds} rounds")
    middle = statistics.median(chosen)
    print(f"stretch chosen on the first halves: {middle:.1f} ({min(chosen):.1f} to {max(chosen):.1f})")
    print(f"second halves, {honest} honest pairs ({len(distinct)} different ones), copies by disguise:\n")
    print(f"{'':<24}{'copies':>8}{'recall':>8}{f'with {STRETCH:g}':>10}")
    for kind in KINDS:
        show(kind, found[kind], fixed[kind])
    whole = [kind for kind in KINDS if kind not in PARTIAL]
    show("whole works", *(list(itertools.chain(*(d[k] for k in whole))) for d in (found, fixed)))
    show("all", *(list(itertools.chain(*d.values())) for d in (found, fixed)))
    print(f"\nfalse alarms per thousand honest pairs: {1000 * alarms / honest:.1f}; "
          f"with {STRETCH:g}: {1000 * fixed_alarms / honest:.1f}")  # fmt: skip
    print(f"{time.process_time() - started:.0f} s of CPU time")


def show(kind: str, found: list[bool], fixed: list[bool]) -> None:
    if found:
        print(f"{kind:<24}{len(found):>8}{statistics.mean(found):>8.2f}{statistics.mean(fixed):>10.2f}")


if __name__ == "__main__":
    main()
