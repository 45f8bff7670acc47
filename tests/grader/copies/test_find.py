"""Copies that are hidden in a class are found, with their lines, and nothing else is."""

from __future__ import annotations

import itertools
import random
import shutil

import pytest

from grader.assignment import load
from grader.copies.find import find_copies
from grader.copies.outputs import read_copies, write_copies

from ...disguises import DISGUISES
from ...tiny import ROOT

EXAMPLES = ROOT / "tests" / "submissions" / "tarea2" / "right"
# Right examples that took nothing from each other.
HONEST = (
    "aliased_modules", "double_precision_einsum", "global_names", "graph_attached", "parameters_always",
    "boolean_masks", "grad_keyword", "in_place", "linear_layers", "mixins", "static_methods",
)  # fmt: skip
ASKED = frozenset({"sig", "tanh", "relu", "swish", "celu", "softmax", "d_relu", "d_swish", "d_celu", "CELoss", "FFNN",
                   "forward", "backward", "SGD", "step", "RandomDataset", "entrenar_FFNN"})  # fmt: skip


@pytest.fixture(scope="module")
def assignment():
    return load.load_assignment(ROOT / "reference" / "tarea2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A class with a copy in disguise, and a file that cannot be read."""
    folder = tmp_path_factory.mktemp("class")
    for name in HONEST:
        shutil.copy(EXAMPLES / f"{name}.py", folder / f"{name}.py")
    copy = DISGUISES["all"]((EXAMPLES / "mixins.py").read_text("utf-8"), random.Random(1), ASKED)
    (folder / "zzz <b>.py").write_text(copy, "utf-8")
    (folder / "empty.ipynb").write_text("")
    return folder


@pytest.fixture(scope="module")
def found(assignment, folder, tmp_path_factory):
    earlier = tmp_path_factory.mktemp("earlier")
    shutil.copy(EXAMPLES / "in_place.py", earlier / "old.py")
    shutil.copy(EXAMPLES / "lambdas.py", earlier / "other.py")
    return find_copies(assignment, folder, [earlier], lanes=2)


def test_the_disguised_copy_and_the_one_of_an_earlier_year_are_found_and_no_other(found):
    pairs = {(*pair.a.students, *pair.b.students, pair.b.earlier) for pair in found.pairs}
    assert pairs == {("in_place", "old", True), ("mixins", "zzz <b>", False)}
    assert found.compared == len(HONEST) + 1
    assert [one.student for one in found.unread] == ["empty"]


def test_the_evidence_is_lines_of_both(found):
    pair = next(pair for pair in found.pairs if not pair.b.earlier)
    a, b = pair.lines
    assert "3c" in {share.question for share in pair.questions}
    assert sum(block.a[1] - block.a[0] + 1 for block in pair.blocks) > len(a) / 3
    assert all(block.a[1] < len(a) and block.b[1] < len(b) for block in pair.blocks)


def test_the_page_escapes_names_and_the_record_is_read_back(found, assignment, tmp_path):
    assert read_copies(tmp_path) is None
    write_copies(tmp_path, found, assignment, "es")
    assert read_copies(tmp_path) == found
    page = (tmp_path / "copies.html").read_text("utf-8")
    assert "zzz &lt;b&gt;" in page
    assert "zzz <b>" not in page
    assert "Copias probables" in page
    assert (tmp_path / "copies.csv").read_text("utf-8").count("\n") == 1 + len(found.pairs)


@pytest.mark.nightly
def test_copydetect_finds_the_same_pair_first(folder):
    copydetect = pytest.importorskip("copydetect")
    prints = {f.stem: copydetect.CodeFingerprint(str(f), 25, 1) for f in sorted(folder.glob("*.py"))}
    similar = {
        (a, b): max(copydetect.compare_files(prints[a], prints[b])[1]) for a, b in itertools.combinations(prints, 2)
    }  # fmt: skip
    assert max(similar, key=lambda pair: similar[pair]) == ("mixins", "zzz <b>")
