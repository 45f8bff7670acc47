"""Definitions of a notebook's names, including methods."""

from __future__ import annotations

from .programs import program, run


def test_increments_of_a_class_compose() -> None:
    """`class A(A)`, `A.m = f`, `setattr` and calls on the class all belong to the class."""
    cells = (
        "class A:\n    def one(self): return 1",
        "class A(A):\n    def two(self): return 2",
        "def three(self): return 3\nA.three = three",
        "setattr(A, 'four', lambda self: 4)",
        "class A(A):\n    added = []\n    @classmethod\n    def put(cls, x): cls.added.append(x)\nA.put(5)",
    )
    found = program(*cells, names=("A",))
    a = run(found)["A"]()
    assert (a.one(), a.two(), a.three(), a.four(), a.added) == (1, 2, 3, 4, [5])
    where = {name: (d.cell, d.line) for name, d in found.definitions.items() if name.startswith("A")}
    assert where == {
        "A": (5, 1),
        "A.one": (1, 2),
        "A.two": (2, 2),
        "A.three": (3, 1),
        "A.four": (4, 1),
        "A.put": (5, 3),
    }
    assert found.notes == ()


def test_a_class_that_is_defined_again_loses_its_earlier_methods() -> None:
    """Without itself among its bases, a second class statement starts over, and a note says which one counts."""
    found = program("class A:\n    def one(self): pass", "class A:\n    def two(self): pass", names=("A", "A.one"))
    assert set(found.definitions) == {"A", "A.two"}
    assert [n.render("en") for n in found.notes] == ["A is defined 2 times; the last one, in cell 2, counts."]


def test_methods_are_inherited() -> None:
    """A method of the student's own base class is a method of the class."""
    found = program("class B:\n    def m(self): pass\nclass A(B): pass\nC = A", names=("A", "A.m"))
    assert (found.definitions["A.m"].line, found.definitions["C.m"].line) == (2, 2)
