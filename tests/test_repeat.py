"""The lines of "repeat it in your notebook" run in a notebook, and show there what the page shows."""

from __future__ import annotations

import contextlib
import html
import io
import re
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch

from grader.assignment.cases import Case
from grader.assignment.course import Mistake, Source, Test
from grader.assignment.load import load_assignment
from grader.assignment.patches import patched
from grader.assignment.spec import Assignment, Question
from grader.judging.judge import Judge
from grader.judging.references import References
from grader.judging.student_side import StudentSide
from grader.notebook.read import Notebook, read_notebook
from grader.report.render import render_student
from grader.results import Status, SubmissionResult
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.verification.handed_in import solution_notebook

from .in_lane import judge_bytes

ROOT = Path(__file__).parents[1]
FILES = {
    **{name: ROOT / "reference" / name for name in ("tarea2", "redes", "clase2")},
    **{file.stem: file for file in sorted((ROOT / "tests" / "assignments").glob("*.py"))},
}
MOST_LINES = 25
# Cases of these questions take longer than all others together, or need a library and its data.
SLOW = {("tarea2", "4e")}
# One value is the same with every known mistake: a sequence of one token needs no scale and no mask.
SAME_WITH_MISTAKES = {("attention", "head", "one token")}


class Broken(Exception):
    """Raised by answers that were replaced."""


class Shown(NamedTuple):
    """The output of lines, and the kind of the exception that ends them."""

    text: str
    error: str


@cache
def assignment(name: str) -> Assignment:
    return load_assignment(FILES[name])


@cache
def references(name: str) -> References:
    return References(assignment(name), "repeat")


def public_cases() -> Iterator[object]:
    """Every public case; the first one of each test stands for the others, which run at night."""
    for name in FILES:
        for question in assignment(name).questions:
            for test in question.tests:
                public = [case for case in test.cases if case.public and (name, question.id) not in SLOW]
                for case in public:
                    id = f"{name} {question.id}: {test.title.render('en')}, {case.title.render('en')}"
                    marks = [] if case is public[0] else [pytest.mark.nightly]
                    yield pytest.param(name, question, test, case, id=id, marks=marks)


@cache
def namespace(name: str, mistake: str = "") -> Mapping[str, Any]:
    """The names of a notebook that answers with the solution, or with one known mistake, when all its cells ran."""
    made = next((m for m in assignment(name).mistakes if m.name == mistake), None)
    names: dict[str, Any] = {"__name__": "notebook"}
    for cell in solution_notebook(assignment(name), made).decode().split("# %%\n"):
        with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):  # snippets lack their inputs
            exec(compile(cell, "<cell>", "exec", dont_inherit=True), names)
    return names


def shown(lines: str, names: Mapping[str, Any]) -> Shown:
    """Run lines in a copy of a notebook."""
    out = io.StringIO()
    error = ""
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a known mistake may make torch warn
        try:
            torch.manual_seed(1)  # answers may draw too
            exec(compile(lines, "<lines>", "exec", dont_inherit=True), dict(names))
        except Exception as raised:
            error = type(raised).__name__
    return Shown(out.getvalue(), error)


def lines_of(name: str, question: Question, test: Test, case: Case, answer: tuple[Source, ...]) -> str:
    """The lines that a finding of this case shows to a student with this answer."""
    program: Any = None  # only the lines are asked for
    code = tuple(source.code for source in answer) if question.snippets else ()
    student = StudentSide(question, references(name), program, Notebook("ana.ipynb", ()), code)
    return student.repeated(test, case)


def broken(name: str, question: Question) -> dict[str, Any]:
    """The notebook of the solution in which all that the question asks for raises."""

    def raises(*args: object, **options: object) -> None:
        raise Broken

    names = dict(namespace(name))
    for asked in question.names:
        owner, _, method = asked.partition(".")
        if method and owner in question.names:
            continue
        if method:
            old = names[owner]
            names[owner] = type(owner, (old,), {method: raises})
        elif isinstance(names[owner], (type, types.FunctionType)):
            names[owner] = raises
        else:
            del names[owner]
    return names


def own_mistakes(name: str, question: Question) -> list[Mistake]:
    return [m for m in assignment(name).mistakes if question.id in (m.question, *m.also)]


def differs(name: str, question: Question, test: Test, case: Case, lines: str, right: Shown) -> bool:
    """Whether the lines show something else with one of the question's known mistakes."""
    for mistake in own_mistakes(name, question):
        if question.snippets and mistake.question == question.id:
            answer = patched(question, [mistake])
            if shown(lines_of(name, question, test, case, tuple(answer)), namespace(name)) != right:
                return True
        elif shown(lines, namespace(name, mistake.name)) != right:
            return True
    return False


