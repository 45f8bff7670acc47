"""Broken notebooks: whatever the bytes are, there is a program or a sentence, never an exception or a hang."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from grader.assignment import load
from grader.forbidden.find import find_forbidden
from grader.intake.submissions import collect
from grader.notebook.program import build
from grader.notebook.raw_cells import UnreadableNotebook
from grader.notebook.read import read_notebook
from grader.notebook.statements import split

from .tiny import DOUBLE, NEGATE, grade, records, write_assignment

NIGHTLY = bool(os.environ.get("GRADER_NIGHTLY"))
# The ordinary run takes the same examples each time, so that it fails only after a change that broke something.
FUZZ = settings(
    max_examples=5000 if NIGHTLY else 150,
    deadline=None,
    derandomize=not NIGHTLY,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TAREA2 = load.load_assignment(load.default_folder())
NAMES = [name for question in TAREA2.questions for name in question.names]
SNIPPETS = {key: asked for question in TAREA2.questions for key, asked in question.snippets.items()}
HANG_S = 20  # of CPU time; a second is long for a real notebook

# The bytes ------------------------------------------------------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=()), max_size=20)  # surrogates, NUL and control characters included
SCALAR = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.just(10**400)
JSON = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=8
)

DEEP = (
    lambda n: "(" * n + ")" * n + "\n",
    lambda n: "x = " + "[" * n + "]" * n + "\n",
    lambda n: "x = " + "-" * n + "1\n",
    lambda n: "relu = x" + ".y" * n + "\n",
    lambda n: "x = " + "1+" * n + "1\n",
    lambda n: "relu = " + "lambda: " * n + "0\n",
    lambda n: "x" + "[0]" * n + " = relu\n",
    lambda n: "if a:\n  pass\n" + "elif a:\n  relu = 1\n" * n,
)
# Code that students write, code that they break, and code that Python reads differently from an editor.
FRAGMENTS = st.sampled_from([
    *("import torch\n", "from torch import *\n", "from . import a\n", "from __future__ import annotations\n"),
    *(DOUBLE, NEGATE, "def double(t):\n", "    return t\n", "class FFNN:\n", "class FFNN(FFNN):\n", "  pass\n"),
    *("FFNN.forward = double\n", "setattr(FFNN, 'backward', lambda self: 0)\n", "@torch.no_grad()\n", "@\n"),
    *("def relu(t, *, a=(yield)):\n", "lambda: (yield)\n", "async def f(): await g\n", "await f()\n", "return 3\n"),
    *("x = y = z\n", "x: int\n", "(x := 3)\n", "*a, b = c\n", "x[0].y += 1\n", "del relu\n", "global relu\n"),
    *("nonlocal t\n", "for relu in ():\n  break\nelse:\n  pass\n", "with a as (b, c): pass\n", "break\n"),
    *("try:\n  pass\nexcept* E as e:\n  pass\n", "match x:\n  case [1, *r] | {'a': r}: pass\n", "type X = int\n"),
    *("if __name__ == '__main__':\n", "if '__main__' == __name__: relu = 3\n", "while True: pass\n", "assert 0\n"),
    *("!pip install x\n", "%%time\n", "%%bash\n", "%time x = 1\n", "x = !ls\n", "x?\n", ">>> x\n", "In [3]: x\n"),
    *("dL_dU = \\\n", "\\", "'''", '"""', "'", "f'{x!r:{y}}'\n", "f'{'\n", "b'\\xff'\n", "'\\d'\n"),
    *("(", ")", "[", "]", "{", "}", ";", ":", ",", "=", "#", "\t", " ", "\n", "\r", "\r\n", "\f", "\v", "\0", "\x1a"),
    *("\u2028", "\x85", "\x1c", "\ufeff", "\u200b", "\u202e", "ﬁ", "\ud800", "µ = 1\n", "0_", "1e999", "9" * 5000),
    # Nesting that Python's parser takes and a walk over the tree may not, and nesting that neither takes.
    *(deep(n) for n in (90, 300, 900, 5000) for deep in DEEP),
    *("".join(" " * n + "if 1:\n" for n in range(110)), "# -*- coding: latin-1 -*-\n", "# coding: nonsense\n"),
    *("# %%\n", "# %% [markdown]\n", "# In[ ]:\n", "print(end='')\n", "exec('relu = 1')\n", "globals()['relu'] = 1\n"),
])  # fmt: skip
SOURCE = st.lists(FRAGMENTS | TEXT, max_size=8).map("".join)


@st.composite
def edited(draw: st.DrawFn) -> str:
    """A cell of a right answer with a few cuts, doublings and insertions."""
    source = draw(st.sampled_from(RIGHT_CELLS))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(source)))
        end = min(start + draw(st.integers(0, 40)), len(source))
        put = draw(st.sampled_from(["", source[start:end] * 2]) | FRAGMENTS)
        source = source[:start] + put + source[end:]
    return source


def _right_cells() -> list[str]:
    found = [DOUBLE, NEGATE]
    for file in sorted((Path(__file__).parents[1] / "submissions").glob("*.ipynb"))[:6]:
        with contextlib.suppress(ValueError, KeyError):
            cells = json.loads(file.read_text())["cells"]
            found += ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    return found


