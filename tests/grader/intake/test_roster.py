"""The roster: who is absent, who is unknown, and whose names and numbers belong together."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.intake.people import Person
from grader.intake.roster import Roster, read_roster
from grader.intake.submissions import collect_class

from .mixed import notebook

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,HW1 (4711)
    Points Possible,,,,,20.0
"Araucaria Soto, Ana María",981,s1001,aaraucaria,CS1,
"Biobío, Bruno",982,s1002,bbiobio,CS2,
"Student, Test",999,,x,CS1,
"""
MOODLE = """Identifier,"Full name","Email address",Status,Grade
"Participant 657737","Ada Lovelace",ada@x.edu,"Submitted for grading",-
"Participant 657738","Grace Hopper",grace@x.edu,"No submission",-
"""
CLASSROOM50 = """username,first_name,last_name,email,section,github_id
ada-l,Ada,Lovelace,ada@x.edu,S1,77
,Grace,Hopper,grace@x.edu,S2,
"""


def roster(text: str | bytes, tmp_path: Path) -> Roster:
    data = text.encode() if isinstance(text, str) else text
    file = tmp_path / "r.csv"
    file.write_bytes(data)
    return read_roster(file)


def people(text: str | bytes, tmp_path: Path) -> list[tuple[str, ...]]:
    """Name, id, login, email, section, group."""
    found = [row.person for row in roster(text, tmp_path).rows]
    return [(p.name, p.id, p.login, p.email, p.section, p.group) for p in found]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (CANVAS, ("Ana María Araucaria Soto", "981", "aaraucaria", "", "CS1", "")),
        (MOODLE, ("Ada Lovelace", "657737", "", "ada@x.edu", "", "")),
        (CLASSROOM50, ("Ada Lovelace", "77", "ada-l", "ada@x.edu", "S1", "")),
        ("Nombre;Apellidos;RUT;Correo electrónico;Sección\nAna;Soto;1.234.567-K;a@x.cl;2\nB;C;2;b@x.cl;2\n",
         ("Ana Soto", "1.234.567-K", "", "a@x.cl", "2", "")),
        ("OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n#12,#ana,Soto,Ana,#\n#13,#b,C,B,#\n",
         ("Ana Soto", "12", "ana", "", "", "")),
        ("identifier,github_username,github_id,name\nana@x.org,anah,5,\nb@x.org,bb,6,\n",
         ("anah", "ana@x.org", "anah", "", "", "")),
        ("name\nAna\nBeto\n", ("Ana", "", "", "", "", "")),
        ("id\n1\n2\n", ("1", "1", "", "", "", "")),
        ("group,email\nG1,a@x.org\nG1,b@x.org\n", ("a@x.org", "", "", "a@x.org", "", "G1")),
        ("nombre,usuario\nAna Peña,ap\nB,b\n".encode("latin-1"), ("Ana Peña", "", "ap", "", "", "")),
        ("\ufeffname\tlogin\nAna\ta\nB\tb\n".encode("utf-16"), ("Ana", "", "a", "", "", "")),
        ("Curso: Redes\n\nname,id\nAna,1\nB,2\n", ("Ana", "1", "", "", "", "")),
    ],
)  # fmt: skip
def test_rosters_of_every_kind(text: str | bytes, first: tuple[str, ...], tmp_path: Path) -> None:
    """Columns are found by their titles, in any order, language, encoding and with any separator."""
    found = people(text, tmp_path)
    assert found[0] == first
    assert len(found) == 2


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "name\n", "hola", b"\0\0\0"])
def test_no_roster(text: str | bytes, tmp_path: Path) -> None:
    """A file without students is one sentence."""
    with pytest.raises(UsageError, match=r"r\.csv"):
        roster(text, tmp_path)


CLASS = "name,id,login,email\nAna María Araucaria Soto,981,aaraucaria,ana@x.cl\nBruno Biobío,982,bbiobio,b@x.cl\n" \
        "Ana Rojas,983,arojas,arojas@x.cl\nJuan Pérez,20201234,jp1,\nJuan Pérez,20205678,jp2,\n"  # fmt: skip


