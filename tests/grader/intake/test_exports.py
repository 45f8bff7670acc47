"""The lists that platforms put next to submissions."""

from __future__ import annotations

from pathlib import Path

from grader.intake.exports import gradescope
from grader.intake.submissions import collect_class

from .mixed import notebook


def test_lists_that_contain_themselves_many_times_are_no_names() -> None:
    """Aliases of YAML make a short text stand for a huge one; only plain texts are names and times."""
    lines = ["x0: &x0 [a, a]", *(f"x{k}: &x{k} [*x{k - 1}, *x{k - 1}]" for k in range(1, 60))]
    entry = "submission_1:\n  :created_at: *x59\n  :submitters:\n  - *x59\n  - :name: *x59\n    :sid: '0123'\n"
    listed = gradescope(("\n".join(lines) + "\n" + entry).encode())["submission_1"]
    assert [person.id for person in listed.people] == ["", "0123"]


def test_platforms_list_the_members_of_a_group(tmp_path: Path) -> None:
    """Several submitters of Gradescope, and several rows of one repository of GitHub Classroom, share one work."""
    scope, hub = tmp_path / "assignment_1_export", tmp_path / "hub"
    for folder in (scope / "submission_1", hub / "tarea-equipo"):
        folder.mkdir(parents=True)
        (folder / "t.ipynb").write_bytes(notebook(1))
    people = "".join(f"  - :name: {name}\n    :sid: '{sid}'\n" for name, sid in (("Ana Rojas", 1), ("Beto Soto", 2)))
    (scope / "submission_metadata.yml").write_text(f"submission_1:\n  :submitters:\n{people}")
    rows = "".join(f"{login},{name},tarea-equipo,los2\n" for login, name in (("ana", "Ana Rojas"), ("be", "Beto Soto")))
    (hub / "grades.csv").write_text(f"github_username,roster_identifier,student_repository_name,group_name\n{rows}")
    for folder, group in ((scope, "submission_1"), (hub, "los2")):
        found = [(s.student, s.together, s.person.group) for s in collect_class(folder).submissions]
        assert found == [("Ana Rojas", ("Beto Soto",), group), ("Beto Soto", ("Ana Rojas",), group)]