RIGHT_CELLS = _right_cells()
SOURCES = SOURCE | edited() | edited()

OUTPUT = st.fixed_dictionaries(
    {},
    optional={
        "output_type": st.sampled_from(["stream", "display_data", "execute_result", "error", "pyout"]) | JSON,
        "data": st.dictionaries(st.sampled_from(["image/png", "text/html", ""]) | TEXT, JSON, max_size=2) | JSON,
        "text": st.lists(TEXT, max_size=2) | JSON,
        "png": JSON,
        "traceback": JSON,
    },
)
CELL = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code"] * 6 + ["markdown", "raw", "heading", "html", ""]) | JSON,
        "source": SOURCES | SOURCES.map(lambda s: s.splitlines(True)) | JSON,
        "input": SOURCES | JSON,
        "outputs": st.lists(OUTPUT | JSON, max_size=2) | JSON,
        "metadata": JSON,
        "id": JSON,
        "execution_count": JSON,
        "attachments": st.dictionaries(TEXT, JSON, max_size=2) | JSON,
        "level": JSON,
        "collapsed": JSON,
    },
)
CODE = SOURCES.map(lambda s: {"cell_type": "code", "source": s, "outputs": [], "metadata": {}})
CELLS = st.lists(CODE | CELL | JSON, max_size=5)
PLAIN = st.lists(CODE | CODE | CELL, min_size=1, max_size=6).map(lambda cells: {"nbformat": 4, "cells": cells})
NOTEBOOK = st.fixed_dictionaries(
    {},
    optional={
        "cells": CELLS | CELLS | JSON,
        "worksheets": st.lists(st.fixed_dictionaries({}, optional={"cells": CELLS | JSON}) | JSON, max_size=2) | JSON,
        "nbformat": st.sampled_from([2, 3, 4, 5]) | JSON,
        "nbformat_minor": st.integers(0, 9) | JSON,
        "metadata": st.fixed_dictionaries(
            {},
            optional={
                "kernelspec": st.fixed_dictionaries({}, optional={"language": st.just("python") | JSON}) | JSON,
                "language_info": st.fixed_dictionaries({}, optional={"name": st.just("python") | JSON}) | JSON,
                "name": JSON,
            },
        )
        | JSON,
    },
)


