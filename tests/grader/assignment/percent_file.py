"""A small sound assignment in the percent format, for the tests of its reader."""

from __future__ import annotations

from pathlib import Path

from grader.assignment.read import read_assignment
from grader.assignment.spec import Assignment

NETWORK = '''"""A network."""

from __future__ import annotations

import torch

from .activations import relu


def sig(T):
    return 1 / (1 + torch.exp(-T))


class Net(torch.nn.Module):
    def __init__(self, F, C):
        super().__init__()
        self.W = torch.nn.Parameter(torch.zeros(F, C))

    def forward(self, x):
        for _ in range(1):
            x = x @ self.W
        return sig(x)

    def backward(self, x, y):
        with torch.no_grad():
            self.W.grad = x.T @ y
        return None
'''
REPAIRS = """import torch

GAP = 0.0

def shifted(x):
    return x + GAP

def sig(T):
    return torch.sigmoid(shifted(T))

def backward(self, x, y):
    self.W.grad = torch.einsum("bi,bj->ij", x, y)
"""
SOUND = """# %% assignment toy: Juguete | Toy
# scale: Chile 1 to 7, 2 decimals
# limit: 3 s
# memory: 1 GB
# data: d.csv

# %% text es [markdown]
# # Hola
#
# $x$

# %% text en [markdown]
# # Hello

# %% given
import torch

# %% helper shapes
def shapes(d):
    return {"W": (d.F, d.C)}

# %% question 0: Red | Network
# points: 1 + 0.5 by hand
# forbidden: autograd, torch.optim.*

# %% text es [markdown]
# Escribe la red.

# %% text en [markdown]
# Write the network.

# %% solution network.py

# %% rubric
# 0.25: claridad | clarity
# 0.25: gráfico | plot

# %% test Net.forward
# tolerance: 1e-5, 1e-6
# weights: mean loss 2, W 3
# hint: Mira sig. | Look at sig.
# limit: 500 ms
@public("3 filas | 3 rows", F=3, C=2, acts="sig")
@hidden(F=4, C=2, acts="sig")
def test(d):
    net = d.fill(Net(d.F, d.C), shapes(d))
    x = d.normal(2, d.F)
    yield "y", net.forward(x)
    yield "W", net.backward(x, x)

def judge(d, seen, right):
    yield at_most(number(seen["W"]), sig(torch.zeros(1)), "W")

# %% wrong no-sig: Falta sig. | sig is missing. [raw]
# points: 0.1 to 0.3
# fails: Net.forward
# - return sig(x)
# + return x

# %% wrong no-gradient: Falta el gradiente. | The gradient is missing. [raw]
# in Net.backward
# - self.W.grad = x.T @ y

# %% wrong own-backward: Otra cosa. | Another thing.
def backward(self, x, y):
    self.W.grad = x
Net.backward = backward

# %% stand-in sig Net.backward from repairs.py

# %% right library
sig = torch.sigmoid

# %% hostile nothing: 0 points
sig = None

# %% accepts minus
def sig(T):
    return -T

# %% question 2c: Capa | Layer
# points: 1
# bonus
# needs: 0 (share 0.5)
# inputs: uk hk
# variants: _relu _celu

# %% solution
dL_du_relu = uk * 2
dL_dW_relu = hk.T @ dL_du_relu
dL_du_celu = sig(uk) * 2
dL_dW_celu = hk.T @ dL_du_celu

# %% test dL_du
@hidden(B=3)
def test(d):
    yield from d.snippet(uk=d.normal(d.B, 2), hk=d.normal(d.B, 3))

# %% wrong 2c-double: El factor es 2. | The factor is 2. [raw]
# - uk * 2
# + uk * 3
"""


def write(folder: Path, text: str = SOUND, **others: str) -> Path:
    """Write an assignment and the files next to it; the path of its file."""
    for name, content in {"network": NETWORK, "repairs": REPAIRS, **others}.items():
        (folder / f"{name}.py").write_text(content, encoding="utf-8")
    (folder / "d.csv").write_text("1\n")
    file = folder / "toy.py"
    file.write_text(text, encoding="utf-8")
    return file


def read(folder: Path, text: str = SOUND, **others: str) -> Assignment:
    """The assignment of a text."""
    return read_assignment(write(folder, text, **others))
