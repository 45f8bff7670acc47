"""Whose is each file of a class."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from grader.intake.people import printable, without_accents
from grader.intake.submissions import Submission, SubmittedClass, collect, collect_class

from .mixed import notebook, write_class, zipped


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir()
        else:
            path.write_bytes(data)
    return folder


def mark(submission: Submission) -> int:
    """The number in the notebook that counts; 0 for none."""
    found = re.search(rb"x = (-?\d+)", submission.loaded().data)
    return int(found[1]) if found else 0


def marks(folder: Path) -> dict[str, int]:
    return {s.student: mark(s) for s in collect(folder)}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_class_from_ten_platforms(tmp_path: Path, seed: int) -> None:
    """Each student once, with the right name, file and number of attempts; nobody is lost."""
    expected = write_class(tmp_path, 60, seed)
    found: SubmittedClass = collect_class(tmp_path)
    right = sorted((e.name, e.mark, e.attempts) for e in expected)
    assert sorted((s.person.name, mark(s), len(s.attempts)) for s in found.submissions) == right
    assert len({s.slug.casefold() for s in found.submissions}) == 60
    assert found.left_out == ("index.html",)


def test_platforms_with_one_student_each(tmp_path: Path) -> None:
    """Each file is recognised by itself."""
    write(
        tmp_path,
        {
            "rojasana_981_55501_t.ipynb": notebook(1),
            "Beto Soto_7_assignsubmission_file_/t.ipynb": notebook(2),
            "12-9 - Carla Díaz - Mar 1, 2026 1005 AM/t.ipynb": notebook(3),
            "Tarea 2_dora_attempt_2026-03-01-10-00-00_t.ipynb": notebook(4),
            "Paz_Eva_epaz_12/20260301100000_t.ipynb": notebook(5),
            "tarea_2_100_felipe.ipynb": notebook(6),
            "13-9 - Gil Mora - Mar 1, 2026 1005 AM - t.ipynb": notebook(7),
            "14-9 - Hugo Nash - Mar 1, 2026 1005 AM.zip": zipped({"t.ipynb": notebook(8)}),
            "Oro_Ida_ioro_15.ipynb": notebook(9),
            "Paz_Juan_grupo_2.ipynb": notebook(10),
        },
    )
    assert marks(tmp_path) == {
        "rojasana": 1, "Beto Soto": 2, "Carla Díaz": 3, "dora": 4, "Eva Paz": 5, "tarea_2_100_felipe": 6,
        "Gil Mora": 7, "Hugo Nash": 8, "Ida Oro": 9, "Paz_Juan_grupo_2": 10,
    }  # fmt: skip


def test_repositories_among_other_submissions(tmp_path: Path) -> None:
    """A repository's login is found by itself: two assignments, dashes in logins, clones, folders of other people."""
    logins = {
        "tarea2-": ["ana", "la-rosa", "la-nina", "beto-99", "x3"],
        "iic3697-2026-tarea-2-": ["dora", "eva-uc-2026"],
        "lab-": ["fe"],
    }
    for prefix, people in logins.items():
        for login in people:
            write(tmp_path, {f"{prefix}{login}/t.ipynb": notebook(1)})
    others = ["maria-jose", "maria-paz", "Gil Mora_7_assignsubmission_file"]
    write(tmp_path, {"lab-fe/.github/a.yml": b"x"} | {f"{name}/t.ipynb": notebook(1) for name in others})
    found = {s.person.login for s in collect(tmp_path) if s.person.login}
    assert found == {login for people in logins.values() for login in people}
    assert {"maria-jose", "maria-paz", "Gil Mora"} < {s.student for s in collect(tmp_path)}


def test_logins_of_two_assignments_of_blackboard(tmp_path: Path) -> None:
    """Each assignment's name is what several files begin with, so that logins may hold underscores."""
    names = ["Tarea_2_redes_a_ana", "Tarea_2_redes_beto", "Tarea 2_carla", "Tarea 2_d_dora"]
    write(tmp_path, {f"{name}_attempt_2026-03-01-10-00-00_t.ipynb": notebook(1) for name in names})
    assert {s.person.login for s in collect(tmp_path)} == {"a_ana", "beto", "carla", "d_dora"}


def test_odd_names_of_people(tmp_path: Path) -> None:
    """A dot in a name begins no ending, a small number of an attachment is no year, and a name may be one letter."""
    write(
        tmp_path,
        {
            "12-9 - Diego St. John - Mar 1, 2026 1005 AM - tarea": notebook(1), "Eva St. John": notebook(2),
            "rojasana_1540_1998_t.ipynb": notebook(3), "Li_A_ali7_3021/20260301100000_t.ipynb": notebook(4),
        },
    )  # fmt: skip
    assert marks(tmp_path) == {"Diego St. John": 1, "Eva St. John": 2, "rojasana": 3, "A Li": 4}


