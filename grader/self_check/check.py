"""The self-check of a notebook: the public checks on the student's machine, by the same judge as the graded run."""

from __future__ import annotations

import contextlib
import json
import locale
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ..assignment.spec import Assignment, Question
from ..errors import AssignmentError, UnreadableSubmission
from ..intake.submissions import HandedIn, Submission
from ..judging.checks import checks_of
from ..judging.checks.check import Check
from ..judging.submission import Conditions, Task, judge_one
from ..messages import LANGUAGES, say
from ..notebook.handed_in import code_files, read_files
from ..notebook.program import build
from ..notebook.read import Notebook
from ..results import Status, SubmissionResult
from ..sandbox.lane import Lane
from ..sandbox.lane_without_fork import OwnLane
from ..sandbox.levels import Level, strongest
from ..sandbox.strays import inherit
from ..versions import OWN_PYTHON, number
from . import recorded_assignment

NEWER_HERE = say(
    "This is Python {own}, and your notebook is graded with Python {graded}: what is new in Python {own} does not run "
    "there."
)


@dataclass(frozen=True)
class Asked:
    """A request for a check: a notebook's bytes, the questions (() for all), the language ("" for the notebook's).

    `files` are the notebook and those beside it; without them it stands alone.
    """

    data: bytes
    file: str
    questions: tuple[str, ...] = ()
    language: str = ""
    files: tuple[HandedIn, ...] = ()


class SelfCheck:
    """The public checks of a folder, with a process for the student's code; `warm` keeps one ready.

    `fork`: only the grader uses this process, and it has judged nothing yet: the other one may be forked from it.
    """

    def __init__(self, checks: Path, *, warm: bool = False, fork: bool = False) -> None:
        self._released = recorded_assignment.load_checks(checks)
        # As in a judge, so that sums on the trusted side are added up in the same order.
        torch.set_num_threads(1)
        self._lane = _lane(self._released, warm, fork)

    @property
    def assignment(self) -> Assignment:
        return self._released.assignment

    def lines(self, question: str) -> tuple[Check, ...]:
        """The checks of a question, in order."""
        return checks_of(self.assignment.question(question), self._released.judge().references)

    def __enter__(self) -> SelfCheck:
        self._lane.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the student's code."""
        self._lane.close()

    def run(self, asked: Asked) -> SubmissionResult:
        """The result of one notebook; AssignmentError for a question that the checks do not have."""
        shown = self.assignment.only(known_questions(self.assignment, asked.questions))
        language = asked.language or language_for(asked.data, self.assignment)
        judge = self._released.judge(tuple(q.id for q in shown))
        submission = Submission("", "", asked.file, asked.data, 0.0, "", files=asked.files)
        result = judge_one(Task(submission, asked_for=asked.file), judge, self._lane, Conditions(language))
        graded = self._released.python
        if graded and number(OWN_PYTHON) > number(graded) and result.status is Status.GRADED:
            newer = replace(NEWER_HERE, values={"own": OWN_PYTHON, "graded": graded})
            result = replace(result, notes=(newer, *result.notes))
        return result


def _lane(found: recorded_assignment.Released, warm: bool, fork: bool) -> Lane | OwnLane:
    """The lane for the student's code: on Linux forks of one warm process, elsewhere a new process each time.

    The level is the strongest that works, so that what the code starts or writes does not outlive the check.
    """
    a = found.assignment
    preload, sources, files = a.preload, found.judge().sources(), a.data_files
    if sys.platform != "linux":
        return OwnLane(a.limits, a.forbidden, preload=preload, sources=sources, files=files, spare=warm)
    level = strongest()
    if fork:
        inherit()
    if fork and level is not Level.BWRAP:  # a fork of this process is not in bubblewrap
        from ..sandbox.lane_forked_here import ForkedLane  # its worker cannot be imported elsewhere

        return ForkedLane(level, a.limits, forbidden=a.forbidden, preload=preload, sources=sources, files=files)
    return Lane(level, a.limits, forbidden=a.forbidden, preload=preload, sources=sources, files=files)


def changed_questions(
    assignment: Assignment, before: Sequence[HandedIn], after: Sequence[HandedIn], file: str
) -> tuple[str, ...]:
    """The questions whose answers, or the answers that they build on, differ between two states of the files.

    All questions if one of the states cannot be read.
    """
    try:
        old, new = (read_files(code_files(files), file, assignment, asked_for=file) for files in (before, after))
    except UnreadableSubmission:
        return tuple(q.id for q in assignment.questions)
    answers = [(_answer(q, old), _answer(q, new)) for q in assignment.questions]
    changed = {q.id for q, (was, now) in zip(assignment.questions, answers, strict=True) if was != now}
    return tuple(q.id for q in assignment.questions if changed & {q.id, *q.needs})


def _answer(question: Question, notebook: Notebook) -> object:
    """The sources that answer a question; for a question without names, such as plots, all cells of the notebook."""
    if not question.names and not question.snippets:
        return [cell.python for cell in notebook.cells]
    program = build(notebook, question.names, question.snippets, trained=question.names if question.runs else ())
    slices = [[s.source for s in part] for snippet in program.snippets.values() for part in snippet.outputs.values()]
    return [s.source for s in program.statements], slices


def known_questions(assignment: Assignment, asked: Sequence[str]) -> tuple[str, ...]:
    """The ids as the table writes them ("1b" for "1B"); AssignmentError that lists all ids for an unknown one."""
    ids = {q.id.lower(): q.id for q in assignment.questions}
    unknown = [id for id in asked if id.lower() not in ids]
    if unknown:
        raise AssignmentError(f"there is no question {', '.join(unknown)}; the questions are {', '.join(ids.values())}")
    return tuple(ids[id.lower()] for id in asked)


def language_for(data: bytes, assignment: Assignment) -> str:
    """The language of an answer about a notebook: the notebook's, or this computer's, or the course's."""
    return _language_of(data) or _locale() or assignment.language


def _language_of(data: bytes) -> str:
    """The language that a notebook's metadata name ("es", "es-CL"), if the grader has it."""
    with contextlib.suppress(ValueError, TypeError, LookupError, RecursionError):
        return _spoken(json.loads(data)["metadata"]["language"])
    return ""


def _locale() -> str:
    if sys.platform == "win32":
        return _spoken(locale.getlocale()[0])
    # Not getlocale: it takes "C.UTF-8", which does not name a language, for English.
    return _spoken(next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""))


def _spoken(name: object) -> str:
    text = str(name).lower()
    language = {"spa": "es", "eng": "en"}.get(text[:3], text[:2])  # "Spanish_Chile" on Windows
    return language if language in LANGUAGES else ""
