"""A submission of several files: which notebooks hold answers, which modules they use, where each line comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from grader.assignment.spec import Assignment, Question, Scale, Snippet
from grader.choices import CHOICES
from grader.messages import Message, Text
from grader.notebook.handed_in import MOST_PARTS, code_files, delivered, read_files
from grader.notebook.program import Program, build
from grader.notebook.raw_cells import UnreadableNotebook
from grader.notebook.similar_names import near_names

from .cells import code, notebook

SNIPPET = Snippet(("dL",), ("y",))
ASSIGNMENT = Assignment(
    name="small",
    title=Text("small", "small"),
    questions=(
        Question("1", Text("one", "one"), points=1, reviewed=1, names=("f", "g", "Red", "Red.backward")),
        Question("2", Text("two", "two"), points=1, reviewed=1, snippets={"2": SNIPPET}),
    ),
    scale=Scale("small", 1, 7),
)


@dataclass(frozen=True)
class File:
    path: str
    data: bytes
    modified: float = 0.0


def made(files: Mapping[str, str | list[str]]) -> list[File]:
    return [
        File(path, notebook(*map(code, content)) if isinstance(content, list) else content.encode(), float(n))
        for n, (path, content) in enumerate(files.items())
    ]


def submission(files: Mapping[str, str | list[str]], asked_for: str = "") -> tuple[Program, list[str], Any]:
    """The program of these files, oldest first: a list is a notebook of cells, a text is a file as it is."""
    handed = made(files)
    read = read_files(code_files(handed, copies=True), f"ana/{handed[-1].path}", ASSIGNMENT, asked_for=asked_for)
    program = build(read, ASSIGNMENT.questions[0].names, {"2": SNIPPET})
    return program, [note.render("en") for note in (*read.notes, *program.notes)], read


def place(found: tuple[Program, list[str], Any], name: str) -> str:
    """The file, cell and line of a definition as people read it."""
    program, _, read = found
    definition = program.definitions[name]
    at = read.at(definition.cell, definition.line)
    return f"{at.file}:{at.cell}:{at.line}"


def sources(program: Program, module: str = "") -> list[str]:
    return [statement.source for statement in program.statements if statement.module == module]


F = "def f(x): return x"
G = "def g(x): return f(x)"
HOLES = ["def f(x): pass", "def g(x): pass", "dL = None"]


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"a.ipynb": ["x = 1", F], "red.py": "y = 2"}, ":2:1"),
        ({"red.py": "import torch\n\n" + F, "a.ipynb": ["from red import *"]}, "red.py:0:3"),
        ({"red.py": F, "a.ipynb": ["from red import f"]}, "red.py:0:1"),
        ({"red.py": "def h(x): return x", "a.ipynb": ["from red import h as f"]}, "red.py:0:1"),
        ({"red.py": "def h(x): return x", "a.ipynb": ["import red as r\nf = r.h"]}, "red.py:0:1"),
        ({"red.py": F, "a.ipynb": ["import red"]}, "red.py:0:1"),
        ({"red.py": F, "a.ipynb": ["import importlib\nred = importlib.import_module('red')"]}, "red.py:0:1"),
        ({"red.py": F,
          "a.ipynb": ["s = spec_from_file_location('red', d + 'red.py')", "m = module_from_spec(s)\nf = m.f"]},
         "red.py:0:1"),
        ({"red/__init__.py": "from .capas import *", "red/capas.py": F, "a.ipynb": ["from red import *"]},
         "red/capas.py:0:1"),
        ({"red/capas.py": F, "a.ipynb": ["from red import capas\nf = capas.f"]}, "red/capas.py:0:1"),
        ({"red/base.py": F, "red/capas.py": "from .base import f", "a.ipynb": ["import red.capas\nf = red.capas.f"]},
         "red/base.py:0:1"),
        ({"src/red.py": F, "a.ipynb": ["import sys\nsys.path.append('/content/drive/x/src')", "from red import *"]},
         "src/red.py:0:1"),
        ({"entrega/src/red.py": F, "entrega/a.ipynb": ["from src.red import f"]}, "entrega/src/red.py:0:1"),
        ({"red.ipynb": [F], "a.ipynb": ["%run red.ipynb"]}, "red.ipynb:1:1"),
        ({"red.py": F, "a.ipynb": ["x = 1\n%run -i red.py"]}, "red.py:0:1"),
        ({"red.py": F, "a.ipynb": ["%load red.py"]}, "red.py:0:1"),
        ({"red.py": F, "a.ipynb": ["try:\n    %run red.py\nexcept Exception:\n    pass"]}, "red.py:0:1"),
        ({"red.py": F, "a.ipynb": ["exec(open('/content/red.py').read())"]}, "red.py:0:1"),
        ({"red.py": F, "a.ipynb": ["get_ipython().run_line_magic('run', 'red.py')"]}, "red.py:0:1"),
        ({"red.ipynb": [F], "a.ipynb": ["import import_ipynb", "from red import f"]}, "red.ipynb:1:1"),
        ({"red.ipynb": [F], "a.ipynb": ["from ipynb.fs.full.red import *"]}, "red.ipynb:1:1"),
        ({"a.ipynb": ["%%writefile red.py\n\n" + F, "from red import f"]}, ":1:3"),
        ({"a.ipynb": ["%%writefile red.py\nx = 1", "%%writefile -a red.py\n" + F, "from red import *"]}, ":2:2"),
        ({"a.ipynb": ["%%writefile red.py\n" + F, "%run red.py"]}, ":1:2"),
        ({"a.ipynb": ["try:\n    from red import f\nexcept ImportError:\n    pass"], "red.py": F}, "red.py:0:1"),
        ({"red.py": F, "otro.py": "x = 1"}, "red.py:0:1"),
        ({"red.py": F, "a.ipynb": ["def g(x): return 1"]}, "red.py:0:1"),
        ({"a.ipynb": ["import torch"], "b.ipynb.txt": [F]}, ":1:1"),
    ],
)  # fmt: skip
def test_definitions_come_from_all_files(files: dict[str, Any], where: str) -> None:
    """A name counts as defined wherever the submission defines it, and people are told the file and the line."""
    assert place(submission(files), "f") == where


def test_two_notebooks_with_answers_add_up() -> None:
    """Parts add up; what both define counts from the later one, and a person reads that they were read together."""
    found = submission({"parte1.ipynb": [F, G], "parte2.ipynb": ["class Red:\n    def backward(self): return 1", F]})
    assert place(found, "g") == "parte1.ipynb:2:1"
    assert place(found, "f") == "parte2.ipynb:2:1"
    assert place(found, "Red.backward") == "parte2.ipynb:1:2"
    (note,) = [n for n in found[2].notes if n.template in CHOICES]
    assert note.render("en").startswith("parte1.ipynb, parte2.ipynb were read together")


def test_parts_whose_helpers_differ_keep_their_own_names() -> None:
    """Two notebooks may have different helpers of one name; asked names are the same in both."""
    files = {
        "p1.ipynb": ["def h(x): return x", "def f(x): return x", "class Red:\n    def backward(self): return f(h(1))"],
        "p2.ipynb": ["def h(a, b): return a", "def f(x): return h(x, 2)", "def g(x): return Red"],
    }
    program, notes, read = submission(files)
    assert read.path == "p2.ipynb"
    assert [s.source for s in program.statements if s.module] == [
        "def h(x): return x",
        "def f(x): return x",
        "class Red:\n    def backward(self): return f(h(1))",
        "from __main__ import f",
    ]
    assert sources(program)[-1] == "from student_p1 import Red"
    assert notes[0].startswith("p1.ipynb, p2.ipynb were read together")


def test_halves_that_do_not_import_each_other_see_each_others_names() -> None:
    """A script beside the notebook may use what the notebook defines."""
    files = {"parte2.py": "def f(x): return ayuda(x)", "a.ipynb": ["def ayuda(x): return x", "dL = y"]}
    program, notes, _ = submission(files)
    assert sources(program, "parte2.py") == ["def f(x): return ayuda(x)", "from __main__ import ayuda"]
    assert notes == ["f: in parte2.py, which the notebook does not import; taken from there"]


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({"tarea.ipynb": [F, G, "dL = y"], "z_enunciado.ipynb": HOLES}, "ana/tarea.ipynb"),
        ({"enunciado.ipynb": HOLES, "tarea.ipynb": [F]}, "ana/tarea.ipynb"),
        ({"tarea.ipynb": [F, G], "vacio.ipynb": []}, "ana/tarea.ipynb"),
        ({"tarea.ipynb": [F, G], "roto.ipynb": "{..."}, "ana/tarea.ipynb"),
        ({"tarea.ipynb": [F], "apuntes.ipynb": ["x = 1", "print(x)"]}, "ana/tarea.ipynb"),
        ({"tarea.ipynb": [F, G], "activaciones.ipynb": [F], "z.ipynb": ["%run activaciones.ipynb", G]}, "ana/z.ipynb"),
        ({"b (1).ipynb": [F], "b.ipynb": [F]}, "ana/b.ipynb"),
        ({"v1.ipynb": [F, G], "v2.ipynb": [F, G]}, "ana/v2.ipynb"),
        ({"tarea.ipynb": [F], "tarea.py": F}, "ana/tarea.ipynb"),
    ],
)  # fmt: skip
def test_notebooks_without_answers_of_their_own_are_left_out(files: dict[str, Any], name: str) -> None:
    """Statements, templates, notes, damaged files and older versions are not part of the program."""
    program, _, read = submission(files)
    assert read.name == name
    assert not [cell for cell in read.cells if cell.file and not cell.module]
    assert "f" in program.definitions


def test_an_older_version_is_named() -> None:
    """A person reads which notebook was not used when the choice may matter."""
    _, notes, _ = submission({"v1.ipynb": [F, G], "v2.ipynb": [F, "def g(x): return 1"]})
    assert notes == ["v1.ipynb: not used, because v2.ipynb has the same answers and is newer"]


def test_modules_beside_an_untouched_template_hold_the_answers() -> None:
    """The template's empty functions do not hide the modules; a notebook of experiments keeps its figures."""
    program, _, read = submission({"red.py": F, "plantilla.ipynb": HOLES})
    assert not program.definitions["f"].source.endswith("pass")
    assert not [cell for cell in read.cells if not cell.module]
    program, _, read = submission({"red.py": F, "graficos.ipynb": ["import red", "plot(red.f(1))"]})
    assert program.definitions["f"].module == "red.py"
    assert len([cell for cell in read.cells if not cell.module]) == 2


