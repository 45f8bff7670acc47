"""`grade export` takes the grades of a class to learning platforms."""

from __future__ import annotations

import json
import re
import shutil
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs
from xml.etree import ElementTree

import pytest

from grader.run.gradebook import Gradebook

from ...tiny import DOUBLE, HALF, NEGATE, grade, graded, notebook, write_assignment

pytestmark = [pytest.mark.bwrap, pytest.mark.usefixtures("judged_here")]

Capture = pytest.CaptureFixture[str]

GRADEBOOK = """Student,ID,SIS Login ID,Section,Tarea mínima (4711)
    Points Possible,,,,6.00
"Lovelace, Ada",981,ada,CS1,
"Turing, Alan",982,alan,CS1,
"Hopper, Grace",983,grace,CS1,
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of Canvas, Moodle and a folder of one's own, graded: Ada 5 of 6, Alan 2, one without a grade."""
    place = tmp_path_factory.mktemp("export")
    assignment = write_assignment(place / "tiny")
    folder = place / "class"
    folder.mkdir()
    (folder / "lovelaceada_981_55501_t.ipynb").write_bytes(notebook(DOUBLE, NEGATE))
    (folder / "turingalan_LATE_982_55502_t.ipynb").write_bytes(notebook(DOUBLE, HALF))
    (folder / "hopper.ipynb").write_bytes(b"not a notebook {")
    moodle = folder / "Eva Soto_657737_assignsubmission_file_"
    moodle.mkdir()
    (moodle / "t.ipynb").write_bytes(notebook(DOUBLE, NEGATE))
    graded(folder, "--assignment", assignment, "--out", place / "out")
    (place / "g.csv").write_text(GRADEBOOK, encoding="utf-8")
    return place


@pytest.fixture
def place(run: Path, tmp_path: Path) -> Path:
    """A copy of the graded class, as it was."""
    return Path(shutil.copytree(run, tmp_path / "copy"))


def export(capsys: Capture, place: Path, *argv: str | Path) -> str:
    said = grade(capsys, "export", *argv, "--out", place / "out", "--no-pdf")
    assert said.status == 0, said.err
    return said.out


def test_canvas(capsys: Capture, place: Path) -> None:
    """The gradebook is filled in, the pages are in a .zip that Canvas takes back, and the rest is said."""
    out = export(capsys, place, "canvas", place / "g.csv")
    filled = (place / "out" / "export" / "canvas" / "g.csv").read_text("utf-8")
    assert filled == GRADEBOOK.replace("ada,CS1,", "ada,CS1,5").replace("alan,CS1,", "alan,CS1,2")
    with zipfile.ZipFile(place / "out" / "export" / "canvas" / "feedback.zip") as archive:
        assert archive.namelist() == ["lovelaceada_981_55501_tiny.html", "turingalan_LATE_982_55502_tiny.html"]
        page = archive.read("lovelaceada_981_55501_tiny.html").decode()
    assert "lovelaceada" in page
    assert "turingalan" not in page
    assert "index.html" not in page
    assert all(link.startswith(("#", "https://")) for link in re.findall('href="([^"]*)"', page))
    for sentence in (
        '2 grades in column "Tarea mínima (4711)"',
        "Eva Soto is not in g.csv",
        "1 in g.csv have no result here, and stay as they are: Grace Hopper",
        "2 have no page in feedback.zip",
        "1 could not be read, so their grade stays empty: hopper",
        "3 have points that wait for a person",
    ):
        assert sentence in out
    with Gradebook(place / "out" / "gradebook.sqlite") as book:
        assert book.exported(book.salt())  # students know these hidden cases from now on


def test_marks_count_without_grading_again(capsys: Capture, place: Path) -> None:
    """A mark that was given after the run is in the grade and on the page."""
    grade(capsys, "mark", "lovelaceada", "2a", "0.5", "bien pensado", "--out", place / "out")
    export(capsys, place, "canvas", place / "g.csv", "--value", "percent")
    assert "ada,CS1,91.67\n" in (place / "out" / "export" / "canvas" / "g.csv").read_text("utf-8")
    export(capsys, place, "pages")
    page = place / "out" / "export" / "pages" / "lovelaceada_981_55501_tiny.html"
    assert "bien pensado" in page.read_text("utf-8")


