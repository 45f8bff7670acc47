"""Annotations are read back as the runner of GitHub Actions reads them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from grader.errors import Frame
from grader.exchange.github import annotate, left_out, without_commands
from grader.messages import Text, say
from grader.notebook.broken_cells import SOME_LOST
from grader.report.visible import visible
from grader.results import Excerpt, Status, TraceLine, Verdict

from .samples import HOSTILE, LOSS, finding, hostile, question, result, small, small_notebook

COMMANDS = {"error", "warning", "notice", "debug", "stop-commands", "add-mask", "set-output", "group", "echo"}


@dataclass(frozen=True)
class Command:
    name: str
    properties: dict[str, str]
    data: str


def read(line: str) -> Command | None:
    """Parse a line of output like the runner (actions/runner, ActionCommand.TryParseV2)."""
    line = line.lstrip()
    if not line.startswith("::") or "::" not in line[2:]:
        return None
    head, data = line[2:].split("::", 1)
    name, _, listed = head.partition(" ")
    properties = dict(p.split("=", 1) for p in listed.strip().split(",") if p)
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        properties = {key: value.replace(code, character) for key, value in properties.items()}
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        data = data.replace(code, character)
    return Command(name, properties, data) if name in COMMANDS else None


def commands(made: object, language: str = "en", data: bytes | None = None) -> list[Command]:
    lines = annotate(made, small_notebook() if data is None else data, "tarea2.ipynb", language)  # type: ignore[arg-type]
    found = [read(line) for line in lines]
    assert all(found)
    return [command for command in found if command]


def test_a_small_result_has_an_error_and_a_notice() -> None:
    """A right answer has no annotation; the wrong one's is at the line of its definition in the file."""
    assert annotate(small(), small_notebook(), "hw/tarea2.ipynb", "es") == [
        "::error file=hw/tarea2.ipynb,line=25,endLine=25,title=1b · Pregunta 1b · valor%3A resultado incorrecto::"
        "CELoss is off in 1 of 1 entries%0ACausa probable: the mean over the batch is missing%0A"
        "Qué probar: ¿Suma o promedio?",
        "::notice file=hw/tarea2.ipynb,line=1,endLine=1,title=2a · Pregunta 2a%3A sin responder todavía::"
        "dL_duLm1 was not computed",
    ]


def test_the_line_is_that_of_the_file() -> None:
    """The line in the file is that of the definition, or the last of the student's lines in the traceback."""
    lines = small_notebook().decode().split("\n")
    (error,) = (c for c in commands(small()) if c.name == "error")
    assert "def CELoss" in lines[int(error.properties["line"]) - 1]
    trace = tuple(TraceLine(Frame(cell, line), "") for cell, line in ((1, 1), (2, 2)))
    raised = question("1b", finding(Verdict.RAISED, "raised", traceback=trace), excerpts=(Excerpt(2, 1, LOSS),))
    (error,) = commands(result(raised))
    assert "return (P * Q" in lines[int(error.properties["line"]) - 1]
    assert error.properties["endLine"] == error.properties["line"]


def test_a_method_is_found_inside_its_class() -> None:
    """The call names the method if the result's name is not in the student's code."""
    source = "class SGD:\n    def __init__(self):\n        self.p = 1\n\n    def step(self):\n        self.p = 2"
    wrong = finding(Verdict.FAILED, "off", result="θ after one step", called="sgd.step()")
    made = result(question("4a", wrong, excerpts=(Excerpt(1, 1, source),)))
    (error,) = annotate(made, b"# %%\n" + source.encode(), "a.py", "en")
    assert "file=a.py,line=6,endLine=6," in error


KINDS = [
    (finding(Verdict.FAILED, "x"), ["error"]),
    (finding(Verdict.RAISED, "x"), ["error"]),
    (finding(Verdict.TIMED_OUT, "x"), ["error"]),
    (finding(Verdict.OUT_OF_MEMORY, "x"), ["error"]),
    (finding(Verdict.CRASHED, "x"), ["error"]),
    (finding(Verdict.FORBIDDEN, "x"), ["error"]),
    (finding(Verdict.FORBIDDEN, "x", scored=False), ["warning"]),
    (finding(Verdict.FAILED, "x", scored=False), ["warning"]),
    (finding(Verdict.MISSING, "x", result="other"), ["notice"]),
    (finding(Verdict.SKIPPED, "x"), ["notice"]),
    (finding(Verdict.PENDING, "x"), []),
    (finding(Verdict.GRADER_FAULT, "x"), []),
    (finding(Verdict.PASSED, "x"), []),
]


@pytest.mark.parametrize(("found", "kinds"), KINDS, ids=[f"{f.verdict}, scored: {f.scored}" for f, _ in KINDS])
def test_the_kind_says_what_has_to_be_done(found: object, kinds: list[str]) -> None:
    """An error must be corrected, a warning costs nothing, a notice waits; faults and readings have none of these."""
    right = finding(Verdict.PASSED, "right")
    made = result(question("1b", right, found, excerpts=(Excerpt(2, 1, LOSS),)))  # type: ignore[arg-type]
    assert [c.name for c in commands(made)] == kinds


