"""The workflow of the students' repository, linted as GitHub would read it."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from grader.release.handout.workflow import self_check_workflow

LINTER = Path(sysconfig.get_path("scripts")) / "jactionlint"
# Fixes of GitHub's own actions should arrive by themselves; and a job's `if` makes sure that nothing runs twice.
ACCEPTED = ("unpinned-uses", "duplicate-triggers")


def complaints(text: str, folder: Path) -> list[str]:
    """The linter's complaints, a sentence each; the linter needs no network."""
    file = folder / ".github" / "workflows" / "self-check.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    ignored = [f"--ignore={rule}" for rule in ACCEPTED]
    command = [LINTER, "--oneline", "--color=never", "--no-hints", "--shellcheck=", "--strict-exit", *ignored, file]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode in (0, 1), run.stderr
    assert (run.returncode == 1) == bool(run.stdout), run.stderr
    return run.stdout.splitlines()


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_workflow_is_in_order(language: str, tmp_path: Path) -> None:
    """The linter checks syntax, expressions, inputs of actions, permissions, and openings for an outsider."""
    assert complaints(self_check_workflow("tarea2.ipynb", language), tmp_path) == []


BROKEN = [
    ("    steps:", "    stepz:", "stepz"),
    ("runs-on: ubuntu-latest", "runs-on: ubuntu-newest", "ubuntu-newest"),
    ("cache: pip\n", "cach: pip\n", '"cach" is not defined'),
    ("github.ref }}", "github.reff }}", "reff"),
    ("if: always()", "if: allways()", "allways"),
    ("permissions:\n  contents: read\n", "", "permissions"),
    ("        with:\n          persist-credentials: false\n", "", "GITHUB_TOKEN"),
    ("    timeout-minutes: 15\n", "", "timeout-minutes"),
    ("  pull_request:", "  pull_request_target:", "pull_request_target"),
    ('grade check "$NOTEBOOK"', "grade check ${{ github.event.head_commit.message }}", "untrusted"),
    ("  push:", "\tpush:", "could not parse"),
]


@pytest.mark.parametrize(("old", "new", "complaint"), BROKEN, ids=[b[2] for b in BROKEN])
def test_a_broken_workflow_is_refused(old: str, new: str, complaint: str, tmp_path: Path) -> None:
    """The test above can fail."""
    text = self_check_workflow("tarea2.ipynb", "es")
    assert text.count(old) == 1
    found = complaints(text.replace(old, new), tmp_path)
    assert any(complaint in line for line in found), found


def test_it_does_what_the_command_line_offers() -> None:
    """The workflow has the command that the students' README explains, in the requested language."""
    text = self_check_workflow("tarea2.ipynb", "en")
    assert 'run: grade check "$NOTEBOOK" --github --html self-check.html --lang en\n' in text
    assert 'NOTEBOOK: "tarea2.ipynb"\n' in text
    assert "path: self-check.html\n" in text
    assert "secrets" not in re.sub(r"#.*", "", text)
    assert "name: Instalar" in self_check_workflow("tarea2.ipynb", "es")


@pytest.mark.parametrize(
    "name", ["mi tarea.ipynb", "a'b\".ipynb", "$(id).ipynb", "a: b #c.ipynb", "ñ&<>.ipynb", "a\nb"]
)
def test_a_name_stays_a_value(name: str, tmp_path: Path) -> None:
    """The name is quoted for YAML, and it reaches the shell only as a variable."""
    text = self_check_workflow(name, "es")
    assert complaints(text, tmp_path) == []
    assert text.count("\n") == self_check_workflow("a.ipynb", "es").count("\n")
    assert 'grade check "$NOTEBOOK"' in text
