"""The effects of a statement: the names that it reads, binds and changes."""

from __future__ import annotations

import pytest

from .programs import kept, program


@pytest.mark.parametrize(
    "source",
    [
        "def f(a=n): pass",
        "@n\ndef f(): pass",
        "def f(a: n): pass",
        "def f() -> n: pass",
        "class f(n): pass",
        "class f:\n    def g(self): return n",
        "class f:\n    x = n",
        "f = lambda: n",
        "def f():\n    return [i + n for i in []]",
        "def f():\n    def g(): return n\n    return g",
        "def f():\n    global n\n    n += 1",
        "f = [n]",
        "def f(x): return (lambda y: y + n)(x)",
        "class f(metaclass=n): pass",
        "def f(n=1):\n    return f2()\ndef f2(): return n",
        "def f(): return [n for n in []] + n",
        "class f:\n    n = 1\n    def g(self): return n",
    ],
)
def test_every_place_where_a_name_is_read_counts(source: str) -> None:
    """Defaults, decorators, annotations, bases, bodies and inner functions read global names."""
    assert "n = 3" in kept("n = 3", source)


@pytest.mark.parametrize(
    "source",
    [
        "def f(n): return n",
        "def f():\n    n = 1\n    return n",
        "def f(*n): return n",
        "def f(**n): return n",
        "def f():\n    for n in []: print(n)",
        "def f():\n    import n\n    return n",
        "def f(): return [n for n in []]",
        "def f():\n    with g() as n: return n",
        "f = lambda n: n",
        "def f(x): return x.n",
        "def f():\n    def n(): pass\n    return n",
        "def f():\n    try: pass\n    except E as n: print(n)",
    ],
)
def test_local_names_are_not_needed(source: str) -> None:
    """A function does not read from outside the names that it binds itself."""
    assert "n = 3" not in kept("n = 3", source)


@pytest.mark.parametrize(
    "setting",
    [
        "torch.set_default_dtype(torch.float64)",
        "torch.set_grad_enabled(False)",
        "torch.autograd.set_grad_enabled(False)",
        "torch.manual_seed(1)",
        "np.random.seed(1)",
        "manual_seed(1)",
    ],
)
def test_settings_are_kept(setting: str) -> None:
    """Calls that change torch's settings stay, though no function names them."""
    assert kept("print(1)", setting) == [setting]


def test_settings_keep_what_they_read() -> None:
    """A seed that is a variable is kept together with the call."""
    assert kept("seed = 1\nother = 2", "torch.manual_seed(seed)") == ["seed = 1", "torch.manual_seed(seed)"]


@pytest.mark.parametrize(
    "binding",
    [
        "globals()['f'] = h",
        "if True:\n    vars()['f'] = h",
        "globals().update(f=h)",
        "locals().update({'x': 1, 'f': h})",
        "globals().__setitem__('f', h)",
        "f = partial(h, 2)",
        "(f := h)",
    ],
)
def test_every_way_to_bind_a_name_is_an_answer(binding: str) -> None:
    """The asked name is defined, and what it is bound to is needed."""
    found = program("def h(x): return x", binding)
    assert "f" in found.definitions
    assert [s.source for s in found.statements] == ["def h(x): return x", binding]
