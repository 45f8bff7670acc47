"""The small assignment of these tests, its release, and notebooks that answer it right, wrong, or not at all."""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path

from grader.assignment.load import load_assignment
from grader.assignment.spec import Assignment
from grader.release.record import record
from grader.self_check.checks_json import PublicChecks, write

FOLDER = Path(__file__).parent / "small"
IMPORTS = "import torch\nfrom torch.utils.data import Dataset"
COINS = """class Coins(Dataset):
    def __init__(self, n):
        self.rows = [(torch.rand(3), torch.randint(2, (1,))) for _ in range(n)]
    def __len__(self):
        return len(self.rows)
    def __getitem__(self, k):
        return self.rows[k]"""
RIGHT = (
    IMPORTS,
    "def standardise(X):\n    return (X - X.mean(0)) / X.std(0, correction=0)",
    "def noisy(X, scale):\n    return standardise(X) + scale * torch.randn(X.shape)",
    COINS,
    "def mean_of_epoch(rows):\n    return torch.stack([x for x, y in rows]).mean()",
    "def squashed(x):\n    return x / (1 + x.abs())",
    "def doubled(x):\n    return x + x",
    "def mean_height(path):\n    v = [float(row) for row in open(path)]\n    return sum(v) / len(v)",
    "def ratio(path, height):\n    return height / mean_height(path)",
)
# Each is a known mistake, except the last: a wrong answer to 6 spoils 7.
WRONG = (
    IMPORTS,
    "def standardise(X):\n    return (X - X.mean(0)) / X.var(0, correction=0)",
    "def noisy(X, scale):\n    return standardise(X)",
    COINS,
    "def mean_of_epoch(rows):\n    return torch.stack([x for x, y in rows]).sum() / len(rows)",
    "def squashed(x):\n    return x / (1 + x**2)",
    "def doubled(x):\n    return 3 * x",
    "def mean_height(path):\n    v = [float(row) for row in open(path)]\n    return v[len(v) // 2]",
    RIGHT[8],
)
BLANK = (
    IMPORTS,
    'def standardise(X):\n    """Columns of X with mean 0 and deviation 1."""\n    pass',
    "def noisy(X, scale):\n    pass",
    "class Coins(Dataset):\n    def __init__(self, n):\n        pass\n\n    def __len__(self):\n        pass\n\n"
    "    def __getitem__(self, index):\n        pass\n\n\ndef mean_of_epoch(rows):\n    pass",
    "def squashed(x):\n    pass",
    "def doubled(x):\n    ...",
    "def mean_height(path):\n    raise NotImplementedError",
    "def ratio(path, height):\n    return None",
)
NOTEBOOKS = {"right": RIGHT, "wrong": WRONG, "blank": BLANK}
HERE = ("1", "2", "3", "6", "7")  # questions with a public test that needs no solution


@cache
def small() -> Assignment:
    """The small assignment."""
    return load_assignment(FOLDER)


@cache
def checks() -> PublicChecks:
    """Its public checks, recorded once."""
    return record(small(), "en")


def notebook(cells: tuple[str, ...]) -> bytes:
    """A notebook with these cells."""
    return json.dumps({
        "nbformat": 4, "nbformat_minor": 5, "metadata": {"language": "en"},
        "cells": [
            {"cell_type": "code", "id": f"c{n}", "metadata": {}, "execution_count": None, "outputs": [], "source": text}
            for n, text in enumerate(cells)
        ],
    }).encode()  # fmt: skip


def handed_out(folder: Path) -> Path:
    """A student's folder with the public checks and the notebooks; returns it."""
    (folder / "checks").mkdir(parents=True)
    (folder / "checks" / "checks.json").write_bytes(write(checks()))
    shutil.copy(FOLDER / "heights.csv", folder / "checks")
    for name, cells in NOTEBOOKS.items():
        (folder / f"{name}.ipynb").write_bytes(notebook(cells))
    return folder
