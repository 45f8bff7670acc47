"""Every attack of tests/submissions/tarea2/hostile is real without a sandbox, and has no effect in any sandbox.

The first line of a file says the points that the attack may earn, the verdicts of its questions, and what must not
happen (CONTRIBUTING.md, "Add an attack").
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from grader.assignment import load
from grader.judging.judge import Judge, Judgement
from grader.judging.references import References
from grader.results import Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level, available
from grader.sandbox.limits import Limits

from . import naive
from .in_lane import judge_bytes
from .outer import Outer
from .test_submissions import NEIGHBOUR, SUBMISSIONS, complaint, expected_questions, questions_of

pytestmark = pytest.mark.bwrap

HOSTILE = sorted((SUBMISSIONS / "hostile").glob("*.py"))
# One notebook before an attack and two after it: right ones, and a wrong one.
NEIGHBOURS = (
    NEIGHBOUR,
    SUBMISSIONS / "right" / "private_attributes.py",
    SUBMISSIONS / "wrong" / "loss_base_two.py",
)
ASKED = ("1b", "4a", "4b")
# Small, so that an attack reaches its limit soon; a neighbour has the time that it has in use.
SMALL = Limits(call_s=10.0, load_s=40.0, memory_mb=300, processes=40, file_mb=16)
LEVELS = (Level.BWRAP, Level.LANDLOCK)
# Effects of attacks that reach for nothing outside their own process.
WITHIN = ("earn points", "reach the page", "flood the output")
# An attack's use of memory, of an answer and of files in the ordinary run, instead of the numbers in its source.
SMALLER = {"3 << 30": "640 << 20", "56 << 18": "8 << 18", "200_000": "20_000"}
# An attack that hangs is cut off after this; any other has ended by then, busy as a machine may be.
HANGS_S, ENDS_S = 1.0, 30.0
# leaves_a_daemon.py sleeps this long; the part of a second tells it from that of another process of this suite.
DAEMON = f"86399.{os.getpid()}"


@dataclass(frozen=True)
class Attack:
    """A file, and the expectation on its first line."""

    file: Path
    points: float
    questions: str
    must_not: str

    @property
    def source(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        """The student's name, if the name is the attack."""
        found = re.search(r"^# handed in by: (.*)$", self.source, re.M)
        return found[1] if found else "student"

    @property
    def times(self) -> int:
        return 2 if self.must_not == "meet itself again" else 1


LINE = re.compile(r"# expect: (?P<points>[\d.]+) points; (?P<questions>.*); must not: (?P<must_not>[^;]+)")


def attack(file: Path) -> Attack:
    line = file.read_text(encoding="utf-8").splitlines()[0]
    found = LINE.fullmatch(line)
    assert found is not None, f"{file.name}: cannot read {line!r}"
    return Attack(file, float(found["points"]), found["questions"], found["must_not"])


ATTACKS = [attack(file) for file in HOSTILE]


def changed(source: str, changes: dict[str, str]) -> str:
    for before, after in changes.items():
        source = source.replace(before, after)
    return source


def ids(value: object) -> str:
    return value.file.stem if isinstance(value, Attack) else str(value)


