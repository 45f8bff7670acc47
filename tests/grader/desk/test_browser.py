"""The desk in a real browser: keyboard and mouse, a phone, dark mode, no complaint of axe, and a hostile class."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn")
import uvicorn

from grader.desk.app import desk
from grader.desk.classroom import Classroom
from grader.run.gradebook import Gradebook
from grader.run.last_run import LastRun

from ...tiny import ROOT
from .rooms import answers, copied, graded

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
AXE = ROOT / "tests" / "vendor" / "axe-core" / "axe.min.js"  # 4.14.1, MPL-2.0

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
HOSTILE = "$\\frac{a}{b}$ $\\undefined$ $\\href{javascript:alert(1)}{x}$ $\\rule{900em}{900em}$"
CLASS = {
    "Ana": answers("$$f'(t) = -1$$ for all $t$", plot=PNG),
    "Beto": answers("$$ f'(t)=-1 $$  for all $ t $", plot=PNG),
    "Carla": answers(HOSTILE, plot=PNG),
    "<img src=x onerror=taken()>": answers("<img src=x onerror=\"document.title='taken'\"> $$</span>$$", plot=PNG),
    "D" * 120: answers("x" * 20_000_000, plot=PNG),
}


class Served:
    """A desk that runs in a thread of this process."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        assert self.ready.wait(60)

    def _run(self) -> None:
        self.room = Classroom(self.out)  # SQLite wants the thread that opened the gradebook
        app = desk(self.room, self.port, "secret", "Eva")
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
        self.ready.set()
        self.server.run(sockets=[self.socket])

    def kept(self, student: str) -> list[float]:
        """The points that the checks gave in question 1a, the newest first."""
        with Gradebook(self.out / "gradebook.sqlite") as book:
            slug = next(slug for slug, r in book.all().items() if r.student == student)
            return [r.questions[0].points for r in book.history(slug)]

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join(30)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    served = Served(graded(tmp_path_factory.mktemp("desk"), CLASS))
    yield served
    served.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        )
        yield found
        found.close()


@pytest.fixture
def visit(chromium: Any, served: Served) -> Iterator[Any]:
    """Open a page as somebody; complaints of the browser are kept on the page."""
    contexts = []

    def open_page(path: str, marker: str = "", width: int = 1280, port: int = served.port, **options: object) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        if marker:
            address = f"http://127.0.0.1:{port}"
            context.add_cookies([{"name": "marker", "value": marker, "url": address}])
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"http://127.0.0.1:{port}{path}{'&' if '?' in path else '?'}token=secret")
        return page

    yield open_page
    for context in contexts:
        context.close()


def saved(page: Any, points: str) -> None:
    page.wait_for_selector(f"#told:has-text(': {points}')")


def kept(served: Served, question: str = "1a") -> list[tuple[str, str, tuple[str, ...], str]]:
    """The marks in the gradebook, read from outside."""
    with Gradebook(served.out / "gradebook.sqlite") as book:
        return [(e.kind, e.marker, e.items, e.comment) for e in book.events() if e.question == question]


def test_keys_mark_an_answer_each_and_undo(visit: Any, served: Served) -> None:
    """Two keys for a common mark; typing in a field is no command; keys can be switched off; undo goes back."""
    page = visit("/mark/1a", "Keys")
    before = len(kept(served))
    first = page.url
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    saved(page, "0.4")
    assert page.url != first
    page.keyboard.press("c")
    page.keyboard.type("f 1 n")
    assert page.locator("[name=items]:checked").count() == 0
    page.keyboard.press("Escape")
    for key in ("0", "0", "2"):  # item 2 by its number of two digits
        page.keyboard.press(key)
    page.locator("#keys summary").click()
    page.locator("#keys-on").uncheck()
    page.locator("h1").click()
    page.keyboard.press("3")
    assert page.locator("[name=items]:checked").count() == 1
    page.locator("#keys-on").check()
    page.locator(".key[data-action=save]").fill("s")
    page.locator("h1").click()
    page.keyboard.press("s")
    saved(page, "0.35")
    assert kept(served)[before:] == [("mark", "Keys", ("1",), ""), ("mark", "Keys", ("2",), "f 1 n")]
    page.keyboard.press("x")
    page.wait_for_selector("#told:text-is('Undone')")
    assert kept(served)[-1][0] == "undo"
    assert page.complaints == []


def test_the_mouse_is_enough_and_points_do_not_roll(visit: Any, served: Served) -> None:
    """The wheel and arrows leave the points alone; a number with a comma is kept; a wrong one is not sent."""
    page = visit("/mark/2", "Mouse")
    points = page.locator("[name=points]")
    points.fill("0,25")
    points.hover()
    page.mouse.wheel(0, 500)
    points.press("ArrowUp")
    assert points.input_value() == "0,25"
    points.fill("7")
    page.locator("button.main").click()
    assert points.get_attribute("aria-invalid") == "true"
    assert kept(served, "2") == []
    points.fill("0,25")
    page.locator("button.main").click()
    saved(page, "0.25")
    page.locator("[data-do=previous]").click()
    page.locator("[data-do=undo]").click()
    page.wait_for_selector("#told:text-is('Undone')")


