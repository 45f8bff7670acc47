"""Print the pages of the desk from templates; whatever is printed is escaped, except what `harmless` made."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..messages import catalog
from ..report.render import TEMPLATES
from ..report.visible import visible

HERE = Path(__file__).parent


@cache
def environment(language: str) -> Environment:
    """The templates of the desk and of the report in a language."""
    made = Environment(
        loader=FileSystemLoader([HERE / "templates", TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
        finalize=visible,
    )
    made.install_gettext_translations(catalog(language), newstyle=True)  # type: ignore[attr-defined]
    return made


def render(name: str, language: str, **values: object) -> str:
    """A page or a part of one."""
    return environment(language).get_template(name).render(language=language, **values)