def test_a_copy_is_no_choice() -> None:
    """Two notebooks with the same code need nobody."""
    assert not submission({"tarea.ipynb": [F, G], "tarea (1).ipynb": [F, G]})[1]


def test_jupyters_copy_of_a_damaged_notebook_is_read() -> None:
    """The copy of a readable notebook is not, since it is older."""
    copy = {".ipynb_checkpoints/t-checkpoint.ipynb": [F, G]}
    program, notes, read = submission({"t.ipynb": "{...", **copy})
    assert notes == [
        ".ipynb_checkpoints/t-checkpoint.ipynb, a copy that Jupyter keeps, was read: t.ipynb itself could not be read"
    ]
    assert read.notes[0].template in CHOICES
    assert "g" in program.definitions
    program, notes, _ = submission({"t.ipynb": [F], **copy})
    assert not notes
    assert "g" not in program.definitions


def test_a_damaged_notebook_is_named_and_an_empty_one_is_not() -> None:
    """What a damaged file held may matter; an empty one held nothing."""
    _, notes, read = submission({"tarea.ipynb": [F, G], "roto.ipynb": "{...", "vacio.ipynb": []})
    assert notes == ["roto.ipynb could not be read and was not used"]
    assert read.notes[0].template in CHOICES


def test_the_notebook_that_a_person_names_counts_as_the_newest() -> None:
    """`grade check v1.ipynb` checks that notebook, whatever lies next to it."""
    assert submission({"v1.ipynb": [F], "v2.ipynb": [F]}, asked_for="v1.ipynb")[2].path == "v1.ipynb"
    named, others = {"p1.ipynb": [F]}, {"p2.ipynb": [G]}
    assert {"f", "g"} <= submission({**named, **others}, asked_for="p1.ipynb")[0].definitions.keys()
    blank = submission({"p1.ipynb": HOLES, **others}, asked_for="p1.ipynb")[0]
    assert blank.definitions["g"].source == "def g(x): pass"


