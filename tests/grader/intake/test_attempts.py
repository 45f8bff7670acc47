"""What a student handed in together, and in which order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.intake import attempts as module
from grader.intake.submissions import Submission, collect, collect_class

from .mixed import notebook, zipped
from .test_classes import mark, write


def listed(submission: Submission) -> list[tuple[int, str, str, bool | None, bool]]:
    return [(a.number, a.file, a.submitted, a.late, a.counts) for a in submission.attempts]


def test_the_last_attempt_counts_and_all_are_listed(tmp_path: Path) -> None:
    """Canvas's files in the order of their numbers; one that is late is another attempt."""
    names = ["rojasana_9_55501_t.ipynb", "rojasana_9_55502_red.py", "rojasana_LATE_9_155503_t-1.ipynb"]
    write(tmp_path, {name: notebook(i) for i, name in enumerate(names, start=1)} | {names[1]: b"x = 1\n"})
    (ana,) = collect(tmp_path)
    assert mark(ana) == 3
    assert listed(ana) == [(1, names[0], "", False, False), (2, names[2], "", True, True)]
    assert [note.render("en") for note in ana.notes] == [f"2 attempts: attempt 2 was graded, {names[2]}"]
    ana = collect_class(tmp_path, attempt="first").submissions[0].loaded()
    assert [f.path for f in ana.files] == ["red.py", "t.ipynb"]
    (ana,) = collect_class(tmp_path, attempt="best").submissions
    assert [mark(s) for s in (ana, *ana.others)] == [3, 1]


@pytest.mark.parametrize(
    "files",
    [
        ["t.ipynb", "t (1).ipynb"],
        ["attempt 1/t.ipynb", "attempt 2/t.ipynb"],
        ["2026-03-01T10-00/t.ipynb", "2026-03-02T10-00/t.ipynb"],
    ],
)
def test_attempts_in_a_folder(tmp_path: Path, files: list[str]) -> None:
    """Folders called so are attempts; copies next to each other are one attempt with two notebooks."""
    write(tmp_path, {f"ana/{name}": notebook(i) for i, name in enumerate(files, start=1)} | {"beto.ipynb": notebook(9)})
    for i, name in enumerate(files):
        os.utime(tmp_path / "ana" / name, (i, i))
    ana, _ = collect(tmp_path)
    assert mark(ana) == 2
    assert len(ana.attempts) == (2 if "/" in files[0] else 1)


def test_archives_are_attempts_where_each_holds_a_notebook(tmp_path: Path) -> None:
    """An archive of modules or data belongs to the notebook next to it."""
    module_zip = zipped({"red.py": b"def f():\n    return 1\n", "src/x.py": b"y = 1\n"})
    write(
        tmp_path,
        {
            "ana/t.ipynb": notebook(1), "ana/m.zip": module_zip, "ana/datos.zip": zipped({"x.csv": b"1"}),
            "beto/1.zip": zipped({"t.ipynb": notebook(1)}), "beto/2.zip": zipped({"t.ipynb": notebook(2)}),
        },
    )  # fmt: skip
    ana, beto = collect(tmp_path)
    assert [f.path for f in ana.files] == ["datos.zip", "red.py", "src/x.py", "t.ipynb"]
    assert (mark(beto), len(beto.attempts)) == (2, 2)


def test_parts_with_numbers_are_no_attempts(tmp_path: Path) -> None:
    """Two attachments that differ in a number belong together, unless the first has none."""
    write(tmp_path, {"rojasana_9_55501_p-1.ipynb": notebook(1), "rojasana_9_55502_p-2.ipynb": notebook(2)})
    (ana,) = collect(tmp_path)
    assert [f.path for f in ana.files] == ["p-1.ipynb", "p-2.ipynb"]


