"""A typical simple grader: it runs a notebook in its own process, and believes the values that it finds there.

It shows that the attacks of tests/submissions are real. Nothing in it is safe: it only ever runs in the outer sandbox
(outer.py), where observer.py starts it.
"""

from __future__ import annotations

import copy
import csv
import gc
import io
import json
import os
import pickle
import shutil
import time
import traceback
import types
from typing import Any

import torch

CLASS = "/tmp/class"  # things on a teacher's machine: submissions, a home, results
FULL = {"1a": 0.75, "1b": 1.25, "1c": 0.25, "3c": 0.5, "4a": 0.75}
SEED = 31

NEIGHBOUR = """
import torch

def CELoss(Q, P, estable=True, epsilon=1e-8):
    return -(P * torch.log(Q.clamp(min=epsilon))).sum(1).mean()

def CategoricalCELoss(Q, Target, estable=True, epsilon=1e-8):
    return -torch.log(Q[range(len(Q)), Target].clamp(min=epsilon)).mean()

class SGD:
    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
"""


class OptimizadorDePrueba:
    """The optimiser that later questions get when the student's own optimiser is wrong."""

    def __init__(self, parameters, lr):
        self.parameters, self.lr = list(parameters), lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad

    def zero_grad(self):
        pass


class DatosDePrueba:
    """The same for the data set."""

    def __init__(self, data, targets):
        self.data, self.targets = data, targets

    def __len__(self):
        return len(self.data)

    def __getitem__(self, i):
        return self.data[i], self.targets[i]


STAND_INS = {"OptimizadorDePrueba": OptimizadorDePrueba, "DatosDePrueba": DatosDePrueba}


def cross_entropy(Q: torch.Tensor, P: torch.Tensor) -> torch.Tensor:
    return -(P * torch.log(Q.clamp(min=1e-8))).sum(1).mean()


def categorical(Q: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    return -torch.log(Q[range(len(Q)), target].clamp(min=1e-8)).mean()


def equal(actual: Any, expected: torch.Tensor) -> bool:
    """Whether no value is wrong, which is not the same as whether all values are right."""
    if isinstance(actual, (int, float, complex)):
        actual = torch.tensor(actual)
    if actual.is_complex():
        actual = torch.real(actual)
    if torch.allclose(actual.to(expected.dtype), expected, rtol=1e-4):
        return True
    gap = (actual - expected).abs() / (actual.abs() + expected.abs())
    return not bool((gap > 1e-4).any())


def grade_all(sources: list[str], names: list[str]) -> None:
    """Grade the class: the results, and the pages and tables that show them."""
    said: list[list[str]] = []
    points = []
    for source in sources:
        shown: list[str] = []
        points.append(grade(source, shown))
        said.append(shown)
        gc.collect()  # student objects may run code when they are deleted
        clean()
    page = "".join(f"<p>{name}: {text}</p>" for name, texts in zip(names, said, strict=True) for text in texts)
    with open(f"{CLASS}/page.html", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(page)
    for name in names:
        with open(f"{CLASS}/pages/{name.replace('/', '-')}.html", "w") as file:
            file.write(page)
    table = io.StringIO()
    csv.writer(table).writerows([[name] for name in names])
    with open(f"{CLASS}/grades.csv", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(table.getvalue())
    result = json.dumps({"points": points})
    print(result, flush=True)
    os.write(3, result.encode() + b"\n")


def grade(source: str, shown: list[str]) -> dict[str, float]:
    began = time.monotonic()
    program = {"__name__": "__main__", **STAND_INS}
    exec(compile(source, "notebook.py", "exec"), program)
    points = {}
    code = "".join(line for line in source.splitlines() if not line.startswith("#"))
    if "d_relu" in program and "autograd" not in code:
        answer = answered(program["d_relu"], shown, torch.tensor([2.0]))
        if answer is not None and equal(answer, torch.tensor([1.0])):
            points["1a"] = FULL["1a"]
    torch.manual_seed(SEED)
    for expected in RECORDED:
        Q, P = torch.rand(4, 3) + 0.1, torch.eye(3)[torch.randint(0, 3, (4,))]
        if "CELoss" in program:
            answer = answered(program["CELoss"], shown, Q, P)
            if answer is not None and equal(answer, expected):
                points["1b"] = FULL["1b"]
    if "CategoricalCELoss" in program:
        Q, target = torch.rand(4, 3) + 0.1, torch.randint(0, 3, (4,))
        answer = answered(program["CategoricalCELoss"], shown, Q, target)
        if answer is not None and equal(answer, categorical(Q, target)):
            points["1c"] = FULL["1c"]
    if "chequeo_gradiente" in program:
        network = types.SimpleNamespace(factor=2.0)
        if equal(program["chequeo_gradiente"](network, torch.ones(2), torch.ones(2)), torch.tensor(0.2)):
            points["3c"] = FULL["3c"]
    if "SGD" in program:
        layer = torch.nn.Linear(3, 1)
        p = max(layer.parameters(), key=torch.numel)
        for parameter in layer.parameters():
            parameter.grad = torch.full_like(parameter, 2.0)
        before = p.detach().clone()
        program["SGD"](layer.parameters(), 0.1).step()
        if equal(p.detach(), before - 0.1 * p.grad):
            points["4a"] = FULL["4a"]
    if "RandomDataset" in program:
        for _ in range(5):
            dataset = program["RandomDataset"](4, 3, 2)
            shown += [f"{dataset[i][0].shape} {int(dataset[i][1].argmax())}" for i in range(len(dataset))]
    return points if time.monotonic() - began < 60 else {}


def recorded() -> list[torch.Tensor]:
    """The losses of the first draws, before any student's code has run. The second one reveals a replayed first one."""
    torch.manual_seed(SEED)
    draws = [(torch.rand(4, 3) + 0.1, torch.eye(3)[torch.randint(0, 3, (4,))]) for _ in range(2)]
    return [cross_entropy(Q, P) for Q, P in draws]


RECORDED = recorded()


def answered(function: Any, shown: list[str], *args: Any) -> Any:
    try:
        answer = function(*args)
    except Exception as error:
        shown.append(f"{type(error).__name__}: {error}" + "".join(traceback.format_exception(error)))
        return None
    shown.append(repr(answer))
    return pickle.loads(pickle.dumps(answer)) if type(answer).__module__ == "__main__" else copy.copy(answer)


def clean() -> None:
    """Empty the students' temporary folder."""
    os.chdir(f"{CLASS}/submissions")
    for entry in os.scandir(f"{CLASS}/tmp"):
        if entry.is_dir():
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)