def test_modules_run_before_the_import_that_loads_them() -> None:
    """A module's statements run once, in its own names, and only those that are needed."""
    files = {
        "base.py": "LR = 0.1\nO = entrena()\nprint(LR)\ndef h(x): return LR * x\nif __name__ == '__main__':\n    h(1)",
        "red.py": "from base import *\ndef f(x): return h(x)",
        "a.ipynb": ["from red import f", "from base import h"],
    }
    program, notes, _ = submission(files)
    assert [(s.module, s.source) for s in program.statements] == [
        ("base.py", "LR = 0.1"),
        ("base.py", "def h(x): return LR * x"),
        ("red.py", "from base import *"),
        ("red.py", "def f(x): return h(x)"),
        ("", "from red import f"),
    ]
    assert program.modules == {"red.py": ("red",), "base.py": ("base",)}
    assert not notes


def test_a_module_may_change_the_class_of_another() -> None:
    """A method that a module adds to an imported class belongs to the class, and its statement is kept."""
    files = {
        "red.py": "class Red: pass",
        "parche.py": "from red import Red\ndef b(self): return 1\nRed.backward = b",
        "a.ipynb": ["from red import Red", "import parche"],
    }
    found = submission(files)
    assert place(found, "Red.backward") == "parche.py:0:2"
    assert "Red.backward = b" in sources(found[0], "parche.py")


