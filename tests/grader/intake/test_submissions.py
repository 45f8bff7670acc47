"""The intake of submissions: which student submitted which file, for any folder or archive."""

from __future__ import annotations

import io
import os
import resource
import stat
import struct
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake import archives, attempts, submissions, submitted_file
from grader.intake.submissions import Submission, collect

NOTEBOOK = b'{"cells": []}'
EARLY, LATE = (2026, 3, 1, 10, 0, 0), (2026, 3, 2, 10, 0, 0)


def fill(folder: Path, *names: str) -> Path:
    """Files with different contents and the same time: notebooks and scripts, and words under all other names."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        work = path.suffix.lower() in (".ipynb", ".py", ".zip")
        path.write_bytes((NOTEBOOK if work else b"words of ") + name.encode())
        os.utime(path, (1_000_000, 1_000_000))
    return folder


def zipped(files: Mapping[str, bytes] | None = None, *names: str, date: tuple[int, ...] = EARLY) -> bytes:
    """A .zip of these files, and of notebooks with these names."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**(files or {}), **{n: NOTEBOOK for n in names}}.items():
            archive.writestr(zipfile.ZipInfo(name, date), data, zipfile.ZIP_DEFLATED)  # type: ignore[arg-type]
    return target.getvalue()


def people(path: Path) -> dict[str, str]:
    """The file that counts, by student."""
    return {s.student: s.file for s in collect(path)}


def only(path: Path) -> Submission:
    (submission,) = collect(path)
    return submission


def problem(submission: Submission) -> str:
    assert submission.problem is not None
    return submission.problem.render("en")


def notes(submission: Submission) -> str:
    return " ".join(note.render("en") for note in submission.notes)


@contextmanager
def ordinary_user() -> Iterator[Path]:
    """A folder in which permissions count, even when the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        user = os.geteuid()
        if user == 0:
            os.chown(folder, 65534, 65534)
            os.seteuid(65534)
        try:
            yield folder
        finally:
            os.seteuid(user)


# Folders


def test_a_file_is_named_after_its_student(tmp_path: Path) -> None:
    """In a flat folder the file's name is the student's."""
    fill(tmp_path, "ana.ipynb", "beto.py", "Carla Díaz.IPYNB")
    assert people(tmp_path) == {"ana": "ana.ipynb", "beto": "beto.py", "Carla Díaz": "Carla Díaz.IPYNB"}


def test_a_folder_is_named_after_its_student(tmp_path: Path) -> None:
    """The folder's name is the student's, however deep the notebook is in it."""
    fill(tmp_path, "ana/tarea2.ipynb", "beto/entrega/final/t.ipynb", "carla.ipynb")
    assert people(tmp_path) == {
        "ana": "ana/tarea2.ipynb",
        "beto": "beto/entrega/final/t.ipynb",
        "carla": "carla.ipynb",
    }


def test_one_file_can_be_given(tmp_path: Path) -> None:
    """A single notebook is a class of one."""
    submission = only(fill(tmp_path, "ana.ipynb", "beto.ipynb") / "ana.ipynb")
    assert (submission.student, submission.slug, submission.file) == ("ana", "ana", "ana.ipynb")
    assert submission.data == NOTEBOOK + b"ana.ipynb"


def test_what_computers_leave_behind_is_no_submission(tmp_path: Path) -> None:
    """Checkpoints, hidden files, READMEs and the like do not make a student."""
    fill(
        tmp_path, "ana.ipynb", "._ana.ipynb", ".DS_Store", ".ipynb_checkpoints/ana-checkpoint.ipynb",
        "__MACOSX/ana.ipynb", "README.md", "readme.ipynb", "names.toml", "conftest.py", ".git/hooks.py",
    )  # fmt: skip
    assert people(tmp_path) == {"ana": "ana.ipynb"}


def test_a_checkpoint_is_not_preferred(tmp_path: Path) -> None:
    """Jupyter's own copy counts only when there is no other file."""
    folder = fill(tmp_path, "ana/t.ipynb", "ana/t-checkpoint.ipynb", "beto/t-checkpoint.ipynb")
    os.utime(folder / "ana/t-checkpoint.ipynb", (2_000_000, 2_000_000))
    assert people(tmp_path) == {"ana": "ana/t.ipynb", "beto": "beto/t-checkpoint.ipynb"}


