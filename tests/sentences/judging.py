"""The judge's sentences about questions, results, left-out statements, figures and forbidden names."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from grader.assignment.read import read_assignment
from grader.assignment.spec import Assignment
from grader.intake.submissions import HandedIn, Submission
from grader.judging.judge import Judge
from grader.judging.submission import Task, judge_one
from grader.messages import Message
from grader.results import SubmissionResult
from grader.run.options import Options
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level
from grader.sandbox.limits import Limits
from grader.versions import OWN_PYTHON

from .sentence import Sentence

TEXT = '''
# %% assignment small: t | t
# scale: ten 0 to 10, 0 decimals
# limit: 5 s
# load limit: 5 s
# %% given
import torch
# %% question 1: t | t
# points: 1
# forbidden: torch.add
# %% solution
def double(t):
    return 2 * t
# %% test t | t
@public("caso 1 | case 1", k=1)
@public("caso 2 | case 2", k=2)
@public("caso 3 | case 3", k=3)
@hidden("oculto | hidden", k=5)
def test(d):
    return {"double": double(d.normal(3))}
# %% stand-in double
def double(t):
    return t + t
# %% wrong three: t | t [raw]
# - 2 * t
# + 3 * t
# %% question 2: t | t
# points: 1
# needs: 1 (share 0.5)
# %% solution
def four(t):
    return 4 * t
# %% test t | t
@public("caso 1 | case 1", k=1)
@public("caso 2 | case 2", k=2)
@hidden("oculto | hidden", k=5)
def test(d):
    return {"four": four(d.normal(3))}
# %% question 3: t | t
# points: 1
# inputs: x
# outputs: half
# variants: _a _b
# %% solution
half_a = x / 2
half_b = x / 3
# %% test t | t
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    yield from d.snippet(x=d.normal(3))
# %% question 4: t | t
# points: 1
# names: rows table net size
# %% solution
def rows(t):
    return t[None]
def table():
    return torch.ones(2, 3)
def net():
    return torch.nn.Linear(2, 3)
size = 2
# %% test t | t
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"rows": rows(d.normal(3))[0] + 0.0}
# %% test u | u
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"table": d.tensor(table(), "table", shape=(2, None))}
# %% test v | v
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"parameters": d.parameters(d.fill(net(), {"W": (2, 3), "b": (3,)}))}
# %% test w | w
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"size": d.name("size") + 1}
# %% question 5: t | t
# points: 1
# attempted: other
# %% solution
def other(t):
    return t
# %% test t | t
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"other": other(d.normal(3))}
# %% question 6: t | t
# points: 1
# %% solution
def picture(t):
    return t
# %% test t | t
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"picture": picture(d.given["x"])}
def given(d):
    import pictures_of_a_library
    return {"x": pictures_of_a_library.x}
# %% question 7: t | t
# points: 0.5 by hand
# figures: 1
# %% question 8: t | t
# points: 1
# %% solution
def loss(t):
    return 2.0
def ratio(t):
    return 2.0
def share(t):
    return 2.0
def sign(t):
    return 1
def first(t):
    return [1.0, 2.0]
def kind(t):
    return torch.zeros(2, dtype=torch.int64)
# %% test t | t
# dtype: exact
@public("caso 1 | case 1", n=3)
@hidden("caso 2 | case 2", n=4)
def test(d):
    t = d.normal(d.n)
    yield "kind", kind(t)
    yield "loss", loss(t)
    yield "ratio", ratio(t)
    yield "share", share(t)
    yield "sign", sign(t)
def judge(d, seen, right):
    yield at_most(seen["loss"], 3, "loss")
    yield at_least(seen["ratio"], 1, "ratio")
    yield between(seen["share"], 1, 3, "share")
    yield holds(seen["sign"] == 1, "sign", got=seen["sign"])
# %% test u | u
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    yield "first", first(d.normal(3))
def judge(d, seen, right):
    yield near(seen["first"][0], 1.0, "first")
# %% question 9: t | t
# points: 1
# again: 0.25
# %% solution
def twice(t):
    return 2 * t
# %% test t | t
# faster_than: 20 x reference
@hidden("oculto | hidden", n=5)
def test(d):
    return {"twice": twice(d.normal(3))}
# %% wrong three-times: t | t [raw]
# repeats: three
# - 2 * t
# + 3 * t
# %% question 10: t | t
# points: 1
# needs: 1 (share 0)
# %% solution
def six(t):
    return 6 * t
# %% test t | t
@hidden("oculto | hidden", n=5)
def test(d):
    yield "six", six(d.normal(3))
    yield "kind", type(six).__name__
def judge(d, seen, right):
    yield flag("six es un objeto | six is an object", seen["kind"] == "function")
    yield forbidden("derivación numérica | numerical differentiation", seen["kind"] != "partial")
# %% question 11: t | t
# points: 1
# again: 0.25
# needs: 1 (share 0.5)
# %% solution
def eight(t):
    return 8 * t
def nine(t):
    return 9 * t
# %% test t | t
@hidden("oculto | hidden", n=5)
def test(d):
    t = d.normal(3)
    return {"eight": eight(t), "nine": nine(t)}
# %% wrong twelve-times: t | t [raw]
# repeats: three
# - 8 * t
# + 12 * t
# %% question 20: t | t
# points: 1
# %% solution
def up(t):
    return 2.0 * t
def down(t):
    return 1.0 * t
# %% test t | t
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    return {"más alto | higher": max([up(d.normal(3)), down(d.normal(3))], key=lambda t: 0 if t is None else 1)}
# %% question 21: t | t
# points: 1
# %% solution
def opened(lid):
    return lid + 1
# %% test t | t
@public("caso 1 | case 1", n=3)
@hidden("oculto | hidden", n=5)
def test(d):
    if opened.__code__.co_argcount == 0:
        d.missing("opened(lid)")
    return {"opened": opened(d.normal(3))}
'''


def read() -> Assignment:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "small.py"
        file.write_text(TEXT, encoding="utf-8")
        return read_assignment(file)


ASSIGNMENT = read()


class Situation(NamedTuple):
    """A notebook's cells, and the beginning of the sentence that is looked for among all that is said."""

    cells: tuple[str, ...]
    begins: str
    figure: bool = False
    texts: tuple[str, ...] = ()
    beside: Mapping[str, str] = {}  # other files of the student: path, source
    markdown: str = ""  # a text cell at the end
    limits: Limits = ASSIGNMENT.limits