def test_modules_that_import_each_other_are_loaded_once() -> None:
    """A circle of imports ends."""
    program, _, _ = submission(
        {
            "p.py": "from q import *\ndef f(x): return g(x)",
            "q.py": "import p\ndef g(x): return 1",
            "a.ipynb": ["from p import *"],
        }
    )
    assert {"f", "g"} <= program.definitions.keys()


def test_similar_names_are_found_in_modules() -> None:
    """An asked name that is missing may have a similar name in a module that the notebook imports."""
    program, _, _ = submission({"perdida.py": "def f_(x): return x", "a.ipynb": ["import perdida"]})
    assert [d.name for d in near_names(program, "f")] == ["f_"]


def test_a_library_is_never_replaced_by_a_file_of_the_student() -> None:
    """`import random` means the library even where the student has a random.py; a note says so."""
    code = ["import random\nfrom random import seed", F, "print(random.random())"]
    program, notes, _ = submission({"random.py": "x = 1", "a.ipynb": code})
    assert sources(program) == ["import random", "from random import seed", F]
    assert notes == [
        "random.py is not imported: random is a library of Python, and the code takes from it what the file does not "
        "define. Give the file another name"
    ]


@pytest.mark.parametrize(
    "code",
    [["from types import f"], ["import types\nf = types.f"], ["import types as t\nf = t.f"],
     ["from types import *\nh = f"], ["import e\nf = e.f"]],
)  # fmt: skip
def test_a_file_with_the_name_of_a_library_is_imported_for_what_it_defines(code: list[str]) -> None:
    """Python looks next to the notebook first; the library itself is never replaced for other code."""
    files = {"types.py": "from types import MethodType\n" + F, "e.py": "from types import f", "a.ipynb": code}
    program, notes, _ = submission(files)
    assert program.definitions["f"].source == F
    assert "from types import MethodType" in sources(program, "types.py")
    assert program.modules["types.py"] == ("student_types",)
    assert not notes



def test_a_file_that_was_not_handed_in_is_named() -> None:
    """`%run x.ipynb` without x.ipynb leaves a note with its place."""
    _, notes, _ = submission({"a.ipynb": [F + "\n%run otro.ipynb"]})
    assert notes == ["otro.ipynb is run in cell 1, line 2, but was not handed in"]


