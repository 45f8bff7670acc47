"""Try an assignment before it is trusted: right answers pass, every known mistake is caught, in its place, by name."""

from __future__ import annotations

import inspect
import math
import multiprocessing
import re
import signal
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import torch

from .checks import Check, Sides
from .checks.values import Values
from .errors import GraderError, Unavailable, UsageError
from .intake import Submission
from .judge import Judge
from .judges import judge_all
from .messages import say
from .notebook import read_notebook
from .policy import find_forbidden
from .program import build
from .report.verification_page import Claim, Distance, VerificationPage
from .results import Finding, QuestionResult, Status, SubmissionResult, Verdict
from .solution import notebook_of
from .spec import Assignment, Case, Misconception, Question
from .tasks import Options, Progress, Task

SALTS = 10
# Cases are conditioned so that every misconception differs by at least this many tolerances.
LEAST_MARGIN = 100.0
# Between the seeds that stand for two salts; beyond the seeds of any table.
SEEDS = 1_000_000
EXPECTATION = re.compile(r'(?P<question>[\w.-]+) (?P<verdict>\w+)(?: "(?P<text>[^"]*)")?')
# What a hostile example may earn at most, and what a test of its own looks for.
AT_MOST = re.compile(r"(?P<points>\d+(\.\d+)?) points")
MUST_NOT = "must not: "


@dataclass(frozen=True)
class Outcome:
    """One thing that has to hold, whether it does, and where it does not."""

    claim: str
    counted: int
    complaints: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Nothing to complain about, and something was looked at."""
        return not self.complaints and self.counted > 0


@dataclass(frozen=True)
class Margin:
    """How far, in tolerances, the nearest misconception that a case catches is from the right answer."""

    question: str
    check: str
    case: str
    misconception: str
    tolerances: float


@dataclass(frozen=True)
class Verification:
    """All outcomes, in the order of the page, and the margin of each case."""

    outcomes: tuple[Outcome, ...]
    margins: tuple[Margin, ...]

    @property
    def holds(self) -> bool:
        return all(outcome.holds for outcome in self.outcomes)


def verify(assignment: Assignment, options: Options, progress: Progress) -> Verification:
    """Judge the reference, the misconceptions and the examples as submissions, and the reference's side ten times."""
    if not assignment.misconceptions:
        raise UsageError(
            f"assignment {assignment.name!r} has no misconceptions: write misconceptions=(Misconception(...), ...) "
            "in its table, or nothing shows that its checks reject anything"
        )
    submitted = _submissions(assignment)
    runs = _local_runs(assignment, options.lanes)
    answered = _answered(runs)
    if not answered.holds:
        return Verification((answered,), ())  # without expected values there is nothing to judge by
    results = dict(_judged(Judge(assignment, _salt(0)), submitted, options, progress))
    faults = [f"{name}: {r.fault.strip().splitlines()[-1]}" for name, r in results.items() if r.fault]
    margins = tuple(_margins(assignment, runs))
    outcomes = (
        answered,
        Outcome("no submission met a fault of the grader", len(results), tuple(faults)),
        _full("the reference has full points in every question", {"reference": results["reference"]}, assignment),
        *_template(assignment, results),
        _caught(assignment, results),
        _only_there(assignment, results),
        _named(assignment, results),
        _rejects(assignment, results),
        *_examples(assignment, results),
        _shortcuts(assignment),
        _steady(assignment, runs),
        _far_enough(runs),
    )
    return Verification(outcomes, margins)


# Submissions through the sandbox --------------------------------------------------------------------------------


def _submissions(assignment: Assignment) -> dict[str, bytes]:
    """What is judged, by name: the reference, each misconception, the template, the examples."""
    found = {"reference": notebook_of(assignment)}
    found |= {f"misconception {m.name}": notebook_of(assignment, m) for m in assignment.misconceptions}
    if assignment.template is not None and assignment.template.is_file():
        found["template"] = assignment.template.read_bytes()
    for kind, file in _example_files(assignment):
        found[f"{kind} {file.stem}"] = file.read_bytes()
    return found


def _example_files(assignment: Assignment) -> Iterator[tuple[str, Path]]:
    if assignment.examples is not None:
        for kind in ("right", "wrong", "hostile"):
            for file in sorted((assignment.examples / kind).glob("*.py")):
                yield kind, file