def test_a_class_in_a_folder_of_any_name(tmp_path: Path) -> None:
    """Many full names are people next to another export too; the notebooks of one student are not."""
    people = ["Ana Araucaria", "Beto Boldo", "Carla Canelo", "Dora Espino", "Eva Raulí", "Pelé"]
    write(tmp_path, {f"lunes/{name}.ipynb": notebook(1) for name in people[:3]})
    write(tmp_path, {f"lunes/{name}/t.ipynb": notebook(1) for name in people[3:]})
    own = ["Tarea 2 final", "capa oculta", "curva roc", "mis redes", "una prueba", "otra prueba", "la red"]
    write(tmp_path, {f"gil mora/{name}.ipynb": notebook(1) for name in own})
    assert [s.student for s in collect(tmp_path)] == [*people[:5], "gil mora", "Pelé"]


def test_rosters_next_to_a_part_of_a_class(tmp_path: Path) -> None:
    """A roster in a folder or an archive names the students there; of others it says nothing."""
    roster = b"username,first_name,last_name,email\nana,Ana,Rojas,a@x.org\nzoe,Zoe,Paz,\n"
    part = {"t-2-ana/t.ipynb": notebook(1), "t-2-beto/t.ipynb": notebook(1), "students.csv": roster}
    write(tmp_path / "both", {"Gil Mora.ipynb": notebook(1), "ana lagos.ipynb": notebook(1)})
    write(tmp_path / "both", {"repos/" + name: data for name, data in part.items()})
    write(tmp_path, {"class.zip": zipped(part)})
    both = {s.student: s.in_roster for s in collect(tmp_path / "both")}
    assert both == {"Ana Rojas": True, "beto": None, "Zoe Paz": True, "Gil Mora": None, "ana lagos": None}
    alone = {s.student: s.in_roster for s in collect(tmp_path / "class.zip")}
    assert alone == {"Ana Rojas": True, "beto": False, "Zoe Paz": True}


EXPORTS = {
    "gradescope": {
        "assignment_1_export/submission_metadata.yml": b"submission_7:\n  :submitters:\n  - :name: Ana\n"
       
        b"    :sid: '01'\n    :email: a@x.org\n  - :name: Beto\n    :sid: '2'\n  :created_at: 2026-03-01 10:00:00.0 Z\n"
        b"  :history:\n  - :created_at: 2026-02-01 10:00:00.0 Z\n  :results: !ruby/object:Foo {}\n",
        "assignment_1_export/submission_7/t.ipynb": notebook(1),
    },
    "brightspace": {
        "1-9 - Ana - Mar 1, 2026 1005 AM/t.ipynb": notebook(1),
        "2-9 - Beto - Mar 1, 2026 1005 AM/t.ipynb": notebook(1),
        "index.html": b"<html>",
    },
    "blackboard": {
        "T_2_a_a_attempt_2026-03-01-10-00-00_t.ipynb": notebook(1),
        "T_2_a_a_attempt_2026-03-01-10-00-00.txt": b"Name: Ana (a_a)\r\nDate Submitted: x\r\n",
        "T_2_b_attempt_2026-03-01-10-00-00_t.ipynb": notebook(1),
        "T_2_b_attempt_2026-03-01-10-00-00.txt": b"Name: Beto (b)\r\n",
    },
    "github": {
        "tarea2-submissions/tarea2-Ana/t.ipynb": notebook(1),
        "tarea2-submissions/tarea2-Beto/t.ipynb": notebook(1),
    },
    "github without the folder of all": {
        "tarea-2-Ana/t.ipynb": notebook(1),
        "tarea-2-Beto/t.ipynb": notebook(1),
    },
    "github's grades": {
        "repos/t-2-u1/t.ipynb": notebook(1),
        "repos/t-2-u2/t.ipynb": notebook(1),
        "repos/grades.csv": b"github_username,roster_identifier,student_repository_name,submission_timestamp\n"
        b"u1,Ana,t-2-u1,2026-03-01T10:00:00Z\nu2,Beto,t-2-u2,\n",
    },
    "ilias": {
        "multi/Abgaben/Paz_Ana_apaz_1/20260301100000_t.ipynb": notebook(1),
        "multi/Abgaben/Ruz_Beto_bruz_2/20260301100000_t.ipynb": notebook(1),
    },
    "google": {"Tarea 2/Ana - Tarea 2.ipynb": notebook(1), "Tarea 2/Beto - Tarea 2.ipynb": notebook(1)},
    "moodle": {
        "Ana_1_assignsubmission_file_/t.ipynb": notebook(1),
        "Beto_2_assignsubmission_file_/t.ipynb": notebook(1),
    },
}


