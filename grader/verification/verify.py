"""Try an assignment before its use: right answers pass, and every known mistake is caught in its place, by name."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Protocol

from ..assignment.spec import Assignment
from ..errors import UsageError
from ..intake.submissions import Submission
from ..judging.judge import Judge
from ..judging.judge_pool import Progress, judge_all
from ..judging.reading import read_file
from ..judging.shared_runs import SharedRuns
from ..judging.submission import Conditions, Task
from ..release.handout.notebook import notebook_text
from ..report.verification_page import ClaimOutcome, Verification
from ..results import SubmissionResult
from ..sandbox.limits import Limits, OneTry
from . import claims, examples, salts, shortcuts, weak_spots
from .handed_in import hostile_notebook, solution_notebook
from .mutants import survivors

HOSTILE = "hostile "
HASTY_S = 0.5  # of CPU time for a run of a hostile example; right answers take milliseconds


class Stages(Progress, Protocol):
    """An observer who is also told about the work that judges no submissions."""

    def stage(self, what: str) -> salts.Step: ...


def verify_assignment(
    assignment: Assignment,
    conditions: Conditions,
    lanes: int,
    progress: Stages,
    *,
    only: Sequence[str] = (),
    mutants: bool = False,
) -> Verification:
    """Judge the reference, the known mistakes and the examples as submissions; try the first two with ten salts.

    With `only`, the tests, known mistakes and cells of these questions. A known mistake that gives no answer in time is
    reported, and not judged.
    """
    assignment = assignment.about(only)
    questions = assignment.only(only)
    if not assignment.mistakes:
        question = next((q for q in assignment.questions if q.tests), assignment.questions[0])
        raise UsageError(
            f"assignment {assignment.name!r} has no known mistakes, so nothing shows that its tests reject anything: "
            f"add {claims.line_for(question)}"
        )
    for named in (assignment.template, assignment.examples):
        if named is not None and not named.exists():
            raise UsageError(f"assignment {assignment.name!r} names {named}, which does not exist: correct the path")
    processes = min(lanes, os.cpu_count() or 1)
    gc.freeze()  # what is loaded stays, also in the processes that are forked from this one
    shared = SharedRuns()
    step = progress.stage("solution and mistakes with ten salts")
    trials = salts.trials_of(assignment, questions, processes, step, shared)
    runs = trials.runs
    answered = salts.answered(runs)
    if not answered.holds:
        return Verification((answered,), ())  # without expected values nothing can be judged
    asked, assignment = (
        assignment,
        replace(assignment, mistakes=tuple(m for m in assignment.mistakes if m.name not in trials.late)),
    )
    submissions = _submissions(assignment)
    solved = read_file(solution_notebook(assignment, short=True), "solution.py", assignment)
    judge = Judge(assignment, salts.salt_name(0), solved=solved)
    judge.references.shared = shared
    results = _results(judge, submissions, conditions, lanes, progress)
    faults = [f"{name}: {r.fault.strip().splitlines()[-1]}" for name, r in results.items() if r.fault]
    margins = tuple(sorted(salts.margins(runs), key=lambda m: m.tolerances))
    outcomes = (
        answered,
        salts.in_time(asked, trials),
        ClaimOutcome("the grader itself fails on none of the submissions", len(results), tuple(faults)),
        claims.full("the reference has full points in every question", {"reference": results["reference"]}, assignment),
        *claims.template(assignment, results),
        claims.caught(assignment, results),
        claims.only_there(assignment, results),
        claims.named(assignment, results, {name for pair in trials.twins for name in pair}),
        salts.different(assignment, trials),
        claims.rejects(assignment, questions, results),
        *examples.as_expected(assignment, results),
        *examples.cells_as_expected(assignment, results),
        *claims.as_stated(assignment, results),
        shortcuts.found(assignment),
        salts.passed(runs),
        salts.steady(runs),
        salts.far_enough(runs),
    )
    advice = tuple(weak_spots.advice(questions, results, judge.references))
    if mutants:
        advice += tuple(survivors(assignment, questions, processes, progress.stage("changed solutions")))
    return Verification(outcomes, margins, weak_spots.matrix(assignment, results), advice)


def _results(
    judge: Judge,
    submissions: Sequence[Submission],
    conditions: Conditions,
    lanes: int,
    progress: Progress,
) -> dict[str, SubmissionResult]:
    """The result of each submission by its name.

    Hostile submissions have shorter limits. One that is cut off then, although its first line does not say so, is
    judged once more with the limits of the assignment.
    """
    results: dict[str, SubmissionResult] = {}
    asked = examples.asked(judge.assignment)
    hasty = _hasty(judge.assignment.limits)

    def judge_each(tasks: Sequence[Task]) -> None:
        for task, result in judge_all(judge, tasks, conditions, lanes, progress):
            gc.freeze()  # results stay and are many: the collector would search all of them each time
            results[task.submission.student] = result
            progress.finished(result, len(results), len(submissions))

    def task_of(submission: Submission) -> Task:
        name = submission.student
        look = asked.get(name, examples.Asked())
        limits = hasty if name.startswith(HOSTILE) else None
        return Task(submission, name, change=look.change, only=look.questions, names=look.names, limits=limits)

    tasks = [task_of(submission) for submission in submissions]
    progress.begin(len(tasks), 0)
    judge_each(tasks)
    files = {f"hostile {file.stem}": file for file in examples.files(judge.assignment).get("hostile", ())}
    judge_each([
        replace(task, limits=None) for task in tasks
        if task.key in files and examples.is_cut_off_unexpectedly(files[task.key], results[task.key])
    ])  # fmt: skip
    return results


def _hasty(limits: Limits) -> Limits:
    """Little time for a call, one try, and an eighth of the memory: most hostile examples use up all that they get."""
    less = {"call_s": min(limits.call_s, HASTY_S), "memory_mb": limits.memory_mb // 8}
    return OneTry(**{**asdict(limits), **less})


def _submissions(assignment: Assignment) -> list[Submission]:
    """The reference, the template, each known mistake and the examples.

    Each kind is spread over the whole. The last fifth has only mistakes, which take no more than a moment, so that no
    lane waits for another at the end.
    """
    kinds: dict[str, dict[str, bytes]] = {
        "reference": {"": solution_notebook(assignment)},
        "mistake": {m.name: solution_notebook(assignment, m) for m in assignment.mistakes},
        **{
            kind: {file.stem: file.read_bytes() for file in files} for kind, files in examples.files(assignment).items()
        },
        "right cell": {e.name: solution_notebook(assignment, e) for e in assignment.right},
        "narrow cell": {e.name: solution_notebook(assignment, e) for e in assignment.narrow},
        "hostile cell": {e.name: hostile_notebook(assignment, e) for e in assignment.hostile},
    }
    blank = assignment.template.read_bytes() if assignment.template is not None else None
    kinds["template"] = {"": blank or notebook_text(assignment, assignment.language).encode()}
    placed = [
        (number / len(found) * (1.0 if kind == "mistake" else 0.8), f"{kind} {name}".rstrip(), data)
        for kind, found in kinds.items()
        for number, (name, data) in enumerate(found.items())
    ]
    return [Submission(name, name, f"{name}.py", data, 0.0, name) for _, name, data in sorted(placed)]


def lines(verification: Verification) -> Iterator[str]:
    """The outcomes for a terminal, the smallest margin, the matrix of mistakes and tests, and advice."""
    for outcome in verification.outcomes:
        yield f"{'ok    ' if outcome.holds else 'FAILED'} {outcome.claim} ({outcome.counted})"
        yield from (f"         {complaint}" for complaint in outcome.complaints)
        if not outcome.counted:
            yield "         nothing was tried"
    for nearest in verification.margins[:1]:
        yield (
            f"smallest margin: {nearest.tolerances:.3g} tolerances "
            f"({nearest.question}, {nearest.check}, {nearest.case}: {nearest.mistake})"
        )
    if verification.matrix:
        yield "the tests that each known mistake fails:"
    yield from weak_spots.lines(verification.matrix)
    yield from (f"advice: {sentence}" for sentence in verification.advice)