def test_every_family_has_several_attacks() -> None:
    """The table in the folder's README names each file once, in one of the families that are asked for."""
    readme = (SUBMISSIONS / "hostile" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([\w ]+) \| (`.*`) \|$", readme, re.M)
    files = [name for _, names in rows for name in re.findall(r"`(\w+)`", names)]
    assert sorted(files) == [attack.file.stem for attack in ATTACKS]
    assert len(files) >= 80
    assert len(rows) == 17
    assert all(names.count("`") >= 2 * 3 for _, names in rows)


# Without a sandbox ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outer() -> Iterator[Outer]:
    with Outer() as outer:
        yield outer


def happened(attack: Attack, seen: dict[str, Any]) -> bool:
    """Whether the effect that must not happen has happened to the naive grader."""
    full = {"1b": 1.25, "1c": 0.25, "4a": 0.75}
    unearned = {part.split()[0] for part in attack.questions.split("; ") if part.split()[1] != "passed"}
    match attack.must_not:
        case "end the grader":
            return bool(seen["ended"])
        case "hang the grader":
            return bool(seen["hung"])
        case "earn points":
            return any(question in unearned for points in seen["points"] for question in points)
        case "change the next":
            return seen["neighbour"] != full
        case "outlive its notebook":
            return bool(seen["strays"])
        case "flood the output":
            return bool(seen["flooded"])
        case "reach the page":
            return bool(seen["page"])
    return bool(seen["marker"])


@pytest.mark.parametrize("attack", ATTACKS, ids=ids)
def test_an_attack_is_real(attack: Attack, outer: Outer) -> None:
    """Without a sandbox the attack succeeds against a grader that runs it in its own process."""
    source = changed(attack.source, {"/tmp/marker": "/tmp/class/marker", **SMALLER})
    seconds = HANGS_S if attack.must_not == "hang the grader" else ENDS_S
    seen = outer.observe([source] * attack.times, [attack.name] * attack.times, seconds)
    if "# where: the kernel" in source and not seen["marker"]:
        pytest.skip("this kernel refuses it to ordinary users")
    assert happened(attack, seen), seen


def test_a_right_notebook_does_none_of_it(outer: Outer) -> None:
    """The effects that the test above looks for do not happen without an attack."""
    seen = outer.observe([naive.NEIGHBOUR], ["student"], ENDS_S)
    for must_not in {attack.must_not for attack in ATTACKS}:
        harmless = Attack(NEIGHBOUR, 2, "1b passed; 1c passed; 4a passed", must_not)
        assert not happened(harmless, seen), (must_not, seen)


# In a sandbox ---------------------------------------------------------------------------------------------------


@dataclass
class Grader:
    """A lane of one level, and its judge. Attacks are cut off sooner than their neighbours."""

    lane: Lane
    judge: Judge
    limits: Limits
    full: bool  # with all questions, and the limits in use
    is_visited: bool = False  # a neighbour was the last one in the lane

    def neighbour(self, file: Path) -> bytes:
        return recorded(judge_bytes(self.judge, file.read_bytes(), file.name, self.lane))

    def attacked(self, attack: Attack, source: str) -> Judgement:
        limits, only = self.limits, self.judge.only
        if not self.full:
            limits = replace(limits, call_s=HANGS_S) if attack.must_not == "hang the grader" else limits
            only = tuple(part.split()[0] for part in attack.questions.split("; "))
        elif attack.must_not == "hold 3 GB":
            # Memory is the limit to reach, however slow the machine gives it, in each of the cases.
            limits = replace(limits, call_s=ENDS_S, submission_s=20 * ENDS_S)
        judge = replace(self.judge, only=only, assignment=replace(self.judge.assignment, limits=limits))
        judge.references = self.judge.references  # the solution's results are the same
        if limits.call_s > self.limits.call_s:
            judge.references = References(judge.assignment, judge.salt, raw=judge.references.raw)
        return judge_bytes(judge, source.encode(), attack.file.name, self.lane)


def recorded(judgement: Judgement) -> bytes:
    """The whole result of a neighbour, byte for byte."""
    notes = [note.render("en") for note in judgement.notes]
    return questions_of(judgement) + repr((notes, judgement.output)).encode()


def graders(limits: Limits | None, only: tuple[str, ...]) -> Iterator[dict[Level, Grader]]:
    assignment = load.load_assignment(load.default_folder())
    judge = Judge(assignment, salt="tests", only=only)
    with contextlib.ExitStack() as stack:
        lanes = {
            level: stack.enter_context(Lane(level, limits or assignment.limits, sources=judge.sources()))
            for level in LEVELS
            if available(level).works
        }
        yield {level: Grader(lane, judge, lane.limits, limits is None) for level, lane in lanes.items()}


@pytest.fixture(scope="module")
def quick() -> Iterator[dict[Level, Grader]]:
    yield from graders(SMALL, ASKED)


@pytest.fixture(scope="module")
def alone(quick: dict[Level, Grader]) -> dict[Level, dict[Path, bytes]]:
    """The result of each neighbour in a lane in which no attack has run."""
    return {level: neighbours_alone(grader) for level, grader in quick.items()}


def neighbours_alone(grader: Grader) -> dict[Path, bytes]:
    with Lane(grader.lane.level, grader.lane.limits, sources=grader.judge.sources()) as fresh:
        return {file: replace(grader, lane=fresh).neighbour(file) for file in NEIGHBOURS}


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The things that an attack could reach on this machine: those named in its source, and those that exist."""
    path = tmp_path_factory.mktemp("services") / "sock"
    abstract = f"grade-hostile-{os.getpid()}"
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = tcp.getsockname()[1]
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", port))
        for address in (str(path), f"\0{abstract}"):
            listening = stack.enter_context(socket.socket(socket.AF_UNIX))
            listening.bind(address)
            listening.listen()
        yield {"PORT = 8888": f"PORT = {port}", "/tmp/grade.sock": str(path), "\\0grade-hostile": f"\\0{abstract}"}


def processes(lane: Lane) -> set[int]:
    """The processes of a lane, and all other processes that bear its marks, wherever they are."""
    parents: dict[int, int] = {}
    marked = set()
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        with contextlib.suppress(OSError, ValueError, IndexError):
            parents[pid] = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
            line = Path(f"/proc/{pid}/cmdline").read_bytes()
            if lane._folder.name.encode() in line or DAEMON.encode() in line:
                marked.add(pid)
    assert lane._process is not None
    found = {lane._process.pid}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found | marked


def assert_in_vain(
    attack: Attack, grader: Grader, alone: dict[Path, bytes], folder: Path, changes: dict[str, str]
) -> None:
    """Between three neighbours an attack earns the points of its first line, and has no effect."""
    folder.chmod(0o777)
    marker = folder / "marker"
    source = changed(attack.source, {"/tmp/marker": str(marker), "86399": DAEMON, **changes})
    first, *later = NEIGHBOURS
    if not grader.is_visited:  # those after one attack are those before the next
        assert grader.neighbour(first) == alone[first], f"{first.name}, before"
    grader.is_visited = False
    judgements = [grader.attacked(attack, source) for _ in range(attack.times)]
    for file in later:
        assert grader.neighbour(file) == alone[file], f"{file.name}, after"
    grader.is_visited = True
    # The lane's own, bwrap's included, and not one more.
    own = {Level.BWRAP: 3, Level.LANDLOCK: 1}[grader.lane.level]
    assert len(processes(grader.lane)) <= own, attack.must_not
    assert list(folder.iterdir()) == [], attack.must_not
    for judgement in judgements:
        assert "MARKER" not in judgement.output or attack.must_not == "run code where it is unpickled", attack.must_not
        assert len(judgement.output) <= 1024 * grader.lane.limits.output_kb + 100
        questions = {q.id: q for q in judgement.questions}
        lost = [complaint(q) for q in questions.values()]
        assert sum(q.points for q in questions.values()) <= attack.points + 1e-9, lost
        expected_questions(attack.file.name, attack.questions, questions)
        assert not any(q.verdict is Verdict.GRADER_FAULT for q in questions.values()), lost


@pytest.mark.parametrize(
    ("level", "attack"),
    [
        pytest.param(
            level, attack, id=f"{level}-{attack.file.stem}",
            # What happens in the student's own process is the same at each level.
            marks=pytest.mark.nightly if level is not LEVELS[0] and attack.must_not in WITHIN else (),
        )
        for level in LEVELS
        for attack in ATTACKS
    ],
)  # fmt: skip
def test_an_attack_is_in_vain(
    level: Level,
    attack: Attack,
    quick: dict[Level, Grader],
    alone: dict[Level, dict[Path, bytes]],
    services: dict[str, str],
    tmp_path: Path,
) -> None:
    """At each level an attack earns at most the points of its first line, has no effect, and changes no neighbour."""
    if level not in quick:
        pytest.skip(f"no {level} here")
    assert_in_vain(attack, quick[level], alone[level], tmp_path, {**services, **SMALLER})


@pytest.fixture(scope="module")
def thorough() -> Iterator[dict[Level, Grader]]:
    yield from graders(None, ())


@pytest.fixture(scope="module")
def thoroughly_alone(thorough: dict[Level, Grader]) -> dict[Level, dict[Path, bytes]]:
    return {level: neighbours_alone(grader) for level, grader in thorough.items()}


@pytest.mark.nightly
@pytest.mark.parametrize("attack", ATTACKS, ids=ids)
@pytest.mark.parametrize("level", LEVELS)
def test_an_attack_is_in_vain_with_the_limits_in_use(
    level: Level,
    attack: Attack,
    thorough: dict[Level, Grader],
    thoroughly_alone: dict[Level, dict[Path, bytes]],
    services: dict[str, str],
    tmp_path: Path,
) -> None:
    """The same holds with all questions, the limits in use, and the attack's own amounts of memory and files."""
    if level not in thorough:
        pytest.skip(f"no {level} here")
    assert_in_vain(attack, thorough[level], thoroughly_alone[level], tmp_path, services)
