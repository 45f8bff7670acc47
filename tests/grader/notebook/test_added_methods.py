"""Methods that a class gets after its definition."""

from __future__ import annotations

import pytest

from .programs import program, run

CLASS = "class A:\n    def first(self): return 1"
METHOD = "def second(self): return 2"
HELPER = "def add_to(cls):\n    def add(f):\n        setattr(cls, f.__name__, f)\n        return f\n    return add"


@pytest.mark.parametrize(
    "cells",
    [
        (HELPER, CLASS, f"@add_to(A)\n{METHOD}"),
        (HELPER, CLASS, f"{METHOD}\nadd_to(A)(second)"),
        (HELPER, CLASS, f"add = add_to(A)\n@add\n{METHOD}"),
        (HELPER, CLASS, f"add = add_to(cls=A)\n{METHOD}\nadd(second)"),
        ("def put(cls, f):\n    setattr(cls, f.__name__, f)", CLASS, f"{METHOD}\nput(A, second)"),
        ("def put(cls, name, f):\n    setattr(cls, name, f)", CLASS, "def dos(self): return 2\nput(A, 'second', dos)"),
        ("def put(**k):\n    setattr(k['c'], 'second', k['f'])", CLASS, "def dos(self): return 2\nput(c=A, f=dos)"),
        (CLASS, METHOD, "def install():\n    A.second = second\ninstall()"),
        (CLASS, METHOD, "def install(cls):\n    cls.second = second\ninstall(A)"),
        (CLASS, METHOD, "for f in (second,):\n    setattr(A, f.__name__, f)"),
        (CLASS, METHOD, "for name, f in {'second': second}.items(): setattr(A, name, f)"),
        (CLASS, METHOD, "[setattr(A, f.__name__, f) for f in [second]]"),
        (CLASS, METHOD, "type.__setattr__(A, 'second', second)"),
        (CLASS, METHOD, "if True:\n    A.second = second"),
        (CLASS, METHOD, "A.second, A.third = second, second"),
        (CLASS, METHOD, "globals()['A'].second = second"),
        (CLASS, METHOD, "import functools\nA.second = functools.partialmethod(second)"),
        (CLASS, METHOD, "import types\nA.second = lambda self: types.MethodType(second, self)()"),
        (CLASS, METHOD, "A = type('A', (A,), {'second': second})"),
        (f"{CLASS}\n    @classmethod\n    def put(cls, f): setattr(cls, f.__name__, f)", f"@A.put\n{METHOD}"),
        ("def full(cls):\n    cls.second = lambda self: 2\n    return cls", f"@full\n{CLASS}"),
        ("class add:\n    def __init__(self, c): self.c = c\n    def __call__(self, f): setattr(self.c, f.__name__, f)",
         CLASS, f"@add(A)\n{METHOD}"),
        ("import typing\ndef patch(f):\n    c = next(iter(typing.get_type_hints(f).values()))\n"
         "    setattr(c, f.__name__, f)", CLASS, "@patch\ndef second(self: A): return 2"),
        ("import functools\nput = functools.partial(setattr)", CLASS, METHOD, "put(A, 'second', second)"),
        (CLASS, "%%add_to A\ndef second(self): return 2"),
        (CLASS, "%%add_to A\n\n@property\ndef third(self): return 3\n\ndef second(self):\n    return self.third - 1"),
    ],
)  # fmt: skip
def test_added_methods_reach_the_program_and_its_definitions(cells: tuple[str, ...]) -> None:
    """Decorators, helpers, loops, calls and the magic of jdc add methods that count as written in the class."""
    found = program(*cells, names=("A",))
    assert run(found)["A"]().second() == 2
    assert "A.second" in found.definitions


def test_an_added_method_is_its_function() -> None:
    """The definition of the method is the place of the function, not of the statement that adds it."""
    found = program(CLASS, "def dos(self):\n    return 2", "def put(c, n, f): setattr(c, n, f)\nput(A, 'second', dos)",
                    names=("A",))  # fmt: skip
    assert (found.definitions["A.second"].cell, found.definitions["A.second"].source) == (
        2,
        "def dos(self):\n    return 2",
    )


@pytest.mark.parametrize("call", ["train(A, relu)", "show(A, 'second')", "print(A, relu)"])
def test_a_call_that_adds_nothing_is_left_out(call: str) -> None:
    """A call with the class and a function among its arguments does not run when its function sets no attribute."""
    functions = "def relu(x): return x\ndef train(c, f):\n    n = c()\n    n.f = f\ndef show(c, t): pass"
    found = program(CLASS, functions, call, names=("A", "relu"))
    assert all(call != statement.source for statement in found.statements)