def _judged(
    judge: Judge, submitted: Mapping[str, bytes], options: Options, progress: Progress
) -> Iterator[tuple[str, SubmissionResult]]:
    tasks = [Task(Submission(name, name, f"{name}.py", data, 0.0, name), key=name) for name, data in submitted.items()]
    progress.begin(len(tasks), 0)
    for done, (task, result) in enumerate(judge_all(judge, tasks, options, progress), start=1):
        progress.finished(result, done, len(tasks))
        yield task.submission.student, result


def _lost(result: SubmissionResult, assignment: Assignment) -> set[str]:
    """Questions that lost something; those without points by their verdicts."""
    return {q.id for q in result.questions if not _is_full(q, assignment)}


def _is_full(result: QuestionResult, assignment: Assignment) -> bool:
    question = assignment.question(result.id)
    if not any(check.share > 0 for check in question.checks):
        return True  # nothing that a misconception or a style could lose
    return result.points >= result.possible and all(f.passed for f in result.findings if f.scored)


def _full(claim: str, results: Mapping[str, SubmissionResult], assignment: Assignment) -> Outcome:
    complaints = []
    for name, result in results.items():
        lost = _lost(result, assignment)
        if lost or result.status is not Status.GRADED:
            complaints.append(f"{name}: {_why(result, lost) or result.status}")
    return Outcome(claim, len(results), tuple(complaints))


def _why(result: SubmissionResult, questions: Iterable[str]) -> str:
    """The first thing that went wrong in each of these questions."""
    said = []
    for question in result.questions:
        wrong = next((f for f in question.findings if f.scored and not f.passed), None)
        if question.id in questions and wrong is not None:
            said.append(f"{question.id} {wrong.check.en}, {wrong.case.en}: {wrong.message.render('en')}")
    return "; ".join(said)


