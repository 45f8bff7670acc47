"""Compare the cost with nbgrader and otter-grader: `make bench-peers`. CPU of the same notebooks in turn; ratios.

nbgrader and otter-grader get an environment of their own (build/peers), which sees this project's torch. They execute
whole notebooks in a kernel, and then the cells below, which ask about the same questions as the assignment, except for
2a to 2c: an autograded cell cannot set the variables that an answer reads. So these peers check less. CPU time counts
every process, with one thread each. A class is graded by one command where a peer has one: `grade`, `nbgrader
autograde`; `otter run` takes one notebook.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers"
VERSIONS = ("nbgrader==0.9.6", "otter-grader==7.0.0")
# Notebooks of the sample class that never end or end the process, and those that install or download something.
LEFT_OUT = ("olivia_olivillo", "pedro_peumo", "raul_rauli", "sara_sauce", "elena_espino", "felipe_fio_fio",
            "isidora_itata")  # fmt: skip
BEGIN = """
import torch
torch.manual_seed(7)
def close(a, b):
    assert torch.allclose(a.detach().double(), b.detach().double(), rtol=1e-4, atol=1e-5), (a, b)
def autograd(f, x, *more):
    x = x.clone().requires_grad_(True)
    f(x, *more).sum().backward()
    return x.grad
"""
CELLS = {
    "0": """
for shape in ((4, 3), (9,), (2, 5, 4)):
    T = torch.randn(shape)
    close(sig(T), torch.sigmoid(T)); close(tanh(T), torch.tanh(T)); close(relu(T), torch.relu(T))
    close(swish(T, 1.3), T * torch.sigmoid(1.3 * T)); close(celu(T, 0.8), torch.nn.functional.celu(T, 0.8))
    close(softmax(T, dim=0), torch.softmax(T, 0))
""",
    "1a": """
for shape in ((4, 3), (9,), (2, 5, 4), (5, 2), (3, 4)):
    T = torch.randn(shape)
    close(d_relu(T), (T > 0).float())
    close(d_swish(T, 1.3)[0], autograd(lambda t: t * torch.sigmoid(1.3 * t), T))
    close(d_celu(T, 0.8)[0], autograd(lambda t: torch.nn.functional.celu(t, 0.8), T))
""",
    "1b": """
for B, C in ((4, 3), (7, 5), (1, 6), (6, 5)):
    Q, P = torch.softmax(torch.randn(B, C), 1), torch.softmax(torch.randn(B, C), 1)
    close(CELoss(Q, P), -(P * Q.log()).sum(1).mean())
""",
    "1c": """
for B, C in ((4, 3), (7, 5), (1, 6), (6, 4)):
    Q, t = torch.softmax(torch.randn(B, C), 1), torch.randint(C, (B,))
    close(CategoricalCELoss(Q, t), -Q[range(B), t].log().mean())
""",
    "3a": """
for F, widths, names, C in ((5, [4], [sig], 3), (5, [7, 4], [relu, tanh], 3), (5, [8], [celu], 3), (5, [6], [swish], 3),
                            (5, [9, 7, 6], [relu, tanh, celu], 3), (3, [9, 5, 8, 4], [relu, tanh, celu, swish], 2)):
    red = FFNN(F, widths, names, C).double()
    x, y = torch.randn(11, F).double(), torch.eye(C).double()[torch.randint(C, (11,))]
    loss = lambda: float(-(y * red.forward(x).log()).sum(1).mean())
    red.backward(x, y, red.forward(x))
    for p in red.parameters():
        for entry in range(min(2, p.numel())):
            flat = p.data.view(-1)
            flat[entry] += 1e-6; above = loss(); flat[entry] -= 2e-6; below = loss(); flat[entry] += 1e-6
            assert abs((above - below) / 2e-6 - float(p.grad.reshape(-1)[entry])) < 1e-4
""",
    "3c": """
