"""Known mistakes are applied to the text of the solution."""

from __future__ import annotations

import ast
from dataclasses import replace
from difflib import unified_diff
from pathlib import Path

import pytest

from grader.assignment.course import Mistake, Source
from grader.assignment.patches import changes, hunks, located, overlap, patched
from grader.assignment.percent import split
from grader.assignment.slips import Slip, Slips
from grader.assignment.spec import Question
from grader.errors import AssignmentError
from grader.messages import Text

from .percent_file import NETWORK, read

TWO = """def train(data, net):
    total = 0.0
    for X, y in data:
        total += net(X)  # keep
    return total


def test(data, net):
    total = 0.0
    for X, y in data:
        total += net(X)
    return total / len(data)


class Net:
    def forward(self, x):
        if x > 0:
            x = x - 1
        return x
"""
QUESTION = Question("1", Text("a", "b"), points=1, solution=(Source(TWO, "two.py", 1),))


def mistake(diff: str, question: Question = QUESTION, name: str = "m") -> Mistake:
    (cell,) = split(f"# %% wrong {name}: a | b [raw]\n{diff}\n", "a.py", Slips())
    found = tuple(located(hunk, question.solution, question.id) for hunk in hunks(cell))
    return Mistake(name, question.id, Text("a", "b"), Source(cell.body, "a.py", 1), hunks=found)


def applied(*diffs: str) -> list[str]:
    """The lines that differ, as "-old" and "+new", the old ones first."""
    (source,) = patched(QUESTION, [mistake(diff, name=f"m{k}") for k, diff in enumerate(diffs)])
    lines = list(unified_diff(TWO.splitlines(), source.code.splitlines(), n=0, lineterm=""))[2:]
    return [line for sign in "-+" for line in lines if line.startswith(sign)]


