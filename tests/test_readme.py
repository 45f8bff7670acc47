"""The README's commands: the targets exist, and `grade` understands every `grade` line of the documentation."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from cyclopts import CycloptsError

from grader import cli

from .tiny import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
# `grade ...` in a line of a fenced block or between backticks, however the program is reached.
COMMAND = re.compile(r"^(?:\$ )?(?:\S*/)?grade(?: .*)?$")


def commands(text: str) -> list[str]:
    """The `grade` command lines of a page, comments and continued lines resolved."""
    blocks = [block.replace("\\\n", " ") for _, block in FENCED.findall(text)]
    inline = re.findall(r"`([^`\n]+)`", FENCED.sub("", text))
    lines = [line.split(" #")[0].strip() for line in [*"\n".join(blocks).splitlines(), *inline]]
    return [line.replace("\\|", "|") for line in lines if COMMAND.match(line)]


def parse(line: str) -> None:
    """Bind a command line as `grade` would, without running it; raises CycloptsError where it cannot."""
    words = shlex.split(line.removeprefix("$ "))[1:]
    # In a synopsis POINTS and DAYS are numbers, and PLATFORM is one of a list; in a script a variable is a number.
    known = {"POINTS": "1", "DAYS": "1", "PLATFORM": "canvas"}
    words = [known.get(word, "1" if word.startswith("$") else word) for word in words]
    if len(words) == 1 and words[0].isalpha() and words[0].islower():
        _ = cli.app[words[0]]  # a command that is named, without what it needs
        return
    # "[...]" is what may be left out.
    cli.app.parse_args([w for w in words if not w.startswith("[")], exit_on_error=False, print_error=False)


FOUND = [(page.name, line) for page in PAGES if page.is_file() for line in commands(page.read_text("utf-8"))]


def test_the_quick_start_is_the_first_thing_that_a_reader_can_run() -> None:
    """The first block after "Quick start" is `make` lines whose targets exist and have a line in `make help`."""
    text = (ROOT / "README.md").read_text("utf-8")
    language, block = FENCED.findall(text.split("Quick start", 1)[1])[0]
    assert language == "sh"
    asked = re.findall(r"^make ([\w-]+)", block, re.M)
    assert {"demo", "test"} <= set(asked)
    assert set(asked) <= targets()


def targets() -> set[str]:
    """The targets that `make help` lists."""
    return set(re.findall(r"^([\w-]+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.M))


def test_every_make_target_that_is_mentioned_exists() -> None:
    """The commands in running text are found too."""
    for page in PAGES:
        mentioned = re.findall(r"`make ([\w-]+)", page.read_text("utf-8"))
        assert set(mentioned) <= targets(), page


def test_the_readme_has_commands_to_look_at() -> None:
    """If the style of the documentation changes, the test below must still find commands."""
    assert len(FOUND) >= 3
    assert any("SUBMISSIONS" in line or "submissions" in line for _, line in FOUND)


@pytest.mark.parametrize(("page", "line"), FOUND)
def test_every_grade_line_is_understood(page: str, line: str) -> None:
    """The documentation names no option or subcommand that does not exist."""
    match line.split()[1:]:
        case []:
            pass  # the program's name
        case [("doctor" | "mark" | "verify") as command]:
            assert command in cli.app  # a subcommand's name
        case _:
            parse(line)


@pytest.mark.parametrize("line", ["grade submissions --fast", "grade doctor now", "grade mark --all", "grade"])
def test_a_wrong_line_would_be_found(line: str) -> None:
    """The test above can fail."""
    with pytest.raises(CycloptsError):
        parse(line)


@pytest.mark.parametrize("option", sorted(re.findall(r"`(--[\w-]+)", (ROOT / "README.md").read_text("utf-8"))))
def test_every_option_that_is_mentioned_exists(option: str) -> None:
    """Options that are named outside command lines exist as well."""
    commands = [cli.app, *(cli.app[name] for name in cli.app if name[0] != "-")]
    commands += [command[name] for command in commands[1:] for name in command if name[0] != "-"]
    runnable = [command for command in commands if command.default_command]
    names = {n for command in runnable for argument in command.assemble_argument_collection() for n in argument.names}
    assert option in names | {"--help", "--version"}


def test_the_files_that_the_readme_links_exist() -> None:
    """Relative links lead somewhere."""
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / Path(target)).exists(), f"{page.name}: {target}"
