"""A small class at the desk, made without judging anything, and a way to ask the desk without a network."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from grader.assignment.load import load_assignment
from grader.copies.find import Author, Block, Copies, LikelyCopy, QuestionShare
from grader.copies.outputs import write_copies
from grader.copies.prints import Line
from grader.desk.app import desk
from grader.desk.classroom import Classroom
from grader.intake.submissions import Submission, collect, collect_class
from grader.messages import say
from grader.results import Finding, QuestionResult, Status, SubmissionResult, Verdict
from grader.run.answers import Given, with_untouched
from grader.run.gradebook import Gradebook
from grader.run.last_run import remember
from grader.run.marking import adopt_rubrics
from grader.run.options import Options
from grader.sandbox.levels import Level

from ...tiny import cell, notebook, write_class

TABLE = '''
# %% assignment small: Tarea chica | Small assignment
# languages: es, en
# language: en
# %% question 1a: El opuesto | The opposite
# points: 1 + 1 by hand
# %% text es [markdown]
# Deriva `negate(t)`.
# %% text en [markdown]
# Derive `negate(t)`.
# %% text es [markdown]
# **Tu respuesta:**
# %% text en [markdown]
# **Your answer:**
# %% solution
def negate(t):
    return -t
# %% rubric
# 0.4: Deriva | Derives
# 0.35: Dominio | Domain
# 0.25: Notación | Notation
# %% test valores | values
@public(n=3)
@hidden(n=4)
def test(d):
    return {"negate": negate(d.normal(d.n))}
# %% wrong not-negated: Falta el signo. | The sign is missing. [raw]
# - -t
# + t
# %% question 2: Gráficos | Plots
# points: 0.5 by hand
# figures: 1
# %% text es [markdown]
# Dibuja dos curvas.
# %% text en [markdown]
# Plot two curves.
'''
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(20)).decode()
HEADING = "### 1a. The opposite"
CODE = "def negate(t):\n    return -t"


def answers(text: str, *, plot: str = PNG, code: str = CODE) -> bytes:
    """A notebook with a derivation in words and a saved plot."""
    drawn = [{"output_type": "display_data", "data": {"image/png": plot}, "metadata": {}}]
    return notebook(
        cell(HEADING, "markdown"), cell(text, "markdown"), code, cell("### 2. Plots", "markdown"),
        cell("plot([1, 2])", outputs=drawn),
    )  # fmt: skip


CLASS = {
    "Ana": answers("$$f'(t) = -1$$ for all $t$"),
    "Beto": answers("$$ f'(t)=-1 $$  for all $ t $"),  # the same with other spaces
    "Carla": answers("It is $-1$."),
    "Dora": notebook(cell(HEADING, "markdown"), cell("**Your answer:**", "markdown"), CODE),  # the text is untouched
}


def graded(folder: Path, students: Mapping[str, bytes] = CLASS, table: str = TABLE) -> Path:
    """The folder of a report, as grade leaves it."""
    (folder / "table").mkdir(parents=True)
    (folder / "table" / "assignment.py").write_text(table, encoding="utf-8")
    assignment = load_assignment(folder / "table")
    submissions = write_class(folder / "class", **students)
    given = Given(assignment)
    options = Options(submissions, folder / "out", Level.NONE, "cpu", 1, "en")
    with Gradebook(folder / "out" / "gradebook.sqlite") as book:
        for submission in collect_class(submissions).submissions:
            found = result(submission.student, submission.slug, assignment.questions)
            book.save(submission.slug, with_untouched(found, submission, given))
        adopt_rubrics(book, assignment)
        remember(book, assignment, options)
    return folder / "out"


def result(student: str, slug: str, questions: object) -> SubmissionResult:
    """A student whose checks pass and whose texts wait for a person."""
    passed = Finding(Verdict.PASSED, say("right"), compared=3, result="negate")
    found = tuple(
        QuestionResult(
            q.id, q.title, q.points, q.points, q.reviewed, verdict=Verdict.PASSED if q.points else Verdict.PENDING,
            findings=(passed,) if q.points else (),
        )
        for q in questions  # type: ignore[attr-defined]
    )  # fmt: skip
    return SubmissionResult(
        student, f"{student}.ipynb", Status.GRADED, "small", "en", found, key=f"key {slug}", slug=slug, sandbox="none",
        graded_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip


def copied(room: Classroom) -> None:
    """A likely pair, as `grade copies` writes it."""
    a, b, c = (Author((name,), (name,), f"{name}.ipynb") for name in ("Ana", "<b>Beto", "Carla"))
    lines = (Line(2, 1, "return <i>-t", "1a"), Line(2, 2, "x = 1", "1a"))
    pair = LikelyCopy(a, b, 9.0, 0.8, (QuestionShare("1a", 0.9, 1.0),), (Block((0, 0), (1, 1)),), (lines, lines))
    write_copies(room.out, Copies(4, 0, 3.0, 0.1, (pair,), (), ((a, b, c),)), room.assignment, "en")


@dataclass(frozen=True)
class Answered:
    """The status, the headers and the body of an answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> dict[str, object]:
        return json.loads(self.body)  # type: ignore[no-any-return]