@pytest.mark.parametrize(
    ("person", "id"),
    [
        (Person("araucariasotoanamaria", "981"), "981"),
        (Person("araucariasotoanamaría"), "981"),
        (Person("Ana Maria Araucaria"), "981"),
        (Person("ANA ARAUCARIA"), "981"),
        (Person("Araucaria Soto, Ana María"), "981"),
        (Person("bbiobio"), "982"),
        (Person("bruno"), "982"),
        (Person("tarea2_bruno_biobio"), "982"),
        (Person("tarea_2_1_bruno"), "982"),
        (Person("x", login="BBiobio"), "982"),
        (Person("cs50-hw1-bbiobio"), "982"),
        (Person("x", email="B@x.cl"), "982"),
        (Person("tarea2_20205678"), "20205678"),
        (Person("Participant 20201234", "20201234"), "20201234"),
        (Person("Juan Pérez", "20201234"), "20201234"),
        (Person("Bruno Biobio", "981"), "982"),  # the number belongs to another platform
        (Person("Juan Pérez"), None),
        (Person("ana"), "981"),  # her address begins so
        (Person("juan"), None),
        (Person("Zoe"), None),
        (Person("tarea2"), None),
    ],
)
def test_match(person: Person, id: str | None, tmp_path: Path) -> None:
    """Numbers, logins, addresses and names find one student or none, and never one of several."""
    row = roster(CLASS, tmp_path).match(person)
    assert (row and row.person.id) == id


def test_a_class_with_a_roster(tmp_path: Path) -> None:
    """Absent students are rows, strangers are marked, spellings of one student are attempts of one row."""
    (tmp_path / "roster.csv").write_text(CLASS)
    for i, name in enumerate(["araucariasotoanamaria_981_55501_t.ipynb", "Zoe.ipynb", "bbiobio.ipynb"], start=1):
        (tmp_path / name).write_bytes(notebook(i))
    (tmp_path / "Bruno Biobio_7_assignsubmission_file_").mkdir()
    (tmp_path / "Bruno Biobio_7_assignsubmission_file_" / "t.ipynb").write_bytes(notebook(4))
    found = collect_class(tmp_path)
    assert [(s.student, s.person.id, s.absent, s.in_roster, len(s.attempts)) for s in found.submissions] == [
        ("Ana María Araucaria Soto", "981", False, True, 1),
        ("Ana Rojas", "983", True, True, 0),
        ("Bruno Biobío", "982", False, True, 2),
        ("Juan Pérez (20201234)", "20201234", True, True, 0),
        ("Juan Pérez (20205678)", "20205678", True, True, 0),
        ("Zoe", "", False, False, 1),
    ]
    assert found.roster == "roster.csv"


def test_one_students_work_makes_nobody_absent(tmp_path: Path) -> None:
    """A single notebook, or the folder of one student, is mapped to the roster and is still alone."""
    (tmp_path / "roster.csv").write_text(CLASS)
    (tmp_path / "arojas").mkdir()
    for name in ("arojas.ipynb", "arojas/tarea2.ipynb"):
        (tmp_path / name).write_bytes(notebook(1))
    for given in ("arojas.ipynb", "arojas"):
        found = collect_class(tmp_path / given, tmp_path / "roster.csv")
        assert [s.student for s in found.submissions] == ["Ana Rojas"]


def test_groups(tmp_path: Path) -> None:
    """What a group submitted under its name is the work of each member."""
    (tmp_path / "roster.csv").write_text("name,group\nAna Rojas,Grupo 1\nBeto Soto,Grupo 1\nEva Paz,Grupo 2\n")
    (tmp_path / "Grupo 1_55_assignsubmission_file_").mkdir()
    (tmp_path / "Grupo 1_55_assignsubmission_file_" / "t.ipynb").write_bytes(notebook(1))
    found = {s.student: (s.absent, s.person.group) for s in collect_class(tmp_path).submissions}
    assert found == {"Ana Rojas": (False, "Grupo 1"), "Beto Soto": (False, "Grupo 1"), "Eva Paz": (True, "Grupo 2")}


GROUPS = """name,login,group
Ana Rojas,arojas,Equipo 1
Beto Soto,bsoto,Equipo 1
Eva Paz,epaz,Equipo 2
Ian Lund,ilund,Equipo 2
"""


def together(folder: Path, **options: bool) -> dict[str, tuple[str, int, tuple[str, ...]]]:
    """File, attempt and the other members of each student of a class."""
    found = collect_class(folder, **options).submissions
    return {s.student: (s.file, s.attempt, s.together) for s in found if not s.absent}