def test_a_group_of_canvas(capsys: Capture, run: Path, tmp_path: Path) -> None:
    """With Canvas's list of groups, each member has a grade; feedback.zip has one page, if all have the same."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "equipo1_77_500_t.ipynb").write_bytes(notebook(DOUBLE, NEGATE))
    groups = "name,canvas_user_id,user_id,login_id,sections,group_name,canvas_group_id,group_id\n"
    (tmp_path / "groups.csv").write_text(
        f'{groups}"Lovelace, Ada",981,,ada,CS1,Equipo 1,77,\n"Turing, Alan",982,,alan,CS1,Equipo 1,77,\n'
    )
    (tmp_path / "g.csv").write_text(GRADEBOOK, encoding="utf-8")
    roster = ("--roster", tmp_path / "groups.csv")
    assert grade(capsys, folder, "--assignment", run / "tiny", *roster, "--out", tmp_path / "out").status == 0
    export(capsys, tmp_path, "canvas", tmp_path / "g.csv")
    filled = (tmp_path / "out" / "export" / "canvas" / "g.csv").read_text(encoding="utf-8")
    assert filled == GRADEBOOK.replace("ada,CS1,", "ada,CS1,5").replace("alan,CS1,", "alan,CS1,5")
    feedback = tmp_path / "out" / "export" / "canvas" / "feedback.zip"
    assert zipfile.ZipFile(feedback).namelist() == ["equipo1_77_500_tiny.html"]
    feedback.unlink()
    grade(capsys, "mark", "Alan Turing", "1", "0", "took no part", "--checks", "--alone", "--out", tmp_path / "out")
    said = export(capsys, tmp_path, "canvas", tmp_path / "g.csv")
    assert "2 have other points than the rest of their group" in said
    assert not feedback.exists()


def test_moodle(capsys: Capture, place: Path) -> None:
    """The worksheet gets grades and comments, and the .zip has the folders of the download."""
    worksheet = 'Identifier,"Full name",Status,Grade,"Maximum Grade","Grade can be changed","Feedback comments"\n' \
                '"Participant 657737","Eva Soto",x,-,6.00,Yes,\n'  # fmt: skip
    (place / "w.csv").write_text(worksheet, encoding="utf-8")
    export(capsys, place, "moodle", place / "w.csv", "--comments")
    filled = (place / "out" / "export" / "moodle" / "w.csv").read_text("utf-8")
    assert filled.startswith(worksheet.replace("x,-,", "x,5,").rstrip("\n") + "5 de 6 puntos")
    with zipfile.ZipFile(place / "out" / "export" / "moodle" / "feedback.zip") as archive:
        assert archive.namelist() == ["Eva Soto_657737_assignsubmission_file_/tiny.html"]


def test_files_for_everybody(capsys: Capture, place: Path) -> None:
    """A page per student, a results.json per student, the grades by SID, and JUnit XML."""
    for platform in ("pages", "gradescope", "junit"):
        export(capsys, place, platform)
    out = place / "out" / "export"
    assert {f.relative_to(out / "pages").as_posix() for f in (out / "pages").rglob("*.html")} == {
        "lovelaceada_981_55501_tiny.html", "turingalan_LATE_982_55502_tiny.html", "hopper.html",
        "Eva Soto_657737_assignsubmission_file_/tiny.html",
    }  # fmt: skip
    ada = json.loads((out / "gradescope" / "results" / "lovelaceada.json").read_bytes())
    assert (ada["score"], [t["score"] for t in ada["tests"]]) == (5.0, [2.0, 3.0])
    assert "981,,lovelaceada,5,6,2,3\n" in (out / "gradescope" / "grades.csv").read_text("utf-8")
    root = ElementTree.parse(out / "junit" / "results.xml").getroot()
    assert {suite.get("name") for suite in root} == {"lovelaceada", "turingalan", "hopper", "Eva Soto"}


def test_who_left_the_class_has_no_grade(capsys: Capture, place: Path) -> None:
    """Results of earlier runs stay in the gradebook, and only the class of the last run is exported."""
    export(capsys, place, "pages")
    (place / "class" / "hopper.ipynb").unlink()
    grade(capsys, place / "class", "--assignment", place / "tiny", "--out", place / "out")
    assert "could not be read" not in export(capsys, place, "gradescope")
    export(capsys, place, "pages")
    assert not (place / "out" / "export" / "pages" / "hopper.html").exists()


@pytest.mark.parametrize(
    ("argv", "why"),
    [
        (("canvas", "--send"), "--send needs --address"),
        (("moodle", "--address", "https://x"), "--address is for canvas only"),
        (("blackboard",), "name the gradebook that you exported: grade export blackboard GRADEBOOK.csv"),
        (("junit", "g.csv"), "grade export junit reads no gradebook"),
        (("junit", "--autograder"), "--autograder is for gradescope only"),
        (("canvas", "--address", "https://x.org/courses/12"), "courses/12 is not an assignment of Canvas"),
        (("canvas", "--address", "http://x.org/courses/12/assignments/3"), "is not an assignment of Canvas"),
        (("canvas", "--address", "https://x.org/courses/12/assignments/3"), "there is no token"),
        (("canvas", "missing.csv"), "cannot read missing.csv"),
        (("classroom50",), "classroom50 takes the result of one submission"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    capsys: Capture, run: Path, monkeypatch: pytest.MonkeyPatch, argv: tuple[str, ...], why: str
) -> None:
    """It says what to do."""
    monkeypatch.delenv("CANVAS_TOKEN", raising=False)
    said = grade(capsys, "export", *argv, "--out", run / "out", "--no-pdf")
    assert said.status == 2
    assert why in said.error


def test_the_assignment_must_be_the_one_that_was_graded(capsys: Capture, run: Path) -> None:
    """Another assignment's points and scale would be wrong."""
    said = grade(capsys, "export", "junit", "--out", run / "out", "--assignment", "reference/redes")
    assert (said.status, "holds results of tiny, not of redes" in said.error) == (2, True)