def _template(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> tuple[Outcome, ...]:
    if "template" not in results:
        return ()
    earned = [f"{q.id}: {q.points:g} points" for q in results["template"].questions if q.points]
    return (Outcome("the untouched template earns nothing", 1, tuple(earned)),)


def _of(results: Mapping[str, SubmissionResult], misconception: Misconception) -> SubmissionResult:
    return results[f"misconception {misconception.name}"]


def _caught(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> Outcome:
    missed = [
        f"{m.name} loses nothing in {m.question}"
        for m in assignment.misconceptions
        if m.question not in _lost(_of(results, m), assignment)
    ]
    return Outcome("every misconception loses points in its question", len(assignment.misconceptions), tuple(missed))


def _only_there(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> Outcome:
    complaints = []
    for m in assignment.misconceptions:
        others = _lost(_of(results, m), assignment) - {m.question, *m.also}
        if others:
            complaints.append(f"{m.name} ({m.question}) also loses in {_why(_of(results, m), others)}")
    return Outcome("and only there", len(assignment.misconceptions), tuple(complaints))


def _named(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> Outcome:
    """Of those that are caught: the others are said already."""
    complaints = []
    caught = [m for m in assignment.misconceptions if m.question in _lost(_of(results, m), assignment)]
    for m in caught:
        questions = [q for q in _of(results, m).questions if q.id == m.question]
        named = {name for q in questions for f in q.findings for name in f.misconceptions}
        if m.name not in named:
            complaints.append(f"{m.name} is diagnosed as {', '.join(sorted(named)) or 'nothing'}")
    return Outcome("and is diagnosed by its name", len(caught), tuple(complaints))


def _rejects(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> Outcome:
    """Every check that is worth points rejects some misconception."""
    failing = {
        (q.id, f.check.en)
        for m in assignment.misconceptions
        for q in _of(results, m).questions
        for f in q.findings
        if q.id == m.question and not f.passed
    }
    scored = [(q, check) for q in assignment.questions for check in q.checks if check.share > 0]
    complaints = [
        f"{q.id}, {check.title.en!r} rejects no misconception: write one for it, Misconception(name, {q.id!r}, hint, "
        "{name: changed})"
        for q, check in scored
        if (q.id, check.title.en) not in failing
    ]
    return Outcome("every check rejects some misconception", len(scored), tuple(complaints))


def _examples(assignment: Assignment, results: Mapping[str, SubmissionResult]) -> tuple[Outcome, ...]:
    complaints: defaultdict[str, list[str]] = defaultdict(list)
    counted: Counter[str] = Counter()
    for kind, file in _example_files(assignment):
        result = results.get(f"{kind} {file.stem}")
        if result is None:
            continue  # a file that came while the others were judged
        counted[kind] += 1
        first = file.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# expect: ")
        unmet = list(_unmet_full(first, result, assignment) if kind == "right" else _unmet(first, result, assignment))
        complaints[kind] += [f"{file.stem}: {text}" for text in unmet]
    claims = {
        "right": "every right style has full points",
        "wrong": "every wrong example loses what its first line says",
        "hostile": "every hostile example gains nothing",
    }
    return tuple(Outcome(claims[kind], n, tuple(complaints[kind])) for kind, n in counted.items())


def _unmet_full(expected: str, result: SubmissionResult, assignment: Assignment) -> Iterator[str]:
    """What a right example lost beyond the questions that its first line leaves out."""
    left_out = set(re.findall(r"[\w.-]+", expected.partition("except")[2].partition("(")[0]))
    lost = _lost(result, assignment) - left_out
    if lost:
        yield _why(result, lost)


def _unmet(expected: str, result: SubmissionResult, assignment: Assignment) -> Iterator[str]:
    for part in expected.split(";"):
        if part.strip().startswith(MUST_NOT):
            continue
        if most := AT_MOST.fullmatch(part.strip()):
            earned = sum(q.points for q in result.questions)
            if earned > float(most["points"]) + 1e-9:
                yield f"{part.strip()!r}, and it has {earned:g}"
            continue
        said = EXPECTATION.fullmatch(part.strip())
        question = next((q for q in result.questions if said and q.id == said["question"]), None)
        if said is None or question is None:
            yield f"cannot read the expectation {part.strip()!r}"
            continue
        verdicts = {str(f.verdict) for f in question.findings} | {"failed"}
        full = question.points >= question.possible
        if said["verdict"] == "passed" and full:
            continue
        lost = not full or not _is_full(question, assignment)
        if said["verdict"] == "passed" or not lost or said["verdict"] not in verdicts:
            yield f"{part.strip()!r}, and it is {question.verdict} with {question.points:g} points"
        elif (said["text"] or "") not in _said(question):
            yield f"{part.strip()!r}, and the page does not say so"


def _said(question: QuestionResult) -> str:
    """What the page says about a question, in English."""
    messages = [m for f in question.findings for m in (f.message, f.cause) if m is not None]
    return " ".join(m.render("en") for m in (*messages, *question.notes))


# Forbidden shortcuts --------------------------------------------------------------------------------------------

SHORTCUTS = (
    ("called", "def shortcut(*a, **k):\n    return {name}(*a, **k)"),
    ("under another name", "other = {name}\ndef shortcut(*a, **k):\n    return other(*a, **k)"),
    (
        "imported from its module",
        "from {module} import {last} as other\ndef shortcut(*a, **k):\n    return other(*a, **k)",
    ),
    ("by getattr", "def shortcut(*a, **k):\n    return getattr({module}, {first!r} + {second!r})(*a, **k)"),
)


def _shortcuts(assignment: Assignment) -> Outcome:
    """For each question and forbidden name, code that answers with it in several guises is found."""
    complaints = []
    counted = 0
    for question in assignment.questions:
        if not question.names:
            continue  # snippets: their statements are searched as those of a function are
        owner, _, method = question.names[-1].rpartition(".")
        answer = f"{method} = shortcut"
        if owner:
            # With the reference's own arguments: a method that takes anything could be what `x.backward()` means.
            own = ", ".join(inspect.signature(getattr(assignment.reference[owner], method)).parameters)
            answer = f"class {owner}:\n    def {method}({own}):\n        return shortcut({own})"
        for name in question.forbidden:
            for guise, template in SHORTCUTS:
                source = _shortcut(name, template)
                if source is None:
                    continue
                counted += 1
                text = f"import {name.partition('.')[0]}\n{source}\n{answer}\n"
                notebook = read_notebook(text.encode(), "shortcut.py")
                program = build(notebook, [n for q in assignment.questions for n in q.names])
                if not find_forbidden(program, notebook, question):
                    complaints.append(f"{question.id}: {name} {guise} is not found")
    if not any(q.forbidden for q in assignment.questions):
        return Outcome("no question forbids anything", 1)
    return Outcome("every forbidden shortcut is found", counted, tuple(complaints))


def _shortcut(name: str, template: str) -> str | None:
    """The template with a forbidden name; None where that form makes no sense for it."""
    if name.endswith(".*"):
        name = {"torch.autograd.*": "torch.autograd.grad", "torch.optim.*": "torch.optim.SGD"}.get(name, "")
        if not name:
            return None
    module, _, last = name.rpartition(".")
    if module == "torch.Tensor":
        return (
            None
            if "import" in template or "getattr" in template or "other" in template
            else (f"def shortcut(x, *a):\n    return x.{last}()")
        )
    half = max(len(last) // 2, 1)
    return template.format(name=name, module=module, last=last, first=last[:half], second=last[half:])


# Salts and margins, in this process's forks ---------------------------------------------------------------------


@dataclass(frozen=True)
class Seen:
    """The verdict of one named result in one case of one run, and its gap in tolerances."""

    question: str
    check: str
    case: str
    result: str
    passed: bool
    gap: float
    unit: str = ""  # the case where each counts on its own; otherwise a result has to pass in all cases
    raised: str = ""  # by the reference, in place of a result


@dataclass(frozen=True)
class Run:
    """Who was judged with which salt, and what was seen; `misconception` "" is the reference."""

    misconception: str
    salt: int
    seen: tuple[Seen, ...] = field(default=())


def _local_runs(assignment: Assignment, processes: int) -> list[Run]:
    """The reference, and every misconception in its own question, with ten salts, without a sandbox: it is our code."""
    torch.set_num_threads(1)
    jobs: list[tuple[str, int]] = [
        (name, salt) for name in ("", *(m.name for m in assignment.misconceptions)) for salt in range(SALTS)
    ]
    context = multiprocessing.get_context("fork")
    with context.Pool(processes, initializer=_remember, initargs=(assignment,)) as pool:
        return pool.starmap(_local_run, jobs, chunksize=SALTS)


_ASSIGNMENT: list[Assignment] = []  # of a pool's process; tables hold functions, which no pipe can carry


def _remember(assignment: Assignment) -> None:
    # A pool ends its processes with SIGTERM, for which the main process may have a sentence of its own; so for ^C.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _ASSIGNMENT[:] = [assignment]


def _salt(number: int) -> str:
    return f"salt {number}"


@cache
def _judge(salt: int) -> Judge:
    """Of a pool's process: what the reference gives with a salt is computed once for all misconceptions."""
    return Judge(_ASSIGNMENT[0], _salt(salt))


@cache
def _shown(case: Case, salt: int) -> Case:
    """A case whose findings keep their gaps; a hidden one draws from a seed of this salt's instead."""
    return case if case.public else replace(case, public=True, seed=case.seed + SEEDS * (salt + 1))


def _local_run(name: str, salt: int) -> Run:
    assignment = _ASSIGNMENT[0]
    misconception = next((m for m in assignment.misconceptions if m.name == name), None)
    sides = _judge(salt).sides_of_reference()
    changes = misconception.changes if misconception else {}
    seen: list[Seen] = []
    for question in assignment.questions:
        if misconception is not None and question.id != misconception.question:
            continue
        for check, case in _compared(question):
            if case.public and salt:
                continue  # its inputs are the same with every salt
            sides.student, sides.observed = sides.reference().changed(changes), {}
            seen += _tried(question, check, _shown(case, salt), sides)
    return Run(name, salt, tuple(seen))


def _compared(question: Question) -> Iterator[tuple[Values, Case]]:
    """Checks that can be judged outside the sandbox; questions that are tried only when attempted are left out."""
    for check in question.checks:
        if isinstance(check, Values) and not question.attempted:
            for case in check.cases:
                yield check, case


def _tried(question: Question, check: Values, case: Case, sides: Sides) -> list[Seen]:
    place = (question.id, check.title.en, case.title.en)
    try:
        sides.expect(check.probe, case)
    except Unavailable:
        return []
    except Exception as error:  # whatever is wrong with a table
        return [Seen(*place, "", False, math.inf, raised=f"{type(error).__name__}: {error}")]
    if not check.share > 0:
        return []
    try:
        findings = check.judge(sides, case)
    except GraderError:
        raise
    except Exception as error:  # of a misconception: no sandbox catches it here
        findings = check.refuse(sides, case, Finding(Verdict.RAISED, say("{error}", error=str(error))))
    return [_seen(question, check, f) for f in findings]


def _seen(question: Question, check: Check, finding: Finding) -> Seen:
    gap = math.inf if finding.largest_gap is None and not finding.passed else finding.largest_gap or 0.0
    case = finding.case.en
    unit = case if check.per_case else ""
    return Seen(question.id, finding.check.en, case, finding.result, finding.passed, gap, unit)


def _answered(runs: Sequence[Run]) -> Outcome:
    """The reference has a value for every case, whatever the salt."""
    mine = [s for run in runs if not run.misconception for s in run.seen]
    places = {(s.question, s.check, s.case) for s in mine}
    raised = {(s.question, s.check, s.case): s.raised for s in mine if s.raised}
    complaints = [f"{' / '.join(place)}: the reference raises {what}" for place, what in raised.items()]
    return Outcome("the reference answers every case", len(places), tuple(complaints))


def _whole(runs: Sequence[Run]) -> Iterator[Run]:
    """Each run with the public cases too, which do not depend on the salt and were tried with the first one only."""
    first = {run.misconception: run.seen for run in runs if run.salt == 0}
    for run in runs:
        tried = {(s.question, s.check, s.case) for s in run.seen}
        others = tuple(s for s in first[run.misconception] if (s.question, s.check, s.case) not in tried)
        yield replace(run, seen=run.seen + others)


def _steady(assignment: Assignment, runs: Sequence[Run]) -> Outcome:
    """No verdict that counts depends on the salt."""
    verdicts: defaultdict[tuple[str, ...], set[bool]] = defaultdict(set)
    gaps: defaultdict[tuple[str, ...], list[float]] = defaultdict(list)
    for run in _whole(runs):
        units: dict[tuple[str, ...], tuple[bool, float]] = {}
        for s in run.seen:
            place: tuple[str, ...] = (run.misconception or "the reference", s.question, s.check, s.unit, s.result)
            passed, gap = units.get(place, (True, 0.0))
            units[place] = (passed and s.passed, max(gap, s.gap))
        for place, (passed, gap) in units.items():
            verdicts[place].add(passed)
            gaps[place].append(gap)
    flips = [
        f"{who}: {' / '.join(filter(None, place))} flips; gaps of {min(gaps[who, *place]):.2g} to "
        f"{max(gaps[who, *place]):.2g} tolerances"
        for (who, *place), found in verdicts.items()
        if len(found) > 1
    ]
    return Outcome(f"{SALTS} salts give the same verdicts", len(verdicts), tuple(flips))


def _margins(assignment: Assignment, runs: Sequence[Run]) -> Iterator[Margin]:
    """For each case the nearest misconception that it catches, in the salt that brings it nearest."""
    nearest: dict[tuple[str, str, str], tuple[float, str]] = {}
    for run in runs:
        caught: dict[tuple[str, str, str], float] = {}
        for s in run.seen:
            if run.misconception and not s.passed:
                place = (s.question, s.check, s.case)
                caught[place] = max(caught.get(place, 0.0), s.gap)
        for place, gap in caught.items():
            nearest[place] = min(nearest.get(place, (math.inf, "")), (gap, run.misconception))
    for (question, check, case), (gap, name) in nearest.items():
        yield Margin(question, check, case, name, gap)


def _far_enough(runs: Sequence[Run]) -> Outcome:
    """With every salt some case puts each misconception far from the right answer."""
    farthest: dict[tuple[str, int], float] = defaultdict(float)
    for run in _whole(runs):
        for s in run.seen:
            if run.misconception and not s.passed:
                who = (run.misconception, run.salt)
                farthest[who] = max(farthest[who], s.gap)
    nearest: dict[str, float] = {}
    for (name, _), gap in farthest.items():
        nearest[name] = min(nearest.get(name, math.inf), gap)
    near = [f"{name} is {gap:.3g} tolerances away" for name, gap in nearest.items() if gap < LEAST_MARGIN]
    claim = f"every misconception is {LEAST_MARGIN:g} tolerances away in some case, with every salt"
    return Outcome(claim, len(nearest), tuple(near))


def lines(verification: Verification) -> Iterator[str]:
    """The outcomes for a terminal, and the smallest margin."""
    for outcome in verification.outcomes:
        yield f"{'ok    ' if outcome.holds else 'FAILED'} {outcome.claim} ({outcome.counted})"
        yield from (f"         {complaint}" for complaint in outcome.complaints)
        if not outcome.counted:
            yield "         there was nothing to look at"
    nearest = min(verification.margins, key=lambda m: m.tolerances, default=None)
    if nearest is not None:
        yield (
            f"smallest margin: {nearest.tolerances:.3g} tolerances "
            f"({nearest.question}, {nearest.check}, {nearest.case}: {nearest.misconception})"
        )


def page(verification: Verification, assignment: Assignment) -> VerificationPage:
    """The same for the page."""
    nearest = sorted(verification.margins, key=lambda m: m.tolerances)
    return VerificationPage(
        assignment.title.en,
        verification.holds,
        tuple(Claim(o.claim, o.holds, o.counted, o.complaints) for o in verification.outcomes),
        tuple(Distance(m.question, m.check, m.case, m.misconception, f"{m.tolerances:.3g}") for m in nearest),
    )
