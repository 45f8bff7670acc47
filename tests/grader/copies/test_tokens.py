"""Programs that differ in names, form and idiom have the same tokens; programs that differ in what they do have not."""

from __future__ import annotations

import ast

import pytest

from grader.copies.tokens import tokens

ASKED = frozenset({"softmax", "FFNN", "backward"})


def words(text: str) -> list[str]:
    return [token.word for part in tokens(ast.parse(text).body, ASKED) for token in part]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(a, b):\n    c = a + 1\n    return c * b", "def g(x, y):\n  # a comment\n  z=x+27\n  return y*z"),
        ("total += x", "total = total + x"),
        ("y = a > b", "y = b < a"),
        ("if not a:\n    x = 1\nelse:\n    x = b", "if a:\n    x = b\nelse:\n    x = 2"),
        ("import torch\ny = torch.exp(x)", "import torch as t\ny = x.exp()"),
        ("import torch\ny = torch.exp(x)", "from torch import exp as e\ny = e(x)"),
        ("y = x.sum(0, True)", "y = x.sum(dim=1, keepdim=True)"),
        ("for a in b:\n    f(a)", "while b:\n    f(a)"),
        (
            "class FFNN:\n    def __init__(self, F):\n        self.W = F\n    def backward(self):\n"
            "        return self.W.T",
            'class FFNN:\n    "doc"\n    def __init__(s, n):\n        s.pesos = n\n    def backward(s):\n'
            "        print(1)\n        return s.pesos.T",
        ),
    ],
)
def test_a_disguise_changes_no_token(one, other):
    # the header of a `for` has one more name than that of a `while`
    assert sorted(set(words(one))) == sorted(set(words(other)))
    if "while" not in other:
        assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("y = a - b", "y = a + b"),
        ("y = x.exp()", "y = x.log()"),
        ("y = softmax(x)", "y = other(x)"),
        ("y = x.sum(0, True)", "y = x.sum(0, False)"),
    ],
)
def test_what_a_program_does_is_in_its_tokens(one, other):
    assert words(one) != words(other)


def test_a_statement_that_is_nested_too_deeply_has_no_tokens():
    deep = ast.Expr(ast.Name("x", ast.Load(), lineno=1), lineno=1)
    for _ in range(5_000):
        deep.value = ast.UnaryOp(ast.USub(), deep.value, lineno=1)
    # ast.walk, which goes through the tree first, does not recurse
    assert tokens([deep, *ast.parse("y = 1").body], ASKED)[0] == []
