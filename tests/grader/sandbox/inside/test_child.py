"""The student's process: annotations are not evaluated, and functions have a source."""

from __future__ import annotations

from grader.sandbox.lane import Lane

from ..programs import called, started


def test_annotations_are_not_evaluated(lane: Lane) -> None:
    """A name that only an annotation uses costs no definition, wherever a __future__ import is."""
    remote = started(
        lane,
        "class SGD:\n    lr: Nothing = 1\n    def copy(self, other: SGD | None = None) -> SGD: return SGD()",
        "from __future__ import annotations",
        "def f(Q: Tensor, *rest: np.ndarray, k: list[Missing] = 2) -> Tensor: return k",
        "n: Undefined = 3",
        "from dataclasses import dataclass\n@dataclass\nclass D:\n    a: Unknown\n    b: 'int' = 2",
        "from typing import NamedTuple\nclass P(NamedTuple):\n    a: Unknown\n    b: int = 4",
        "def result(): return [f(0), SGD().copy().lr, n, D(1).b, P(1).b]",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == [2, 1, 3, 2, 4]


def test_functions_have_a_source(lane: Lane) -> None:
    """inspect.getsource returns the function's own lines, also below other statements of its cell."""
    remote = started(
        lane,
        "import inspect, torch",
        "def f(x):\n    return 2 * x\n\ndef g(x):\n    # three\n    return 3 * x\n",
        "@torch.jit.script\ndef h(x: torch.Tensor):\n    return torch.sigmoid(x).mean() + torch.zeros(1)",
        "x = 1\n\nclass B:\n    y = 2\n",
        "class A(torch.nn.Module):\n    @torch.jit.export\n    def forward(self, x):\n        return x",
        "def result(): return [inspect.getsource(f), inspect.getsource(g), inspect.getsource(A.forward).count('\\n'),"
        " inspect.getsource(A).count('\\n'), inspect.getsource(B)]",
        "def scripted(): return float(h(torch.zeros(2))) + float(torch.jit.script(A())(torch.ones(1)))",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == [
        "def f(x):\n    return 2 * x\n",
        "def g(x):\n    # three\n    return 3 * x\n",
        3,
        4,
        "class B:\n    y = 2\n",
    ]
    assert called(remote, "scripted") == 1.5