def judged(situation: Situation, lane: Lane) -> SubmissionResult:
    outputs = [{"output_type": "display_data", "data": {"image/png": ""}}] if situation.figure else []
    cells = [{"cell_type": "code", "source": source, "outputs": outputs} for source in situation.cells]
    extra = tuple((name, b"") for name in situation.texts)
    cells += [{"cell_type": "markdown", "source": situation.markdown}] if situation.markdown else []
    data = json.dumps({"cells": cells}).encode()
    others = [HandedIn(path, source.encode(), time) for time, (path, source) in enumerate(situation.beside.items(), 1)]
    files = (HandedIn("t.ipynb", data, 0), *others) if others else ()
    submission = Submission("ana", "ana", "t.ipynb", data, 0, "", files=files, extra=extra)
    options = Options(Path(), Path(), Level.BWRAP, "cpu", 1, "es")
    judge = Judge(replace(ASSIGNMENT, limits=situation.limits), "salt")
    return judge_one(Task(submission, "key"), judge, lane, options.conditions)


def said(situation: Situation, lane: Lane) -> Message:
    """The first sentence of the page that begins as asked, in English."""
    result = judged(situation, lane)
    assert not result.fault, result.fault
    texts = [m for q in result.questions for f in q.findings for m in (f.message, f.cause) if m is not None]
    texts += [*result.notes, *(m for q in result.questions for m in q.notes)]
    found = [m for m in texts if m.render("en").startswith(situation.begins)]
    assert found, [m.render("en") for m in texts]
    return found[0]