def test_answers_to_a_snippet_question_may_be_in_a_module() -> None:
    """The slice is taken from the file that assigns the variable."""
    program, _, _ = submission({"parte1.py": F, "parte2.py": "k = 2\ndL = k * y", "parte3.py": G})
    assert [s.source for s in program.snippets["2"].outputs["dL"]] == ["k = 2", "dL = k * y"]
    assert program.snippets["2"].module == "parte2.py"


def test_the_graders_own_files_are_no_work_of_the_student() -> None:
    """In a clone of the students' repository, checks/ and grader/ are neither read nor named."""
    files = {
        "checks/checks.json": "{}",
        "checks/probes/p.py": F,
        "grader/__init__.py": F,
        "conftest.py": G,
        "a.ipynb": ["def g(x): return 1"],
    }
    program, notes, read = submission(files)
    assert "f" not in program.definitions
    assert [path for path, _ in delivered(made(files), read, ())] == ["conftest.py"]
    assert not notes


def test_older_code_beyond_the_limit_is_named() -> None:
    """Of very many notebooks and modules the newest ones are read; a note counts the others."""
    files = {f"m{k}.py": "x = 1" for k in range(MOST_PARTS + 6)}
    _, notes, _ = submission({**files, "z.ipynb": [F]})
    assert "too many or too large files; not used: m0.py, m1.py, m2.py, m3.py, m4.py (+2)" in notes


def test_code_may_read_the_files_beside_the_notebook() -> None:
    """Data files travel with the program, by their path from the notebook's folder; so does what a cell writes."""
    files = {"e/datos/x.csv": "1,2", "e/a.ipynb": [F, "%%writefile e.py\nx = 1", "%%writefile y.csv\n3,4"]}
    program, _, read = submission(files)
    found = delivered(made(files), read, program.files)
    assert dict(found) == {"datos/x.csv": b"1,2", "e.py": b"\nx = 1\n", "y.csv": b"3,4\n"}


def test_a_submission_without_code_says_why() -> None:
    """The first reason is the one that is told; an archive without any code says so, too."""
    with pytest.raises(UnreadableNotebook, match="is empty"):
        submission({"b.ipynb": ""})
    with pytest.raises(UnreadableNotebook, match="contains no notebook"):
        submission({"b.csv": "1,2"})


def test_a_cell_that_does_not_parse_is_named_with_its_file() -> None:
    """The note about broken code tells the file."""
    _, notes, _ = submission({"red.py": F + "\ndef g(x) return 1\n", "a.ipynb": ["from red import f"]})
    assert notes == ["red.py, line 2: expected ':'. Python cannot read this; left out: g."]


def test_messages_of_choices_exist() -> None:
    """The list for the instructor recognises the notes by their templates."""
    assert all(Message(template).template for template in CHOICES)


@pytest.mark.parametrize(
    "cell",
    [
        f"with open('red.py', 'w') as file:\n    file.write({F!r})\n    file.write('\\nx = 1')",
        f"text = {F!r}\nfile = open(folder + 'red.py', mode='w')\nprint(text, file=file)\nfile.close()",
        f"(Path('src') / 'red.py').write_text(textwrap.dedent({F!r}))",
    ],
)
def test_a_module_that_the_code_writes(cell: str) -> None:
    """A text in the code that is written into a file is a module, as with %%writefile."""
    found = submission({"t.ipynb": [cell, "from red import f", "def g(x): return f(x)"]})
    assert place(found, "f") == "red.py:0:1"
    assert place(found, "g") == ":3:1"


def test_modules_that_take_all_names_of_each_other() -> None:
    """Reading ends, whatever the modules are called."""
    for name in ("red", "statistics"):
        found = submission({f"{name}.py": f"from b import *\n{F}", "b.py": f"from {name} import *\n{G}",
                            "t.ipynb": [f"from {name} import *"]})  # fmt: skip
        assert place(found, "f") == f"{name}.py:0:2"
        assert place(found, "g") == "b.py:0:2"
