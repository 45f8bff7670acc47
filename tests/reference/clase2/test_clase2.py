"""The course of classes 2.A and 2.B: what it holds, and what its sample class earns."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.assignment.load import load_assignment
from grader.release.repository import Release, write_repository
from grader.results import Status, SubmissionResult
from grader.run.class_run import grade_class
from grader.run.options import Options
from grader.sandbox.levels import Level

ROOT = Path(__file__).parents[3]
COURSE = load_assignment(ROOT / "reference" / "clase2")
CLASS = ROOT / "samples" / "clase2"

# The questions of each student that do not earn all points, with what they earn.
LOSES: dict[str, dict[str, float]] = {
    "alma_aguaribay": {},
    "beto_benteveo": {},
    "dario_dorado": {
        "1a": 0.33, "1c": 0, "2a": 0.25, "2b": 0.5, "2d": 0.25,
        "3a": 0, "3b": 0, "4a": 0, "4b": 0, "4c": 0, "4d": 0, "4e": 0,
    },
    "emilia_espinillo": {"2d": 0.5, "3a": 0.2, "3b": 0, "4a": 0.33, "4b": 0, "4c": 0.25, "4e": 0},
    "fausto_flamenco": {q.id: 0 for q in COURSE.questions},
    "greta_garza": {"1b": 0, "2a": 0, "2b": 0, "3b": 0},
    "hector_hornero": {"3a": 0},
    "irene_irupe": {},
    "julio_jacaranda": {"1d": 0, "2b": 0.5, "2d": 0.25, "3b": 0, "4b": 0, "4c": 0.5, "4e": 0},
    "mora_mburucuya": {"1c": 0, "2b": 0.5, "2c": 0.17, "2d": 0.25, "3b": 0.5, "4d": 0.5},
}  # fmt: skip


class Silence:
    """A progress display that shows nothing."""

    def begin(self, total: int, reused: int) -> None:
        return None

    def started(self, student: str) -> None:
        return None

    def finished(self, result: SubmissionResult, done: int, total: int) -> None:
        return None

    def stage(self, what: str) -> Callable[[int, int], None]:
        return lambda done, total: None


# Each release has the notebook in both languages; the languages differ in the tests' titles.
@pytest.fixture(scope="module", params=["es", pytest.param("en", marks=pytest.mark.nightly)])
def released(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The students' repository in a language."""
    folder = tmp_path_factory.mktemp(f"release-{request.param}")
    write_repository(COURSE, folder, Release(request.param, package="tensorgrade"))
    return folder


def points_at_home(notebook: Path, checks: Path, out: Path) -> dict[str, float]:
    """The points of each question that `grade check` writes."""
    command = [str(Path(sys.executable).with_name("grade")), "check", notebook, "--checks", checks, "--json", out]
    subprocess.run(command, capture_output=True, timeout=300)
    return {q["id"]: q["points"] for q in json.loads(out.read_text("utf-8"))["questions"]}


def test_the_course_is_as_large_as_a_lecturer_expects() -> None:
    """Ten points, at least 30 named mistakes, six right alternatives and three hostile answers."""
    assert COURSE.required == 10
    assert len(COURSE.mistakes) >= 30
    assert len(COURSE.right) >= 6
    assert len(COURSE.hostile) >= 3


def test_every_question_has_its_text_in_both_languages() -> None:
    """A student who reads Spanish and one who reads English get the same statement."""
    for question in COURSE.questions:
        texts = [cell.text for cell in question.cells if cell.kind == "text"]
        assert texts, question.id
        assert all(text.es and text.en for text in texts), question.id


@pytest.mark.bwrap
def test_the_sample_class_earns_what_it_deserves(tmp_path: Path) -> None:
    """Right notebooks earn all points of the tests; each mistake costs its own question."""
    options = Options(CLASS, tmp_path, Level.BWRAP, device="cpu", lanes=1, language="es")
    results = {Path(r.file).stem: r for r in grade_class(COURSE, options, Silence()).results}
    assert len(results) >= 8
    assert results["lautaro_lapacho"].status is not Status.GRADED
    for student, loses in LOSES.items():
        earned = {q.id: round(q.points, 2) for q in results[student].questions}
        assert earned == {q.id: loses.get(q.id, q.points) for q in COURSE.questions}, student


def test_the_release_has_the_notebook_in_both_languages(released: Path) -> None:
    """Each notebook has the statement in its language, and neither has a line of a solution that a hole should hide."""
    notebooks = {file.name: file.read_text("utf-8") for file in released.glob("*.ipynb")}
    assert len(notebooks) == 2
    assert sum("Compuertas" in text or "Cada compuerta" in text for text in notebooks.values()) == 1
    assert sum("Each gate" in text for text in notebooks.values()) == 1
    for text in (*notebooks.values(), (released / "checks" / "checks.json").read_text("utf-8")):
        assert "slope * x[0]" not in text
        assert "params -= learning_rate" not in text


@pytest.mark.bwrap
def test_the_released_checks_judge_as_the_class_is_judged(released: Path, tmp_path: Path) -> None:
    """At home a right notebook has all points of the tests, and the untouched one none."""
    checks = released / "checks"
    right = points_at_home(CLASS / "alma_aguaribay.ipynb", checks, tmp_path / "right.json")
    assert right == {q.id: q.points for q in COURSE.questions}
    for blank in released.glob("*.ipynb"):
        assert set(points_at_home(blank, checks, tmp_path / "blank.json").values()) == {0}