def test_the_newest_is_named_and_the_others_go_with_it(tmp_path: Path) -> None:
    """The submission is called after the newest of several notebooks, and holds all of them."""
    fill(tmp_path, "ana/z.ipynb", "ana/a.ipynb")
    os.utime(tmp_path / "ana/a.ipynb", (2_000_000, 2_000_000))
    submission = only(tmp_path)
    assert submission.file == "ana/a.ipynb"
    assert submission.modified == 2_000_000
    assert [f.path for f in submission.files] == ["a.ipynb", "z.ipynb"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("t.ipynb", "t (1).ipynb"),
        ("t (2).ipynb", "t (10).ipynb"),
        ("t.ipynb", "t-1.ipynb"),
        ("a.ipynb", "b.ipynb"),
    ],
)
def test_ties_are_settled_by_the_number_of_the_copy(tmp_path: Path, older: str, newer: str) -> None:
    """Of two files with the same time the later copy counts, then the later name."""
    assert only(fill(tmp_path, f"ana/{older}", f"ana/{newer}")).file == f"ana/{newer}"


def test_a_second_download_is_the_same_student(tmp_path: Path) -> None:
    """`ana (1)` belongs to `ana` where both exist; alone it is a name."""
    fill(tmp_path, "ana.ipynb", "ana (1).ipynb", "beto (1).ipynb", "grupo-1.ipynb", "grupo-2.ipynb")
    assert people(tmp_path) == {
        "ana": "ana (1).ipynb",
        "beto (1)": "beto (1).ipynb",
        "grupo-1": "grupo-1.ipynb",
        "grupo-2": "grupo-2.ipynb",
    }


def test_a_module_never_replaces_the_notebook(tmp_path: Path) -> None:
    """A newer .py next to a notebook goes with it."""
    fill(tmp_path, "ana/t.ipynb", "ana/red.py")
    os.utime(tmp_path / "ana/red.py", (2_000_000, 2_000_000))
    submission = only(tmp_path)
    assert submission.file == "ana/t.ipynb"
    assert [f.path for f in submission.files] == ["red.py", "t.ipynb"]


def test_texts_go_with_the_notebook(tmp_path: Path) -> None:
    """Markdown files accompany the notebook in their folder, or the notebook with the same name."""
    fill(
        tmp_path,
        "ana/t.ipynb",
        "ana/b.md",
        "ana/a.md",
        "ana/plot.png",
        "beto.ipynb",
        "beto.md",
        "enunciado.md",
    )
    ana, beto = collect(tmp_path)
    assert [name for name, _ in ana.extra] == ["a.md", "b.md"]
    assert beto.extra == (("beto.md", b"words of beto.md"),)
    assert not ana.notes


def test_what_cannot_be_graded_is_listed(tmp_path: Path) -> None:
    """A student with a .pdf, a .rar, or nothing at all is listed with a sentence."""
    fill(tmp_path, "ana/t.pdf", "beto.rar", "dora/README.md", "eva.ipynb", "enunciado.pdf")
    (tmp_path / "carla").mkdir()
    ana, beto, carla, dora, _eva = collect(tmp_path)
    assert problem(ana) == "ana/t.pdf cannot be graded: hand in a .ipynb, a .py or a .zip of them"
    assert problem(beto) == "beto.rar is packed in a way that cannot be opened: pack it as a .zip"
    assert problem(carla) == "the folder carla is empty"
    assert problem(dora) == "dora contains nothing that can be graded"
    assert ana.data == b""


def test_a_folder_around_the_class_is_seen_through(tmp_path: Path) -> None:
    """One folder that holds several folders of work is not a student."""
    fill(tmp_path, "export/ana/t.ipynb", "export/beto/t.ipynb")
    assert people(tmp_path) == {"ana": "export/ana/t.ipynb", "beto": "export/beto/t.ipynb"}


def test_the_only_student_of_a_class_is_no_wrapper(tmp_path: Path) -> None:
    """One folder that holds two notebooks is a student."""
    assert people(fill(tmp_path, "ana/a.ipynb", "ana/b.ipynb")) == {"ana": "ana/b.ipynb"}


def test_nothing_to_grade_is_wrong_usage(tmp_path: Path) -> None:
    """A missing path, an empty folder, a folder without notebooks, a .pdf: one sentence says what to do."""
    (tmp_path / "empty").mkdir()
    for path, words in [
        (tmp_path / "no", "does not exist: give"),
        (tmp_path / "empty", "contains no notebook: give"),
        (fill(tmp_path / "x", "notes.txt"), "contains no notebook: give"),
        (fill(tmp_path / "x", "a.pdf") / "a.pdf", "cannot be graded: give"),
    ]:
        with pytest.raises(UsageError, match=words):
            collect(path)


