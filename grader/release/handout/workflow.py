"""The workflow of a student's repository: `grade check` on every push, as .github/workflows/self-check.yml."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...messages import say
from ...versions import OWN_PYTHON

TEMPLATES = Path(__file__).parent / "templates"


def self_check_workflow(notebook: str, language: str) -> str:
    """The text of the workflow for a notebook, named by its path in the repository."""
    # A .yml, not a page: `tojson` quotes the only value from outside the grader, and nothing else is printed.
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True)
    steps = {
        "install": say("Install the self-check").render(language),
        "check": say("Run the self-check").render(language),
        "keep": say("Keep the report").render(language),
    }
    return environment.get_template("self-check.yml.j2").render(
        notebook=notebook, language=language, steps=steps, python=OWN_PYTHON
    )