DOUBLE = "def double(t):\n    return 2 * t"
ENDLESS = "def double(t):\n    while True:\n        pass"
QUICK = Limits(call_s=0.2)
FOURTH = (
    "import torch",
    "def rows(t):\n    return 3",
    "def table():\n    return [1.0]",
    "def net():\n    return torch.nn.Linear(1, 1)",
    "size = None",
)
SHORT_ROWS = "def rows():\n    return 1"
BOUNDS = (
    "import torch",
    "def kind(t):\n    return torch.zeros(2)",
    "def loss(t):\n    return 5.0",
    "def ratio(t):\n    return 0.25",
    "def share(t):\n    return 9.0",
    "def sign(t):\n    return -1",
    "def first(t):\n    return []",
)
RAISES = "def double(t):\n    raise ValueError('not a number')"
REFUSED = "import torch\ndef double(t):\n    torch.ones(1, 2, requires_grad=True).grad = torch.ones(2)"
LEAVES = "import os\ndef double(t):\n    os._exit(3)"

SITUATIONS = {
    "forbidden": Situation(("import torch\ndef double(t):\n    return torch.add(t, t)",), "torch.add"),
    "forbidden, and only named": Situation(
        ("import torch\ndef double(t):\n    return 2 * t if t.ndim else torch.add(t, t)",), "torch.add is named"
    ),
    "forbidden, in a hidden case": Situation(
        ("import torch\nn = []\ndef double(t):\n    n.append(t)\n    return torch.add(t, t) if len(n) > 3 else 2 * t",),
        "a hidden case calls",
    ),
    "in a module": Situation(("from m import double",), "torch.add is used in m.py",
        beside={"m.py": "import torch\ndef double(t):\n    return torch.add(t, t)"}),
    "in a module, and only named": Situation(("from m import double",), "torch.add is named in m.py",
        beside={"m.py": "import torch\ndef double(t):\n    return 2 * t if t.ndim else torch.add(t, t)"}),
    "a similar name in a module": Situation(("from m import doubel",), "double is missing",
        beside={"m.py": "def doubel(t):\n    return 2 * t"}),
    "a module that fails": Situation(("from m import double",), "m.py, line 1 could not",
        beside={"m.py": "k = 1 / 0\ndef double(t):\n    return k * t"}),
    "a module that takes too long": Situation(("from m import double",), "m.py, line 1 did not finish",
        beside={"m.py": "while True: k = 2\ndef double(t):\n    return k * t"}, limits=Limits(load_s=0.2)),
    "a module that Python cannot read": Situation(("from m import double",), "m.py, line 1:",
        beside={"m.py": "def half(t)\n    return t\ndef double(t):\n    return 2 * t"}),
    "a module that Python reads in part": Situation(("from m import double",), "m.py, line 3:",
        beside={"m.py": "def double(t):\n    return 2 * t\nk = = 3"}),
    "defined again in another part": Situation(
        ("def four(t):\n    return 4 * t",), "double is defined 2 times", beside={"u.ipynb": json.dumps(
            {"cells": [{"cell_type": "code", "source": "def double(t):\n    return t"},
                       {"cell_type": "code", "source": DOUBLE}]}
        )},
    ),
    "not imported": Situation(("x = 1",), "double: in m.py", beside={"m.py": DOUBLE}),
    "the name of a library": Situation(
        ("import random\ndouble = random.random()",), "random.py is not", beside={"random.py": DOUBLE}
    ),
    "run, but absent": Situation(("%run m.py", DOUBLE), "m.py is run in cell 1"),
    "two parts": Situation((DOUBLE,), "t.ipynb, u.ipynb",
        beside={"u.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": "def four(t):\n    return 4 * t"}]})}),
    "an older one": Situation(("def double(t):\n    return t",), "t.ipynb: not used",
        beside={"u.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": DOUBLE}]})}),
    "unreadable beside": Situation((DOUBLE,), "u.ipynb could not", beside={"u.ipynb": "{"}),
    "copy of an unreadable one": Situation(
        (DOUBLE,), ".ipynb_checkpoints", beside={
            "u.ipynb": "{", ".ipynb_checkpoints/u-checkpoint.ipynb": '{"cells": [{"cell_type": "code", "source": "x"}]}'
        },
    ),
    "in a text cell": Situation(("x = 1",), "cell 2 is a text cell", markdown=DOUBLE),
    "for a newer Python": Situation(("def double(t):\n    return f'{t * 2:{'x'}}'",), "Cell 1 is written for"),
    "a module for a newer Python": Situation(("from m import double",), "m.py is written for",
        beside={"m.py": "def double(t):\n    return f'{t * 2:{'x'}}'"}),
    "an answer for a newer Python": Situation(("def double(t):\n    return f'{t * 2:{'x'}}'",),
        "this answer is written"),
    "a package that is not here": Situation(("import einopsy\ndef double(t):\n    return einopsy.twice(t)",),
        "this answer uses"),
    "changed in place": Situation(("def double(t):\n    t *= 2\n    return t",), "the function changes"),
    "a variable from outside": Situation(("k = 2\ndef double(t):\n    return k * t",), "double reads"),
    "a similar name": Situation(("def doubel(t):\n    return 2 * t",), "double is missing"),
    "a missing colon": Situation(("def double(t)\n    return 2 * t",), "double cannot be read"),
    "a forgotten return in one of several": Situation(
        ("def up(t):\n    x = 1", "def down(t):\n    x = 1"), "higher is None"
    ),
    "other arguments than asked": Situation(
        ("def opened():\n    return 1",), "not answered: opened"
    ),
    "a forgotten return": Situation(("def double(t):\n    t = 2 * t",), "double returns"),
    "several similar names": Situation(
        ("def doubel(t):\n    return 2 * t\ndef doublee(t):\n    return 2 * t",), "double is missing; these"
    ),
    "one similar name for several": Situation(("def table_rows(t):\n    return t",), "rows, table are"),
    "carried forward": Situation(
        ("def double(t):\n    return 3 * t", "def four(t):\n    return 2 * double(t)"),
        "right apart from what is wrong or missing in 1: you get",
    ),
    "a carried result": Situation(
        ("def double(t):\n    return 3 * t", "def four(t):\n    return 2 * double(t)"),
        "right apart from what is wrong or missing in 1: it counts",
    ),
    "a flag": Situation(
        ("class Six:\n    def __call__(self, t):\n        return 6 * t\nsix = Six()",), "six is an object. A person"
    ),
    "a forbidden deed": Situation(
        ("import functools, operator\nsix = functools.partial(operator.mul, 6)",), "numerical differentiation: this"
    ),
    "partly carried forward": Situation(
        ("def double(t):\n    return 3 * t", "def eight(t):\n    return 4 * double(t)\ndef nine(t):\n    return t"),
        "what is wrong only because",
    ),
    "on a wrong answer": Situation(
        ("def double(t):\n    return 3 * t", "def six(t):\n    return 5 * t"), "this question builds on"
    ),
    "the same mistake again": Situation(
        ("def double(t):\n    return 3 * t", "def twice(t):\n    return 3 * t"), "the mistake of 1"
    ),
    "the same mistake in a part": Situation(
        ("def double(t):\n    return 3 * t", "def eight(t):\n    return 12 * t\ndef nine(t):\n    return 9 * t"),
        "the mistake of 1",
    ),
    "slower than the solution": Situation(("def twice(t):\n    while True:\n        pass",), "your code takes more"),
    "an output is missing": Situation(("half_a = x / 2",), "half_b"),
    "a value with which a test cannot go on": Situation(FOURTH, "the test cannot go on"),
    "an odd form, in a hidden case": Situation(FOURTH, "your code returned"),
    "another shape than asked": Situation(FOURTH, "table should have the shape"),
    "no such parameters": Situation(FOURTH, "Linear has no"),
    "a value that no call returned": Situation(FOURTH, "the test cannot use"),
    "other arguments": Situation((SHORT_ROWS,), "rows cannot be called"),
    "a missing name, in a hidden case": Situation((DOUBLE,), "something that this test needs"),
    "a gradient of another shape": Situation((REFUSED,), "the code gives"),
    "raised, in a hidden case": Situation((RAISES,), "the code raised an exception"),
    "a process that ends, in a hidden case": Situation((LEAVES,), "the process ended in"),
    "another dtype": Situation(BOUNDS, "kind has the dtype"),
    "another dtype, in a hidden case": Situation(BOUNDS, "kind has the wrong dtype"),
    "too much": Situation(BOUNDS, "loss is 5"),
    "too little": Situation(BOUNDS, "ratio is 0.25"),
    "not between": Situation(BOUNDS, "share is 9"),
    "out of bounds, in a hidden case": Situation(BOUNDS, "loss is not within"),
    "not a number": Situation((*BOUNDS, "def loss(t):\n    return [5.0]"), "loss should be a number"),
    "a statement that does not hold": Situation(BOUNDS, "expected: sign; found"),
    "a judge that cannot go on": Situation(BOUNDS, "this could not be judged"),
    "not answered": Situation((DOUBLE,), "not answered"),
    "not tried here": Situation((DOUBLE,), "not tried on this machine"),
    "a line that raises": Situation((DOUBLE, "double(undefined)\ndouble.seen = 1 / 0"), "cell 2"),
    "a line that imports what is not there": Situation((DOUBLE, "from itertools import chain, one, two"), "cell 2"),
    "many notes of a kind": Situation((DOUBLE, "\n".join(f"double.a{k} = 1 / 0" for k in range(13))), "3 more"),
    "a line that hangs": Situation((DOUBLE, "double.seen = [0 for i in iter(int, 1)]"), "cell 2", limits=QUICK),
    "endless calls": Situation((ENDLESS,), "not tried again", limits=QUICK),
    "no time left": Situation((ENDLESS,), "the time for the whole", limits=Limits(call_s=0.2, submission_s=0.3)),
    "texts": Situation((DOUBLE,), "text files next", texts=("formulas.md",)),
    "a saved figure": Situation((DOUBLE,), "saved figures in", figure=True),
    "a drawn figure": Situation((DOUBLE, "plt.plot([1, 2])"), "cell 2 draws"),
    "no figure": Situation((DOUBLE,), "there is no saved figure"),
}
SENTENCES: dict[str, Sentence] = {
    "forbidden": Sentence(
        "se usa torch.add en la celda 1, línea 3; esta pregunta pide que lo escribas tú",
        "torch.add is used in cell 1, line 3; this question asks you to write it yourself",
    ),
    "forbidden, in a hidden case": Sentence(
        "un caso oculto llama a una función que esta pregunta pide que escribas tú",
        "a hidden case calls a function that this question asks you to write yourself",
    ),
    "in a module": Sentence(
        "se usa torch.add en m.py, línea 3; esta pregunta pide que lo escribas tú",
        "torch.add is used in m.py, line 3; this question asks you to write it yourself",
    ),
    "in a module, and only named": Sentence(
        "torch.add aparece en m.py, línea 3, y no se llamó al probar esta respuesta. Una persona "
        "revisa esa línea; mientras tanto no cuesta puntos",
        "torch.add is named in m.py, line 3, and was not called when this answer was tried. A "
        "person looks at this line; until then it costs nothing",
    ),
    "a similar name in a module": Sentence(
        "falta double; doubel, en m.py, tiene un nombre parecido. Cámbiale el nombre o pide que se acepte",
        "double is missing; doubel in m.py has a similar name. Rename it, or ask for the name to be accepted",
    ),
    "a module that fails": Sentence(
        "m.py, línea 1, no se pudo ejecutar (ZeroDivisionError: division by zero); el resto siguió",
        "m.py, line 1 could not be run (ZeroDivisionError: division by zero); the rest went on",
    ),
    "a module that takes too long": Sentence(
        "m.py, línea 1, no terminó en 0.2 s y quedó fuera",
        "m.py, line 1 did not finish within 0.2 s and was left out",
    ),
    "a module that Python cannot read": Sentence(
        "m.py, línea 1: expected ':'. Python no puede leer esto; quedó fuera: half.",
        "m.py, line 1: expected ':'. Python cannot read this; left out: half.",
    ),
    "a module that Python reads in part": Sentence(
        "m.py, línea 3: invalid syntax. Python no puede leer esto; el resto cuenta.",
        "m.py, line 3: invalid syntax. Python cannot read this; the rest of it counts.",
    ),
    "defined again in another part": Sentence(
        "double está definido 2 veces; cuenta la última, en u.ipynb, celda 2.",
        "double is defined 2 times; the last one, in u.ipynb, cell 2, counts.",
    ),
    "not imported": Sentence(
        "double: en m.py, que el notebook no importa; se tomó de ahí",
        "double: in m.py, which the notebook does not import; taken from there",
    ),
    "the name of a library": Sentence(
        "no se importa random.py: random es una biblioteca de Python, y el código usa de ella lo que el archivo no "
        "define. Cambia el nombre del archivo",
        "random.py is not imported: random is a library of Python, and the code takes from it what the file does not "
        "define. Give the file another name",
    ),
    "run, but absent": Sentence(
        "en la celda 1, línea 1, se ejecuta m.py, pero ese archivo no se entregó",
        "m.py is run in cell 1, line 1, but was not handed in",
    ),
    "two parts": Sentence(
        "t.ipynb, u.ipynb se leyeron juntos; si definen el mismo nombre, cuenta el que viene después",
        "t.ipynb, u.ipynb were read together; where they define the same name, the one that comes later counts",
    ),
    "an older one": Sentence(
        "t.ipynb: no se usó, porque u.ipynb tiene las mismas respuestas y es más nuevo",
        "t.ipynb: not used, because u.ipynb has the same answers and is newer",
    ),
    "unreadable beside": Sentence(
        "u.ipynb no se pudo leer y no se usó",
        "u.ipynb could not be read and was not used",
    ),
    "copy of an unreadable one": Sentence(
        "se leyó .ipynb_checkpoints/u-checkpoint.ipynb, una copia que guarda Jupyter: u.ipynb mismo no se pudo leer",
        ".ipynb_checkpoints/u-checkpoint.ipynb, a copy that Jupyter keeps, was read: u.ipynb itself could not be read",
    ),
    "in a text cell": Sentence(
        "la celda 2 es de texto y contiene def double: cámbiala a código",
        "cell 2 is a text cell and contains def double: change it to code",
    ),
    "for a newer Python": Sentence(
        f"La celda 1 está escrita para Python 3.12, y este corrector usa {OWN_PYTHON}. Una persona mira lo "
        "que la necesita: double.",
        f"Cell 1 is written for Python 3.12, and this grader runs {OWN_PYTHON}. A person looks at what needs "
        "it: double.",
    ),
    "a module for a newer Python": Sentence(
        f"m.py está escrito para Python 3.12, y este corrector usa {OWN_PYTHON}. Una persona mira lo "
        "que la necesita: double.",
        f"m.py is written for Python 3.12, and this grader runs {OWN_PYTHON}. A person looks at what needs "
        "it: double.",
    ),
    "an answer for a newer Python": Sentence(
        f"esta respuesta está escrita para Python 3.12, y el corrector usa {OWN_PYTHON}: no te cuesta nada, "
        "y una persona la mira",
        f"this answer is written for Python 3.12, and the grader runs {OWN_PYTHON}: it costs you nothing, "
        "and a person looks at it",
    ),
    "a package that is not here": Sentence(
        "esta respuesta usa einopsy, que no está instalado donde se corrige: no te cuesta nada, y "
        "una persona la mira",
        "this answer uses einopsy, which is not installed where it is graded: it costs you "
        "nothing, and a person looks at it",
    ),
    "forbidden, and only named": Sentence(
        "torch.add aparece en la celda 1, línea 3, y no se llamó al probar esta respuesta. Una persona revisa esa "
        "línea; mientras tanto no cuesta puntos",
        "torch.add is named in cell 1, line 3, and was not called when this answer was tried. A person looks at this "
        "line; until then it costs nothing",
    ),
    "changed in place": Sentence(
        "la función modifica in-place su argumento t: después de la llamada, sus valores son otros",
        "the function changes its argument t in place, so the caller finds other values in it",
    ),
    "on a wrong answer": Sentence(
        "esta pregunta usa 1, donde algo está mal: corrige eso primero",
        "this question builds on 1, where something is wrong: fix that first",
    ),
    "a variable from outside": Sentence(
        "double lee k desde fuera: si esto cambia, cambia su resultado. Pásalo como argumento, o calcúlalo a partir de "
        "las entradas",
        "double reads k from outside: if this changes, so does its result. Make it an argument, or take it from the "
        "inputs",
    ),
    "a similar name": Sentence(
        "falta double; doubel, en la celda 1, tiene un nombre parecido. Cámbiale el nombre o pide que se acepte",
        "double is missing; doubel in cell 1 has a similar name. Rename it, or ask for the name to be accepted",
    ),
    "a missing colon": Sentence(
        "double no se puede leer: celda 1, línea 1: expected ':'",
        "double cannot be read: cell 1, line 1: expected ':'",
    ),
    "a forgotten return in one of several": Sentence(
        "más alto es None: ¿falta un return en alguna de estas funciones: down, up?",
        "higher is None: is a return missing in one of down, up?",
    ),
    "other arguments than asked": Sentence(
        "sin responder: no se puede llamar opened(lid)",
        "not answered: opened(lid) cannot be called",
    ),
    "a forgotten return": Sentence(
        "double no devuelve nada: ¿falta un return?",
        "double returns nothing: is a return missing?",
    ),
    "several similar names": Sentence(
        "falta double; tienen un nombre parecido: doublee, doubel. Cambia el nombre que corresponda o pide que se "
        "acepten",
        "double is missing; these have similar names: doublee, doubel. Rename the right one, or ask for the names to "
        "be accepted",
    ),
    "one similar name for several": Sentence(
        "faltan rows, table; solo table_rows tiene un nombre parecido. Escribe cada una por separado",
        "rows, table are missing; only table_rows has a similar name. Write each of them",
    ),
    "carried forward": Sentence(
        "correcto salvo por lo que está mal o falta en 1: aquí obtienes el 50 % del puntaje",
        "right apart from what is wrong or missing in 1: you get 50 percent of the points here",
    ),
    "a carried result": Sentence(
        "correcto salvo por lo que está mal o falta en 1: cuenta un 50 %",
        "right apart from what is wrong or missing in 1: it counts 50 percent",
    ),
    "a flag": Sentence(
        "six es un objeto. Una persona revisa esta respuesta; mientras tanto no cuesta puntos",
        "six is an object. A person looks at this answer; until then it costs nothing",
    ),
    "a forbidden deed": Sentence(
        "derivación numérica: esta pregunta lo prohíbe", "numerical differentiation: this question forbids it"
    ),
    "partly carried forward": Sentence(
        "lo que falla solo porque algo está mal o falta en 1 cuenta aquí un 50 %; lo demás es un error de esta "
        "pregunta",
        "what is wrong only because something is wrong or missing in 1 counts 50 percent here; the rest is a mistake "
        "of this question",
    ),
    "the same mistake in a part": Sentence(
        "el error de 1 aparece otra vez: lo que estropea aquí pierde solo el 25 %",
        "the mistake of 1 is here again: what it spoils here loses only 25 percent",
    ),
    "the same mistake again": Sentence(
        "el error de 1 aparece otra vez: aquí cuesta el 25 % del puntaje",
        "the mistake of 1 is here again: it costs 25 percent of the points here",
    ),
    "slower than the solution": Sentence(
        "tu código tarda más de 20 veces lo que tarda la solución: ¿hay un ciclo que se reemplaza por una operación "
        "sobre tensores completos?",
        "your code takes more than 20 times as long as the solution: is there a loop that one operation on whole "
        "tensors replaces?",
    ),
    "an output is missing": Sentence(
        "half_b no se calculó",
        "half_b was not computed",
    ),
    "not answered": Sentence(
        "sin responder",
        "not answered",
    ),
    "a line that raises": Sentence(
        "la celda 2, línea 2, no se pudo ejecutar (ZeroDivisionError: division by zero); el resto siguió",
        "cell 2, line 2 could not be run (ZeroDivisionError: division by zero); the rest went on",
    ),
    "a line that imports what is not there": Sentence(
        "la celda 2, línea 1, no se pudo ejecutar (ImportError: cannot import name 'one' from 'itertools' "
        "(unknown location); ImportError: cannot import name 'two' from 'itertools' (unknown location)); "
        "el resto siguió",
        "cell 2, line 1 could not be run (ImportError: cannot import name 'one' from 'itertools' "
        "(unknown location); ImportError: cannot import name 'two' from 'itertools' (unknown location)); "
        "the rest went on",
    ),
    "many notes of a kind": Sentence(
        "no se muestran otros 3 avisos de este tipo",
        "3 more notes of this kind are left out",
    ),
    "a line that hangs": Sentence(
        "la celda 2, línea 1, no terminó en 0.2 s y quedó fuera",
        "cell 2, line 1 did not finish within 0.2 s and was left out",
    ),
    "endless calls": Sentence(
        "no se intentó de nuevo después de 2 llamadas sin respuesta",
        "not tried again after 2 calls without an answer",
    ),
    "no time left": Sentence(
        "el tiempo para todo el notebook se acabó antes de esta prueba",
        "the time for the whole notebook was used up before this check",
    ),
    "texts": Sentence(
        "archivos de texto junto al notebook, para la persona que revisa: formulas.md",
        "text files next to the notebook, for the person who reads the answers: formulas.md",
    ),
    "a saved figure": Sentence(
        "figuras guardadas en el notebook: 1",
        "saved figures in the notebook: 1",
    ),
    "a drawn figure": Sentence(
        "la celda 2 dibuja una figura, pero el notebook no tiene ninguna guardada",
        "cell 2 draws a figure, but the notebook has no saved figure",
    ),
    "no figure": Sentence(
        "no hay figuras guardadas ni código que dibuje una",
        "there is no saved figure and no code that draws one",
    ),
    "a value with which a test cannot go on": Sentence(
        "la prueba no puede seguir con el valor que devolvió rows: TypeError: 'int' object is not subscriptable",
        "the test cannot go on with the value that rows returned: TypeError: 'int' object is not subscriptable",
    ),
    "an odd form, in a hidden case": Sentence(
        'tu código retornó algo que no se puede corregir',
        'your code returned something that cannot be judged',
    ),
    "another shape than asked": Sentence(
        'table debería tener la forma (2, *), pero es (1,)',
        'table should have the shape (2, *), but it is (1,)',
    ),
    "no such parameters": Sentence(
        'Linear no tiene parámetros con la forma de W (2, 3), b (3,): ¿son torch.nn.Parameter?',
        'Linear has no parameters of the shape of W (2, 3), b (3,): are they torch.nn.Parameter?',
    ),
    "a value that no call returned": Sentence(
        "la prueba no puede usar tu código: TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'",
        "the test cannot use your code: TypeError: unsupported operand type(s) for +: 'NoneType' and 'int'",
    ),
    "other arguments": Sentence(
        'rows no se puede llamar como pide el enunciado: rows() takes 0 positional arguments but 1 was given',
        'rows cannot be called as the task says: rows() takes 0 positional arguments but 1 was given',
    ),
    "a missing name, in a hidden case": Sentence(
        'falta algo que esta prueba necesita',
        'something that this test needs is missing',
    ),
    "a gradient of another shape": Sentence(
        "el código le asigna a un parámetro de forma (1, 2) un gradiente de forma (2); torch solo acepta la forma del "
        "parámetro",
        "the code gives a parameter of shape (1, 2) a gradient of shape (2); torch accepts only the parameter's own "
        "shape",
    ),
    "raised, in a hidden case": Sentence(
        'el código lanzó una excepción',
        'the code raised an exception',
    ),
    "a process that ends, in a hidden case": Sentence(
        'el proceso terminó en medio de la prueba',
        'the process ended in the middle of the test',
    ),
    "another dtype": Sentence(
        'kind tiene el dtype torch.float32 y se esperaba torch.int64',
        'kind has the dtype torch.float32, expected torch.int64',
    ),
    "another dtype, in a hidden case": Sentence(
        'kind tiene un dtype equivocado',
        'kind has the wrong dtype',
    ),
    "too much": Sentence(
        'loss es 5; se permite a lo más 3',
        'loss is 5; at most 3 is allowed',
    ),
    "too little": Sentence(
        'ratio es 0.25; se pide al menos 1',
        'ratio is 0.25; at least 1 is asked for',
    ),
    "not between": Sentence(
        'share es 9; debería estar entre 1 y 3',
        'share is 9; it should lie between 1 and 3',
    ),
    "out of bounds, in a hidden case": Sentence(
        'loss no respeta la cota',
        'loss is not within the bound',
    ),
    "not a number": Sentence(
        'loss debería ser un número, pero es (5)',
        'loss should be a number, but it is (5)',
    ),
    "a statement that does not hold": Sentence(
        'se esperaba: sign; se encontró: -1',
        'expected: sign; found: -1',
    ),
    "a judge that cannot go on": Sentence(
        'esto no se pudo evaluar con lo que devolvió tu código',
        'this could not be judged with what your code returned',
    ),
    "not tried here": Sentence(
        'no se probó en esta máquina: pictures_of_a_library is not installed',
        'not tried on this machine: pictures_of_a_library is not installed',
    ),
}
