"""The autograder .zip that Gradescope runs: this grader, the assignment, and the salt of the gradebook."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..exchange.feedback import packed
from ..files import write_atomically
from .repository import PROJECT, build_wheel

# Ubuntu 22.04, Gradescope's image, has an older Python by default.
SETUP = """\
#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image.
set -euo pipefail
apt-get update
apt-get install -y --no-install-recommends bubblewrap
apt-get install -y --no-install-recommends python3.11 python3.11-venv ||
  apt-get install -y --no-install-recommends python3 python3-venv
python=$(command -v python3.11 || command -v python3)
$python -m venv /opt/grader
cd /autograder/source
/opt/grader/bin/pip install --quiet --extra-index-url https://download.pytorch.org/whl/cpu \\
  -c constraints.txt "./{wheel}[instructor]"
"""

# One folder per student is a class of one: however many files were handed in, they are one submission. Without
# results.json Gradescope tells that the autograder failed, and charges nobody.
RUN = """\
#!/usr/bin/env bash
# Gradescope runs this once per submission.
set -uo pipefail
work=$(mktemp -d)
mkdir -p "$work/class" "$work/reports"
cp -r /autograder/submission "$work/class/student"
# The time of the submission, for the late policy; a file of this name that the student handed in does not count.
/opt/grader/bin/python -c 'import json; print(json.load(open("/autograder/submission_metadata.json"))["created_at"])' \
  > "$work/class/student/timestamp.txt" || rm -f "$work/class/student/timestamp.txt"
cp /autograder/source/gradebook.sqlite "$work/reports/"
options=(--assignment "/autograder/source/{assignment}" --out "$work/reports")
/opt/grader/bin/grade "$work/class" "${{options[@]}}" --lanes 1
/opt/grader/bin/grade export gradescope "${{options[@]}}" &&
  cp "$work/reports/export/gradescope/results/student.json" /autograder/results/results.json
"""


def write_autograder(target: Path, assignment: Path, gradebook: bytes) -> None:
    """Write the .zip: it makes the same checks there, with the same hidden cases.

    `assignment` is its file or folder. `gradebook` is a gradebook with the salt and without results.
    """
    source = assignment.resolve()
    name = f"assignment/{source.name}"
    folder = source.parent if source.is_file() else source
    files = {"gradebook.sqlite": gradebook, "run_autograder": RUN.format(assignment=name).encode()}
    for file in sorted(folder.rglob("*")):
        below = file.relative_to(source.parent)
        if file.is_file() and not any(part.startswith((".", "__pycache__")) for part in below.parts):
            files[f"assignment/{below.as_posix()}"] = file.read_bytes()
    pinned = PROJECT / "constraints.txt"
    files["constraints.txt"] = pinned.read_bytes() if pinned.is_file() else b""
    with tempfile.TemporaryDirectory() as place:
        wheel = build_wheel(Path(place))
        files[wheel.name] = wheel.read_bytes()
    files["setup.sh"] = SETUP.format(wheel=wheel.name).encode()
    write_atomically(target, packed(files))
