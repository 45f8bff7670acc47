"""A percent file becomes an assignment."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.assignment.course import NotebookCell, RubricItem
from grader.assignment.forbidden_groups import GROUPS
from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment, Scale, Snippet
from grader.assignment.tolerance import Tolerance
from grader.messages import Text

from .percent_file import SOUND, read, write


@pytest.fixture
def toy(tmp_path: Path) -> Assignment:
    return read(tmp_path)


def test_the_first_cell_describes_the_assignment(toy: Assignment, tmp_path: Path) -> None:
    """Name, scale, limits, files, languages."""
    assert (toy.name, toy.title, toy.scale) == ("toy", Text("Juguete", "Toy"), Scale("Chile", 1, 7, 2))
    assert (toy.limits.call_s, toy.limits.load_s, toy.limits.memory_mb) == (3, 10, 1024)
    assert (toy.data, toy.languages, toy.language, toy.folder) == (("d.csv",), ("es", "en"), "es", tmp_path)
    assert [source.code for source in toy.given] == ["import torch"]
    assert [(source.line, source.file) for source in toy.helpers] == [(19, "toy.py")]
    assert toy.cells == (
        NotebookCell("text", Text("# Hola\n\n$x$", "# Hello"), file="toy.py", line=12),
        NotebookCell("code", code="import torch", file="toy.py", line=15),
    )


def test_a_question_has_points_rubric_and_texts(toy: Assignment) -> None:
    """Part of the points may be given by a person."""
    first, second = toy.questions
    assert (first.id, first.title, first.points, first.reviewed) == ("0", Text("Red", "Network"), 1, 0.5)
    assert first.rubric == (RubricItem(0.25, Text("claridad", "clarity")), RubricItem(0.25, Text("gráfico", "plot")))
    assert [cell.kind for cell in first.cells] == ["text", "hole"]
    assert (second.bonus, second.needs, second.carried) == (True, ("0",), 0.5)


def test_groups_of_forbidden_names_are_replaced(toy: Assignment) -> None:
    """`autograd` stands for all that differentiates; other entries stay."""
    assert toy.questions[0].forbidden == (*GROUPS["autograd"], "torch.optim.*")
    assert {"torch.Tensor.backward", "torch.autograd.grad", "torch.nn.grad.*"} < set(GROUPS["autograd"])


def test_modules_lose_their_relative_imports(toy: Assignment) -> None:
    """All sources run in one namespace; lines keep their numbers."""
    (source,) = toy.questions[0].solution
    assert (source.file, source.line) == ("network.py", 1)
    assert "from .activations" not in source.code
    assert source.code.splitlines()[9] == "def sig(T):"


def test_asked_names_are_those_that_the_tests_mention(toy: Assignment) -> None:
    """Names, methods, and the words in texts from which d.names reads."""
    assert toy.questions[0].names == ("Net", "Net.backward", "Net.forward", "sig")
    assert toy.questions[1].names == ()


@pytest.mark.parametrize("use", ["d.names(d.acts)[0]", 'd.name("sig")', "sig"])
def test_names_in_texts_count(tmp_path: Path, use: str) -> None:
    """A test may get a function by its name."""
    acts = "sig" if "acts" in use else "none"
    text = SOUND.replace("net.forward(x)", f"{use}(x)").replace('acts="sig"', f'acts="{acts}"')
    assert read(tmp_path, text).questions[0].names == ("Net", "Net.backward", "sig")


def test_imported_names_are_not_asked(tmp_path: Path) -> None:
    """A solution and its tests may use the same library."""
    text = SOUND.replace("x = d.normal(2, d.F)", "x = torch.ones(2, d.F)")
    assert "torch" not in read(tmp_path, text).questions[0].names


def test_a_header_replaces_the_asked_names(tmp_path: Path) -> None:
    """The default may ask for too much."""
    text = SOUND.replace("# forbidden:", "# names: Net sig\n# forbidden:")
    assert read(tmp_path, text).questions[0].names == ("Net", "sig")


def test_a_test_travels_without_its_cases_and_judge(toy: Assignment) -> None:
    """Each source knows its first line."""
    (test,) = toy.questions[0].tests
    lines = SOUND.splitlines()
    for source, first in ((test.source, "def test(d):"), (test.trusted, "def judge(d, seen, right):")):
        assert source.code.splitlines()[0] == first == lines[source.line - 1]
    assert "judge" not in test.source.code
    assert "def test" not in test.trusted.code
    assert test.functions == {"judge"}
    assert (test.tolerance, test.limit_s) == (Tolerance(1e-5, 1e-6), 0.5)
    assert test.weights == {"mean loss": 2, "W": 3}
    assert (test.title, test.hint) == (Text("Net.forward", "Net.forward"), Text("Mira sig.", "Look at sig."))


def test_cases_have_titles_sizes_and_lasting_seeds(toy: Assignment) -> None:
    """A seed depends on the question's id, and on the numbers of the test and the case."""
    public, hidden = toy.questions[0].tests[0].cases
    assert (public.public, public.title, public.sizes) == (
        True, Text("3 filas", "3 rows"), {"F": 3, "C": 2, "acts": "sig"},
    )  # fmt: skip
    assert (hidden.public, hidden.title) == (False, Text("F=4, C=2, acts='sig'", "F=4, C=2, acts='sig'"))
    assert (public.seed, hidden.seed) == (1874725345, 705134425)