@pytest.mark.parametrize("platform", EXPORTS)
def test_an_export_as_folder_and_as_archive_alone_and_among_others(tmp_path: Path, platform: str) -> None:
    """The same people, however the export is given."""
    files = EXPORTS[platform]
    write(tmp_path / "folder", files)
    write(tmp_path / "zip", {"export.zip": zipped(files)})
    write(tmp_path / "among", {"x/" + name: data for name, data in files.items()} | {"zoe.ipynb": notebook(1)})
    write(tmp_path / "zip_among", {"export-20260301T100000Z-001.zip": zipped(files), "zoe.ipynb": notebook(1)})
    for name in ("folder", "zip", "zip/export.zip", "among", "zip_among"):
        people = [s.person.name.split()[0] for s in collect(tmp_path / name)]
        assert people == ["Ana", "Beto", "zoe"][: 3 if "among" in name else 2], name


def test_gradescope_says_who_and_when(tmp_path: Path) -> None:
    """Everybody of a group is listed, with number, address and time."""
    write(tmp_path, EXPORTS["gradescope"])
    ana, beto = collect(tmp_path)
    assert (ana.person.id, ana.person.email, ana.person.group) == ("01", "a@x.org", "submission_7")
    assert (beto.attempt, beto.attempts[0].submitted) == (2, "2026-03-01T10:00:00Z")


ONE_STUDENT = {
    "parts": {"Tarea2_parte1.ipynb": notebook(1), "Tarea2_parte2.ipynb": notebook(1)},
    "statement": {"tarea2.ipynb": notebook(1), "z_enunciado.ipynb": notebook(1)},
    "module": {"tarea2.ipynb": notebook(1) + b"\nfrom modelo_ana import f", "modelo_ana.py": b"def f():\n    pass\n"},
    "run": {"tarea2.ipynb": notebook(1) + b"\n%run activaciones.ipynb", "activaciones.ipynb": notebook(1)},
    "archive": {"tarea2.zip": zipped({"tarea2.ipynb": notebook(1)})},
    "data": {"t.ipynb": notebook(1), "datos/x.csv": b"1", "src/red.py": b"def f():\n    pass\n"},
}


@pytest.mark.parametrize("kind", ONE_STUDENT)
def test_the_folder_or_archive_of_one_student(tmp_path: Path, kind: str) -> None:
    """A student's own folder given as the submissions is one student, called after the folder."""
    write(tmp_path / "ana rojas", ONE_STUDENT[kind])
    write(tmp_path, {"Ana Rojas.zip": zipped(ONE_STUDENT[kind])})
    for name in ("ana rojas", "Ana Rojas.zip"):
        (submission,) = collect(tmp_path / name)
        assert submission.student.casefold() == "ana rojas"
        assert len(submission.files) == len(ONE_STUDENT[kind])


def test_a_listed_submission_without_files_is_a_row(tmp_path: Path) -> None:
    """Gradescope lists a student whose folder was lost."""
    write(tmp_path, EXPORTS["gradescope"])
    (tmp_path / "assignment_1_export/submission_7/t.ipynb").unlink()
    (tmp_path / "assignment_1_export/submission_7").rmdir()
    assert [s.student for s in collect(tmp_path) if s.problem] == ["Ana", "Beto"]


@pytest.mark.parametrize(
    "names",
    [
        ["ana.ipynb", "beto.ipynb"],
        ["tarea2.ipynb", "ana.ipynb", "beto.ipynb"],
        ["tarea2_1.ipynb", "tarea2_2.ipynb"],
        ["a.ipynb", "b.ipynb"],
        ["a/t.ipynb", "b/t.ipynb"],
        ["grupo-1.ipynb", "grupo-2.ipynb"],
        ["t.ipynb", "20201234.py"],
        ["export/ana/t.ipynb", "export/beto/"],
    ],
)
def test_the_folder_of_a_class(tmp_path: Path, names: list[str]) -> None:
    """A file or folder per student is a class, numbered students and a template among them too."""
    write(tmp_path / "2026 grupo", {name: notebook(1) for name in names})
    assert len(collect(tmp_path / "2026 grupo")) == len(names)


def test_sections(tmp_path: Path) -> None:
    """Folders of sections are seen through, and name the section."""
    write(tmp_path, {"seccion 1/ana/t.ipynb": notebook(1), "seccion 2/beto.ipynb": notebook(2)})
    assert [(s.student, s.person.section) for s in collect(tmp_path)] == [("ana", "seccion 1"), ("beto", "seccion 2")]


