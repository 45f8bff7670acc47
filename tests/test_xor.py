"""The engine knows no assignment: it grades notebooks of a second one, which is a single file."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.assignment import load
from grader.results import Finding, Status, SubmissionResult, Verdict, from_json
from grader.run.class_run import RunOutcome, grade_class
from grader.run.options import Options
from grader.sandbox.levels import Level

pytestmark = pytest.mark.bwrap

FOLDER = Path(__file__).parent / "assignments" / "xor"
SUBMISSIONS = FOLDER / "submissions"
ROOT = Path(__file__).parents[1]
XOR = load.load_assignment(FOLDER)
FULL = {"grad": 2.0, "softmax": 2.0, "bce": 2.0, "xor": 4.0}

# The points of each notebook by question. Questions that are not named have full points.
EARNED: dict[str, dict[str, float]] = {
    "right_by_hand": {},
    "right_with_autograd": {},
    "wrong_product_rule": {"grad": 1.33, "softmax": 0.0},
    "wrong_loss_of_ones_only": {"bce": 0.0},
    "wrong_ascends": {"softmax": 1.0, "xor": 1.0},
    "blank": dict.fromkeys(FULL, 0.0),
}
GRADES = {
    "right_by_hand": 10, "right_with_autograd": 10, "wrong_product_rule": 8, "wrong_loss_of_ones_only": 8,
    "wrong_ascends": 6, "blank": 1,
}  # fmt: skip


class Silence:
    """A progress display that shows nothing."""

    def begin(self, total: int, reused: int) -> None:
        return None

    def started(self, student: str) -> None:
        return None

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        return None


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def outcome(out: Path) -> RunOutcome:
    options = Options(SUBMISSIONS, out, Level.BWRAP, device="cpu", lanes=1, language="es")
    return grade_class(XOR, options, Silence())


@pytest.fixture(scope="module")
def results(outcome: RunOutcome) -> dict[str, SubmissionResult]:
    return {Path(r.file).stem: r for r in outcome.results}


def findings(result: SubmissionResult, question: str) -> list[Finding]:
    return [f for q in result.questions if q.id == question for f in q.findings]


def test_every_notebook_is_graded(outcome: RunOutcome, results: dict[str, SubmissionResult]) -> None:
    """No notebook is left out, and none is a fault of the grader."""
    assert set(results) == set(EARNED) == {f.stem for f in SUBMISSIONS.glob("*.ipynb")}
    assert {r.status for r in results.values()} == {Status.GRADED}
    assert outcome.exit_status == 0


@pytest.mark.parametrize("name", EARNED)
def test_a_notebook_earns_what_it_deserves(name: str, results: dict[str, SubmissionResult]) -> None:
    """Right notebooks earn all points, by hand or with autograd. Wrong ones lose points where their mistake is."""
    result = results[name]
    assert {q.id: q.points for q in result.questions} == FULL | EARNED[name]
    assert result.grade == GRADES[name]
    right = {q.id for q in result.questions if q.verdict is Verdict.PASSED}
    assert right == set(FULL) - set(EARNED[name])


@pytest.mark.parametrize(
    ("name", "question", "mistake"),
    [
        ("wrong_product_rule", "softmax", "softmax-columns"),
        ("wrong_loss_of_ones_only", "bce", "bce-one-term"),
        ("wrong_ascends", "xor", "ascends"),
    ],
)
def test_a_mistake_is_named_with_the_hint_of_the_table(
    name: str, question: str, mistake: str, results: dict[str, SubmissionResult]
) -> None:
    """The misconceptions are the assignment's own."""
    hint = next(m.hint for m in XOR.misconceptions if m.name == mistake)
    named = [f for f in findings(results[name], question) if mistake in f.misconceptions]
    assert named
    assert all(f.hint == hint for f in named)


def test_what_was_not_answered_is_missing(results: dict[str, SubmissionResult]) -> None:
    """Holes that do not parse, that are empty, or that return nothing earn no points."""
    assert {q.verdict for q in results["blank"].questions} == {Verdict.MISSING}


def test_an_overflow_is_found_by_the_hidden_case(results: dict[str, SubmissionResult]) -> None:
    """exp of large scores is inf, and the page says so without the scores."""
    lost = [f for f in findings(results["wrong_ascends"], "softmax") if not f.passed]
    assert [(f.public, f.message.render("en")) for f in lost] == [(False, "softmax has entries that are nan or inf")]


def test_everything_is_written(out: Path, results: dict[str, SubmissionResult]) -> None:
    """A table, a page and a record per student, and the page of the class."""
    rows = list(csv.DictReader((out / "grades.csv").read_text(encoding="utf-8").splitlines()))
    assert list(rows[0]) == ["student", "file", "status", *FULL, "total", "grade"]
    assert {Path(r["file"]).stem: float(r["grade"]) for r in rows} == GRADES
    for name, result in results.items():
        record = from_json((out / "results" / f"{result.slug}.json").read_bytes())
        assert record.questions == result.questions
        page = (out / "students" / f"{result.slug}.html").read_text(encoding="utf-8")
        assert XOR.title.es in page
        assert all(q.title.es in page for q in XOR.questions), name
    page = (out / "index.html").read_text(encoding="utf-8")
    assert XOR.title.es in page
    assert all(result.student in page for result in results.values())


def test_nothing_of_the_other_assignment_is_said(out: Path, outcome: RunOutcome) -> None:
    """The engine contains none of the assignment's names, formulas or its scale."""
    for file in (*out.glob("*.html"), *out.glob("students/*.html"), *out.glob("results/*.json")):
        text = file.read_text(encoding="utf-8")
        for word in ("tarea", "Tarea", "CELoss", "FFNN", "Chile", "dL_", "(19)"):
            assert word not in text, f"{word} in {file.name}"


def test_the_command_grades_it(tmp_path: Path) -> None:
    """The command line takes the folder of the assignment."""
    ran = run(SUBMISSIONS, "--assignment", FOLDER, "--out", tmp_path, "--lanes", "1", "--only", "bce,grad")
    assert ran.returncode == 0, ran.stderr
    assert "6 submissions, 6 judged now" in ran.stdout
    rows = list(csv.DictReader((tmp_path / "grades.csv").read_text(encoding="utf-8").splitlines()))
    assert [r["bce"] for r in rows if r["file"] == "wrong_loss_of_ones_only.ipynb"] == ["0"]
    assert "xor" not in rows[0]


def test_a_broken_table_is_said_in_one_sentence(tmp_path: Path) -> None:
    """Exit status 2, and nothing is graded."""
    broken = tmp_path / "broken"
    broken.mkdir()
    source = (FOLDER / "assignment.py").read_text(encoding="utf-8")
    (broken / "assignment.py").write_text(source.replace('Question("bce"', 'Question("xor"'), encoding="utf-8")
    ran = run(SUBMISSIONS, "--assignment", broken, "--out", tmp_path / "out")
    assert ran.returncode == 2
    assert "uses a question id twice: grad, softmax, xor, xor" in ran.stderr
    assert len(ran.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    """`grade` with these arguments, from the project's folder."""
    command = [sys.executable, "-c", "from grader.cli import main; main()", *map(str, arguments)]
    # Without colours, and as wide as plain output is.
    environment = {k: v for k, v in os.environ.items() if k not in ("FORCE_COLOR", "COLUMNS")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