def test_a_last_attempt_that_cannot_be_read(tmp_path: Path) -> None:
    """The one before counts, and a note says why; both are listed."""
    begin = "1-9 - Ana Rojas - Mar"
    write(tmp_path, {f"{begin} 1, 2026 1005 AM/t.ipynb": notebook(1), f"{begin} 2, 2026 1005 AM/t.pdf": b"%PDF"})
    (ana,) = collect(tmp_path)
    assert (mark(ana), ana.attempt, len(ana.attempts)) == (1, 1, 2)
    assert any("t.pdf cannot be graded" in note.render("en") for note in ana.notes)


def test_words_typed_into_blackboard_are_an_attempt(tmp_path: Path) -> None:
    """A receipt without a file is an attempt that cannot be graded."""
    begin = "T_ana_attempt_2026-03-0"
    note = b"Name: Ana Rojas (ana)\n"
    write(tmp_path, {f"{begin}1-10-00-00_t.ipynb": notebook(1), f"{begin}2-10-00-00.txt": note})
    (ana,) = collect(tmp_path)
    assert (ana.student, mark(ana), len(ana.attempts)) == ("Ana Rojas", 1, 2)


def test_the_numbers_of_archives_tell_their_order(tmp_path: Path) -> None:
    """A browser's "t (1).zip" is newer than "t.zip", if their notebooks have the same time."""
    write(tmp_path / "ana", {f"t{n}.zip": zipped({"t.ipynb": notebook(k)}) for k, n in enumerate(["", " (1)", " (2)"])})
    (ana,) = collect(tmp_path)
    assert (mark(ana), ana.attempts[-1].file) == (2, "ana/t (2).zip!t.ipynb")


def test_the_time_that_nbgrader_notes(tmp_path: Path) -> None:
    """timestamp.txt holds the time of the submission; elsewhere a student may have written it."""
    time = b"2026-03-01 10:00:00 UTC"
    for around in ("submitted", "class"):
        write(tmp_path, {f"{around}/{name}": notebook(1) for name in ("ana/t.ipynb", "beto/t.ipynb", "carla/t.ipynb")})
        write(tmp_path, {f"{around}/beto/timestamp.txt": time, f"{around}/carla/ps1/timestamp.txt": time})
    found = [[s.attempts[0].submitted for s in collect(tmp_path / around)] for around in ("submitted", "class")]
    assert found == [["", "2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"], ["", "", ""]]


def test_the_time_that_classroom_50_notes(tmp_path: Path) -> None:
    """result.json of a repository holds the time of the submission; elsewhere it is any file."""
    result = b'{"schema":"classroom50/result/v1","datetime":"2026-03-01T10:00:00Z","score":17,"tests":[]}'
    for folder in ("hw-submissions/hw-ana", "class/eva", "class/ian"):
        write(tmp_path, {f"{folder}/t.ipynb": notebook(1), f"{folder}/result.json": result})
    found = [[s.attempts[0].submitted for s in collect(tmp_path / top)] for top in ("hw-submissions", "class")]
    assert found == [["2026-03-01T10:00:00Z"], ["", ""]]


def test_very_many_files_in_archives_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The files of all archives of a student count together."""
    monkeypatch.setattr(module, "FOUND", 10)
    inner = zipped({f"{i}.py": b"x = 1\n" for i in range(6)})
    write(tmp_path, {"ana.zip": zipped({f"{i}.zip": inner for i in range(6)}), "beto.ipynb": notebook(1)})
    ana, _ = collect(tmp_path)
    assert len(ana.files) <= 16


def test_attempts_without_any_work_are_listed_by_their_times(tmp_path: Path) -> None:
    """Two attempts that hold only a report stay two attempts, and the last one counts."""
    for day in (1, 2):
        write(tmp_path, {f"12-9 - Ana Rojas - Mar {day}, 2026 1005 AM/informe.pdf": b"%PDF"})
    (ana,) = collect(tmp_path)
    assert [(a.submitted[:10], a.counts) for a in ana.attempts] == [("2026-03-01", False), ("2026-03-02", True)]