APPLIED = {
    "a part of a line": ("# - / len(data)\n# + / 2", ["-    return total / len(data)", "+    return total / 2"]),
    "a deleted part": ("# -  / len(data)", ["-    return total / len(data)", "+    return total"]),
    "further lines": (
        "# - return total / len(data)\n# + total += 1\n# + if total:\n# +     return 0",
        ["-    return total / len(data)", "+    total += 1", "+    if total:", "+        return 0"],
    ),
    "leading spaces": (
        "# -     return total / len(data)\n# +     total += 1\n# +     return 0",
        ["-    return total / len(data)", "+    total += 1", "+    return 0"],
    ),
    "an address": ("# in train\n# - total = 0.0\n# + total = 1.0", ["-    total = 0.0", "+    total = 1.0"]),
    "an address of a method": (
        "# in Net.forward\n# - return x\n# + return 1",
        ["-        return x", "+        return 1"],
    ),
    "whole lines": (
        "# - total += net(X)\n# - return total / len(data)\n# + total = 1",
        ["-        total += net(X)", "-    return total / len(data)", "+        total = 1"],
    ),
    "whole lines with their spaces": (
        "# -         total += net(X)\n# -     return total / len(data)\n# +         total = 1\n# +     return 2",
        ["-        total += net(X)", "-    return total / len(data)", "+        total = 1", "+    return 2"],
    ),
    "a context line": (
        "#   total += net(X)\n# - return total / len(data)\n# + return 1",
        ["-    return total / len(data)", "+    return 1"],
    ),
    "an added line": ("#   return total / len(data)\n# + # more", ["+    # more"]),
    "a deleted line goes": (
        "# in Net\n# - if x > 0:\n# -     x = x - 1",
        ["-        if x > 0:", "-            x = x - 1"],
    ),
    "a deleted line that is needed": ("# - x = x - 1", ["-            x = x - 1", "+            pass"]),
    "a deleted line with a comment": (
        "# in train\n# - total += net(X)",
        ["-        total += net(X)  # keep", "+        pass"],
    ),
    "two hunks": (
        "# in train\n# - = 0.0\n# + = 1.0\n# - return total\n# + return 1",
        ["-    total = 0.0", "-    return total", "+    total = 1.0", "+    return 1"],
    ),
    "two deletions": (
        "# in Net\n# - return x\n#\n# - x = x - 1",
        ["-            x = x - 1", "-        return x", "+            pass"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("diff", "lines"), APPLIED.values(), ids=APPLIED)
def test_a_diff_is_applied(diff: str, lines: list[str]) -> None:
    """The text is found once, and the new lines get its indentation."""
    assert applied(diff) == lines


def test_a_pair_is_both_diffs_of_the_original() -> None:
    """The second diff does not see what the first one wrote."""
    assert applied("# - / len(data)\n# + / 2.0", "# in test\n# - total = 0.0\n# + total = 2.0") == [
        "-    total = 0.0",
        "-    return total / len(data)",
        "+    total = 2.0",
        "+    return total / 2.0",
    ]


def test_overlapping_diffs_make_no_pair() -> None:
    """They would change the same text."""
    a, b = mistake("# - total / len(data)\n# + 1", name="a"), mistake("# - / len(data)\n# + / 2", name="b")
    other = mistake("# - x = x - 1\n# + x = 1")
    assert overlap(a, b)
    assert not overlap(a, other)
    sentence = "a.py, line 1, question 1: two hunks of a and b change the same line: make them one hunk"
    with pytest.raises(AssignmentError) as error:
        patched(QUESTION, [a, b])
    assert str(error.value) == sentence


def test_code_follows_the_solution() -> None:
    """A mistake may be code that redefines a name; it makes no pair with a mistake in the same name."""
    code = replace(mistake("# - x = x - 1\n# + x = 1"), hunks=(), code="def f(self, x):\n    return 0\nNet.forward = f")
    code = replace(code, changes=changes(QUESTION, code))
    assert [source.code for source in patched(QUESTION, [code])] == [TWO, code.code]
    assert code.changes == {"Net.forward"}
    diff = mistake("# - x = x - 1\n# + x = 1")
    assert overlap(code, replace(diff, changes=changes(QUESTION, diff)))


CHANGES = {
    "# - / len(data)\n# + / 2": {"test"},
    "# - x > 0\n# + x > 1": {"Net.forward"},
    "# - def forward(self, x):\n# + def backward(self, x):": {"Net.forward", "Net.backward"},
    "# - class Net:\n# + class Net(dict):": {"Net"},
    "# - return x\n# + return x": set(),
    "# - class Net:\n# -     def forward(self, x):\n# + class Net:\n# +     def forward(self):": {"Net.forward"},
}


@pytest.mark.parametrize(("diff", "names"), CHANGES.items())
def test_a_mistake_knows_what_it_changes(diff: str, names: set[str]) -> None:
    """Functions, methods and other names whose lines it touches, and those that it adds."""
    assert changes(QUESTION, mistake(diff)) == names


def test_every_line_of_a_module_keeps_its_place(tmp_path: Path) -> None:
    """The text is that of the file, but for relative imports."""
    question = read(tmp_path).questions[0]
    (source,) = patched(question, [])
    assert [line for line in source.code.splitlines() if line] == [
        line for line in NETWORK.splitlines() if line and "from ." not in line
    ]
    ast.parse(source.code)


MORE = "write more of the line, a context line, or `# in NAME` above it"
NO_LINE = (
    "a part of the diff has no `-` line, or nothing but context: write the line that it replaces, and the new one "
    "below it"
)
NOT_FOUND = {
    "# - total = 0.0\n# + x": f"`total = 0.0` stands 2 times, in line 2 of two.py and line 9 of two.py: {MORE}",
    "# in train\n# - total\n# + x": "`total` stands 3 times, in line 2 of two.py and line 4 of two.py and line 5 of "
    f"two.py: {MORE}",
    "# - total = 1\n# + x": "`total = 1` stands nowhere in the solution of 1: copy a line of it, or a part of one line",
    "# in Net\n# - total\n# + x": "`total` stands nowhere in Net of 1: copy a line of it, or a part of one line",
    "# in Not\n# - total\n# + x": "the solution of 1 has no Not: write `# in` and one of its functions or methods",
    "# - total = 0.0\n# - for X, y in data:\n# + x": "`total = 0.0` and the line below it stand 2 times, in line 2 of "
    f"two.py and line 9 of two.py: {MORE}",
    "# + x": NO_LINE,
    "#   return x": NO_LINE,
    "# return x": "`# return x` is not a line of a diff: begin it with `# - `, `# + `, `# in ` or `#   `",
    "": "the mistake changes nothing: write a line `# - old text` and a line `# + new text`",
}


@pytest.mark.parametrize(("diff", "sentence"), NOT_FOUND.items())
def test_a_text_that_is_not_found_once_is_a_slip(diff: str, sentence: str) -> None:
    """The sentence says where the text stands, and what to write."""
    cell = split(f"# %% wrong m: a | b [raw]\n\n{diff}\n", "a.py", Slips())[0]
    with pytest.raises(Slip) as error:
        [located(hunk, QUESTION.solution, "1") for hunk in hunks(cell)]
    assert str(error.value) == sentence


def test_a_text_in_two_files_names_both() -> None:
    """Each line belongs to its file; a cell's lines are those of the assignment's file."""
    question = replace(QUESTION, solution=(Source("x = 1\n", "a.py", 1), Source("x = 1\ny = 2", "b.py", 7)))
    with pytest.raises(Slip, match=r"`x = 1` stands 2 times, in line 1 of a.py and line 7 of b.py"):
        mistake("# - x = 1\n# + x = 2", question)


def test_a_result_that_does_not_parse_is_a_slip() -> None:
    """The sentence has the place of the mistake."""
    with pytest.raises(AssignmentError) as error:
        patched(QUESTION, [mistake("# - / len(data)\n# + / (2")])
    assert str(error.value) == "a.py, line 1, question 1: the solution with m does not parse: change its `+` lines"
