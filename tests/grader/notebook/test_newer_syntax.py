"""Syntax of newer Python versions."""

from __future__ import annotations

import ast
import sys

import pytest

from grader.notebook.newer_syntax import newer

OLD = sys.version_info < (3, 12)


@pytest.mark.parametrize(
    ("source", "version"),
    [
        ("print(f'{log['a']:.4f}')", "3.12"),
        ("x = f'{', '.join(f'{y}' for y in z)}'", "3.12"),
        ("x = f'{'\\n'.join(names)!r:>{width}}' 'more'", "3.12"),
        ("x = f'''{\n  a  # the first\n}'''", "3.12"),
        ("x = f'{\n  a\n}'", "3.12"),
        ("x = f'{a['b']=}' + rf'{c}\\d{{}}'", "3.12"),
        ("x = f'\\{a['b']} \\N{DASH}'", "3.12"),
        ("type Matrix = torch.Tensor", "3.12"),
        ("type Pair[T] = tuple[T, T]\nx = 'type a = b'", "3.12"),
        ("def f[T: torch.Tensor](x: T) -> T:\n    return x", "3.12"),
        ("class A[T](B):\n    def f[**P, *Ts](self): return 1", "3.12"),
        ("class A[T = int]:\n    pass", "3.13"),
        ("try:\n    f()\nexcept A, B:\n    pass", "3.14"),
        ("x = t'{a} and {b!r}'", "3.14"),
    ],
)
@pytest.mark.skipif(not OLD, reason="this Python knows the syntax of 3.12")
def test_code_for_a_newer_python_names_its_version(source: str, version: str) -> None:
    """The newest construct decides."""
    found = newer(source)
    assert found is not None
    assert found.version == version
    assert isinstance(found.tree, ast.Module)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x:\n    return f'{x['a']}'",
        "x = f'{a['b'}'",
        "x = f'{}'",
        "x = f'{a b}'",
        "print 'hello'",
        "def CELoss(...)\n    pass",
        "x = 'unfinished",
        "x = f'{a['b']}'\nfor in range(3): pass",
        "class A[T:\n    pass",
        "type = 3\nx ==",
        "def f(x): return 1",
        "f'{" * 3000,
        "def f" + "[" * 5000,
        "f'{" * 40 + "1" + "}'" * 40,
    ],
)
def test_other_code_is_not_for_a_newer_python(source: str) -> None:
    """A mistake is a mistake in every version."""
    assert newer(source) is None
