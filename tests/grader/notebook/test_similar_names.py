"""Names that are similar to an asked name."""

from __future__ import annotations

import pytest

from grader.notebook.similar_names import near_names, near_variables

from .programs import program


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ("CELoss", "def ce_loss(): pass"),
        ("CELoss", "def cross_entropy(): pass"),
        ("CELoss", "def CEloss(): pass"),
        ("CELoss", "def perdida_entropia_cruzada(): pass"),
        ("entrenar_FFNN", "def train_network(): pass"),
        ("entrenar_FFNN", "def entrenar_red(): pass"),
        ("d_relu", "def relu_deriv(): pass"),
        ("d_relu", "def drelu(): pass"),
        ("chequeo_gradiente", "def gradient_check(): pass"),
        ("RandomDataset", "class Random_Dataset: pass"),
        ("FFNN", "class RedNeuronal: pass"),
        ("SGD", "class sgd: pass"),
    ],
)
def test_near_names_are_found(asked: str, own: str) -> None:
    """Other spellings, orders, languages and abbreviations of an asked name are recognised."""
    found = near_names(program(own, "def unrelated(): pass", names=(asked,)), asked)
    assert [d.source for d in found] == [own]


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ("d_relu", "def d_celu(): pass"),
        ("d_relu", "def relu(): pass"),
        ("SGD", "class FFNN: pass"),
        ("CELoss", "def softmax(): pass"),
        ("sig", "def tanh(): pass"),
        ("relu", "def celu(): pass"),
    ],
)
def test_other_names_are_not_near(asked: str, own: str) -> None:
    """A name with another meaning is not a hint."""
    assert near_names(program(own, names=(asked,)), asked) == ()


def test_a_near_name_goes_to_the_nearest() -> None:
    """`ce_loss` is offered for CELoss and not for CategoricalCELoss; known names help."""
    found = program("def ce_loss(): pass\ndef zzz(): pass", names=("CELoss", "CategoricalCELoss"))
    assert [d.name for d in near_names(found, "CELoss")] == ["ce_loss"]
    assert near_names(found, "CategoricalCELoss") == ()
    assert [d.name for d in near_names(found, "CELoss", {"CELoss": ["zzz"]})] == ["ce_loss", "zzz"]


def test_near_methods_are_those_of_the_class() -> None:
    """For a method, the search covers the methods of its class."""
    found = program(
        "class A:\n    def back_ward(self): pass\nclass B:\n    def backwards(self): pass", names=("A", "A.backward")
    )
    assert [d.name for d in near_names(found, "A.backward")] == ["A.back_ward"]


def test_a_failed_import_does_not_hide_a_near_name() -> None:
    """`from datos import RandomDataSet` below the class of that name may fail; the class is still the near name."""
    found = program("class RandomDataSet: pass", "from datos import RandomDataSet", names=("RandomDataset",))
    assert [d.cell for d in near_names(found, "RandomDataset")] == [1]


def test_all_parts_of_a_split_answer_are_near() -> None:
    """A derivative with respect to a parameter is a part of `d_swish`; the one that fits best comes first."""
    found = program("def swish_dbeta(t): pass\ndef swish_dx(t): pass\ndef swish_plot(t): pass", names=("d_swish",))
    assert [d.name for d in near_names(found, "d_swish")] == ["swish_dx", "swish_dbeta"]


def test_near_variables_are_variables() -> None:
    """For an asked variable the notebook's variables are searched; those that questions name are no misspelling."""
    asked = {"dL_duLm1", "dL_dU", "dL_duk", "uL"}
    found = program("uL = 1\ndL_duL = 2\ndL_dU = 3\nother = 4\ndef dL_duLm(): pass", "from x import dL_duLm2")
    assert [d.name for d in near_variables(found, "dL_duLm1", asked)] == ["dL_duL"]
    assert near_variables(found, "dL_duk", asked) == ()