def test_what_a_hole_gives_is_not_called_wrong() -> None:
    """There is one notice at the hole, without the numbers that it returned."""
    hole = "class SGD:\n    def step(self):\n        pass"
    made = question("4a", finding(Verdict.FAILED, "off by 3"), excerpts=(Excerpt(2, 1, hole),))
    (notice,) = commands(result(made))
    assert (notice.name, notice.properties["line"], notice.data) == ("notice", "26", "not answered yet")


def test_notes_are_warnings_where_they_point() -> None:
    """In-place changes are marked at the answer, a similar name in its cell, a cell that did not run on its line."""
    noted = question(
        "1b",
        finding(Verdict.PASSED, "right"),
        excerpts=(Excerpt(2, 1, LOSS),),
        notes=(
            say("the argument {argument} is changed in place", argument="Q"),
            say("{name} in cell {cell}", name="ce", cell=2),
        ),
    )
    made = result(noted, notes=(say("cell {cell}, line {line} could not be run", cell=2, line=2), say("no place")))
    found = [(c.name, c.properties["line"], c.data) for c in commands(made)]
    assert found == [
        ("warning", "26", "Cell 2, line 2 could not be run"),
        ("warning", "25", "The argument Q is changed in place"),
        ("warning", "25", "ce in cell 2"),
    ]


def test_a_cell_that_does_not_parse_is_a_warning() -> None:
    """The error is at the question that it costs, as in the build's status."""
    note = replace(SOME_LOST, values={"cell": 2, "line": 1, "reason": "expected ':'", "names": "CELoss"})
    lacking = result(question("1b", finding(Verdict.RAISED, "CELoss cannot be read")), notes=(note,))
    complete = result(question("1b", finding(Verdict.PASSED, "right")), notes=(note,))
    assert [c.name for c in commands(lacking)] == ["error", "warning"]
    assert [c.name for c in commands(complete)] == ["warning"]


def test_a_file_that_cannot_be_read_has_one_error() -> None:
    """The error is on the first line and has the reason."""
    made = result(status=Status.UNREADABLE, notes=(say("it is empty"),))
    (error,) = commands(made, data=b"")
    assert (error.name, error.properties["line"], error.data) == ("error", "1", "It is empty.")


def test_no_kind_has_more_than_ten_and_each_question_comes_to_speak() -> None:
    """The first mistake of every question comes before the second of any; the others are counted."""

    def many(id: str) -> object:
        wrong = [finding(Verdict.FAILED, f"{id} {n}", check=Text(en=f"check {n}")) for n in range(6)]
        return question(id, *wrong, excerpts=(Excerpt(2, 1, LOSS),))

    ids = [f"{n}a" for n in range(8)]
    still = [question(f"o{n}", finding(Verdict.MISSING, "x")) for n in range(11)]
    made = result(*(many(id) for id in ids), *still)  # type: ignore[arg-type]
    found = commands(made)
    errors = [c.data for c in found if c.name == "error"]
    assert errors[:8] == [f"{id} 0" for id in ids]
    assert (len(errors), len([c for c in found if c.name == "notice"])) == (10, 10)
    assert left_out(made, "en") == 8 * 6 - 10 + 1
    assert left_out(small(), "en") == 0


def test_an_equal_reason_is_said_once() -> None:
    """The message says how often the reason occurs, and the check without points that repeats it is left out."""
    wrong = finding(Verdict.FAILED, "off")
    again = wrong.with_(case=Text(en="another"))
    made = result(question("1b", wrong.with_(scored=False), wrong, again, excerpts=(Excerpt(2, 1, LOSS),)))
    (error,) = commands(made)
    assert (error.name, error.data) == ("error", "off\nThe same happens in 1 more result")


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_student_starts_a_command(text: str) -> None:
    """Each annotation is one line, however lines are counted, with our properties, and the runner reads it whole."""
    lines = annotate(hostile(text), small_notebook(), f"{text}.ipynb", "en")
    assert len(lines) >= 4
    for line in lines:
        assert line.splitlines() == [line]
        assert line.isprintable()
        command = read(line)
        assert command is not None
        assert command.name in ("error", "warning", "notice")
        assert list(command.properties) == ["file", "line", "endLine", "title"]
        assert command.properties["file"] == visible(f"{text}.ipynb")
        assert command.properties["line"].isdigit()
    said = visible(text)
    assert any(command and said in command.data for command in map(read, lines))


def test_a_message_is_bounded() -> None:
    """An error's text of a megabyte is cut."""
    made = result(question("1b", finding(Verdict.RAISED, "x" * 1_000_000), excerpts=(Excerpt(2, 1, LOSS),)))
    assert len(annotate(made, small_notebook(), "a.ipynb", "en")[0]) < 5_000


@pytest.mark.parametrize("text", HOSTILE)
def test_output_for_people_is_no_command(text: str) -> None:
    """Only a token that no student knows ends the pause between the two lines."""
    lines = without_commands(text, "5f2a").splitlines()
    assert lines[0] == "::stop-commands::5f2a"
    assert lines[-1] == "::5f2a::"
    assert not any("::5f2a::" in line for line in lines[1:-1])