def test_very_deep_folders_are_no_obstacle(tmp_path: Path) -> None:
    """Folders nested deeper than Python's stack are still searched."""
    folders = [f"{tmp_path}/ana" + "/d" * depth for depth in range(1200)]
    for folder in folders:
        os.mkdir(folder)
    fill(Path(folders[-1]), "t.ipynb")
    try:
        assert only(tmp_path).file == "ana" + "/d" * 1199 + "/t.ipynb"
    finally:  # recursive clean-up could not do this
        os.unlink(f"{folders[-1]}/t.ipynb")
        for folder in reversed(folders):
            os.rmdir(folder)


def test_a_path_too_long_does_not_exist(tmp_path: Path) -> None:
    """A path that the system refuses to look up is a missing path."""
    with pytest.raises(UsageError, match="does not exist"):
        collect(tmp_path / ("x" * 5000))


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    """A link is followed only inside a student's own folder: nobody submits a neighbour's file, or the teacher's."""
    fill(tmp_path, "secret.md", "class/ana.ipynb", "class/dora/t.ipynb", "class/dora/src/red.py", "class/gil/x.md")
    (tmp_path / "class/beto.ipynb").symlink_to(tmp_path / "secret.md")
    (tmp_path / "class/carla.ipynb").symlink_to(tmp_path / "class/ana.ipynb")
    (tmp_path / "class/dora/words.md").symlink_to(tmp_path / "secret.md")
    (tmp_path / "class/dora/again").symlink_to(tmp_path / "class")
    (tmp_path / "class/dora/red.py").symlink_to("src/red.py")
    (tmp_path / "class/eva").symlink_to(tmp_path / "class/dora")
    (tmp_path / "class/gil/t.py").symlink_to("../dora/src/red.py")
    (tmp_path / "class/hugo").symlink_to("nowhere")
    ana, beto, carla, dora, eva, gil, hugo = collect(tmp_path / "class")
    assert problem(beto) == "beto.ipynb is a link to somewhere else: hand in the file itself"
    assert problem(carla) == "carla.ipynb is a link to somewhere else: hand in the file itself"
    assert problem(eva) == "eva is a link to somewhere else: hand in the file itself"
    assert problem(gil) == "gil/t.py is a link to somewhere else: hand in the file itself"
    assert problem(hugo) == "hugo is a link to somewhere else: hand in the file itself"
    assert ana.problem is None
    assert dora.extra == ()
    assert "words.md is a link" in notes(dora)
    assert [f.path for f in dora.files] == ["red.py", "src/red.py", "t.ipynb"]


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    """A special file is refused without being opened."""
    os.mkfifo(tmp_path / "ana.ipynb")
    assert problem(only(tmp_path)) == "ana.ipynb is not a plain file: hand in the file itself"


def test_a_link_in_a_circle_is_a_problem(tmp_path: Path) -> None:
    """A link to itself is refused like a file that cannot be read."""
    (tmp_path / "ana.ipynb").symlink_to("ana.ipynb")
    assert "ana.ipynb" in problem(only(tmp_path))


def test_large_files_are_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file above the limit is not read, and its author learns what to do."""
    monkeypatch.setattr(submitted_file, "FILE_LIMIT", 2**20)
    fill(tmp_path, "ana.ipynb")
    (tmp_path / "beto.ipynb").write_bytes(b"x" * (2**20 + 1))
    ana, beto = collect(tmp_path)
    assert ana.problem is None
    assert problem(beto).startswith("beto.ipynb is larger than 1 MB: clear its outputs")


def test_permissions_are_a_problem_of_one_student() -> None:
    """A file or folder without read permission is listed, and the others are graded."""
    with ordinary_user() as folder:
        fill(folder, "ana.ipynb", "beto.ipynb", "carla/t.ipynb")
        (folder / "beto.ipynb").chmod(0)
        (folder / "carla").chmod(0)
        ana, beto, carla = collect(folder)
        assert ana.problem is None
        assert problem(beto) == "beto.ipynb may not be read: change its permissions"
        assert problem(carla) == "carla may not be read: change its permissions"
        (folder / "carla").chmod(0o700)


def test_an_older_attempt_stands_in_for_one_that_cannot_be_read(tmp_path: Path) -> None:
    """When the newest attempt cannot be read, the next one is graded, and a note says why."""
    fill(tmp_path, "ana/a.ipynb", "ana/b.zip")
    (tmp_path / "ana/b.zip").write_bytes(b"PK\3\4\0")
    os.utime(tmp_path / "ana/b.zip", (2_000_000, 2_000_000))
    submission = only(tmp_path)
    assert submission.file == "ana/a.ipynb"
    assert "ana/b.zip is damaged or not a .zip: pack it again" in notes(submission)


def test_a_student_has_one_allowance_for_all_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that exceeds the rest of the allowance is not read."""
    monkeypatch.setattr(submissions, "STUDENT_LIMIT", 10)
    fill(tmp_path, "ana.ipynb")
    assert "together these files are too large" in problem(only(tmp_path))


