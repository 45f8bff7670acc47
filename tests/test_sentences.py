"""Each sentence that a student can get is tested in both languages, in a situation in which the code says it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from grader.messages import CATALOGS, Message
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits

from .sentences import comparison, files, judging, processes
from .sentences.sentence import Sentence

SOURCES = CATALOGS.parent
# Headings, badges and captions of the pages, which say nothing about an answer; tests/grader/report reads the pages.
LABELS = {SOURCES / name for name in ("commands", "copies", "desk", "report", "exchange", "release/handout")}
HERE = [(module, name) for module in (comparison, files, processes) for name in module.SITUATIONS]
PARTS = {
    "{file}, cell {cell}",  # stands within other sentences
    "saved at {time}, checked again: {questions}",  # the line between two runs of --watch
}
SAID: dict[str, Message] = {}  # by situation


def read(message: Message) -> Sentence:
    return Sentence(message.render("es"), message.render("en"))


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.BWRAP, Limits()) as lane:
        yield lane


@pytest.mark.parametrize(("module", "name"), HERE, ids=[f"{m.__name__.rpartition('.')[2]}: {n}" for m, n in HERE])
def test_a_sentence_reads_well_in_both_languages(module: object, name: str, tmp_path: Path) -> None:
    """The code says the sentences of the table."""
    message = SAID[f"{module}{name}"] = module.SITUATIONS[name](tmp_path)  # type: ignore[attr-defined]
    assert read(message) == module.SENTENCES[name]  # type: ignore[attr-defined]


@pytest.mark.bwrap
@pytest.mark.parametrize("name", judging.SITUATIONS)
def test_what_the_judge_says_reads_well_in_both_languages(name: str, lane: Lane) -> None:
    """The code says the table's sentences about a notebook."""
    message = SAID[name] = judging.said(judging.SITUATIONS[name], lane)
    assert read(message) == judging.SENTENCES[name]


def templates(*folders: Path) -> Iterator[tuple[Path, ast.expr]]:
    """The first argument of every say(...) below these folders."""
    for folder in folders:
        for file in sorted(folder.rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say":
                    yield file, node.args[0]


def test_every_sentence_is_written_where_it_is_said() -> None:
    """The catalog does not find a template in a variable, so it would stay in English."""
    hidden = [f"{file.name}:{node.lineno}" for file, node in templates(SOURCES) if not isinstance(node, ast.Constant)]
    assert hidden == []


@pytest.mark.bwrap
def test_every_sentence_about_an_answer_is_read_above() -> None:
    """The table has all sentences of the catalog except the labels of the pages."""
    if len(SAID) < len(HERE) + len(judging.SITUATIONS):
        pytest.skip("looks at what the tests above have said, all of them")
    covered = {message.template for message in SAID.values()}
    said = {node.value for file, node in templates(SOURCES) if not LABELS & set(file.parents)}  # type: ignore[attr-defined]
    missing = sorted(said - covered - PARTS)
    assert not missing, "\n".join(missing)
    with (CATALOGS / "es" / "LC_MESSAGES" / "grader.po").open("rb") as stream:
        catalog = {entry.id for entry in read_po(stream) if entry.id}
    assert covered <= catalog
