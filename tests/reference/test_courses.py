"""The three courses: their mistakes have readable names and hints, their results names in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import torch

from grader.assignment.course import Mistake
from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment, Question
from grader.judging.author_side import all_places
from grader.judging.checks.result import key_of, label_of
from grader.judging.references import References

ROOT = Path(__file__).parents[2] / "reference"
COURSES = ("tarea2", "redes", "clase2")
# Words that only Spanish has, as they occur in names of results.
SPANISH = re.compile(r"\b(con|sin|pérdidas?|parámetros|el|la|los|las|de|del|que|una?|todas?|aparecen|ejemplos)\b", re.I)
# Code of a solution, or of something close to it, which a hint must not show.
CODE = re.compile(r"lambda|\bself\.|@|\+=|-=|\*\*|\.T\b|\b(clamp|zip|range|enumerate)\(")


@cache
def course(name: str) -> Assignment:
    return load_assignment(ROOT / name)


def mistakes() -> Iterator[object]:
    for name in COURSES:
        yield from (pytest.param(m, id=f"{name}: {m.name}") for m in course(name).mistakes)


def questions() -> Iterator[object]:
    for name in COURSES:
        yield from (pytest.param(name, q, id=f"{name}: {q.id}") for q in course(name).questions if q.tests)


def complaints(text: str) -> list[str]:
    """The faults of a hint in one language."""
    found = []
    if not text.endswith((".", "?")) or text.endswith(".."):
        found.append("does not end a sentence")
    if not 12 <= len(text) <= 200:
        found.append(f"has {len(text)} characters")
    if CODE.search(text):
        found.append("shows code")
    if "  " in text or text != text.strip():
        found.append("has spaces too many")
    return found


@pytest.mark.parametrize("mistake", list(mistakes()))
def test_a_mistake_has_a_name_and_a_hint_in_both_languages(mistake: Mistake) -> None:
    """The name appears in reports; the hint leads to the repair and leaves the repair to the student."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", mistake.name)
    assert complaints(mistake.hint.es) == []
    assert complaints(mistake.hint.en) == []
    assert mistake.hint.es != mistake.hint.en


@pytest.mark.parametrize(
    ("hint", "complaint"),
    [
        ("Mira el signo de la fórmula", "does not end a sentence"),
        ("Mal.", "has 4 characters"),
        ("Falta p -= lr * grad en el ciclo.", "shows code"),
        ("Mira  el signo de la fórmula.", "has spaces too many"),
    ],
)
def test_a_poor_hint_is_found(hint: str, complaint: str) -> None:
    """The rule above can fail."""
    assert complaint in complaints(hint)


@pytest.mark.parametrize("name", COURSES)
def test_a_course_has_enough_mistakes_alternatives_and_attacks(name: str) -> None:
    """Tarea 2 keeps its 353 mistakes; the other courses have at least 30, six right alternatives, three attacks."""
    found = course(name)
    assert len(found.mistakes) >= (353 if name == "tarea2" else 30)
    if name != "tarea2":
        assert len(found.right) >= 6
        assert len(found.hostile) >= 3
        assert sorted(found.languages) == ["en", "es"]


@cache
def references(name: str) -> References:
    torch.set_num_threads(1)
    return References(course(name), "labels")


@pytest.mark.parametrize(("name", "question"), list(questions()))
def test_every_result_has_an_ascii_key_and_a_name_in_both_languages(name: str, question: Question) -> None:
    """Pages show the label, files the key. A name that is one text is code, or the same word in both languages."""
    found = references(name)
    for place in all_places(course(name), [question.id]):
        reference = found.of(place)
        names = [*reference.values, *(s["label"] for s in reference.statements)]
        assert names or reference.unavailable
        for result in names:
            assert key_of(result).isascii()
            label = label_of(result)
            assert not SPANISH.search(label.en), label.en


@pytest.mark.parametrize("name", COURSES)
def test_a_module_of_a_solution_knows_nothing_of_the_grader(name: str) -> None:
    """It is read as a textbook would print it: it imports torch, the standard library and its neighbours."""
    for file in sorted((ROOT / name).glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [str(node.module)]
            assert not any(module.partition(".")[0] == "grader" for module in modules), file


def test_the_activations_that_students_get_are_right() -> None:
    """Question 0 of Tarea 2 is given complete, and equals the solution, also where exp overflows."""
    found = course("tarea2").question("0")
    names: dict[str, object] = {"torch": torch}
    for cell in found.cells:
        if cell.kind == "code":
            exec(cell.code, names)
    own: dict[str, object] = {}
    for source in found.solution:
        code = re.sub(r"^from (\.\w+|__future__) import .*$", "", source.code, flags=re.MULTILINE)
        if "class FFNN" not in code:
            exec(code, own)
    T = torch.cat([torch.linspace(-4, 4, 41), torch.tensor([-800.0, 800.0])]).double()
    for name in ("sig", "tanh", "relu", "swish", "celu"):
        torch.testing.assert_close(names[name](T), own[name](T), msg=name)  # type: ignore[operator]
    torch.testing.assert_close(names["softmax"](T, 0), own["softmax"](T, 0))  # type: ignore[operator]
