"""Shards: a class graded in parts gives the grades of an ordinary run, and nothing that comes back is believed."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from grader.run.gradebook import Gradebook
from grader.run.last_run import last_run

from ...tiny import DOUBLE, HALF, NEGATE, ROOT, Said, grade, graded, grades, notebook, write_assignment, write_class

pytestmark = [pytest.mark.bwrap, pytest.mark.usefixtures("judged_here")]

Capture = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Planned:
    """A class of five with an ordinary report, a plan of three shards, and the results of all shards."""

    folder: Path
    out: Path
    plan: Path
    assignment: Path
    submissions: Path

    def run(self, number: int, out: Path) -> Said:
        return graded("shard", "run", self.plan, str(number), "--out", out, "--lanes", "1")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Planned:
    folder = tmp_path_factory.mktemp("shards")
    assignment = write_assignment(folder / "table")
    submissions = write_class(
        folder / "class", ana=notebook(DOUBLE, NEGATE), bea=notebook(DOUBLE, HALF), eva=notebook(NEGATE),
        ida=b"no notebook at all", zoe=notebook(DOUBLE, NEGATE, "x = 1"),
    )  # fmt: skip
    (submissions / "names.toml").write_text("")
    made = Planned(folder, folder / "reports", folder / "plan.json", assignment, submissions)
    said = graded("shard", "plan", submissions, "--assignment", assignment, "--size", "2", "--plan", made.plan,
                  "--out", made.out)  # fmt: skip
    assert "5 submissions in 3 shards" in said.out, said.err
    for number in (1, 2, 3):
        assert made.run(number, folder / f"part{number}").status in (0, 1)
    return made


def fresh_report(planned: Planned, folder: Path) -> Path:
    """The report as it was after the plan, before any result was recorded."""
    out = folder / "reports"
    shutil.copytree(planned.out, out)
    return out


def merge(capsys: Capture, planned: Planned, out: Path, *folders: Path) -> Said:
    return grade(capsys, "shard", "merge", planned.plan, *folders, "--out", out)


def test_parts_give_the_grades_of_an_ordinary_run(capsys: Capture, planned: Planned, tmp_path: Path) -> None:
    """The same grades.csv, byte for byte, also when one part comes twice; nothing is judged afterwards."""
    out = fresh_report(planned, tmp_path)
    parts = [planned.folder / f"part{number}" for number in (1, 2, 3)]
    again = shutil.copytree(parts[0], tmp_path / "part1_again")
    said = merge(capsys, planned, out, *parts, again)
    assert said.status == 1  # one submission is unreadable, as in an ordinary run
    assert "5 results recorded, 2 were known" in said.out
    ordinary = tmp_path / "ordinary"
    grade(capsys, planned.submissions, "--assignment", planned.assignment, "--out", ordinary)
    assert (out / "grades.csv").read_bytes() == (ordinary / "grades.csv").read_bytes()
    assert "0 judged now" in grade(capsys, planned.submissions, "--assignment", planned.assignment, "--out", out).out


def test_parts_know_the_groups_and_can_be_graded_again(capsys: Capture, planned: Planned, tmp_path: Path) -> None:
    """Both members have the result of the group, and the commands after a merge know an ordinary run to repeat."""
    folder = write_class(tmp_path / "class", ana=notebook(DOUBLE, NEGATE), eva=notebook(NEGATE))
    (folder / "roster.csv").write_text("name,group\nana,g\nbeto,g\neva,\n")
    plan, out, asked = tmp_path / "plan.json", tmp_path / "out", ("--assignment", planned.assignment, "--groups")
    said = grade(capsys, "shard", "plan", folder, *asked, "--plan", plan, "--out", out, "--only", "1")
    assert "2 submissions in 1 shard" in said.out, said.err
    assert grade(capsys, "shard", "run", plan, "1", "--out", tmp_path / "part", "--lanes", "1").status == 0
    assert grade(capsys, "shard", "merge", plan, tmp_path / "part", "--out", out).status == 0
    ordinary = tmp_path / "ordinary"
    grade(capsys, folder, *asked, "--out", ordinary, "--only", "1")
    assert [row["1"] for row in grades(out).values()] == ["2", "2", "0"]
    assert (out / "grades.csv").read_bytes() == (ordinary / "grades.csv").read_bytes()
    with Gradebook(out / "gradebook.sqlite") as book:
        again = last_run(book).arguments
    assert "0 judged now" in grade(capsys, *again).out


def test_a_missing_part_is_named_and_can_come_later(capsys: Capture, planned: Planned, tmp_path: Path) -> None:
    out = fresh_report(planned, tmp_path)
    said = merge(capsys, planned, out, planned.folder / "part1", planned.folder / "part3")
    assert said.status == 1
    assert "3 results recorded" in said.out
    assert "Missing in shard 2: 2 results (eva, ida); run it again: grade shard run" in said.out
    assert "2 results recorded" in merge(capsys, planned, out, planned.folder / "part2").out


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text.replace('"points":0.0', '"points":2.0', 1), "it was changed after it was graded"),
        (lambda text: text[:-40], "it is not a result of a shard"),
        (lambda text: json.dumps([text]), "it is not a result of a shard"),
        (lambda text: text + " " * (33 << 20), "it has more than 32 MB"),
    ],
)
def test_a_result_that_was_tampered_with_is_refused(
    capsys: Capture, planned: Planned, tmp_path: Path, damage: object, reason: str
) -> None:
    """The other results of its folder are recorded, and the sentence names the file; nobody waits for a pipe."""
    out = fresh_report(planned, tmp_path)
    part = shutil.copytree(planned.folder / "part1", tmp_path / "part")
    os.mkfifo(part / "pipe.json")
    file = next(part.glob("bea.*.json"))
    before = file.read_text()
    file.write_text(damage(before))  # type: ignore[operator]
    assert file.read_text() != before
    said = merge(capsys, planned, out, part)
    assert said.status == 1
    assert f"Refused: {file}: {reason}" in said.out
    assert "1 result recorded" in said.out
    assert "Missing in shard 1: 1 result (bea)" in said.out


def test_results_of_another_plan_are_refused(capsys: Capture, planned: Planned, tmp_path: Path) -> None:
    """Another gradebook has another salt, so that its results carry another seal."""
    plan, part = tmp_path / "plan.json", tmp_path / "part"
    grade(capsys, "shard", "plan", planned.submissions, "--assignment", planned.assignment, "--plan", plan,
          "--out", tmp_path / "other")  # fmt: skip
    grade(capsys, "shard", "run", plan, "1", "--out", part)
    said = merge(capsys, planned, fresh_report(planned, tmp_path), part)
    assert said.out.count("Refused:") == 5
    assert "0 results recorded" in said.out
    refused = grade(capsys, "shard", "merge", planned.plan, planned.folder / "part1", "--out", tmp_path / "other")
    assert "the gradebook in --out has another salt than the plan" in refused.error


def test_a_shard_that_is_run_again_goes_on(planned: Planned, tmp_path: Path) -> None:
    """Finished results are kept; one that is missing or damaged is made again."""
    part = shutil.copytree(planned.folder / "part1", tmp_path / "part")
    assert "2 submissions, 2 of them unchanged since they were graded" in planned.run(1, part).out
    damaged = next(part.glob("ana.*.json"))
    damaged.write_text("{}")
    said = planned.run(1, part)
    assert "2 submissions, 1 of them unchanged" in said.out
    assert "[2/2] ana: " in said.out


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"grader": "0.0-another"}, "install the same grade, Python and torch here"),
        ({"assignment_fingerprint": "another"}, "the assignment has changed since the plan was made"),
        ({"format": 7}, "has format 7"),
        ({"salt": 7}, "is not a plan of shards"),
        ({"surprise": 1}, "is not a plan of shards"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(
    capsys: Capture, planned: Planned, tmp_path: Path, change: dict[str, object], sentence: str
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps({**json.loads(planned.plan.read_text()), **change}))
    said = grade(capsys, "shard", "run", plan, "1", "--out", tmp_path / "part")
    assert said.status == 2
    assert sentence in said.error


def test_a_submission_that_has_changed_is_not_graded_for_the_plan(
    capsys: Capture, planned: Planned, tmp_path: Path
) -> None:
    """Another folder may hold the submissions, but they must be those of the plan."""
    moved = shutil.copytree(planned.submissions, tmp_path / "moved")
    here = ("--submissions", moved, "--out", tmp_path / "part")
    assert grade(capsys, "shard", "run", planned.plan, "1", *here).status == 0
    write_class(moved, bea=notebook(DOUBLE, NEGATE))
    said = grade(capsys, "shard", "run", planned.plan, "1", *here)
    assert "bea.ipynb of bea is not here as it was when the plan was made" in said.error
    assert "there is no shard 4: the plan has 1 to 3" in grade(capsys, "shard", "run", planned.plan, "4").error


def test_the_plan_is_for_its_owner_only(planned: Planned) -> None:
    """It tells the salt of the hidden cases."""
    assert planned.plan.stat().st_mode & 0o077 == 0


# The recipes of docs/cluster.md ---------------------------------------------------------------------------------


def recipe(title: str) -> str:
    """The block of code below a heading of docs/cluster.md."""
    text = (ROOT / "docs" / "cluster.md").read_text("utf-8").split(f"### {title}\n", 1)[1]
    return re.search(r"```\w+\n(.*?)```", text, re.DOTALL)[1]  # type: ignore[index]


@pytest.fixture
def imitated(tmp_path: Path) -> Callable[..., list[str]]:
    """A function that runs a script where `ssh`, `rsync` and `grade` are imitations; it returns what `grade` was told.

    A host is a folder here.
    """
    bin = tmp_path / "bin"
    bin.mkdir()
    for name, script in (
        ("grade", 'echo "$PWD" "$@" >> "$SAID"; test "$2" != run || { mkdir -p parts; touch "parts/$4.json"; }'),
        ("ssh", 'shift; mkdir -p "$1"; cd "$1"; shift; sh -c "$*"'),
        ("rsync", 'shift; for to; do :; done; to=${to/://}; mkdir -p "$to"\n'
                  'while test $# -gt 1; do from=${1/://}; cp -r "$from" "$to"; shift; done'),
    ):  # fmt: skip
        (bin / name).write_text(f"#!/bin/bash\n{script}\n")
        (bin / name).chmod(0o755)

    def run(script: str, **environment: str) -> list[str]:
        said = tmp_path / "said"
        paths = {"PATH": f"{bin}:{os.environ['PATH']}", "SAID": str(said)}
        subprocess.run(["bash", "-c", script], cwd=tmp_path, check=True, env=os.environ | paths | environment)
        return said.read_text().replace(f"{tmp_path}", "").splitlines()

    return run


def test_the_recipe_for_ssh_grades_each_shard_once(imitated: Callable[..., list[str]], tmp_path: Path) -> None:
    """Seven shards on three hosts; the parts come back, and the merge is last."""
    (tmp_path / "plan.json").write_text('{"shards": [[], [], [], [], [], [], []]}')
    for folder in ("submissions", "my_assignment"):
        (tmp_path / folder).mkdir()
    *runs, merge = imitated(recipe("ssh"))
    assert sorted(runs) == sorted(
        f"/lab{1 + (n - 1) % 3}/grading shard run plan.json {n} --out parts" for n in range(1, 8)
    )
    assert merge == " shard merge plan.json parts"
    assert {file.name for file in (tmp_path / "parts").rglob("*.json")} == {f"{n}.json" for n in range(1, 8)}


def test_the_recipes_for_slurm_and_kubernetes_name_their_shard(
    imitated: Callable[..., list[str]], tmp_path: Path
) -> None:
    """The index of an array begins at 1, that of a Kubernetes job at 0."""
    script = recipe("A Slurm array")
    assert "#SBATCH --array=1-157" in script.splitlines()
    assert imitated(script, SLURM_SUBMIT_DIR=str(tmp_path), SLURM_ARRAY_TASK_ID="157") == [
        " shard run plan.json 157 --out parts --lanes 2"
    ]
    job = yaml.safe_load(recipe("A Kubernetes job"))
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert (job["kind"], job["spec"]["completionMode"], job["spec"]["completions"]) == ("Job", "Indexed", 157)
    assert container["volumeMounts"][0]["mountPath"] == container["workingDir"]
    said = imitated(shlex.join(container["command"]), JOB_COMPLETION_INDEX="0")
    assert said[-1] == " shard run plan.json 1 --out parts --lanes 2"
