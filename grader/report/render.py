"""Print the pages: templates, escaping, and a content security policy that allows nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..messages import Text, catalog
from ..results import SubmissionResult
from .class_page import ClassPage
from .copies_page import CopiesPage
from .self_check import NOT_YOUR_FAULT, SIGNS, SelfCheckView, also_in
from .student_page import student_page
from .verification_page import Verification
from .visible import visible

if TYPE_CHECKING:
    from ..assignment.spec import Scale

ATTENTION = 50  # submissions that need a person and are shown at once; the others unfold
TEMPLATES = Path(__file__).parent / "templates"


def render_student(
    result: SubmissionResult,
    language: str,
    *,
    assignment_title: Text,
    scale: Scale | None = None,
    public: bool = False,
) -> str:
    """The page of one student, a whole HTML document; without `scale` the grade is shown without its range.

    `public`: the page of a student's own check, which is not a grade and says so.
    """
    page = student_page(result, language, assignment_title=assignment_title, scale=scale, public=public)
    return _environment(language).get_template("student.html.j2").render(page=page)


def class_pieces(page: ClassPage, number: int = 1) -> Iterator[str]:
    """A page of the whole class in pieces: the first one, or another one with more students."""
    template = _environment(page.language).get_template("class.html.j2" if number == 1 else "class_more.html.j2")
    stream = template.stream(page=page, pages=page.pages(number), rows=page.rows(number), shown=ATTENTION)
    stream.enable_buffering(1000)
    return stream


def render_verification(found: Verification, assignment: str) -> str:
    """The page of `grade verify` for the instructor, a whole HTML document."""
    return _environment(found.language).get_template("verification.html.j2").render(page=found, assignment=assignment)


def render_copies(page: CopiesPage) -> str:
    """The page of `grade copies`, a whole HTML document."""
    return _environment(page.language).get_template("copies.html.j2").render(page=page)


def render_self_check(check: SelfCheckView) -> str:
    """A self-check as a fragment of HTML for the place below a notebook's cell."""
    template = _environment(check.language).get_template("self_check.html.j2")
    return template.render(check=check, signs=SIGNS, also_in=also_in, not_your_fault=NOT_YOUR_FAULT)


@cache
def fingerprint() -> str:
    """Hash of everything that pages are made of except the results: templates, catalogs and this package."""
    folder = Path(__file__).parents[1]
    made_of = [*folder.glob("report/*.py"), *TEMPLATES.iterdir(), *folder.glob("locale/*/LC_MESSAGES/*.mo")]
    digest = hashlib.sha256()
    for file in sorted(made_of):
        digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        finalize=visible,  # for every printed value, so that none can be forgotten
    )
    environment.install_gettext_translations(catalog(language), newstyle=True)  # type: ignore[attr-defined]
    # The policy names the one style sheet and the page's script by their hashes: markup that slipped into a page could
    # neither run nor change its style.
    environment.globals["style_hash"] = _hash(environment.get_template("page.css").render())
    scripts = {name: environment.get_template(name).render() for name in ("sort.js", "copy.js")}
    environment.globals["script_hashes"] = {name: _hash(text) for name, text in scripts.items()}
    return environment


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
