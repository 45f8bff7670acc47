"""The texts of the students' repository: README, requirements, the files that git ignores and pytest collects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...assignment.spec import Assignment, Question
from ...messages import say
from ...versions import OWN_PYTHON
from . import points
from .forbidden import forbidden

TEMPLATES = Path(__file__).parent / "templates"
FILES = ("README.md", "requirements.txt", ".gitignore", "pytest.ini")
GITHUB = "https://github.com/"
COLAB = "https://colab.research.google.com/github/"


def texts(
    assignment: Assignment, language: str, *, questions: Sequence[str] = (), package: str, repository: str = ""
) -> dict[str, str]:
    """File name -> content, the same on every call; the README has both languages, `language` first.

    `questions` are the released ids, () for all. `package` is the requirement that installs the self-check, as pip
    reads it. `repository` is the address of the released repository; without it the README says how to upload the
    repository to Colab.
    """
    released = assignment.only(questions)
    names = names_of_notebooks(assignment, language)
    order, notebook = [*names], names[language]
    facts = {
        "folder": assignment.name,
        "notebook": notebook,
        "others": [name for name in names.values() if name != notebook],
        "colab": _colab(repository, notebook),
        "package": package,
        "packages": assignment.packages,
        "python": OWN_PYTHON,
        "repository": repository,
        "order": order,
        "parts": {each: _part(assignment, released, each) for each in order},
        "forbidden": forbidden(released),
        "examples": _examples(released),
        "read": [q.id for q in released if q.reviewed],
        "carried": any(q.carried for q in released),
        "given": [q.id for q in released if not q.points and not q.reviewed],
    }
    return {name: _environment().get_template(f"{name.lstrip('.')}.j2").render(facts) for name in FILES}


def names_of_notebooks(assignment: Assignment, language: str) -> dict[str, str]:
    """The file name of the notebook by language, `language` first."""
    name = assignment.template.name if assignment.template else f"{assignment.name}.ipynb"
    others = {each: f"{name.removesuffix('.ipynb')}_{each}.ipynb" for each in assignment.languages if each != language}
    return {language: name, **others}


def _part(assignment: Assignment, released: Sequence[Question], language: str) -> dict[str, Any]:
    """The words for one language's half of the README."""
    scale = assignment.scale
    return {
        "title": assignment.title.render(language),
        "points": points.table(released, language),
        "missing": say("not answered").render(language),  # as the checks call it
        "low": points.written_number(scale.low, language, scale.decimals),
        "high": points.written_number(scale.high, language, scale.decimals),
    }


def _examples(released: Sequence[Question]) -> list[str]:
    """One or two ids for the example commands: the first and the last question with points from checks."""
    ids = [q.id for q in released if q.points] or [q.id for q in released]
    return list(dict.fromkeys([ids[0], ids[-1]]))


def _colab(repository: str, notebook: str) -> str:
    """The address that opens the notebook in Colab; "" if it is not on GitHub."""
    if not repository.startswith(GITHUB):
        return ""
    place = repository.removeprefix(GITHUB).rstrip("/").removesuffix(".git")
    return f"{COLAB}{place}/blob/main/{notebook}"


@cache
def _environment() -> Environment:
    # These are plain texts for the instructor's repository; escaped as HTML they would show the escapes.
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
