"""Answers in several files are judged as if they were in one: repaired, forbidden, traced and run file by file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from grader.intake.submissions import HandedIn, Submission
from grader.judging.judge import Judge
from grader.judging.submission import Conditions, Task, judge_one
from grader.results import SubmissionResult, Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits

from .grader.judging.in_process import assignment
from .grader.notebook.cells import code, notebook

LIMITS = Limits(call_s=60, load_s=60, submission_s=600)
CASES = '@public("case 1", n=3)\n@hidden("case 2", n=4)\n'
RIGHT = "import torch\ndef double(t):\n    return 2 * t\n"
WRONG = "import torch\ndef double(t):\n    return 3 * t\n"
NET = "from doble import *\nclass Net:\n    def four(self, t):\n        return double(double(t))\n"
TABLE = replace(
    assignment(
        "# %% question 1: One\n# points: 2\n# forbidden: torch.add\n# %% solution\n" + RIGHT
        + "# %% test values\n" + CASES + "def test(d):\n    return {'double': double(d.normal(d.n))}\n"
        + "# %% stand-in double\ndef double(t):\n    return t + t\n",
        "# %% question 2: Two\n# points: 2\n# needs: 1 (share 1)\n# %% solution\n"
        + NET.removeprefix("from doble import *\n")
        + "# %% test values\n" + CASES + "def test(d):\n    return {'four': Net().four(d.normal(d.n))}\n",
    ),
    limits=LIMITS,
)  # fmt: skip


@pytest.fixture(scope="module")
def lane() -> Iterator[Lane]:
    with Lane(Level.NONE, LIMITS) as lane:
        yield lane


def graded(lane: Lane, *cells: str, **modules: str) -> SubmissionResult:
    """The result of a notebook with these cells and the modules next to it."""
    files = [HandedIn(f"{name}.py", source.encode(), 0.0) for name, source in modules.items()]
    files += [HandedIn("t.ipynb", notebook(*map(code, cells)), 1.0)] if cells else []
    submission = Submission("Ana", "ana", f"ana/{files[-1].path}", files[-1].data, 0.0, "", files=tuple(files))
    result = judge_one(Task(submission), Judge(TABLE, "salt"), lane, Conditions("en"))
    assert not result.fault
    return result


def points(result: SubmissionResult) -> list[float]:
    return [q.points for q in result.questions]


@pytest.mark.parametrize(
    "cells",
    [
        ("from doble import *\nfrom red import *",),
        ("import doble as d, red\ndouble = d.double\nNet = red.Net",),
        ("%run doble.py\n%run red.py",),
        ("exec(open('/content/drive/MyDrive/doble.py').read())", "from red import Net"),
        ("import sys, importlib\nsys.path.append('/content/drive')\nred = importlib.import_module('red')",),
        ("%%writefile extra.py\nfrom doble import double", "from extra import *", "from red import Net"),
        ("def double(t):\n    from doble import double as d\n    return d(t)", "from red import Net"),
        ("def double(t):\n    import doble\n    return doble.double(t)\nx = double(1)", "from red import Net"),
        ("from red import Net", "def double(t):\n    return __import__('doble').double(t)"),
        ("exec('''from doble import double''')", "code = 'from red import Net'\nexec(code, globals())"),
        ("%%bash\ncat > extra.py <<'EOF'\nfrom doble import double\nEOF", "from extra import *", "from red import *"),
        ("import asyncio\nawait asyncio.sleep(0.01)\nimport doble\ndouble = doble.double", "from red import Net"),
        (),
    ],
)
def test_answers_in_modules_earn_their_points(lane: Lane, cells: tuple[str, ...]) -> None:
    """However the notebook loads them, and without any notebook."""
    assert points(graded(lane, *cells, doble=RIGHT, red=NET)) == [2, 2]


@pytest.mark.parametrize("again", ["code = code.replace('3', '2')", "code += '\\n' * 2", "for code in [good]: pass"])
def test_a_text_that_was_changed_before_it_runs_is_not_taken_as_it_was(lane: Lane, again: str) -> None:
    """Python runs the text that the variable holds then; the grader does not know it, and judges no other one."""
    code = "good = 'def double(t):\\n    return 2 * t'\ncode = 'def double(t):\\n    return 3 * t'"
    (finding, *_) = graded(lane, code, again, "exec(code)").questions[0].findings
    assert finding.verdict is not Verdict.FAILED


def test_a_stand_in_reaches_the_modules_that_import_the_wrong_answer(lane: Lane) -> None:
    """What builds on a wrong answer is judged with a right one, though it is bound in another module."""
    result = graded(lane, "from doble import *\nfrom red import Net", doble=WRONG, red=NET)
    assert points(result) == [0, 2]
    assert "right apart from what is wrong or missing in 1" in result.questions[1].notes[0].render("en")


def test_a_forbidden_call_in_a_module_is_named_with_its_line(lane: Lane) -> None:
    """The question's points are lost, and the page shows the module's line."""
    added = "import torch\n\ndef double(t):\n    return torch.add(t, t)\n"
    question = graded(lane, "from doble import *", doble=added).questions[0]
    (finding,) = [f for f in question.findings if f.verdict is Verdict.FORBIDDEN]
    assert "torch.add is used in doble.py, line 4" in finding.message.render("en")
    assert (question.points, finding.traceback[0].source) == (0, "    return torch.add(t, t)")


def test_a_forbidden_call_is_found_behind_an_import_inside_a_function(lane: Lane) -> None:
    """Also where the name is that of another function outside."""
    added = "import torch\n\ndef sum2(t):\n    return torch.add(t, t)\n"
    hidden = "def sum2(t):\n    return t\ndef double(t):\n    from doble import sum2\n    return sum2(t)"
    for cell in (hidden, "def double(t):\n    import doble as d\n    return d.sum2(t)"):
        assert points(graded(lane, cell, doble=added))[0] == 0


def test_an_import_inside_a_function_means_the_file_with_the_name_of_a_library(lane: Lane) -> None:
    """The file is meant where it defines what is taken; otherwise the library is."""
    cell = "def double(t):\n    from statistics import twice\n    import statistics as s, math\n"
    cell += "    import statistics\n    return twice(t) * s.one * statistics.one * math.cos(0)"
    own = "one = 1\ndef twice(t):\n    return 2 * t\n"
    assert points(graded(lane, cell, "from red import Net", statistics=own, red=NET.partition("\n")[2]))[0] == 2


def test_a_traceback_and_the_code_name_the_module(lane: Lane) -> None:
    """People are told the file and the line within it."""
    broken = RIGHT.replace("    return", "    raise ValueError('x')\n    return")
    question = graded(lane, "from doble import *", doble=broken).questions[0]
    frame = next(f for f in question.findings if f.traceback).traceback[-1].frame
    assert (frame.file, frame.line, frame.function) == ("doble.py", 3, "double")
    assert [(e.file, e.line) for e in question.excerpts] == [("doble.py", 2)]


def test_the_rest_of_a_module_does_not_matter(lane: Lane) -> None:
    """A module that trains without end or fails at its last line has answers all the same."""
    noisy = RIGHT + "while True:\n    double(1)\n\ninput()\n1 / 0\nx = double('a') / 0\n"
    assert points(graded(lane, "from doble import double\nfrom red import Net", doble=noisy, red=NET)) == [2, 2]


def test_a_file_with_the_name_of_a_library_answers_beside_it(lane: Lane) -> None:
    """`from random import double` is the student's own; torch and the student's file itself have the library."""
    own = "from random import random\nimport random as r\n" + RIGHT + "    return random() + r.random()\n"
    net = NET.replace("from doble import *", "from random import double")
    assert points(graded(lane, "import random\nrandom.seed(1)\n" + net, random=own)) == [2, 2]


def test_packages_with_the_name_of_a_library_or_of_a_stand_in(lane: Lane) -> None:
    """A folder `cmd` or `tqdm` next to the notebook is the student's, also for relative imports inside it."""
    modules = {
        "cmd/__init__": "from .doble import *\n", "cmd/doble": RIGHT, "tqdm/__init__": "",
        "tqdm/red": NET.replace("from doble import *", "from cmd.doble import double"), "wandb": "one = 1\n",
    }  # fmt: skip
    cell = "from cmd import double\nfrom tqdm.red import Net\nfrom wandb import one\ndef double(t, d=double):\n"
    assert points(graded(lane, cell + "    return d(t) * one", **modules)) == [2, 2]
