"""The name under which the package is installed: no text offers a package that belongs to somebody else."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from grader.release.repository import DISTRIBUTION, wheel_name

ROOT = Path(__file__).parents[1]

# `grader` is the import. As a requirement it is a stranger's package: in a command, on a line of requirements, with
# extras or an address, as a wheel, or as what students are to install.
END = r"(?=$|[\s\"'`)\[<>=!~;,])"
OFFERS = re.compile(
    rf"""
    \b(?:pip3?|pipx|uv) \b [^\n`]* \b install (?:[ ]+[^\s`]+)*? [ ]+ ["']? grader {END}
    | ^ [ ]* ["']? grader (?:\[[\w,]+\])? [ ]* (?:[<>=!~]=|[<>@;]) [ ]* ["'\w]
    | ["'`] grader (?:\[[\w,]+\] | [ ]*@[ ])
    | (?<![\w-]) grader - [\d*] \S* \.whl
    | package (?:=|[ ]+) ["']? grader {END}
    """,
    re.M | re.X,
)
REQUIREMENTS = re.compile(r"^grader\b", re.M)


def offers(name: str, text: str) -> list[str]:
    """The places in a file that offer to install `grader`."""
    found = [match[0].strip() for match in OFFERS.finditer(text)]
    if re.search(r"(requirements|constraints)[^/]*\.txt", name):
        found += REQUIREMENTS.findall(text)
    return found


def texts() -> dict[str, str]:
    """Every text file that git keeps or would keep, by its path, except this file and files that are not UTF-8."""
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git and a checkout, to know which files are the project's")
    found = {}
    for name in filter(None, names):
        file = ROOT / name
        if file.is_file() and file != Path(__file__):
            try:
                found[name] = file.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue
    return found


def test_no_text_offers_to_install_a_package_that_is_not_ours() -> None:
    """On the public index the name `grader` belongs to somebody else."""
    assert {name: found for name, text in texts().items() if (found := offers(name, text))} == {}


def test_the_search_reads_what_people_install_from() -> None:
    """The test above looks at the files that matter."""
    read = texts().keys()
    assert {"README.md", "pyproject.toml", "docs/self-check.md", "student_template/requirements.txt"} <= read
    assert {"requirements.txt.j2", "tarea2.ipynb", "packages.py"} <= {Path(name).name for name in read}


@pytest.mark.parametrize(
    "text",
    [
        "pip install grader",
        "Run `python -m pip install -U grader` first.",
        "%pip install -q grader torch",
        "pip install 'grader[instructor]'",
        "uv pip install grader==0.1.0",
        '    "grader[instructor]",',
        "grader>=0.1",
        "grader @ git+https://example.org/grader",
        'such as "grader @ git+https://..."',
        "./grader-0.1.0-py3-none-any.whl",
        "| `grader-*.whl` | this package |",
        "grade release --package grader",
        'release(ASSIGNMENT, folder, Release("es", package="grader"))',
    ],
)
def test_an_offer_is_found(text: str) -> None:
    """The search can fail."""
    assert offers("README.md", text)


@pytest.mark.parametrize(
    "text",
    [
        "pip install tensorgrade",
        "from grader import check",
        "python -m grader.sandbox.inside.worker",
        "`pip install` of the wheel; the grader is not installed",
        "tensorgrade @ git+https://example.org/grader",
        '"grader": "0.1.0",',
        'grader = "grader.self_check.in_pytest"',
        "[tool.grader]",
    ],
)
def test_the_import_is_not_an_offer(text: str) -> None:
    """The import and the configuration keep the name."""
    assert not offers("README.md", text)


def test_a_line_of_requirements_is_an_offer() -> None:
    """A name alone is a requirement only in a file of requirements."""
    assert offers("student_template/requirements.txt", "torch>=2.4\ngrader\n")
    assert not offers("README.md", "the\ngrader\n")


def test_the_wheel_has_the_name_of_the_distribution() -> None:
    """The wheel next to the students' notebook has the name from pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["name"] == DISTRIBUTION
    assert wheel_name().startswith(f"{DISTRIBUTION}-")
