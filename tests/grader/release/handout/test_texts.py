"""The texts of the students' repository follow the assignment, in both languages."""

from __future__ import annotations

import configparser
import re
from dataclasses import replace

import pytest

from grader.assignment import load
from grader.assignment.spec import Assignment
from grader.messages import Text
from grader.release.handout.texts import TEMPLATES, texts

from ....tiny import ROOT

PACKAGE = "tensorgrade @ git+https://example.org/course/grader.git"
REPOSITORY = "https://github.com/course/homework.git"
FENCED = re.compile(r"^```\w+\n(.*?)^```$", re.M | re.S)


@pytest.fixture(scope="module")
def tarea2() -> Assignment:
    return load.load_assignment(ROOT / "reference" / "tarea2")


@pytest.fixture(scope="module")
def readme(tarea2: Assignment) -> str:
    return texts(tarea2, "es", package=PACKAGE, repository=REPOSITORY)["README.md"]


def halves(readme: str) -> tuple[str, str]:
    """The README's first and second language."""
    first, second = readme.split("\n---\n")
    return first, second


def test_the_small_files(tarea2: Assignment) -> None:
    """Requirements name the package as given, pytest collects the notebook, and git ignores generated files."""
    found = texts(tarea2, "es", package=PACKAGE)
    assert set(found) == {"README.md", "requirements.txt", ".gitignore", "pytest.ini"}
    assert found["requirements.txt"].splitlines() == ["torch>=2.4", "pytest>=8", PACKAGE]
    settings = configparser.ConfigParser()
    settings.read_string(found["pytest.ini"])
    assert dict(settings["pytest"]) == {"testpaths": "tarea2.ipynb"}
    assert ".venv/" in found[".gitignore"].splitlines()
    assert all(text.endswith("\n") and not text.endswith("\n\n") for text in found.values())


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_readme_has_both_languages_the_asked_one_first(tarea2: Assignment, language: str) -> None:
    """The halves change places and have the same content; a link at the top leads to the second."""
    first, second = halves(texts(tarea2, language, package=PACKAGE, repository=REPOSITORY)["README.md"])
    titles = {"es": tarea2.title.es, "en": tarea2.title.en}
    other = "en" if language == "es" else "es"
    assert first.startswith(f"# {titles[language]}\n")
    assert f"# {titles[other]}\n" in second
    assert f"(#{other})" in first
    assert f'<a name="{other}"></a>' in second
    assert [len(h) for h in re.findall(r"^#+", first, re.M)] == [len(h) for h in re.findall(r"^#+", second, re.M)]
    assert FENCED.findall(first) == FENCED.findall(second)
    assert len(FENCED.findall(first)) == 2
    assert first.count("\n* ") == second.count("\n* ")
    assert first.count("\n| ") == second.count("\n| ")


def test_the_three_doors_and_colab_are_named(readme: str) -> None:
    """Each half has the commands for this notebook, with questions that it has."""
    for half in halves(readme):
        for command in ('`check("1a")`', "`grade check tarea2.ipynb 1a 4c`", "`pytest tarea2.ipynb`"):
            assert command in half
        assert "/github/course/homework/blob/main/tarea2.ipynb)" in half
        assert f"git clone {REPOSITORY} tarea2" in half


def test_the_tables_follow_the_assignment(tarea2: Assignment) -> None:
    """Points, forbidden names and readings come from the table of the released questions."""
    loss = replace(tarea2.question("1b"), points=1.5, forbidden=("torch.no_such",))
    other = replace(tarea2, questions=tuple(loss if q.id == "1b" else q for q in tarea2.questions))
    first, _ = halves(texts(other, "en", questions=["0", "1b", "4a"], package=PACKAGE)["README.md"])
    assert "| 1b | Cross entropy | 1.5 points |" in first
    assert "| 1b | `no_such` |" in first
    assert "| 4a | `torch.optim` |" in first
    assert "1a" not in first
    assert "add up to 2.25 points" in first
    assert "bonus" not in first
    assert "person" not in first


def test_without_a_repository_no_address_is_promised(tarea2: Assignment) -> None:
    """Without an address, or with one outside GitHub, the README has no link to Colab, and says how to use it there."""
    plain = texts(tarea2, "es", package=PACKAGE)["README.md"]
    assert "git clone" not in plain
    assert "https://colab" not in plain
    assert "sube el `.zip` de este repositorio" in plain
    elsewhere = texts(tarea2, "es", package=PACKAGE, repository="https://example.org/a/b")["README.md"]
    assert "git clone https://example.org/a/b" in elsewhere
    assert "https://colab" not in elsewhere


def test_the_same_arguments_give_the_same_texts(tarea2: Assignment) -> None:
    """The texts do not depend on the day or the machine."""
    assert texts(tarea2, "en", package=PACKAGE) == texts(tarea2, "en", package=PACKAGE)


def test_another_assignment_gets_texts_of_its_own() -> None:
    """The templates know no assignment: nothing of Tarea 2 is in another one's texts."""
    xor = load.load_assignment(ROOT / "tests" / "assignments" / "xor.py")
    found = texts(replace(xor, title=Text("Red XOR", "XOR network")), "en", package="tensorgrade")
    assert "`xor.ipynb`" in found["README.md"]
    assert found["pytest.ini"].endswith("testpaths = xor.ipynb\n")
    assert not re.search(r"tarea ?2", "".join(found.values()), re.I)
    assert not any(re.search(r"tarea ?2|\b[1-4][a-e]\b", file.read_text("utf-8"), re.I) for file in TEMPLATES.iterdir())
