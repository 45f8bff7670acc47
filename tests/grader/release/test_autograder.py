"""The autograder runs as Gradescope runs it, with the files that Gradescope gives it."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

from grader.run.gradebook import Gradebook

from ...tiny import DOUBLE, GRADE, HALF, grade, notebook, write_assignment


@pytest.mark.bwrap  # builds a wheel and starts a grader, 20 seconds
@pytest.mark.nightly
def test_the_autograder_makes_the_same_checks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The .zip holds all that is needed; the run leaves results.json with the score, and uses the same hidden cases."""
    assignment = write_assignment(tmp_path / "tiny")
    table = assignment / "assignment.py"
    late = "# deadline: 2026-03-01 12:00 America/Santiago\n# late: 10 % per day\n# limit"
    table.write_text(table.read_text("utf-8").replace("# limit", late, 1), "utf-8")
    out = tmp_path / "out"
    said = grade(capsys, "export", "gradescope", "--autograder", "--assignment", assignment, "--out", out)
    assert said.status == 0, said.err
    root = tmp_path / "autograder"
    with zipfile.ZipFile(out / "export" / "gradescope" / "autograder.zip") as archive:
        archive.extractall(root / "source")
        names = set(archive.namelist())
    (wheel,) = [name for name in names if name.endswith(".whl")]
    assert names == {"setup.sh", "run_autograder", "constraints.txt", "gradebook.sqlite", wheel,
                     "assignment/tiny/assignment.py"}  # fmt: skip
    setup = (root / "source" / "setup.sh").read_text("utf-8")
    assert f'"./{wheel}[instructor]"' in setup
    assert subprocess.run(["bash", "-n"], input=setup, text=True, check=False).returncode == 0
    with Gradebook(out / "gradebook.sqlite") as book, Gradebook(root / "source" / "gradebook.sqlite") as copy:
        assert copy.salt() == book.salt()
    (root / "submission").mkdir()
    (root / "results").mkdir()
    (root / "submission" / "t.ipynb").write_bytes(notebook(DOUBLE, HALF))
    (root / "submission" / "datos.txt").write_text("1 2 3")
    (root / "submission" / "timestamp.txt").write_text("2026-03-01 10:00:00")  # the student's word; not believed
    (root / "submission_metadata.json").write_text('{"created_at": "2026-03-03T10:00:00.365935-03:00"}')
    script = (root / "source" / "run_autograder").read_text("utf-8")
    here = script.replace("/opt/grader/bin", str(GRADE.parent)).replace("/autograder/", f"{root}/")
    subprocess.run(["bash", "-c", here], check=True, capture_output=True, cwd=root, env=dict(os.environ))
    shown = json.loads((root / "results" / "results.json").read_bytes())
    assert shown["score"] == 1.6  # two days late
    assert [(test["number"], test["score"]) for test in shown["tests"]] == [("1", 2.0), ("2a", 0.0)]