@st.composite
def files(draw: st.DrawFn) -> tuple[str, bytes]:
    """A file's ending and its bytes: a notebook or a script, most of them whole, some damaged on the way."""
    if draw(st.integers(0, 9)) == 0:
        return ".py", draw(SOURCES | st.lists(SOURCES, max_size=4).map("\n# %%\n".join)).encode(
            "utf-8", "surrogatepass"
        )
    plain = draw(st.integers(0, 9))
    content = draw(PLAIN if plain < 6 else NOTEBOOK if plain < 9 else JSON)
    text = json.dumps(content, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 1])))
    match draw(st.integers(0, 29)):
        case 0:
            text = text[: draw(st.integers(0, len(text)))]
        case 1:
            place = draw(st.integers(0, len(text)))
            text = (
                text[:place]
                + draw(TEXT | st.sampled_from(["NaN", "-Infinity", "[" * 50_000, "\0", ","]))
                + text[place:]
            )
        case 2:
            text = text.replace("{", '{"cells": 3, "source": [], "cell_type": null, ', 1)  # duplicate keys
        case 3:
            text = text.replace("\n", "\r\n")
        case 4:
            text = "\ufeff" + text
        case 5:
            return ".ipynb", text.encode("utf-16", "surrogatepass")
        case 6:
            return ".ipynb", text.encode("utf-8", "surrogatepass") + draw(st.binary(max_size=10))
        case 7:
            return ".ipynb", draw(st.binary(max_size=200))
    return ".ipynb", text.encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, bytes]:
    """A notebook with right and edited answers, damaged in one of the ways in which files are."""
    cells = draw(st.lists(CODE | edited().map(lambda s: {"cell_type": "code", "source": s}), min_size=1, max_size=6))
    content: dict[str, object] = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    number = draw(st.sampled_from(["9" * 400, "9" * 5000, "1e999", "-1e999", "NaN", "0." + "1" * 400, "1" * 100_000]))
    depth = draw(st.sampled_from([50, 900, 2000, 100_000]))
    where = draw(st.sampled_from(["nbformat", "metadata", "cells", "source", "cell_type", "outputs"]))
    text = json.dumps(content)
    match draw(st.sampled_from(["cut", "bits", "deep", "number", "type", "code", "repeated", "encoding"])):
        case "cut":
            start, end = sorted((draw(st.integers(0, len(text))), draw(st.integers(0, len(text)))))
            return ".ipynb", (text[:start] if draw(st.booleans()) else text[:start] + text[end:]).encode()
        case "bits":
            data = bytearray(text.encode())
            for place in draw(st.lists(st.integers(0, 8 * len(data) - 1), min_size=1, max_size=9)):
                data[place // 8] ^= 1 << place % 8
            return draw(st.sampled_from([".ipynb", ".py"])), bytes(data)
        case "deep":
            open_, close = draw(st.sampled_from([("[", "]"), ('{"a":', "}"), ('[{"cells":', "}]")]))
            nested = open_ * depth + "0" + close * depth
            return ".ipynb", text.replace('"metadata": {}', f'"metadata": {nested}', 1).encode()
        case "number":
            return ".ipynb", text.replace('"nbformat": 4', f'"{where}": {number}', 1).encode()
        case "type":
            wrong = json.dumps(draw(JSON))
            return ".ipynb", text.replace('"cell_type": "code"', f'"{where}": {wrong}').encode()
        case "code":
            shape = draw(st.sampled_from(DEEP))
            before = "".join(str(cell["source"]) for cell in cells)
            return ".py", f"{before}\ndL_dU = relu\n{shape(min(depth, 5000))}".encode("utf-8", "surrogatepass")
        case "repeated":
            content["cells"] = cells * draw(st.sampled_from([2, 30]))
            return ".ipynb", json.dumps(content).encode()
        case _:
            written = draw(st.sampled_from(["utf-16", "utf-32", "utf-16-le", "latin-1", "cp1252", "utf-7", "cp037"]))
            return draw(st.sampled_from([".ipynb", ".py"])), text.encode(written, "replace")


# What happens to them -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Read:
    """The stage that a file reached."""

    readable: bool
    statements: int = 0


def read(ending: str, data: bytes, folder: Path) -> Read:
    """Everything that the trusted side does with a file before student code runs."""
    file = folder / f"ana{ending}"
    file.write_bytes(data)
    (submission,) = collect(file)
    if submission.problem is not None:
        submission.problem.render("es").encode()
        return Read(False)
    try:
        notebook = read_notebook(submission.data, submission.file)
    except UnreadableNotebook as error:
        error.message.render("es").encode()  # a page can only show text
        return Read(False)
    program = build(notebook, NAMES, SNIPPETS)
    for question in TAREA2.questions:
        find_forbidden(program, notebook, question)
    for message in (*notebook.notes, *program.notes):
        message.render("es").encode()
    for statement in program.statements:
        statement.source.encode()
        ast.parse(statement.source)
    for d in program.definitions.values():
        d.source.encode()
    return Read(True, len(split(notebook).statements))


@contextlib.contextmanager
def no_hang(seconds: int = HANG_S) -> Iterator[None]:
    """Fail where the block takes more CPU time: by the clock, a loaded machine is as slow as a hang."""

    def rang(number: int, frame: object) -> None:
        raise AssertionError(f"it hangs: {seconds} s")

    before = signal.signal(signal.SIGPROF, rang)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
@pytest.mark.timeout(3600)
def test_no_bytes_break_the_reader(tmp_path: Path) -> None:
    """From the file to the program: statements that Python accepts, or a sentence; no exception, no hang."""
    found: list[Read] = []

    @given(files() | damaged())
    @FUZZ
    def try_one(file: tuple[str, bytes]) -> None:
        with no_hang():
            found.append(read(*file, tmp_path))

    try_one()
    # The fuzzer gets past the reader: many of its files can be read, and hold statements.
    assert sum(r.readable for r in found) > len(found) / 4
    assert sum(r.statements > 0 for r in found) > len(found) / 6


def graded_or_unreadable(
    capsys: pytest.CaptureFixture[str], folder: Path, out: Path, assignment: Path, count: int
) -> None:
    """Grade a class of so many broken files to its end: none is a fault of the grader, and each has its row."""
    folder.mkdir()
    number = iter(range(10_000))

    @given(files() | damaged())
    @settings(max_examples=count, deadline=None, derandomize=not NIGHTLY, database=None,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    def make(file: tuple[str, bytes]) -> None:
        ending, data = file
        (folder / f"s{next(number):04}{ending}").write_bytes(data)

    make()
    said = grade(capsys, folder, "--assignment", assignment, "--out", out)
    assert said.status in (0, 1), said.out
    assert "Traceback" not in said.out + said.err
    found = records(out)
    assert len(found) == len(list(folder.iterdir()))
    for record in found.values():
        assert record["status"] == "graded" or record["notes"], record
    assert {record["status"] for record in found.values()} == {"graded", "unreadable"}


@pytest.mark.bwrap
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_no_bytes_break_a_run(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """From the file to the page: each is graded, or is unreadable with a sentence."""
    assignment = write_assignment(tmp_path / "table", call_s=5)
    graded_or_unreadable(capsys, tmp_path / "class", tmp_path / "out", assignment, 100)


@pytest.mark.bwrap
@pytest.mark.nightly  # 5,000 files take a quarter of an hour
@pytest.mark.timeout(7200)
@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore::DeprecationWarning")
def test_no_bytes_break_a_run_of_the_course(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The same for 5,000 files and for questions that are answered by cells."""
    graded_or_unreadable(capsys, tmp_path / "class", tmp_path / "out", load.default_folder(), 5000)
