"""Every named result of Tarea 2 has a key in ASCII and a label in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from grader.assignment import load
from grader.assignment.spec import Question
from grader.judging.checks import Values
from grader.judging.checks.check import checks_of
from grader.judging.judge import Judge
from grader.judging.local_implementation import LocalImplementation
from grader.judging.reference_side import ReferenceSide
from grader.judging.student_side import StudentSide
from grader.messages import CATALOGS
from grader.results import Finding

FOLDER = load.default_folder()
ASSIGNMENT = load.load_assignment(FOLDER)
BOTH = {"final"}  # also an English word, but the English texts happen not to use it
WORD = re.compile(r"[^\W\d]\w*")


def words(text: str) -> set[str]:
    return {word.lower() for word in WORD.findall(text)}


def spanish_only() -> set[str]:
    """Words of the Spanish statement, table and catalog that their English twins never use."""
    texts = [text for _, check in places() for text in (check.title, check.hint)]
    spanish = [(FOLDER / "statement_es.md").read_text(), *(t.es for t in texts)]
    english = [(FOLDER / "statement_en.md").read_text(), *(t.en for t in texts)]
    catalog = (CATALOGS / "es" / "LC_MESSAGES" / "grader.po").read_text()
    spanish += re.findall(r'^msgstr "(.*)"', catalog, re.MULTILINE)
    english += re.findall(r'^msgid "(.*)"', catalog, re.MULTILINE)
    return set().union(*map(words, spanish)) - set().union(*map(words, english)) - BOTH


def is_code(name: str) -> bool:
    """Whether a name is Python code, which is the same in both languages."""
    try:
        ast.parse(name)
    except SyntaxError:
        return False
    return True


def places() -> Iterator[tuple[Question, Values]]:
    for question in ASSIGNMENT.questions:
        for check in question.checks:
            if isinstance(check, Values):
                yield question, check


SPANISH = spanish_only()


def keys(check: Values) -> set[str]:
    """All names that the check's probe returns for the reference."""
    reference = Judge(ASSIGNMENT, salt="labels").reference
    return {key for case in check.cases for key in reference.expected(check.probe, case)}


def values(check: Values) -> set[str]:
    """All texts that the check expects."""
    reference = Judge(ASSIGNMENT, salt="labels").reference
    expected = [value for case in check.cases for value in reference.expected(check.probe, case).values()]
    return {value for value in expected if isinstance(value, str)}


def findings(question: Question, **changes: Any) -> list[Finding]:
    """The sentences of a question's checks about the reference with these names changed."""

    def reference() -> LocalImplementation:
        return LocalImplementation(ASSIGNMENT.reference, ASSIGNMENT.snippets, ASSIGNMENT.supplies)

    every = frozenset(q.id for q in ASSIGNMENT.questions)
    right_side = ReferenceSide(reference, "labels", questions=every)
    student = StudentSide(reference().changed(changes), right_side, right=every)
    return [f for check in checks_of(question) for case in check.cases for f in check.judge(student, case).findings]


def test_the_list_of_spanish_words_can_tell() -> None:
    """The list holds the words that English pages once showed."""
    assert {"con", "sin", "pérdidas", "parámetros"} <= SPANISH
    assert not {"with", "losses", "final", "dataset", "celoss", "entrenar_ffnn"} & SPANISH


def sum_of_the_batch(Q: torch.Tensor, P: torch.Tensor, estable: bool = True, epsilon: float = 1e-8) -> torch.Tensor:
    return -(P * torch.log(Q.clamp(min=epsilon) if estable else Q)).sum()


def without_clamp(Q: torch.Tensor, P: torch.Tensor, estable: bool = True, epsilon: float = 1e-8) -> torch.Tensor:
    return -(P * torch.log(Q)).sum(1).mean()


def nothing(Q: torch.Tensor, P: torch.Tensor, estable: bool = True, epsilon: float = 1e-8) -> None:
    return None


@pytest.mark.parametrize("mistake", [sum_of_the_batch, without_clamp, nothing], ids=lambda f: f.__name__)
def test_a_wrong_loss_is_described_without_a_spanish_word_in_english(mistake: Callable[..., Any]) -> None:
    """Question 1b printed "CELoss con ceros is nan" with `--lang en`."""
    wrong = [f for f in findings(ASSIGNMENT.question("1b"), CELoss=mistake) if not f.passed]
    assert wrong
    for finding in wrong:
        for text in (finding.message, finding.label, finding.cause, finding.hint):
            assert text is None or not words(text.render("en")) & SPANISH, text.render("en")


@pytest.mark.parametrize(("question", "check"), list(places()), ids=lambda x: getattr(x, "id", None) or x.title.en)
def test_every_key_is_ascii_and_every_label_is_in_both_languages(question: Question, check: Values) -> None:
    """Weights and labels name keys that the probe returns. A key without a label is code."""
    named = keys(check)
    assert named
    assert set(check.weights) | set(check.labels) <= named
    for key in named:
        label = check.label(key)
        assert key.isascii()
        assert label.es
        assert label.en
        if key not in check.labels:
            assert is_code(key), key
            assert label.es == label.en == key
        elif not is_code(label.en):
            assert label.es != label.en
            assert not words(label.en) & SPANISH


@pytest.mark.parametrize(("question", "check"), list(places()), ids=lambda x: getattr(x, "id", None) or x.title.en)
def test_a_text_that_is_compared_reads_the_same_in_both_languages(question: Question, check: Values) -> None:
    """4c showed "red: cpu", which an English reader takes for a colour."""
    for value in values(check):
        assert not words(value) & {*SPANISH, "red"}, value