red = FFNN(3, [5], [tanh], 2).double()
x, y = torch.randn(4, 3).double(), torch.eye(2).double()[torch.randint(2, (4,))]
red.backward(x, y, red.forward(x))
assert float(chequeo_gradiente(red, x, y)) < 1e-2
""",
    "4a": """
for lr in (0.1, 0.06, 0.2):
    p = [torch.nn.Parameter(torch.randn(s)) for s in ((3, 2), (4,), (2, 5))]
    before = [q.detach().clone() for q in p]
    for q in p: q.grad = torch.randn(q.shape)
    SGD(p, lr).step()
    for q, b in zip(p, before): close(q, b - lr * q.grad)
""",
    "4b": """
for N, F, C in ((13, 4, 3), (9, 6, 5), (36, 4, 3)):
    data = RandomDataset(N, F, C)
    assert len(data) == N
    x, y = data[1]
    assert x.shape == (F,) and torch.equal(x, data[1][0])
""",
    "4c": """
for N, widths, epochs, batch in ((10, [4], 3, 4), (6, [7], 2, 1), (11, [5], 2, 5)):
    red = FFNN(5, widths, [tanh], 6)
    losses = entrenar_FFNN(red, RandomDataset(N, 5, 6), SGD(list(red.parameters()), 0.1), epochs=epochs,
                           batch_size=batch, device="cpu")
    assert len(losses) >= epochs
""",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--class-size", type=int, default=12)
    arguments.add_argument("--rounds", type=int, default=3)
    options = arguments.parse_args()
    install()
    notebooks = [f for f in sorted((ROOT / "submissions").glob("*.ipynb")) if f.stem not in LEFT_OUT]
    notebooks = notebooks[: options.class_size]
    print(f"{os.cpu_count()} cores, python {platform.python_version()}, {', '.join(VERSIONS)}, "
          f"{len(notebooks)} notebooks, seconds of CPU, one thread")  # fmt: skip
    graders: dict[str, Callable[[list[Path], Path], list[list[str]]]] = {
        "grade": ours, "nbgrader": nbgrader, "otter": otter,
    }  # fmt: skip
    ratios: dict[tuple[str, str], list[float]] = {}
    for number in range(1, options.rounds + 1):
        one, whole = {}, {}
        for name, commands in graders.items():
            one[name], whole[name] = (measured(commands, some) for some in (notebooks[:1], notebooks))
        each = {name: (whole[name] - one[name]) / max(1, len(notebooks) - 1) for name in graders}
        for name in graders:
            line = f"round {number}: {name:<9} class {whole[name]:7.1f} s, a further notebook {each[name]:6.2f} s"
            if name != "grade":
                for what, costs in (("class", whole), ("notebook", each)):
                    ratios.setdefault((name, what), []).append(costs[name] / costs["grade"])
                line += "   ratios to grade: " + ", ".join(f"{ratios[name, w][-1]:.1f}" for w in ("class", "notebook"))
            print(line, flush=True)
    for (name, what), found in ratios.items():
        label = f"a class of {len(notebooks)} with start-up" if what == "class" else "a further notebook"
        print(f"{name}: median ratio for {label}: {statistics.median(found):.1f}")


def install() -> None:
    """Make build/peers once: the peers with their own dependencies, and torch of this project behind these."""
    done = PEERS / ".installed"
    if done.is_file() and done.read_text() == " ".join(VERSIONS):
        return
    shutil.rmtree(PEERS, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    subprocess.run([PEERS / "bin" / "pip", "install", "--quiet", *VERSIONS], check=True)
    (site,) = PEERS.glob("lib/python*/site-packages")
    import torch

    (site / "zz_project.pth").write_text(str(Path(torch.__file__).parents[1]))  # at the end of sys.path
    done.write_text(" ".join(VERSIONS))


def measured(commands: Callable[[list[Path], Path], list[list[str]]], notebooks: list[Path]) -> float:
    """Seconds of CPU of a peer's commands for these notebooks, all its processes together."""
    with tempfile.TemporaryDirectory() as folder:
        todo = commands(notebooks, Path(folder))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for command in todo:
            done = run(command, Path(folder))
            if done.returncode not in (0, 1):
                raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    path = f"{PEERS / 'bin'}:{os.environ['PATH']}"
    alone = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "PYDEVD_DISABLE_FILE_VALIDATION": "1", "PATH": path,
             "JUPYTER_CONFIG_DIR": str(folder / "jupyter")}  # fmt: skip
    return subprocess.run(command, cwd=folder, env=os.environ | alone, text=True, capture_output=True, check=False)