# Platforms


def test_moodle_folders(tmp_path: Path) -> None:
    """Moodle's folders name the person, with or without the last underscore; namesakes get their number."""
    fill(
        tmp_path, "Ada Lovelace_657737_assignsubmission_file_/t.ipynb",
        "Ana_Rojas_1_assignsubmission_file/t.ipynb","Ana Rojas_2_assignsubmission_file_/sub/t.ipynb",
        "Eva_3_assignsubmission_onlinetext/onlinetext.html",
        "Ada Lovelace_657737_assignsubmission_onlinetext_/onlinetext.html",
    )  # fmt: skip
    ada, ana, other_ana, eva = collect(tmp_path)
    names = [s.student for s in (ada, ana, other_ana, eva)]
    assert names == ["Ada Lovelace", "Ana Rojas (1)", "Ana Rojas (2)", "Eva"]
    assert ada.problem is None
    assert len({ana.slug, other_ana.slug}) == 2
    assert "onlinetext.html cannot be graded" in problem(eva)


def test_moodle_flat_files(tmp_path: Path) -> None:
    """In Moodle's flat mode the file's name contains the person."""
    fill(
        tmp_path, "Ada Lovelace_657737_assignsubmission_file_tarea_2.ipynb", "Bo_7_assignsubmission_file_t.py"
    )
    assert sorted(people(tmp_path)) == ["Ada Lovelace", "Bo"]


def test_canvas_files(tmp_path: Path) -> None:
    """Canvas's names give the person; attempts of one person are grouped, and the later attachment wins a tie."""
    fill(
        tmp_path, "lovelaceada_LATE_981_55501_hw1.ipynb", "lovelaceada_LATE_981_155502_hw1.ipynb",
        "rojas_ana_77_55503_tarea_2.ipynb", "anon_5YxqL_55504_hw.py", "perez_80_text.html",
    )  # fmt: skip
    assert people(tmp_path) == {
        "lovelaceada": "lovelaceada_LATE_981_155502_hw1.ipynb",
        "rojas_ana": "rojas_ana_77_55503_tarea_2.ipynb",
        "anon_5YxqL": "anon_5YxqL_55504_hw.py",
        "perez": "perez_80_text.html",
    }


def test_a_canvas_archive_is_one_student(tmp_path: Path) -> None:
    """The archive's name gives the student, even when the archive is alone and holds two notebooks."""
    (tmp_path / "lovelaceada_981_55501_hw.zip").write_bytes(zipped({}, "a.ipynb", "b.ipynb"))
    assert people(tmp_path) == {"lovelaceada": "lovelaceada_981_55501_hw.zip!b.ipynb"}


@pytest.mark.parametrize("scheme", ["tarea_2_2024_{}", "tarea_2_1_{}", "tarea_2_100_{}", "t_1_123{}_x"])
def test_numbered_names_of_a_teacher_are_not_canvas(tmp_path: Path, scheme: str) -> None:
    """A scheme that looks like Canvas's but would make all files one person's keeps the students apart."""
    fill(tmp_path, *(scheme.format(i) + ".ipynb" for i in range(3)))
    assert len(collect(tmp_path)) == 3


def test_a_lone_name_with_a_year_is_not_canvas(tmp_path: Path) -> None:
    """A year in place of the attachment's number reveals a teacher's scheme."""
    assert list(people(fill(tmp_path, "tarea_2_2026_ana.ipynb"))) == ["tarea_2_2026_ana"]