def test_a_snippet_has_its_assigned_names_as_outputs(toy: Assignment, tmp_path: Path) -> None:
    """Suffixes of variants are taken away; a header may name the outputs."""
    assert toy.questions[1].snippets == {"2c": Snippet(("dL_du", "dL_dW"), ("uk", "hk"), ("_relu", "_celu"))}
    named = read(tmp_path, SOUND.replace("# variants:", "# outputs: dL_dW\n# variants:"))
    assert named.questions[1].snippets["2c"].outputs == ("dL_dW",)


def test_a_stand_in_takes_the_helpers_that_it_uses(toy: Assignment) -> None:
    """Helpers of one name do the work of no other."""
    sig, backward = toy.questions[0].stand_ins
    assert (sig.names, backward.names) == (("sig",), ("Net.backward",))
    assert "def shifted" in sig.source.code
    assert "GAP" in sig.source.code
    assert "def backward" not in sig.source.code
    assert "def sig" not in backward.source.code
    assert "GAP" not in backward.source.code


def test_mistakes_and_examples_are_listed(toy: Assignment) -> None:
    """The assignment has those of all questions."""
    assert [(m.name, m.question, sorted(m.changes)) for m in toy.mistakes] == [
        ("no-sig", "0", ["Net.forward"]),
        ("no-gradient", "0", ["Net.backward"]),
        ("own-backward", "0", ["Net.backward"]),
        ("2c-double", "2c", ["2c"]),
    ]
    assert (toy.mistakes[0].points, toy.mistakes[0].fails) == ((0.1, 0.3), ("Net.forward",))
    assert [(e.name, e.most) for e in (*toy.right, *toy.hostile)] == [("library", None), ("nothing", 0)]
    assert toy.questions[0].accepts["minus"].code == "def sig(T):\n    return -T"


def test_a_folder_may_have_a_file_per_part(tmp_path: Path) -> None:
    """The parts follow the first file in the order that it gives."""
    head, _, rest = SOUND.partition("# %% question 0")
    write(tmp_path, "", part=f"# %% question 0{rest}")
    (tmp_path / "toy.py").unlink()
    (tmp_path / "assignment.py").write_text(head.replace("# limit", "# parts: part.py\n# limit"))
    found = load_assignment(tmp_path)
    assert [(q.id, q.file) for q in found.questions] == [("0", "part.py"), ("2c", "part.py")]
    changed = (tmp_path / "network.py").read_text() + "\n"
    (tmp_path / "network.py").write_text(changed)
    assert load_assignment(tmp_path).fingerprint != found.fingerprint