class Browser:
    """Somebody with the token, by default; every header can be changed."""

    def __init__(self, out: Path, marker: str = "Eva") -> None:
        self.room = Classroom(out)
        self.app: ASGIApp = desk(self.room, 8000, "secret", marker)
        self.headers = {"host": "127.0.0.1:8000", "cookie": "desk-8000=secret", "origin": "http://127.0.0.1:8000"}

    def get(self, path: str, **headers: str) -> Answered:
        """Ask for a page."""
        return self._ask("GET", path, b"", headers)

    def post(self, path: str, body: object, **headers: str) -> Answered:
        """Send JSON."""
        return self._ask("POST", path, json.dumps(body).encode(), {"content-type": "application/json", **headers})

    def save(self, student: str, question: str = "1a", **mark: object) -> Answered:
        """Mark an answer as the page does."""
        marker = str(mark.pop("marker", "Eva"))
        asked = {"code": self.code(student), "question": question, **mark}
        return self.post("/save", asked, cookie=f"desk-8000=secret; marker={marker}")

    def code(self, student: str) -> str:
        """The name of a student in addresses."""
        return self.room.code(next(s for s, r in self.room.results.items() if r.student == student))

    def _ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        where, _, query = path.partition("?")
        sent: list[dict[str, object]] = []
        named = {**self.headers, "content-length": str(len(body)), **headers}
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": method,
            "path": where, "raw_path": where.encode(), "query_string": query.encode(), "scheme": "http",
            "root_path": "",
            "headers": [(k.encode(), v.encode()) for k, v in named.items()],
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
        }  # fmt: skip

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        asyncio.run(self.app(scope, receive, send))  # type: ignore[arg-type]
        start, *rest = sent
        got = {k.decode(): v.decode() for k, v in start["headers"]}  # type: ignore[attr-defined]
        return Answered(int(start["status"]), got, b"".join(m.get("body", b"") for m in rest))  # type: ignore[arg-type,misc]


def given_in(folder: Path) -> Given:
    """What the students of the small assignment were given; `folder` is empty."""
    (folder / "assignment.py").write_text(TABLE, encoding="utf-8")
    return Given(load_assignment(folder))


def handed_in(folder: Path, data: bytes, **beside: bytes) -> Submission:
    """The submission of Ana: a notebook, and files beside it, with an underscore for the dot of their names."""
    own = folder / "class" / "Ana"
    own.mkdir(parents=True)
    (own / "small.ipynb").write_bytes(data)
    for name, content in beside.items():
        (own / name.replace("_", ".")).write_bytes(content)
    (submission,) = collect(write_class(folder / "class"))
    return submission
