"""Each slip of an author is one sentence: file, line, question, test and case, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader import cli
from grader.assignment.forbidden_groups import GROUPS, forbidden_names
from grader.assignment.load import load_assignment
from grader.errors import AssignmentError

from .percent_file import NETWORK, SOUND, read, write

TEST_OF_2C = """# %% test dL_du
@hidden(B=3)
def test(d):
    yield from d.snippet(uk=d.normal(d.B, 2), hk=d.normal(d.B, 3))
"""
YIELDS = """    yield "y", net.forward(x)
    yield "W", net.backward(x, x)
"""
FIRST_CELL = SOUND[: SOUND.index("\n\n") + 1]

# The slip: what it replaces in the sound assignment, and the sentence.
SLIPS = {
    "a title that Jupytext would rewrite": (
        "# %% test dL_du", "# %% test stable=False",
        "toy.py, line 94, question 2c: Jupytext would rewrite the title: put the words around `=` in brackets, and "
        "use no `{`",
    ),
    "a call of a name that nobody defines": (
        "net.forward(x)", "net.forward(softmx(x))",
        "toy.py, line 48, question 0, test Net.forward: nobody defines `softmx`: define it in a given or helper "
        "cell, or import it inside the function",
    ),
    "a misspelt helper": (
        "shapes(d))\n    x", "shape(d))\n    x",
        "toy.py, line 46, question 0, test Net.forward: nobody defines `shape`: did you mean shapes?",
    ),
    "a name that nobody defines, in a judge": (
        "at_most(", "at_moost(",
        "toy.py, line 52, question 0, test Net.forward: nobody defines `at_moost`: did you mean at_most?",
    ),
    "a name that nobody defines, in a helper": (
        '{"W": (d.F, d.C)}', '{"W": np.zeros(2)}',
        "toy.py, line 20: nobody defines `np`: define it in a given or helper cell, or import it inside the "
        "function",
    ),
    "a size that one case lacks": (
        "@hidden(F=4, C=2, acts", "@hidden(F=4, acts",
        "toy.py, line 46, question 0, test Net.forward, case 2: the case lacks the size C: write `C=...` in it",
    ),
    "a size that all cases lack": (
        "d.normal(2, d.F)", "d.normal(2, d.NN)",
        "toy.py, line 47, question 0, test Net.forward: `d.NN` is neither a method of d nor a size of a case: "
        "write `NN=...` in each case",
    ),
    "a method of d that does not exist": (
        "d.normal(2, d.F)", "d.nromal(2, d.F)",
        "toy.py, line 47, question 0, test Net.forward: `d.nromal` is neither a method of d nor a size of a case: "
        "did you mean normal?",
    ),
    "a size called as a method": (
        "@hidden(F=4, C=2", "@hidden(F=4, C=2, fill=3",
        "toy.py, line 44, question 0, test Net.forward, case 2: the size fill has the name of d.fill: choose "
        "another one",
    ),
    "a question without a test": (
        TEST_OF_2C, "",
        "toy.py, line 81, question 2c: the question has no test: add a cell `# %% test SPANISH | ENGLISH`, or "
        "write points by hand",
    ),
    "a question's title that is not a pair": (
        "0: Red | Network", "0: Network of two layers",
        "toy.py, line 22, question 0: `Network of two layers` is not a pair: write `SPANISH | ENGLISH`",
    ),
    "a pair with an empty half": (
        "Red | Network", "Red |",
        "toy.py, line 22, question 0: `Red |` is not a pair: write `SPANISH | ENGLISH`",
    ),
    "a test's title that is not a pair": (
        "test dL_du", "test the gradient",
        "toy.py, line 94, question 2c, test the gradient: `the gradient` is not a pair: write `SPANISH | ENGLISH`",
    ),
    "a hint that is not a pair": (
        "Falta sig. | sig is missing.", "sig is missing.",
        "toy.py, line 54, question 0: `sig is missing.` is not a pair: write `SPANISH | ENGLISH`",
    ),
    "a hint of a test that is not a pair": (
        "# hint: Mira sig. | Look at sig.", "# hint: Look at sig.",
        "toy.py, line 41, question 0, test Net.forward: `Look at sig.` is not a pair: write `SPANISH | ENGLISH`",
    ),
    "a mistake without a hint": (
        "no-sig: Falta sig. | sig is missing.", "no-sig",
        "toy.py, line 54, question 0: the mistake no-sig has no hint: write `# es: ...` and `# en: ...` below its "
        "title",
    ),
    "a mistake with a hint in one language": (
        "no-sig: Falta sig. | sig is missing. [raw]", "no-sig [raw]\n# es: Falta sig.",
        "toy.py, line 54, question 0: the mistake no-sig has no hint: write `# es: ...` and `# en: ...` below its "
        "title",
    ),
    "a case's title that is not a pair": (
        '"3 filas | 3 rows"', '"3 rows"',
        "toy.py, line 43, question 0, test Net.forward: `3 rows` is not a pair: write `SPANISH | ENGLISH`",
    ),
    "a missing solution": (
        "# %% solution network.py\n", "",
        "toy.py, line 22, question 0: the question has tests and no solution: add a cell `# %% solution`",
    ),
    "a missing module": (
        "network.py", "netwrk.py",
        "toy.py, line 32, question 0: `netwrk.py` is not a module beside the assignment: write a name such as "
        "losses.py",
    ),
    "a missing stand-in": (
        "# %% stand-in sig Net.backward from repairs.py\n", "",
        "toy.py, line 83, question 2c: the question needs 0, which has no stand-in for wrong answers: add a cell "
        "`# %% stand-in Net Net.backward Net.forward sig` to question 0",
    ),
    "a stand-in that calls what is forbidden": (
        "# bonus\n# needs: 0 (share 0.5)", "# bonus\n# forbidden: torch.sigmoid\n# needs: 0 (share 0.5)",
        "toy.py, line 85, question 2c: a stand-in of question 0 calls `torch.sigmoid`, which this question forbids: "
        "such a call costs the student, so write other code",
    ),
    "a stand-in that the file does not define": (
        "stand-in sig Net.backward", "stand-in sig Net.forward",
        "toy.py, line 69, question 0: repairs.py does not define forward: write its definition there",
    ),
    "an id with a space": (
        "question 2c:", "question my layer:",
        "toy.py, line 81, question my layer: `my layer: Capa | Layer` is not an id without spaces and a title: "
        "write `# %% question ID: SPANISH | ENGLISH`",
    ),
    "a question without a title": (
        "question 0: Red | Network", "question 0",
        "toy.py, line 22, question 0: `0` is not an id without spaces and a title: write `# %% question ID: "
        "SPANISH | ENGLISH`",
    ),
    "an unknown forbidden name": (
        "torch.optim.*", "torch.optm.*",
        "toy.py, line 24, question 0: `torch` has no `optm`, which the question forbids: did you mean optim?",
    ),
    "an unknown forbidden group": (
        "autograd, torch", "autograds, torch",
        "toy.py, line 24, question 0: nothing is called `autograds`, which the question forbids: did you mean "
        "autograd?",
    ),
    "an argument type that cannot travel": (
        "F=3, C=2", "F={1, 2}, C=2",
        "toy.py, line 43, question 0, test Net.forward, case 1: F is not a literal that can travel: write a "
        "number, a text, or a tuple, list or dict of these",
    ),
    "a size that is not a literal": (
        "F=3, C=2", "F=2 + N, C=2",
        "toy.py, line 43, question 0, test Net.forward, case 1: F is not a literal that can travel: write a "
        "number, a text, or a tuple, list or dict of these",
    ),
    "a test that returns no dict": (
        YIELDS, "    return (1, 2)\n",
        "toy.py, line 48, question 0, test Net.forward: the test returns `(1, 2)`, not a dict: write `return "
        '{"name": value}`',
    ),
    "a test that returns nothing": (
        YIELDS, "    net.forward(x)\n",
        "toy.py, line 45, question 0, test Net.forward: the test returns no evidence: write `return {\"name\": "
        "value}`",
    ),
    "a syntax error in a test": (
        "net.forward(x)\n", "net.forward(x\n",
        "toy.py, line 48, question 0, test Net.forward: the code does not parse ('(' was never closed): repair "
        "this line",
    ),
    "a syntax error in a solution": (
        "uk * 2\ndL_dW_relu", "uk *\ndL_dW_relu",
        "toy.py, line 89, question 2c: the code does not parse (invalid syntax): repair this line",
    ),
    "a syntax error in the given code": (
        "# %% given\nimport torch", "# %% given\nimport torch as",
        "toy.py, line 16: the code does not parse (invalid syntax): repair this line",
    ),
    "a duplicate question": (
        "question 2c", "question 0",
        "toy.py, line 81, question 0: two questions have the id 0, the other in line 22 of toy.py: change one",
    ),
    "a duplicate mistake": (
        "wrong no-gradient", "wrong no-sig",
        "toy.py, line 60, question 0: two wrong cells are called no-sig, the other in line 54 of toy.py: change one",
    ),
    "a duplicate test": (
        "# %% test dL_du", "# %% test dL_du\n@hidden()\ndef test(d):\n    return {}\n\n# %% test dL_du",
        "toy.py, line 99, question 2c, test dL_du: two tests of the question have this title: change one",
    ),
    "a line found twice": (
        "# - uk * 2\n# + uk * 3", "# - * 2\n# + * 3",
        "toy.py, line 100, question 2c: `* 2` stands 2 times, in line 89 of toy.py and line 91 of toy.py: write "
        "more of the line, a context line, or `# in NAME` above it",
    ),
    "a line found never": (
        "# - return sig(x)", "# - return sigm(x)",
        "toy.py, line 57, question 0: `return sigm(x)` stands nowhere in the solution of question 0: copy a line "
        "of it, or a part of one line",
    ),
    "a line found in another function": (
        "# in Net.backward", "# in Net.forward",
        "toy.py, line 62, question 0: `self.W.grad = x.T @ y` stands nowhere in Net.forward of question 0: copy a "
        "line of it, or a part of one line",
    ),
    "a mistake that does not parse": (
        "# + return x\n", "# + return (\n",
        "toy.py, line 54, question 0: the solution with no-sig does not parse: change its `+` lines",
    ),
    "a mistake without effect": (
        "# + return x\n", "# + return sig(x)\n",
        "toy.py, line 54, question 0: the mistake no-sig changes no function of the solution: change its `+` lines",
    ),
    "two mistakes with the same text": (
        "# %% right library", "# %% wrong again: a | b [raw]\n# - sig(x)\n# + x\n\n# %% right library",
        "toy.py, line 71, question 0: again and no-sig are the same mistake: keep one",
    ),
    "a limit without a unit": (
        "# limit: 3 s", "# limit: 3",
        "toy.py, line 3: `limit: 3` cannot be read: write `limit: 5 s`",
    ),
    "a test's limit without a unit": (
        "# limit: 500 ms", "# limit: 500",
        "toy.py, line 42, question 0, test Net.forward: `limit: 500` cannot be read: write `limit: 5 s`",
    ),
    "memory without a unit": (
        "# memory: 1 GB", "# memory: 1024",
        "toy.py, line 4: `memory: 1024` cannot be read: write `memory: 2048 MB`",
    ),
    "a limit of another unit": (
        "# limit: 3 s", "# limit: 3 hours",
        "toy.py, line 3: `limit: 3 hours` cannot be read: write `limit: 5 s`",
    ),
    "a public case without a hidden twin": (
        '@hidden(F=4, C=2, acts="sig")\n', "",
        "toy.py, line 38, question 0, test Net.forward: a public case that carries points has no hidden twin: add "
        "`@hidden(...)`, or write `share: 0`",
    ),
    "a test without a case": (
        "@hidden(B=3)\n", "",
        "toy.py, line 94, question 2c, test dL_du: the test has no case: write `@public(...)` and `@hidden(...)` "
        "above `def test(d):`",
    ),
    "a decorator that is not a case": (
        "@hidden(B=3)", "@secret(B=3)",
        "toy.py, line 95, question 2c, test dL_du: `@secret(B=3)` is not a case: write `@public(...)` or "
        "`@hidden(...)`",
    ),
    "an unknown header": (
        "# tolerance:", "# tolerence:",
        "toy.py, line 39, question 0, test Net.forward: `tolerence` is not a header of a test cell: did you mean "
        "tolerance? (leave an empty line above a comment)",
    ),
    "a comment that is taken for a header": (
        "# bonus\n", "# bonus\n# A note.\n",
        "toy.py, line 84, question 2c: `A note.` is not a header of a question cell: its headers are points, "
        "bonus, optional, forbidden, needs, names, again, limit, runs, figures, attempted, inputs, outputs, "
        "variants (leave an empty line above a comment)",
    ),
    "a header with a value too many": (
        "# bonus", "# bonus: yes",
        "toy.py, line 83, question 2c: `bonus: yes` cannot be read: write `bonus`",
    ),
    "a header without a value": (
        "# scale: Chile 1 to 7, 2 decimals", "# scale",
        "toy.py, line 2: `scale` cannot be read: write `scale: 1 to 7, 1 decimals`",
    ),
    "a header twice": (
        "# bonus", "# bonus\n# bonus",
        "toy.py, line 84, question 2c: the header `bonus` is there twice: keep one",
    ),
    "a scale that cannot be read": (
        "1 to 7, 2 decimals", "1-7",
        "toy.py, line 2: `scale: Chile 1-7` cannot be read: write `scale: 1 to 7, 1 decimals`",
    ),
    "a tolerance that cannot be read": (
        "1e-5, 1e-6", "1e-5",
        "toy.py, line 39, question 0, test Net.forward: `tolerance: 1e-5` cannot be read: write `tolerance: 1e-4, "
        "1e-6`",
    ),
    "weights that cannot be read": (
        "mean loss 2, W 3", "mean loss, W 3",
        "toy.py, line 40, question 0, test Net.forward: `weights: mean loss, W 3` cannot be read: write "
        "`weights: mean loss 2, W 3`",
    ),
    "points that cannot be read": (
        "1 + 0.5 by hand", "1 and 0.5",
        "toy.py, line 23, question 0: `points: 1 and 0.5` cannot be read: write `points: 0.75 + 0.25 by hand`",
    ),
    "a question without points": (
        "# points: 1\n", "",
        "toy.py, line 81, question 2c: the question says no points: write `points: 0.75`, or `points: 0.75 + "
        "0.25 by hand`",
    ),
    "an unknown kind of cell": (
        "# %% accepts", "# %% acepts",
        "toy.py, line 77, question 0: `acepts` is not a kind of cell: did you mean accepts?",
    ),
    "a cell without a kind": (
        "# %% accepts minus\ndef", "# %%\ndef",
        "toy.py, line 77, question 0: the cell has no kind: write one of assignment, given, helper, text, "
        "template, question, solution, rubric, test, accepts, wrong, right, narrow, hostile, stand-in after `# %%`",
    ),
    "code above the first cell": (
        "# %% assignment", "import torch\n# %% assignment",
        "toy.py, line 1: there is code above the first cell: write `# %% given` above it",
    ),
    "a misspelt judge": (
        "def judge(", "def juez(",
        "toy.py, line 51, question 0, test Net.forward: a test cell has no use for a function `juez`: did you "
        "mean judge?",
    ),
    "a further function in a test": (
        "def judge(d, seen, right)", "def layers(d)",
        "toy.py, line 51, question 0, test Net.forward: a test cell has no use for a function `layers`: write one "
        "of test, given, expected, judge, rows, or a helper cell",
    ),
    "a judge with other arguments": (
        "judge(d, seen, right)", "judge(d, out)",
        "toy.py, line 51, question 0, test Net.forward: `judge` takes other arguments: write `def judge(d, "
        "seen, right):`",
    ),
    "an import in a test cell": (
        "@hidden(B=3)", "import numpy\n\n@hidden(B=3)",
        "toy.py, line 95, question 2c, test dL_du: a test cell holds only functions, one of a name: move this "
        "into `test`, or into a helper cell",
    ),
    "a cell with no test function": (
        "def test(d):\n    yield from", "def rows(d, seen):\n    yield from",
        "toy.py, line 94, question 2c, test dL_du: the cell has no function `test`: write `def test(d):`",
    ),
    "a text with code": (
        "# Write the network.", "Write the network.",
        "toy.py, line 30, question 0: a text cell holds only comments: begin the line with `# `",
    ),
    "a text in a language that the assignment lacks": (
        "# %% text en [markdown]\n# Write", "# %% text fr [markdown]\n# Write",
        "toy.py, line 29, question 0: the assignment is not in `fr`: write `# %% text es [markdown]`",
    ),
    "a text in one language only": (
        "# %% text en [markdown]\n# Write the network.\n", "",
        "toy.py, line 26, question 0: the text is in one language: write `# %% text en [markdown]` below it",
    ),
    "a rubric that cannot be read": (
        "# 0.25: gráfico | plot", "# gráfico | plot",
        "toy.py, line 36, question 0: a line of a rubric is points and a text: write `# 0.25: SPANISH | ENGLISH`",
    ),
    "a rubric with other points than the question": (
        "# 0.25: claridad", "# 0.5: claridad",
        "toy.py, line 34, question 0: the rubric has 0.75 points, and the question 0.5 by hand: change one",
    ),
    "another right answer that answers nothing": (
        "sig = torch.sigmoid", "sigmoid = torch.sigmoid",
        "toy.py, line 71, question 0: the cell replaces nothing of the solution: define Net or sig",
    ),
    "a stand-in for nothing": (
        "# %% hostile nothing", "# %% stand-in sigmoid\nsigmoid = torch.sigmoid\n\n# %% hostile nothing",
        "toy.py, line 74, question 0: no solution defines sigmoid: name what the stand-in replaces",
    ),
    "a hostile answer without points": (
        "hostile nothing: 0 points", "hostile nothing",
        "toy.py, line 74, question 0: the hostile answer says no points: write `# %% hostile NAME: 0 points`",
    ),
    "a need of an unknown question": (
        "# needs: 0 (share", "# needs: 7 (share",
        "toy.py, line 84, question 2c: `needs` names the question 7, which the assignment lacks: write one of 0",
    ),
    "a share that cannot be read": (
        "(share 0.5)", "(half)",
        "toy.py, line 84, question 2c: `needs: 0 (half)` cannot be read: write `needs: 0, 1a (share 0.5)`",
    ),
    "an unknown test that fails": (
        "# fails: Net.forward", "# fails: Net.fowrard",
        "toy.py, line 56, question 0: `fails` names the test Net.fowrard, which the question lacks: write one of "
        "its titles",
    ),
    "an unknown question in also": (
        "# points: 0.1 to 0.3", "# also: 9",
        "toy.py, line 57, question 0: `also` names the question 9, which the assignment lacks: correct it",
    ),
    "a time without a reference": (
        "# limit: 500 ms", "# faster_than: 20",
        "toy.py, line 42, question 0, test Net.forward: `faster_than: 20` cannot be read: write `faster_than: 20 x "
        "reference`",
    ),
    "a time that a right answer may need": (
        "# limit: 500 ms", "# faster_than: 1.5 x reference",
        "toy.py, line 42, question 0, test Net.forward: a right answer may take 1.5 times as long as the solution: "
        "write `faster_than: 20 x reference`, with a factor of at least 3",
    ),
    "a number of calls of nothing": (
        "# limit: 500 ms", "# calls: 3",
        "toy.py, line 42, question 0, test Net.forward: `calls: 3` cannot be read: write `calls: at most 3 of f`",
    ),
    "calls of a function that nobody defines": (
        "# limit: 500 ms", "# calls: at most 3 of sigm",
        "toy.py, line 42, question 0, test Net.forward: `calls` counts sigm, which nobody defines: did you mean sig?",
    ),
    "a share that is no part": (
        "# points: 1\n", "# points: 1\n# again: 25\n",
        "toy.py, line 83, question 2c: `again: 25` cannot be read: write `again: 0.25`",
    ),
    "a repeated mistake that no earlier question has": (
        "# - uk * 2\n", "# repeats: no-sigg\n# - uk * 2\n",
        "toy.py, line 101, question 2c: `repeats` names no-sigg, which is not a mistake of an earlier question: "
        "did you mean no-sig?",
    ),
    "a repeated mistake of the same question": (
        "# in Net.backward\n", "# repeats: no-sig\n# in Net.backward\n",
        "toy.py, line 62, question 0: `repeats` names no-sig, which is not a mistake of an earlier question: "
        "write the name of one of them",
    ),
    "a repeated mistake that costs nothing less": (
        "# - uk * 2\n", "# repeats: no-sig\n# - uk * 2\n",
        "toy.py, line 101, question 2c: 2c-double repeats an earlier mistake, and question 2c does not say what it "
        "costs then: write `again: 0.25` below its title",
    ),
    "a cell without a question": (
        "# %% given\nimport torch\n", "# %% given\nimport torch\n\n# %% solution\nx = 1\n",
        "toy.py, line 18: a solution cell belongs to a question: write `# %% question ID: ...` above it",
    ),
    "a second assignment": (
        "# %% accepts minus", "# %% assignment b: b | b\n\n# %% accepts minus",
        "toy.py, line 77, question 0: the assignment begins twice: remove this cell",
    ),
    "a name with a space": (
        "wrong no-sig:", "wrong no sig:",
        "toy.py, line 54, question 0: `no sig` is not a name: write small letters, digits and hyphens, as in "
        "no-zero-grad",
    ),
    "an asked name that the solution lacks": (
        "# forbidden: autograd", "# names: Nett\n# forbidden: autograd",
        "toy.py, line 24, question 0: `names` asks for Nett, which the solution does not define: correct the name",
    ),
    "a data file that is not there": (
        "# data: d.csv", "# data: e.csv",
        "toy.py, line 5: `data` names e.csv, which is not beside the assignment: correct it",
    ),
    "a part that is not there": (
        "# data: d.csv", "# parts: part9.py",
        "toy.py, line 5: `parts` names part9.py, which is not beside the assignment: correct it",
    ),
    "a regular expression that is broken": (
        "# bonus", "# bonus\n# attempted: dL_(",
        "toy.py, line 84, question 2c: `dL_(` is not a regular expression (missing ), unterminated subpattern at "
        "position 3): correct it",
    ),
    "a helper without its definition": (
        "# %% helper shapes", "# %% helper widths",
        "toy.py, line 18: toy.py does not define widths: write its definition there",
    ),
    "no assignment": (
        FIRST_CELL, "",
        "toy.py, line 1: the file does not begin an assignment: write `# %% assignment NAME: SPANISH | ENGLISH`",
    ),
    "a stand-in that its cell does not define": (
        "# %% stand-in sig Net.backward from repairs.py", "# %% stand-in sig\ntanh = torch.tanh",
        "toy.py, line 69, question 0: toy.py does not define sig: write its definition there",
    ),
    "two asterisks in a case": (
        "F=3, C=2", "C=2, **dict(F=3)",
        "toy.py, line 43, question 0, test Net.forward, case 1: a size is not a literal that can travel: write "
        "a number, a text, or a tuple, list or dict of these",
    ),
    "a title of a case that is not a text": (
        '"3 filas | 3 rows"', "3",
        "toy.py, line 43, question 0, test Net.forward, case 1: a case has one title at most, and its sizes have "
        "names: write `N=10`",
    ),
    "an unknown language": (
        "# limit: 3 s", "# languages: es, fr\n# limit: 3 s",
        "toy.py, line 3: `languages: es, fr` cannot be read: write `languages: es, en`",
    ),
    "no name of the assignment": (
        "assignment toy:", "assignment",
        "toy.py, line 1: the assignment has no name: write `# %% assignment NAME: SPANISH | ENGLISH`",
    ),
    "a hunk over another": (
        "# - return sig(x)\n# + return x\n", "# - return sig(x)\n# + return x\n# - sig(x)\n# + x\n",
        "toy.py, line 54, question 0: two hunks of no-sig change the same line: make them one hunk",
    ),
}


def slips(folder: Path, text: str, **others: str) -> str:
    with pytest.raises(AssignmentError) as error:
        read(folder, text, **others)
    return str(error.value)


@pytest.mark.parametrize(("old", "new", "sentence"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """Nothing is told but the slip."""
    assert old in SOUND
    assert slips(tmp_path, SOUND.replace(old, new, 1)) == sentence


def test_the_sound_assignment_has_no_slip(tmp_path: Path) -> None:
    """The sentences above come from their edits."""
    assert read(tmp_path).name == "toy"


@pytest.mark.parametrize("cell", ["solution network.py", "test dL_du", "stand-in sig", "question 2c"])
def test_a_misspelt_kind_is_the_only_slip(tmp_path: Path, cell: str) -> None:
    """Nobody is told that a cell is missing that the reader could not read."""
    said = slips(tmp_path, SOUND.replace(f"# %% {cell}", f"# %% {cell[0]}x{cell[1:]}"))
    assert said.count("\n") == 0
    assert said.endswith(f"is not a kind of cell: did you mean {cell.split()[0]}?")


def test_several_slips_are_told_together(tmp_path: Path) -> None:
    """One sentence per line."""
    text = SOUND.replace("# points: 1\n", "").replace("# - return sig(x)", "# - return sigm(x)")
    assert slips(tmp_path, text).splitlines() == [
        "toy.py, line 57, question 0: `return sigm(x)` stands nowhere in the solution of question 0: copy a line of "
        "it, or a part of one line",
        "toy.py, line 81, question 2c: the question says no points: write `points: 0.75`, or `points: "
        "0.75 + 0.25 by hand`",
    ]


def test_a_slip_in_a_module_names_its_line(tmp_path: Path) -> None:
    """The line of the solution cell comes first, then the module's."""
    assert slips(tmp_path, SOUND, network=NETWORK.replace("return sig(x)", "return sig(x")) == (
        "toy.py, line 32, question 0: network.py, line 22: the code does not parse ('(' was never closed): "
        "repair this line"
    )


