"""Small results for the exchange formats, and hostile text for every field of a result."""

from __future__ import annotations

from dataclasses import replace

from grader.errors import Frame
from grader.messages import Text, say
from grader.results import Excerpt, Finding, QuestionResult, Status, SubmissionResult, TraceLine, Verdict
from tests.tiny import cell, notebook

LOSS = "def CELoss(Q, P):\n    return (P * Q.log()).sum()\n"
VALUE = Text("valor", "value")
BATCH = Text("lote de 5", "batch of 5")

# Commands, ends of lines of every kind, terminal escapes, markup, tables, mentions, links, images, fences, formulas.
HOSTILE = (
    "::error file=x::forged",
    "\n::set-output name=a::b",
    "\r\n::stop-commands::x\r::add-mask::y",
    "\u2028::warning::ls\u2029\x85::warning::nel\x0b\x0c::notice::vt",
    "##[error]old",
    "%0A::error::decoded%25",
    "\x1b[31mred\x1b[0m\x00\x07\u202egnp",
    "title=a,line=1::b",
    "</details></summary><script>alert(1)</script><img src=x onerror=alert(1)>",
    "a | b | c\n| --- | --- |",
    "@everyone @user/team user@example.org #1 org/repo#2",
    "[link](https://example.org) ![image](//example.org/x.png) <https://example.org> www.example.org http://example.org",
    "```\nfence\n``````\n~~~\n````` ` `",
    "# heading\n- list\n1. one\n> quote\n***\n---\n===",
    "**bold** _em_ ~~gone~~ `code` $x^2$ $$y$$ [^1] &lt;b&gt; \\",
    "- item",
    "1. item",
    "2) item",
    "+ item",
    "=== rule",
    "---",
    "`",
    "\ud800 lone",
)


def finding(verdict: Verdict, text: str, **more: object) -> Finding:
    compared = 5 if verdict in (Verdict.PASSED, Verdict.FAILED) else 0
    return Finding(verdict, say("{text}", text=text), compared, "CELoss", VALUE, BATCH).with_(**more)


def question(id: str, *findings: Finding, points: float = 0.0, possible: float = 1.0, **more: object) -> QuestionResult:
    right = all(f.passed for f in findings)
    verdict = Verdict.PASSED if right else next(f.verdict for f in findings if not f.passed)
    result = QuestionResult(id, Text(f"Pregunta {id}", f"Question {id}"), points, possible, verdict=verdict)
    return replace(result, findings=findings, **more)  # type: ignore[arg-type]


def result(*questions: QuestionResult, **more: object) -> SubmissionResult:
    made = SubmissionResult("ana", "tarea2.ipynb", Status.GRADED, "tarea2", "es", questions)
    return replace(made, **more)  # type: ignore[arg-type]


def small() -> SubmissionResult:
    """A result with one question right, one wrong, one open."""
    return result(
        question("1a", finding(Verdict.PASSED, "equal"), points=1.0),
        question(
            "1b",
            finding(
                Verdict.FAILED,
                "CELoss is off in 1 of 1 entries",
                cause=say("the mean over the batch is missing"),
                hint=Text("¿Suma o promedio?", "Sum or mean?"),
                called="CELoss(Q, P)",
                expected="0.5",
                actual="2.5",
                reproduce="CELoss(Q, P)",
            ),
            points=0.25,
            possible=1.25,
            excerpts=(Excerpt(2, 1, LOSS),),
        ),
        question("2a", finding(Verdict.MISSING, "dL_duLm1 was not computed", result="dL_duLm1"), bonus=True),
    )


def small_notebook() -> bytes:
    """The notebook of `small`, as editors write it; CELoss is defined on line 25."""
    import json

    content = json.loads(notebook(cell(["import torch"]), cell(LOSS.splitlines(keepends=True))))
    return json.dumps(content, indent=1).encode()


def hostile(text: str) -> SubmissionResult:
    """A result with `text` in every place that can hold a student's text."""
    frame = Frame(2, 2, text)
    wrong = finding(
        Verdict.RAISED,
        text,
        result=text,
        called=text,
        expected=text,
        actual=text,
        cause=say("{text}", text=text),
        traceback=(TraceLine(frame, text),),
        reproduce=text,
    )
    alike = finding(Verdict.FAILED, text, result=text)
    free = finding(Verdict.FAILED, f"{text} for free", scored=False)
    asked = question("1b", wrong, alike, alike.with_(result=f"{text}2"), free, excerpts=(Excerpt(2, 1, LOSS),))
    noted = replace(asked, notes=(say("{text} in cell {cell}", text=text, cell=2),))
    still = question("2a", finding(Verdict.MISSING, text, result=text))
    return result(
        noted,
        still,
        file=f"{text}.ipynb",
        student=text,
        notes=(say("{text} {cell} {line}", text=text, cell=1, line=1),),
    )
