"""Names of files and folders as learning platforms write them."""

from __future__ import annotations

import pytest

from grader.intake import platform_names
from grader.intake.people import Person
from grader.intake.platform_names import Named, impersonal


def who(named: Named | None) -> tuple[str, str, str] | None:
    """Name, id and login."""
    return named and (named.person.name, named.person.id, named.person.login)


@pytest.mark.parametrize(
    ("name", "person", "file", "time"),
    [
        ("Ada Lovelace_657737_assignsubmission_file_", ("Ada Lovelace", "657737", ""), "", ""),
        ("Ada_Lovelace_657737_assignsubmission_file", ("Ada Lovelace", "657737", ""), "", ""),
        ("12-9 - Ana Araucaria - Mar 1, 2026 1005 AM", ("Ana Araucaria", "12", ""), "", "2026-03-01T10:05:00"),
        ("12-9 - Ana Araucaria - Mar 12, 2026 900 PM", ("Ana Araucaria", "12", ""), "", "2026-03-12T21:00:00"),
        ("12-9 - Ana - María - 1 de marzo de 2026 10-05", ("Ana - María", "12", ""), "", "2026-03-01T10:05:00"),
        ("12-9 - Ana Araucaria", ("Ana Araucaria", "12", ""), "", ""),
        ("Araucaria Soto_Ana_aaraucaria_4711", ("Ana Araucaria Soto", "4711", "aaraucaria"), "", ""),
    ],
)
def test_folders(name: str, person: tuple[str, str, str], file: str, time: str) -> None:
    """Moodle's, Brightspace's and ILIAS's folders say who handed in, and some say when."""
    found = platform_names.folder(name)
    assert found is not None
    assert (who(found), found.file, found.time) == (person, file, time)


@pytest.mark.parametrize("name", ["ana", "tarea_dos_ana_1", "ana_rojas_final_2", "Ana Rojas", "1-2"])
def test_other_folders(name: str) -> None:
    """A teacher's own scheme is none of a platform's."""
    assert platform_names.folder(name) is None


@pytest.mark.parametrize(
    ("name", "person", "file", "late"),
    [
        ("lovelaceada_981_55501_hw1.ipynb", ("lovelaceada", "981", ""), "hw1.ipynb", False),
        ("lovelaceada_LATE_981_55501_a_b-1.ipynb", ("lovelaceada", "981", ""), "a_b-1.ipynb", True),
        ("grupo3_55_9912_hw.zip", ("grupo3", "55", ""), "hw.zip", False),
        ("muñozjosé_7_123_t.py", ("muñozjosé", "7", ""), "t.py", False),
        ("LATE_anon_5YxqL_55504_hw.py", ("anon_5YxqL", "5YxqL", ""), "hw.py", True),
        ("caneloc_983_text.html", ("caneloc", "983", ""), "text.html", False),
    ],
)
def test_canvas(name: str, person: tuple[str, str, str], file: str, late: bool) -> None:
    """Canvas's names say who, and whether it was late."""
    found = platform_names.canvas(name)
    assert found is not None
    assert (who(found), found.file, found.late) == (person, file, late)


@pytest.mark.parametrize(
    "name",
    ["tarea_2_1_ana.ipynb", "tarea_2_100_ana.ipynb", "tarea_2_2026_ana.ipynb", "Ana_2_100_t.ipynb",
     "Ana Rojas_2_1000_t.ipynb",
     "t_1_1230_x.py", "extra_2_101_carla.ipynb"],
)  # fmt: skip
def test_not_canvas(name: str) -> None:
    """Names that begin with a word for the assignment, or that Canvas would have written in another way."""
    assert platform_names.canvas(name) is None


@pytest.mark.parametrize(
    "names",
    [
        ["redes_1_1230_ana.ipynb", "redes_1_1231_beto.ipynb"],
        ["redes_1_100_ana.ipynb", "otra_2_100_beto.ipynb"],
    ],
)
def test_a_scheme_that_would_mix_up_people_is_not_canvas(names: list[str]) -> None:
    """Canvas does not give a number twice, and the only person of a folder does not submit ana and beto."""
    named = {name: found for name in names if (found := platform_names.canvas(name))}
    assert platform_names.not_canvas(named) == set(names)


def test_one_person_with_two_files_is_canvas() -> None:
    """Work in two files of one person, and a file that was downloaded twice."""
    names = ["lovelaceada_981_55501_tarea2.ipynb", "lovelaceada_981_55502_modelo.py"]
    named = {name: found for name in names if (found := platform_names.canvas(name))}
    assert platform_names.not_canvas(named) == set()
    assert len(named) == 2


def test_blackboard() -> None:
    """The beginning that all names share is the assignment; a login may then hold underscores."""
    found = platform_names.blackboard(
        [
            "Tarea_2_ada_l_attempt_2026-03-01-10-00-00_mi_red.ipynb",
            "Tarea_2_ada_l_attempt_2026-03-01-10-00-00.txt",
            "Tarea_2_beto_intento_2026-03-02-10-00-00_t.ipynb",
            "tarea_2_ana.ipynb",
        ]
    )
    assert [(n.person.login, n.file, n.time, n.typed) for n in found.values()] == [
        ("ada_l", "mi_red.ipynb", "2026-03-01T10:00:00", False),
        ("ada_l", "", "2026-03-01T10:00:00", True),
        ("beto", "t.ipynb", "2026-03-02T10:00:00", False),
    ]
    alone = platform_names.blackboard(["Tarea_2_ada_attempt_2026-03-01-10-00-00_t.ipynb"])
    assert [n.person for n in alone.values()] == [Person("ada", login="ada")]


def test_google() -> None:
    """A full name, or a title that several files share; "Grupo 1 - Ana" is another scheme."""
    names = ["Ada Lovelace - mi red.ipynb", "Ana de la Cruz - Tarea 2.ipynb", "ana - redes.ipynb",
             "beto - redes.ipynb", "Grupo 1 - Ana.ipynb", "tarea2 - Ana Rojas.ipynb", "Tarea Dos - Ana.ipynb",
             "eva - algo.ipynb"]  # fmt: skip
    found = platform_names.google(names)
    assert [n.person.name for n in found.values()] == ["Ada Lovelace", "Ana de la Cruz", "ana", "beto"]


@pytest.mark.parametrize("text", ["tarea2", "HW 3 final (1)", "t", "Enunciado", "Copia de Tarea2_v3", "2026"])
def test_impersonal(text: str) -> None:
    """Words for an assignment and small numbers name nobody."""
    assert impersonal(text)


@pytest.mark.parametrize("text", ["ana", "tarea2_ana", "201234567", "grupo-1", "Peña"])
def test_personal(text: str) -> None:
    """Anything else may be a name or a student's number."""
    assert not impersonal(text)