def test_a_slip_in_a_part_names_the_part(tmp_path: Path) -> None:
    """Lines are counted in each file."""
    text = FIRST_CELL.replace("# data: d.csv", "# parts: part.py")
    assert slips(tmp_path, text, part="\n# %% question 1: Uno | One\n") == (
        "part.py, line 2, question 1: the question says no points: write `points: 0.75`, or `points: "
        "0.75 + 0.25 by hand`"
    )


def test_an_assignment_without_questions_is_a_slip(tmp_path: Path) -> None:
    """The first cell alone grades nothing."""
    assert slips(tmp_path, FIRST_CELL) == (
        "toy.py, line 1: the assignment has no question: add a cell `# %% question ID: SPANISH | ENGLISH`"
    )


def test_a_file_that_is_not_text_is_a_slip(tmp_path: Path) -> None:
    """An editor may save in another encoding."""
    (tmp_path / "toy.py").write_bytes("# %% assignment á".encode("latin-1"))
    with pytest.raises(AssignmentError, match=r"^toy.py, line 1: the file cannot be read \(.*\): save it as UTF-8$"):
        load_assignment(tmp_path / "toy.py")


def test_the_groups_hold_what_they_say() -> None:
    """Each group is known by its name, and a name alone stays."""
    assert set(GROUPS) == {"activations", "autograd", "losses", "optim"}
    assert forbidden_names(["losses", "torch.Tensor.backward", "numpy.linalg.*"]) == (
        *GROUPS["losses"], "torch.Tensor.backward", "numpy.linalg.*",
    )  # fmt: skip


def test_the_command_line_prints_a_line_per_slip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status is 2, and no traceback is shown."""
    file = write(tmp_path, SOUND.replace("# limit: 3 s", "# limit: 3").replace("# memory: 1 GB", "# memory: 1"))
    monkeypatch.setattr("sys.argv", ["grade", str(tmp_path), "--assignment", str(file), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "grade: toy.py, line 3: `limit: 3` cannot be read: write `limit: 5 s`\n"
        "grade: toy.py, line 4: `memory: 1` cannot be read: write `memory: 2048 MB`\n"
    )