@pytest.mark.parametrize(("name", "question", "test", "case"), list(public_cases()))
def test_the_lines_of_a_public_case_show_the_failure_in_a_notebook(
    name: str, question: Question, test: Test, case: Case
) -> None:
    """They are short, need no `d`, run with the solution, and show a known mistake and an answer that raises."""
    lines = lines_of(name, question, test, case, question.solution)
    assert not re.search(r"\bd\b", re.sub(r"'[^']*'|\"[^\"]*\"", "", lines)), lines
    own = sum(source.code.count("\n") + 1 for source in question.solution) if question.snippets else 0
    assert len([line for line in lines.splitlines() if line.strip()]) - own <= MOST_LINES, lines
    right = shown(lines, namespace(name))
    assert not right.error, f"{right.error}\n{lines}"
    assert right.text, lines
    assert shown(lines, namespace(name)) == right, f"they show something else the second time:\n{lines}"
    if test.share and own_mistakes(name, question) and (name, question.id, case.title.en) not in SAME_WITH_MISTAKES:
        assert differs(name, question, test, case, lines, right), lines
    if question.snippets:
        raising = lines_of(name, question, test, case, (Source("raise KeyError('here')"),))
        assert shown(raising, namespace(name)).error == "KeyError", raising
    else:
        assert shown(lines, broken(name, question)) != right, lines


# Students of the sample class with questions that they have wrong, each in another way: values, a shape, an exception,
# a missing name, an argument that a class does not take, calls that all do the same.
STUDENTS = {
    "hugo_huala": ("2a", "3a", "3b"),
    "joaquin_jilguero": ("1a", "1c", "3c"),
    "isidora_itata": ("2b", "3a"),
    "katia_quillay": ("4a",),
    "luis_lenga": ("4b",),
}


class Problem(NamedTuple):
    """One failure, as a page tells it."""

    title: str
    absent: bool
    raised: str
    actual: list[float]
    lines: str


@pytest.fixture(scope="module")
def tarea2_judge() -> Judge:
    return Judge(assignment("tarea2"), "repeat", references=references("tarea2"))


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.BWRAP, assignment("tarea2").limits) as lane:
        yield lane


def problems(page: str) -> Iterator[Problem]:
    """The failures of a page, read from its HTML."""
    for question, section in re.findall(r'<section class="question" id="q-(\w+)"(.*?)</section>', page, re.DOTALL):
        for tone, article in re.findall(r'<article class="problem (\w+)">(.*?)</article>', section, re.DOTALL):
            text = html.unescape(re.sub(r"<[^>]*>", " ", article))
            lines = re.search(r'<pre class="reproduce"[^>]*>(.*?)</pre>', article, re.DOTALL)
            actual = re.search(r"<dt>got</dt><dd><code>(?:\(.*?\) \w+ )?(.*?)</code>", article, re.DOTALL)
            if lines is not None:
                numbers = [float(n) for n in NUMBER.findall(actual[1])] if actual else []
                raised = re.search(r"The code raised (\w+)", text)
                # The grader keeps a gradient of a wrong shape; in a notebook torch refuses it.
                refused = "RuntimeError" if re.search(r"\.grad has shape", text) else ""
                yield Problem(
                    f"{question}: {text[:80]}", tone == "absent", raised[1] if raised else refused, numbers,
                    html.unescape(lines[1]),
                )  # fmt: skip


NUMBER = re.compile(r"-?\d+\.\d*(?:e[-+]\d+)?")


def own_notebook(file: Path) -> dict[str, Any]:
    """The names of a student's notebook when its cells ran; those that train or plot are left out."""
    names: dict[str, Any] = {"__name__": "notebook"}
    for cell in read_notebook(file.read_bytes(), file.name).cells:
        if cell.kind == "code" and not re.search(r"^[^#\n]*= *entrenar_FFNN\(|^plt\.", cell.python, re.MULTILINE):
            with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
                exec(compile(cell.python, "<cell>", "exec", dont_inherit=True), names)
    return names


@pytest.mark.bwrap
@pytest.mark.parametrize("name", STUDENTS)
def test_lines_copied_from_a_page_fail_in_that_notebook(
    name: str, tarea2_judge: Judge, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They print the page's values where these are written out, raise what the page says or what a missing answer
    raises, and else print something else than below the solution."""
    monkeypatch.setitem(sys.modules, "ipdb", types.ModuleType("ipdb"))  # a student's machine has it
    file = ROOT / "submissions" / f"{name}.ipynb"
    tarea2_judge.only = STUDENTS[name]
    judgement = judge_bytes(tarea2_judge, file.read_bytes(), file.name, lane)
    result = SubmissionResult(name, file.name, Status.GRADED, "tarea2", "en", judgement.questions)
    page = render_student(result, "en", assignment_title=assignment("tarea2").title)
    found = list(problems(page))
    assert {p.title.partition(":")[0] for p in found} == set(STUDENTS[name])
    names = own_notebook(file)
    for problem in found:
        own = shown(problem.lines, names)
        if problem.absent:
            assert own.error in ("NameError", "TypeError"), problem
            continue
        assert own.error == problem.raised, problem
        if not own.error and problem.actual and "manual_seed" not in problem.lines:
            printed = [float(n) for n in NUMBER.findall(own.text)]
            near = [min(abs(number - other) for other in printed) for number in problem.actual]
            assert max(near) < 2e-3, problem
        else:
            assert own != shown(problem.lines, namespace("tarea2")), problem
