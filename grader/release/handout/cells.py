"""The code cells of a student's notebook that belong to the self-check."""

from __future__ import annotations

import json
import re
from textwrap import wrap

from ...errors import UsageError
from ...messages import say

# Characters without a meaning for a shell or IPython; an address that begins with a dash would be an option.
ADDRESS = re.compile(r"[\w/.][\w/.:@~+-]*")

COLAB = """
import sys
from pathlib import Path

if "google.colab" in sys.modules and not Path("requirements.txt").exists():{hint}
    !test -d {folder} || {fetch}
    for found in Path("{folder}").rglob("requirements.txt"):
        %cd -q {{found.parent}}
        %pip install -q -r requirements.txt
        break
"""

IMPORT = """
try:
    from grader import check
except ImportError:
    def check(*questions):
        print(
{lines}
        )
    check()
"""


def set_up(language: str, *, repository: str = "", folder: str) -> str:
    """The cell that makes `check` available.

    In Colab the cell fetches `repository` (an address that git can clone) into `folder`. If `repository` is "", it
    unpacks there the .zip of the repository that the student has uploaded to Colab.
    Raises UsageError for an address that a shell would not read as one word. If the package is not installed, `check`
    says how to install it, so that the notebook still runs from top to bottom.
    """
    for part in filter(None, (repository, folder)):
        if not ADDRESS.fullmatch(part):
            raise UsageError(f"{part!r} is not the address of a repository: give one such as https://host/owner/name")
    title = say("Sets up the self-check: run this cell first.").render(language)
    sentence = say(
        "The self-check is not installed. Install it with  %pip install -r requirements.txt  and run the notebook "
        "again; you can write your answers without it."
    ).render(language)
    # Short lines that a reader sees whole; each except the last keeps the blank at which the text was broken.
    broken = " \n".join(wrap(sentence, 80)).split("\n")
    lines = "\n".join(f"            {json.dumps(line, ensure_ascii=False)}" for line in broken)
    hint = say("In Colab, first upload the .zip of the repository (folder symbol on the left).").render(language)
    fetch = f"git clone -q --depth 1 {repository} {folder}" if repository else f'unzip -q "*.zip" -d {folder}'
    colab = COLAB.format(hint="" if repository else f"\n    # {hint}", fetch=fetch, folder=folder)
    return f"# {title}{colab}{IMPORT.format(lines=lines).rstrip()}"


def self_check_cell(question: str, language: str) -> str:
    """The cell, of one line, that checks the answer to a question."""
    comment = say("Self-check").render(language)
    return f'check("{question}")  # {comment}'