def test_a_repeated_attachment_is_not_canvas(tmp_path: Path) -> None:
    """Canvas never uses an attachment's number twice, so these are three students."""
    names = ["tarea_1_100_ana", "tarea_1_100_beto", "extra_2_101_carla"]
    assert sorted(people(fill(tmp_path, *(f"{name}.ipynb" for name in names)))) == sorted(names)


# Names


def test_names_of_every_kind(tmp_path: Path) -> None:
    """Names with spaces, commas, quotes, accents, emoji, direction marks or other scripts can be shown and be files."""
    names = [
        "Pérez, José",
        "O\"Brien 'x'",
        "李雷",
        "韩梅梅",
        "🦊",
        "ev\u202eil",
        "a\tb",
        "-rf",
        "con",
        "n" * 240,
    ]
    fill(tmp_path, *(f"{name}.ipynb" for name in names), "Jose\u0301.ipynb")
    found = {s.student: s.slug for s in collect(tmp_path)}
    assert len(found) == len(names) + 1
    assert found["Pérez, José"] == "Perez_Jose"
    assert found["José"] == "Jose"
    assert found["evil"] == "evil"
    assert found["a b"] == "a_b"
    assert found["-rf"] == "rf"
    assert found["con"] == "student-con"
    assert found["李雷"].startswith("student-")