def test_classroom50(capsys: Capture, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the runner of Classroom 50 the result of its one submission is written into the current folder."""
    one = place / "class" / "lovelaceada_981_55501_t.ipynb"
    grade(capsys, one, "--assignment", place / "tiny", "--out", place / "out")
    for name in ("CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL"):
        monkeypatch.setenv(name, name.lower())
    monkeypatch.chdir(place)
    export(capsys, place, "classroom50")
    shown = json.loads((place / "result.json").read_bytes())
    assert (shown["classroom"], shown["score"], shown["max-score"]) == ("classroom", 500, 500)


# Canvas ----------------------------------------------------------------------------------------------------------


class FakeCanvas(BaseHTTPRequestHandler):
    """The few addresses of Canvas's API that an upload needs."""

    users = ({"id": 981, "name": "Ada Lovelace", "login_id": "ada"}, {"id": 982, "name": "Alan Turing"})
    excused: frozenset[int] = frozenset()
    files: list[bytes]
    grades: dict[str, dict[str, list[str]]]

    def do_GET(self) -> None:
        assert self.headers["Authorization"] == "Bearer secret"
        path = self.path.partition("?")[0].removeprefix("/api/v1/courses/12")
        users = [{"user_id": u["id"], "assignment_id": 34, "id": 1, "score": None, "excused": u["id"] in self.excused,
                  "submission_comments": self.comments(str(u["id"]))} for u in self.users]  # fmt: skip
        self.answer({"": {"id": 12}, "/search_users": self.users, "/assignments/34": {"id": 34, "course_id": 12},
                     "/assignments/34/submissions": users}[path])  # fmt: skip

    def comments(self, user: str) -> list[dict[str, str]]:
        return [{"comment": text} for text in self.grades.get(user, {}).get("comment[text_comment]", [])]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/upload":
            self.files.append(body)
            self.answer({"id": 7, "url": "x", "upload_status": "success"})
        else:
            self.answer({"upload_url": f"http://{self.headers['Host']}/upload", "upload_params": {"key": "x"}})

    def do_PUT(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.grades.setdefault(self.path.rpartition("/")[2], {}).update(body)
        self.answer({"id": 1})

    def answer(self, content: object) -> None:
        data = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        return None


@pytest.fixture
def canvas(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an assignment in a Canvas that runs here."""
    FakeCanvas.files, FakeCanvas.grades = [], {}
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeCanvas) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("CANVAS_TOKEN", "secret")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield f"http://127.0.0.1:{server.server_port}/courses/12/assignments/34"
        server.shutdown()
        thread.join()


@pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly")
def test_an_upload_is_shown_first_and_can_be_repeated(capsys: Capture, place: Path, canvas: str) -> None:
    """Without --send nothing changes; with it grade, comment and page are there; a second upload adds no comment."""
    out = export(capsys, place, "canvas", "--address", canvas)
    assert "would upload: lovelaceada: grade 5 (now none), comment and page" in out
    assert "nothing was uploaded; to upload for 2 students, add --send" in out
    assert (FakeCanvas.files, FakeCanvas.grades) == ([], {})
    assert "uploaded for 2 students" in export(capsys, place, "canvas", "--address", canvas, "--send")
    ada, alan = (FakeCanvas.grades[user] for user in ("981", "982"))
    assert (ada["submission[posted_grade]"], alan["submission[posted_grade]"]) == (["5.0"], ["2.0"])
    assert ada["comment[text_comment]"][0].startswith("5 de 6 puntos")
    assert len(FakeCanvas.files) == 2
    assert b'filename="tiny.html"' in FakeCanvas.files[0]
    assert "the comment is there already" in export(capsys, place, "canvas", "--address", canvas)
    export(capsys, place, "canvas", "--address", canvas, "--send")
    assert len(FakeCanvas.files) == 2


@pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly")
def test_an_excused_student_gets_nothing(
    capsys: Capture, place: Path, canvas: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A grade would end the excuse."""
    monkeypatch.setattr(FakeCanvas, "excused", frozenset({982}))
    out = export(capsys, place, "canvas", "--address", canvas, "--send")
    assert "left as they are, because they are excused: turingalan" in out
    assert FakeCanvas.grades.keys() == {"981"}