def ours(notebooks: list[Path], folder: Path) -> list[list[str]]:
    (folder / "class").mkdir()
    for notebook in notebooks:
        shutil.copy(notebook, folder / "class")
    grade = str(Path(sys.executable).with_name("grade"))
    table = str(ROOT / "reference" / "tarea2")
    return [[grade, "class", "--assignment", table, "--lanes", "1", "--out", "out"]]


def nbgrader(notebooks: list[Path], folder: Path) -> list[list[str]]:
    """A course with the assignment released, and the notebooks handed in with its autograded cells."""
    (folder / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.root = {str(folder)!r}\nc.ExecutePreprocessor.timeout = 300\n"
    )
    tests = [cell(BEGIN, "begin", 0), *(cell(code, f"q{id}", 1) for id, code in CELLS.items())]
    source = folder / "source" / "t" / "t.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": kernel(), "cells": tests}))
    made = run(["nbgrader", "generate_assignment", "t", "--force"], folder)
    if made.returncode:
        raise SystemExit(made.stderr[-2000:])
    for notebook in notebooks:
        place = folder / "submitted" / notebook.stem / "t"
        place.mkdir(parents=True)
        content = json.loads(notebook.read_text("utf-8"))
        # The format that has ids of cells, as the release has them.
        cells = [{**c, "id": f"own{n}"} for n, c in enumerate(content["cells"])]
        handed_in = {**content, "nbformat_minor": 5, "metadata": kernel(), "cells": cells + tests}
        (place / "t.ipynb").write_text(json.dumps(handed_in))
    return [["nbgrader", "autograde", "t"]]


def otter(notebooks: list[Path], folder: Path) -> list[list[str]]:
    """An autograder with a test per question, which runs on one notebook after the other."""
    (folder / "tests").mkdir()
    (folder / "out").mkdir()
    for id, code in CELLS.items():
        (folder / "tests" / f"q{id}.py").write_text(
            "OK_FORMAT = False\nfrom otter.test_files import test_case\n"
            f"name = 'q{id}'\npoints = 1\nCODE = {BEGIN + code!r}\n\n\n"
            "@test_case()\ndef test_question(env):\n    exec(CODE, dict(env))\n"
        )
    made = run(["otter", "generate", "-t", "tests", "-o", "autograder.zip", "--no-environment"], folder)
    if made.returncode:
        raise SystemExit(made.stderr[-2000:])
    for notebook in notebooks:
        content = json.loads(notebook.read_text("utf-8"))
        (folder / notebook.name).write_text(json.dumps({**content, "metadata": kernel()}))
    return [["otter", "run", "-a", "autograder.zip", "-o", "out", notebook.name] for notebook in notebooks]


def cell(code: str, id: str, points: int) -> dict[str, Any]:
    """An autograded cell of nbgrader; without points, a cell that students may not change."""
    about = {"schema_version": 3, "grade": bool(points), "locked": True, "solution": False, "task": False,
             "grade_id": id, **({"points": points} if points else {})}  # fmt: skip
    return {"cell_type": "code", "id": id, "metadata": {"nbgrader": about}, "source": code.strip(), "outputs": [],
            "execution_count": None}  # fmt: skip


def kernel() -> dict[str, Any]:
    return {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"},
            "language_info": {"name": "python"}}  # fmt: skip


if __name__ == "__main__":
    main()