def test_a_name_that_does_not_decode(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are shown as U+FFFD."""
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/jos\xe9.ipynb"))).write_bytes(NOTEBOOK)
    submission = only(tmp_path)
    assert submission.student == submission.file.removesuffix(".ipynb") == "jos\N{REPLACEMENT CHARACTER}"
    submission.file.encode()


def test_submissions_are_sorted_by_student(tmp_path: Path) -> None:
    """The order is that of a class list, without case or accents."""
    fill(tmp_path, "beto.ipynb", "Álvaro.ipynb", "zoe.ipynb", "Ana.ipynb")
    assert [s.student for s in collect(tmp_path)] == ["Álvaro", "Ana", "beto", "zoe"]


def test_the_digest_covers_what_a_result_shows(tmp_path: Path) -> None:
    """Equal bytes of two students, other texts and other notes change the digest; equal submissions share one."""
    fill(tmp_path, "ana/t.ipynb")
    (tmp_path / "beto").mkdir()
    (tmp_path / "beto/t.ipynb").write_bytes((tmp_path / "ana/t.ipynb").read_bytes())
    before = [s.digest for s in collect(tmp_path)]
    assert before == [s.digest for s in collect(tmp_path)]
    assert len(set(before)) == 2
    fill(tmp_path, "ana/words.md", "beto/older.ipynb")
    os.utime(tmp_path / "beto/older.ipynb", (1, 1))
    after = [s.digest for s in collect(tmp_path)]
    assert not set(before) & set(after)


# Archives


def test_a_zip_of_one_student(tmp_path: Path) -> None:
    """A .zip with one notebook is named after itself, whatever files are next to the notebook."""
    data = zipped({"repo/red.py": b"", "repo/words.md": b"hi", "repo/src/x.py": b""}, "repo/t.ipynb")
    (tmp_path / "ana.zip").write_bytes(data)
    for path in (tmp_path, tmp_path / "ana.zip"):
        submission = only(path)
        assert (submission.student, submission.file) == ("ana", "ana.zip!repo/t.ipynb")
        assert submission.data == NOTEBOOK
        assert submission.extra == (("words.md", b"hi"),)


@pytest.mark.parametrize(
    "names",
    [
        ("ana/t.ipynb", "beto/t.ipynb"),
        ("class/ana/t.ipynb", "class/beto/t.py", "__MACOSX/class/._x"),
        ("ana.ipynb", "beto.ipynb"),
        ("class/ana.py", "class/beto.py"),
        ("ana_1_assignsubmission_file_/t.ipynb", "beto_2_assignsubmission_file_/t.pdf"),
        ("ana_1_4711_t.ipynb", "beto_2_4712_t.ipynb"),
    ],
)
def test_a_zip_of_a_class(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Several folders or notebooks are several students, whether the .zip is given itself or is alone in a folder."""
    (tmp_path / "class.zip").write_bytes(zipped({}, *names))
    for path in (tmp_path, tmp_path / "class.zip"):
        found = people(path)
        assert list(found) == ["ana", "beto"]
        assert found["ana"].startswith("class.zip!")


def test_zips_of_students_side_by_side(tmp_path: Path) -> None:
    """Next to others a .zip is one student's, even with several notebooks; the archive's dates decide."""
    (tmp_path / "ana.zip").write_bytes(zipped({}, "old.ipynb", "older.ipynb"))
    with zipfile.ZipFile(tmp_path / "ana.zip", "a") as archive:
        archive.writestr(zipfile.ZipInfo("a.ipynb", LATE), b"late")
    (tmp_path / "beto.zip").write_bytes(zipped({}, "t.ipynb"))
    ana, beto = collect(tmp_path)
    assert (ana.student, ana.file, ana.data) == ("ana", "ana.zip!a.ipynb", b"late")
    assert len(ana.files) == 3
    assert beto.file == "beto.zip!t.ipynb"


def test_many_zips_need_few_descriptors(tmp_path: Path) -> None:
    """A class with more files than the limit of open files is read."""
    for i in range(80):
        (tmp_path / f"s{i}.zip").write_bytes(zipped({}, "t.ipynb"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    in_use = len(os.listdir("/proc/self/fd"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (in_use + 20, hard))
    try:
        submissions = collect(tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(submissions) == 80
    assert not any(s.problem for s in submissions)


def test_a_zip_of_zips(tmp_path: Path) -> None:
    """A class may hold students' archives, and these may hold archives, up to a bounded depth."""
    inner = zipped({}, "t.ipynb")
    deep = inner
    for _ in range(attempts.ARCHIVES_DEEP):
        deep = zipped({"t.zip": deep})
    (tmp_path / "class.zip").write_bytes(
        zipped({
            "ana_1_4711_t.zip": inner,
            "beto/t.zip": inner,
            "carla/t.zip": zipped({"t.zip": inner}),
            "dora/t.zip": deep,
        })
    )  # fmt: skip
    found = {s.student: s for s in collect(tmp_path)}
    assert found["ana"].file == "class.zip!ana_1_4711_t.zip!t.ipynb"
    assert found["beto"].data == found["carla"].data == NOTEBOOK
    assert "t.zip lies in too many archives" in problem(found["dora"])


def with_patched_entry(data: bytes, **fields: int) -> bytes:
    """The archive with fields of its first entry changed, in the entry's header and in the table of contents."""
    places = {
        "flags": (6, 8, "<H"),
        "method": (8, 10, "<H"),
        "size": (22, 24, "<I"),
        "packed": (18, 20, "<I"),
    }
    patched = bytearray(data)
    for field, value in fields.items():
        local, central, code = places[field]
        struct.pack_into(code, patched, local, value)
        struct.pack_into(code, patched, data.index(b"PK\1\2") + central, value)
    return bytes(patched)


def unix(name: str, mode: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        info = zipfile.ZipInfo(name, EARLY)
        info.external_attr = mode << 16
        archive.writestr(info, b"/etc/passwd")
    return target.getvalue()


REFUSED = {
    "traversal": (zipped({}, "../../t.ipynb"), "has a path that leaves the archive"),
    "windows traversal": (zipped({}, "..\\t.ipynb"), "has a path that leaves the archive"),
    "absolute": (zipped({}, "/tmp/t.ipynb"), "has a path that leaves the archive"),
    "drive": (zipped({}, "C:\\t.ipynb"), "has a path that leaves the archive"),
    "link": (unix("t.ipynb", stat.S_IFLNK | 0o777), "is a link or a device"),
    "device": (unix("t.ipynb", stat.S_IFCHR | 0o666), "is a link or a device"),
    "encrypted": (with_patched_entry(zipped({}, "t.ipynb"), flags=1), "is encrypted"),
    "unknown compression": (
        with_patched_entry(zipped({}, "t.ipynb"), method=14),
        "is compressed in an unusual way",
    ),
    "ratio": (zipped({"t.ipynb": bytes(4 * 2**20)}), "times when unpacked"),
    "size": (with_patched_entry(zipped({}, "t.ipynb"), size=65 * 2**20), "is larger than 64 MB"),
    "lying about its size": (with_patched_entry(zipped({"t.ipynb": bytes(2**20)}), size=9), "is damaged"),
    "stream of nonsense": (
        zipped({"t.ipynb": b"a" * 99}).replace(b"t.ipynbK", b"t.ipynb\xff", 1),
        "is damaged",
    ),
    "cut": (zipped({}, "t.ipynb")[:-30], "is damaged or not a .zip"),
    "no zip": (b"hello", "is damaged or not a .zip"),
    "empty file": (b"", "is damaged or not a .zip"),
    "no notebook": (zipped({"t.pdf": b"x"}), "contains no .ipynb or .py"),
    "nothing": (zipped({}), "contains no .ipynb or .py"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_archives_that_are_refused(tmp_path: Path, kind: str) -> None:
    """A bad archive is its student's problem, in a sentence, and the others are graded, also in a class's .zip."""
    data, words = REFUSED[kind]
    fill(tmp_path / "class", "ana.ipynb")
    (tmp_path / "class/beto.zip").write_bytes(data)
    (tmp_path / "class.zip").write_bytes(zipped({"ana/t.ipynb": NOTEBOOK, "beto/beto.zip": data}))
    for path in (tmp_path / "class", tmp_path / "class.zip"):
        ana, beto = collect(path)
        assert ana.problem is None
        assert words in problem(beto)
        assert beto.data == b""


def test_a_good_entry_beside_a_refused_one_is_graded(tmp_path: Path) -> None:
    """Only the bad entry is refused, and a note says so."""
    fill(tmp_path, "beto.ipynb")
    (tmp_path / "ana.zip").write_bytes(zipped({}, "../z.ipynb", "a.ipynb"))
    ana, _ = collect(tmp_path)
    assert ana.data == NOTEBOOK
    assert "ana.zip!z.ipynb has a path that leaves the archive" in notes(ana)


def test_a_damaged_entry_is_a_problem_of_its_own(tmp_path: Path) -> None:
    """A wrong checksum is found on reading, and the older attempt is graded."""
    data = bytearray(zipped({"bad.ipynb": os.urandom(64)}, date=LATE))
    data[40 + len("bad.ipynb")] ^= 1
    (tmp_path / "ana").mkdir()
    (tmp_path / "ana/new.zip").write_bytes(data)
    (tmp_path / "ana/old.zip").write_bytes(zipped({}, "t.ipynb"))
    submission = only(tmp_path)
    assert submission.file == "ana/old.zip!t.ipynb"
    assert "ana/new.zip!bad.ipynb is damaged: pack it again" in notes(submission)


@pytest.mark.parametrize("encoding", ["utf-8", "cp850"])
def test_names_without_the_utf8_flag(tmp_path: Path, encoding: str) -> None:
    """Names in archives of macOS and of Windows keep their accents."""
    coded, plain = "Ángel ñ".encode(encoding), b"x" * len("Ángel ñ".encode(encoding))
    data = zipped({}, f"{plain.decode()}.ipynb", "beto.ipynb").replace(plain, coded)
    (tmp_path / "class.zip").write_bytes(data)
    assert "Ángel ñ" in people(tmp_path)


def test_an_archive_of_very_many_files_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table of contents is measured before it is read, in the old and in the 64-bit form."""
    monkeypatch.setattr(archives, "DIRECTORY_LIMIT", 1000)
    fill(tmp_path, "beto.ipynb")
    (tmp_path / "ana.zip").write_bytes(zipped({}, *(f"{i}.ipynb" for i in range(50))))
    assert "contains too many files" in problem(collect(tmp_path)[0])
    (tmp_path / "ana.zip").write_bytes(
        b"PK\6\6" + bytes(36) + (5000).to_bytes(8, "little") + bytes(8)
        + b"PK\6\7" + bytes(16) + b"PK\5\6" + bytes(18)
    )  # fmt: skip
    assert "contains too many files" in problem(collect(tmp_path)[0])


def test_odd_dates_are_no_obstacle(tmp_path: Path) -> None:
    """A date that does not exist counts as the oldest."""
    data = bytearray(zipped({}, "t.ipynb"))
    data[data.index(b"PK\1\2") + 14 : data.index(b"PK\1\2") + 16] = b"\0\0"
    (tmp_path / "ana.zip").write_bytes(data)
    assert only(tmp_path).modified == 0.0


def test_a_submission_holds_all_readable_files_by_their_path_below_the_students_folder(tmp_path):
    fill(tmp_path, "ana/tarea2.ipynb", "ana/modelo.py", "ana/datos/x.csv", "beto/t.ipynb")
    ana, _ = collect(tmp_path)
    assert [f.path for f in ana.files] == ["datos/x.csv", "modelo.py", "tarea2.ipynb"]
    assert ana.files[1].data == b'{"cells": []}ana/modelo.py'