def test_two_browsers_lose_nothing(visit: Any, served: Served) -> None:
    """Both open the same answer; the second to save learns of the first one's mark, and both are there."""
    eva, leo = visit("/mark/1a?view=all", "Eva"), visit("/mark/1a?view=all", "Leo")
    leo.goto(eva.url)
    before = len(kept(served))
    eva.keyboard.press("f")
    eva.keyboard.press("Enter")
    saved(eva, "1")
    leo.keyboard.press("2")
    leo.keyboard.press("Enter")
    leo.wait_for_selector("#warned:has-text('Eva')")
    assert [mark[1] for mark in kept(served)[before:]] == ["Eva", "Leo"]


def test_a_mark_outlives_a_desk_that_does_not_answer(visit: Any, served: Served) -> None:
    """While the desk is away the page says so and keeps the mark; then it is sent, once."""
    page = visit("/mark/2", "Away")
    page.route("**/save", lambda route: route.abort())
    page.locator("[name=points]").fill("0.5")
    before = len(kept(served, "2"))
    page.locator("button.main").click()
    page.wait_for_selector("#warned:has-text('Not saved yet')")
    assert len(kept(served, "2")) == before
    page.unroute("**/save")
    page.reload()
    saved(page, "0.5")
    assert len(kept(served, "2")) == before + 1


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_no_complaint(visit: Any, served: Served, width: int, scheme: str) -> None:
    """On every page, on a phone and in the dark; nothing scrolls sideways, and nothing that a student wrote acts."""
    slugs = {r.student: served.room.code(slug) for slug, r in served.room.results.items()}
    copied(served.room)
    others = ["/needs", "/class", "/regrade", "/copies", f"/student/{slugs['Carla']}"]
    pages = ["/", *others, *(f"/mark/1a/{code}" for code in slugs.values())]
    page = visit("/", width=width, color_scheme=scheme)
    for path in pages:
        page.goto(f"http://127.0.0.1:{served.port}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert "taken" not in page.title()
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        assert [(v["id"], [n["html"][:150] for n in v["nodes"]]) for v in found] == [], path
    assert [c for c in page.complaints if "404" not in c] == []


def test_formulas_are_drawn_and_hostile_ones_are_not(visit: Any, served: Served) -> None:
    """KaTeX draws; a link is not made, a huge box is small, and an unknown command is shown as it was written."""
    code = next(served.room.code(s) for s, r in served.room.results.items() if r.student == "Carla")
    page = visit(f"/mark/1a/{code}")
    page.wait_for_selector(".katex")
    assert page.locator(".katex-html .mfrac").count() == 1
    assert page.locator(".text a").count() == 0
    assert page.evaluate("Math.max(...[...document.querySelectorAll('.katex .rule')].map(e => e.offsetWidth))") < 500


def test_the_next_answer_is_there_at_once(visit: Any, served: Served) -> None:
    """The next answer and its pictures were fetched before the key: the key itself needs no request."""
    page = visit("/mark/1a?view=all")
    page.wait_for_load_state("networkidle")
    here = page.locator("article").get_attribute("data-code")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.press("n")
    page.wait_for_function("code => document.querySelector('article').dataset.code !== code", arg=here)
    shown = page.locator("article").get_attribute("data-code")
    assert [url for url in asked if shown in url and "/picture/" not in url] == []
    page.go_back()
    page.route("**/work/**", lambda route: route.abort())
    page.wait_for_function("code => document.querySelector('article').dataset.code === code", arg=here)


def test_the_buttons_of_a_regrade(visit: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The preview keeps nothing and says whose points would move; then they are kept, and the first results stay."""

    def run_again(run: LastRun, *more: str, quiet: bool = False) -> int:
        """A regrade that takes a point from Ana, without judging."""
        with Gradebook((Path(more[1]) if more else tmp_path / "out") / "gradebook.sqlite") as book:
            for slug, result in book.all().items():
                points = 0.0 if result.student == "Ana" else 1.0
                question = replace(result.questions[0], points=points)
                changed = replace(result, questions=(question, *result.questions[1:]), key=f"new {slug}")
                if book.load(slug, changed.key) is None:
                    book.save(slug, changed)
        return 0

    monkeypatch.setattr("grader.run.regrade.run_again", run_again)
    served = Served(graded(tmp_path, {name: answers(name) for name in ("Ana", "Beto")}))
    try:
        page = visit("/regrade", "Eva", port=served.port)
        page.get_by_role("button", name="Preview").click()
        page.wait_for_selector("#moved")
        rows = page.locator("table.questions tbody tr").all_inner_texts()
        assert [row.split("\t")[:4] for row in rows] == [["Ana", "1a", "1", "0"]]
        assert served.kept("Ana") == [1.0]
        page.get_by_role("button", name="Keep these results").click()
        page.wait_for_selector("#moved", state="detached")
        assert served.kept("Ana") == [0.0, 1.0]
        assert served.kept("Beto") == [1.0, 1.0]
        page.goto(f"http://127.0.0.1:{served.port}/class")
        page.get_by_role("link", name="Ana").last.click()
        assert page.locator("table.questions tbody tr").count() == 2
        assert page.complaints == []
    finally:
        served.close()


def test_the_last_answer_says_that_none_is_left(visit: Any, served: Served) -> None:
    """Each key marks one answer until nothing waits; then the page says so and stays."""
    page = visit("/mark/2", "Last")
    while waiting := int(page.locator("#left").inner_text().split()[-1]):
        page.keyboard.press("f")
        page.keyboard.press("Enter")
        page.wait_for_selector(f"#left:text-is('waiting: {waiting - 1}')")
    page.wait_for_selector("#told:has-text('No answer is left.')")
