"""A student's copy of the template, with answers in it, and ways to check it as students do."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "student_template"
SUBMISSIONS = ROOT / "tests" / "submissions" / "tarea2"
GRADE = Path(sysconfig.get_path("scripts")) / "grade"

RIGHT_LOSS = """def CELoss(Q, P, estable=True, epsilon=1e-8):
    if estable:
        Q = Q.clamp(epsilon)
    return -(P * Q.log()).sum(1).mean()"""
SUMMED_LOSS = RIGHT_LOSS.replace(".mean()", ".sum()")
SLOPE = "def d_relu(T):\n    return (T > 0).float()"
WRONG_SLOPE = SLOPE.replace(">", "<")


def copy(folder: Path, *answers: str, **metadata: str) -> Path:
    """The notebook of a copy of the template in `folder`, with these cells at its end and changed metadata."""
    shutil.copytree(TEMPLATE / "checks", folder / "checks", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(TEMPLATE / "pytest.ini", folder)
    notebook = folder / "tarea2.ipynb"
    shutil.copy(TEMPLATE / notebook.name, notebook)
    answer(notebook, *answers, **metadata)
    return notebook


def answer(notebook: Path, *answers: str, **metadata: str) -> None:
    """Append cells; the last definition counts. The file is replaced, as an editor does it."""
    content = json.loads(notebook.read_bytes())
    content["cells"] += [
        {"cell_type": "code", "id": f"a{len(content['cells']) + n}", "metadata": {}, "execution_count": None,
         "outputs": [], "source": source.splitlines(keepends=True)}
        for n, source in enumerate(answers)
    ]  # fmt: skip
    content["metadata"].update(metadata)
    part = notebook.with_suffix(".part")
    part.write_text(json.dumps(content, indent=1), encoding="utf-8")
    part.replace(notebook)


def cells(name: str) -> list[str]:
    """The code of an example submission ("right/parameter_lists"), cell by cell."""
    parts = (SUBMISSIONS / f"{name}.py").read_text(encoding="utf-8").split("# %%")
    return [part.strip() for part in parts if not part.startswith(" [markdown]")]


def environment(**more: str) -> Mapping[str, str]:
    """A student's terminal: no variables of a CI, of pytest, or of a language."""
    kept = {k: os.environ[k] for k in ("PATH", "HOME", "TMPDIR", "OMP_NUM_THREADS") if k in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **more}


def check(notebook: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run `grade check` in the notebook's folder."""
    return subprocess.run(
        [GRADE, "check", notebook.name, *arguments], cwd=notebook.parent, env=environment(**more),
        capture_output=True, text=True, encoding="utf-8", timeout=240, check=False,
    )  # fmt: skip