def test_nobody_is_lost_without_a_word(tmp_path: Path) -> None:
    """Everything at the level of a class is a row, or is listed as nobody's."""
    write(
        tmp_path,
        {
            "ana.ipynb": notebook(1), "beto.pdf": b"%PDF", "carla.docx": b"PK\3\4[Content_Types].xml", "dora": b"hola",
            "eva.html": b"<html>", "fe.txt": b"import torch\nx = 1\n", "gil/x.pdf": b"%PDF", "hugo/.DS_Store": b"",
            "enunciado.pdf": b"%PDF", "lista.xlsx": b"", "ida.PNG": b"", "ana.csv": b"1,2",
        },
    )  # fmt: skip
    found = collect_class(tmp_path)
    rows = {s.student: s.problem is None for s in found.submissions}
    assert rows == {"ana": True, "beto": False, "carla": False, "dora": False, "eva": False, "fe": True, "gil": False,
                    "hugo": False, "ida": False}  # fmt: skip
    assert sorted(found.left_out) == ["enunciado.pdf", "lista.xlsx"]
    assert [f.path for f in found.submissions[0].loaded().files] == ["ana.csv", "ana.ipynb"]


def test_content_decides(tmp_path: Path) -> None:
    """A notebook, Python or an archive under any name, alone, in a folder and in an archive."""
    contents = {
        "ana.txt": notebook(1), "beto.json": notebook(2), "carla.html": notebook(3), "dora.pdf": notebook(4),
        "eva": zipped({"t": notebook(5)}), "fe.ipynb": zipped({"t.json": notebook(6)}), "gil.doc": notebook(7) + b"\n",
        "hugo.ipynb.zip": zipped({"t.zip": zipped({"t.md": notebook(8)})}), "jo.zip": notebook(9),
        "ida.7": b"\xef\xbb\xbf" + notebook(10), "leo.tgz": zipped({"t": zipped({"t": notebook(11)})}),
    }  # fmt: skip
    write(tmp_path, contents)
    expected = {name.partition(".")[0]: i for i, name in enumerate(contents, start=1)}
    assert marks(tmp_path) == expected
    folders = tmp_path / "folders"
    write(folders, {f"{name.partition('.')[0]}/tarea2.{name}": data for name, data in contents.items()})
    assert marks(folders) == expected


def test_our_own_files_are_no_part_of_a_submission(tmp_path: Path) -> None:
    """The self-check that came with the assignment is left out without a word."""
    write(
        tmp_path,
        {"ana/t.ipynb": notebook(1), "ana/checks/checks.json": b"{}", "ana/checks/probes/p.py": b"import os\n",
         "ana/grader/__init__.py": b"", "beto/t.ipynb": notebook(2), "beto/checks/mine.py": b"import os\n"},
    )  # fmt: skip
    ana, beto = collect(tmp_path)
    assert [f.path for f in ana.files] == ["t.ipynb"]
    assert not ana.notes
    assert [f.path for f in beto.files] == ["checks/mine.py", "t.ipynb"]


def test_names_survive_without_accents(tmp_path: Path) -> None:
    """The generator above draws names with accents, so that these are tried."""
    assert any(without_accents(e.name) != e.name for e in write_class(tmp_path, 40, 3))


PIECES = ["ana", "Ana Rojas", "tarea", "2", " - ", "_1_", "_55501_", "LATE", "assignsubmission_file_", "12-9 - ", "-",
          "Mar 1, 2026 1005 AM", "_attempt_2026-03-01-10-00-00", " (1)", "grupo", "submissions", "seccion 1", "\u202e",
          "submission_7", "'"]  # fmt: skip
ENDINGS = [".ipynb", ".py", ".zip", ".tgz", "", ".txt", ".pdf", ".html", ".json", ".md", ".7z", ".ipynb.txt", ".yml"]
CONTENTS = [notebook(1), b"import os\n", b"%PDF\0", b"", b"<html>", zipped({"ana/t.ipynb": notebook(1)}),
            b"submission_7:\n  :submitters:\n  - :name: Zoe\n", b"Name: Ana (a)\n"]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_strange_names_raise_nothing_and_lose_nobody(tmp_path: Path, seed: int) -> None:
    """Every file and folder of a class is named in a row or among the files of nobody."""
    r = random.Random(seed)

    def name() -> str:
        return "".join(r.choices(PIECES, k=r.randrange(1, 4))).strip() + r.choice(ENDINGS) or "x"

    for _ in range(10):
        folder = tmp_path / r.choice(["", "", "", name()])
        if not folder.exists():
            folder.mkdir()
        if folder.is_dir() and not (folder / (file := name())).exists():
            (folder / file).write_bytes(r.choice(CONTENTS))
    tops = {printable(entry.name) for entry in tmp_path.iterdir()}
    found = collect_class(tmp_path)
    named = [message.render("en") for s in found.submissions for message in (*s.notes, s.problem) if message]
    named += [a.file for s in found.submissions for a in s.attempts] + [s.file for s in found.submissions]
    named += [file.path for s in found.submissions for file in s.files] + list(found.left_out)
    assert {top for top in tops if not any(top in text for text in named)} == set()