@pytest.mark.parametrize(
    "name",
    ["equipo1_77_500_t.ipynb", "Equipo 1.ipynb", "arojas_bsoto.ipynb", "Ana Rojas y Beto Soto.ipynb", "Ana & Beto.py"],
)
def test_one_file_is_the_work_of_several(name: str, tmp_path: Path) -> None:
    """A file under the name of a group, or under those of its members, is the work of each of them, and of no other."""
    (tmp_path / "roster.csv").write_text(GROUPS)
    (tmp_path / name).write_bytes(notebook(1))
    assert together(tmp_path) == {"Ana Rojas": (name, 1, ("Beto Soto",)), "Beto Soto": (name, 1, ("Ana Rojas",))}


def test_a_group_with_the_number_of_a_student(tmp_path: Path) -> None:
    """A platform numbers groups and students apart, so a group's number says nothing about students."""
    (tmp_path / "roster.csv").write_text(GROUPS.replace("login", "id").replace("epaz", "77"))
    (tmp_path / "Equipo 1_77_assignsubmission_file_").mkdir()
    (tmp_path / "Equipo 1_77_assignsubmission_file_" / "t.ipynb").write_bytes(notebook(1))
    assert set(together(tmp_path)) == {"Ana Rojas", "Beto Soto"}


@pytest.mark.parametrize("name", ["ana_paz.ipynb", "Soto, Ana.ipynb", "paz-lund.ipynb", "Beto Soto y otros.ipynb"])
def test_no_group_is_guessed(name: str, tmp_path: Path) -> None:
    """Parts of a name that fit several students do not make these a group."""
    (tmp_path / "roster.csv").write_text(GROUPS)
    (tmp_path / name).write_bytes(notebook(1))
    assert len(together(tmp_path)) == 1


def test_what_a_member_hands_in_alone(tmp_path: Path) -> None:
    """A member's own submission is an attempt of that member; if it is newer, it counts for that member only."""
    (tmp_path / "roster.csv").write_text(GROUPS)
    for place, (name, value) in enumerate((("equipo1.ipynb", 1), ("arojas.ipynb", 2))):
        (tmp_path / name).write_bytes(notebook(value))
        os.utime(tmp_path / name, (1e9 + place, 1e9 + place))
    assert together(tmp_path) == {"Ana Rojas": ("arojas.ipynb", 2, ()), "Beto Soto": ("equipo1.ipynb", 1, ())}
    ana = next(s for s in collect_class(tmp_path).submissions if s.student == "Ana Rojas")
    assert [f.path for f in ana.loaded().files] == ["arojas.ipynb"]  # the group's notebook is no part of it


def test_groups_of_the_roster(tmp_path: Path) -> None:
    """With `groups` what one member hands in is the work of all, and the newest of all members counts for all."""
    (tmp_path / "roster.csv").write_text(GROUPS)
    for place, (name, value) in enumerate((("arojas.ipynb", 1), ("bsoto.ipynb", 2), ("ilund.ipynb", 3))):
        (tmp_path / name).write_bytes(notebook(value))
        os.utime(tmp_path / name, (1e9 + place, 1e9 + place))
    assert collect_class(tmp_path).without_group == ("Eva Paz",)
    assert together(tmp_path, groups=True) == {
        "Ana Rojas": ("bsoto.ipynb", 2, ("Beto Soto",)),
        "Beto Soto": ("bsoto.ipynb", 2, ("Ana Rojas",)),
        "Eva Paz": ("ilund.ipynb", 1, ("Ian Lund",)),
        "Ian Lund": ("ilund.ipynb", 1, ("Eva Paz",)),
    }
    digests = {s.student: s.digest for s in collect_class(tmp_path, groups=True).submissions}
    assert digests["Ana Rojas"] == digests["Beto Soto"] != digests["Ian Lund"]
    (tmp_path / "roster.csv").unlink()
    with pytest.raises(UsageError, match="column group"):
        collect_class(tmp_path, groups=True)


def test_a_roster_can_be_named(tmp_path: Path) -> None:
    """--roster takes any file; without one nobody is absent or unknown."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ana.ipynb").write_bytes(notebook(1))
    (tmp_path / "lista.csv").write_text("login\nana\nbeto\n")
    assert [(s.student, s.absent) for s in collect_class(folder, tmp_path / "lista.csv").submissions] == [
        ("ana", False),
        ("beto", True),
    ]
    assert [s.in_roster for s in collect_class(folder).submissions] == [None]
    with pytest.raises(UsageError, match="cannot read the roster"):
        collect_class(folder, tmp_path / "no.csv")