def test_a_single_file_has_a_fingerprint_of_all_that_it_names(tmp_path: Path) -> None:
    """Other files in the folder do not count."""
    file = write(tmp_path)
    before = load_assignment(file).fingerprint
    (tmp_path / "other.py").write_text("x = 1")
    assert load_assignment(file).fingerprint == before
    for name in ("d.csv", "repairs.py", "network.py", "toy.py"):
        old = load_assignment(file).fingerprint
        (tmp_path / name).write_text((tmp_path / name).read_text() + "\n")
        assert load_assignment(file).fingerprint != old, name


def test_one_language_needs_one_text(tmp_path: Path) -> None:
    """`languages: en` makes a course in one language."""
    text = "# %% assignment one: My course\n# languages: en\n# %% question 1: By hand\n# points: 1 by hand\n"
    found = read(tmp_path, text)
    assert (found.questions[0].title.render("en"), found.language) == ("By hand", "en")


def test_template_cells_take_the_place_of_the_hole(tmp_path: Path) -> None:
    """Texts and code keep the order of the file."""
    text = SOUND.replace("# %% solution network.py", "# %% template\nx = 1\n\n# %% solution network.py")
    assert [cell.kind for cell in read(tmp_path, text).questions[0].cells] == ["text", "code"]


def test_what_begins_a_part_stands_before_its_first_question(tmp_path: Path) -> None:
    """Texts and given code above the first question of a part file belong to that question, not to the one above."""
    question = "# %% question {0}: Q\n# points: 1 by hand\n# %% text en [markdown]\n# Question {0}\n"
    part = "# %% text en [markdown]\n# Part {0}\n# %% given\nimport math\n"
    (tmp_path / "assignment.py").write_text("# %% assignment toy: T\n# languages: en\n# parts: a.py, b.py\n")
    (tmp_path / "a.py").write_text(part.format(1) + question.format(1))
    (tmp_path / "b.py").write_text(part.format(2) + question.format(2) + question.format(3))
    read = load_assignment(tmp_path)
    assert read.cells == ()
    assert [[c.text.en or c.code for c in q.before] for q in read.questions] == [
        ["Part 1", "import math"],
        ["Part 2", "import math"],
        [],
    ]
    assert [[c.text.en for c in q.cells] for q in read.questions] == [["Question 1"], ["Question 2"], ["Question 3"]]
    assert [(c.file, c.line) for c in read.questions[1].before] == [("b.py", 1), ("b.py", 3)]
    assert len(read.given) == 2


def test_a_header_goes_on_in_the_next_lines(tmp_path: Path) -> None:
    """A hint in two languages needs several lines; a mistake may have a header for each language."""
    text = SOUND.replace("# hint: Mira sig. | Look at sig.", "# hint: Mira sig. |\n#   Look\n#   at sig.")
    long = "wrong no-sig [raw]\n# es: Falta\n#   sig.\n# en: sig | is\n#   missing."
    text = text.replace("wrong no-sig: Falta sig. | sig is missing. [raw]", long)
    found = read(tmp_path, text)
    assert found.questions[0].tests[0].hint == Text("Mira sig.", "Look at sig.")
    assert found.mistakes[0].hint == Text("Falta sig.", "sig | is missing.")
    assert found.mistakes[0].points == (0.1, 0.3)


def test_the_beginning_of_a_part_belongs_to_its_first_question(tmp_path: Path) -> None:
    """Its texts and code stand above the title of that question."""
    begin = "# %% text es\n# Dos\n\n# %% text en\n# Two\n\n# %% template\nx = 1  # uno | one\n\n"
    head, _, rest = SOUND.partition("# %% question 0")
    first, _, last = rest.partition("# %% question 2c")
    write(tmp_path, "", one=f"# %% question 0{first}", two=f"{begin}# %% question 2c{last}")
    (tmp_path / "toy.py").unlink()
    (tmp_path / "assignment.py").write_text(head.replace("# limit", "# parts: one.py, two.py\n# limit"))
    found = load_assignment(tmp_path)
    assert [[cell.kind for cell in q.before] for q in found.questions] == [[], ["text", "code"]]
    assert [[cell.kind for cell in q.cells] for q in found.questions] == [["text", "hole"], ["hole"]]
