"""A class whose submissions come from ten platforms and habits, drawn from a seed, and what is right about it."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

FIRST = (
    "Ana", "Bruno", "Camila", "Diego", "Elena", "Felipe", "Héctor", "Ignacia", "Joaquín", "Luis", "Nicolás",
    "Olivia",
)
LAST = (
    "Araucaria", "Boldo", "Canelo", "Espino", "Guindo", "Laurel", "Lingue", "Maitén", "Notro", "Peumo", "Raulí",
)
CELL = '{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": null, "source": "x = %d"}'


def notebook(mark: int) -> bytes:
    """A notebook that says whose it is."""
    return ('{"cells": [' + CELL % mark + '], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}').encode()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A .zip of the files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


@dataclass(frozen=True)
class Pupil:
    """A student and the notebook that counts."""

    number: int
    first: str
    last: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"

    @property
    def login(self) -> str:
        return f"{self.first[0]}{self.last}{self.number}".lower()

    @property
    def id(self) -> str:
        return str(20_000 + self.number)

    @property
    def squashed(self) -> str:
        return f"{self.last}{self.first}".lower().replace(" ", "")


@dataclass(frozen=True)
class Expected:
    """What the grader should say of a student."""

    name: str
    mark: int  # in the notebook that counts
    attempts: int = 1


Files = dict[str, bytes]


def moodle_folder(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    """The scheme's files, the name that it gives, and the number of attempts."""
    tail = r.choice(["", "_"])
    return {f"{p.name}_{p.id}_assignsubmission_file{tail}/tarea2.ipynb": notebook(p.number)}, p.name, 1


def moodle_flat(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    return {f"{p.name}_{p.id}_assignsubmission_file_mi_tarea.ipynb": notebook(p.number)}, p.name, 1


def canvas(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    late, n = r.choice(["", "_LATE"]), 55_000 + 10 * p.number
    files = {f"{p.squashed}{late}_{p.id}_{n}_tarea2.ipynb": notebook(-1)}
    if r.random() < 0.3:
        files = {f"{p.squashed}_{p.id}_{n}_tarea2.ipynb": notebook(-1)}
        files[f"{p.squashed}_LATE_{p.id}_{n + 1}_tarea2-1.ipynb"] = notebook(p.number)
    else:
        files = dict.fromkeys(files, notebook(p.number))
    return files, p.squashed, len(files)


def blackboard(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    begin = f"Tarea 2_{p.login}_attempt_2026-03-0"
    files: Files = {}
    times = ["1-10-00-00", "2-09-30-00"][: r.choice([1, 2])]
    for i, time in enumerate(times):
        files[f"{begin}{time}_tarea.ipynb"] = notebook(p.number if i == len(times) - 1 else -1)
        files[f"{begin}{time}.txt"] = f"Name: {p.name} ({p.login})\nAssignment: Tarea 2\n".encode()
    return files, p.name, len(times)


def brightspace(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    times = ["Mar 1, 2026 1005 AM", "Mar 1, 2026 1159 PM"][: r.choice([1, 2])]
    marks = [p.number if i == len(times) - 1 else -1 for i in range(len(times))]
    begin = f"{p.id}-678910 - {p.name} - "
    return {f"{begin}{t}/Tarea 2.ipynb": notebook(m) for t, m in zip(times, marks, strict=True)}, p.name, len(times)


def github(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    base = f"tarea2-submissions/tarea2-{p.login}"
    return {f"{base}/tarea2.ipynb": notebook(p.number), f"{base}/.github/workflows/a.yml": b"x"}, p.login, 1


def ilias(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    begin = f"{p.last}_{p.first}_{p.login}_{p.id}/20260301100"
    return {f"{begin}000_t.ipynb": notebook(-1), f"{begin}500_t.ipynb": notebook(p.number)}, p.name, 1


def google(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    return {f"{p.name} - {r.choice(['Tarea 2', 'mi red final'])}.ipynb": notebook(p.number)}, p.name, 1


def own_zip(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    inside = {"entrega/tarea2.ipynb": notebook(p.number), "entrega/modelo.py": b"def f():\n    return 1\n"}
    return {f"{p.name}.zip": zipped({"todo.zip": zipped(inside)})}, p.name, 1


def own_scheme(p: Pupil, r: random.Random) -> tuple[Files, str, int]:
    ending = r.choice([".ipynb", ".ipynb.txt", "", ".json"])
    stem = f"tarea_2_{100 + p.number}_{p.login}"
    return {stem + ending: notebook(p.number)}, stem, 1


SCHEMES: tuple[Callable[[Pupil, random.Random], tuple[Files, str, int]], ...] = (
    moodle_folder, moodle_flat, canvas, blackboard, brightspace, github, ilias, google, own_zip, own_scheme,
)  # fmt: skip


def write_class(folder: Path, size: int, seed: int) -> list[Expected]:
    """Write a mixed class of `size` students into the folder; the answers, in no order."""
    r = random.Random(seed)
    names = [(a, b) for a in FIRST for b in LAST]
    names += [(f"{a} {c}", b) for a in FIRST for c in FIRST for b in LAST if a != c]
    expected = []
    gradescope: list[str] = []
    for number, (first, last) in enumerate(r.sample(names, size), start=1):
        pupil = Pupil(number, first, last)
        if number % 11 == 0:
            base = f"assignment_1_export/submission_{number}"
            files: Files = {f"{base}/tarea2.ipynb": notebook(number)}
            gradescope.append(
                f"submission_{number}:\n  :submitters:\n  - :name: {pupil.name}\n    :sid: '{pupil.id}'\n"
                f"  :created_at: 2026-03-01 10:00:00.000000000 Z\n"
            )
            shown, attempts = pupil.name, 1
        else:
            files, shown, attempts = SCHEMES[number % len(SCHEMES)](pupil, r)
        for name, data in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        expected.append(Expected(shown, number, attempts))
    if gradescope:
        (folder / "assignment_1_export/submission_metadata.yml").write_text("---\n" + "".join(gradescope))
    (folder / "index.html").write_text("<html>")
    return expected
