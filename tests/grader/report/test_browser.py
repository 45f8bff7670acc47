"""The pages in a real browser have no errors, requests or sideways scrolling, and are readable without JavaScript."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from grader.messages import LANGUAGES
from grader.report.render import render_student

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
    # Playwright's own event loop is closed by its process, after the collector has looked.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def report(samples, tmp_path_factory):
    """A report on disk with the class page and the page of one student, in each language."""
    folder = tmp_path_factory.mktemp("report")
    for language in LANGUAGES:
        (folder / language / "students").mkdir(parents=True)
        results = samples.classroom(40)
        for result in results[:3]:
            html = render_student(result, language, assignment_title=samples.TITLE, scale=samples.SCALE)
            (folder / language / "students" / f"{result.slug}.html").write_text(html, encoding="utf-8")
        roster = samples.render_class(results, language, assignment_title=samples.TITLE, run=samples.run_facts())
        (folder / language / "index.html").write_text(roster, encoding="utf-8")
    return folder


@pytest.fixture
def visit(browser, report):
    """Open a page of the report; the browser's complaints and requests are kept on the page."""
    contexts = []

    def open_page(path, width=1280, **options):
        context = browser.new_context(viewport={"width": width, "height": 800}, **options)
        contexts.append(context)
        page = context.new_page()
        page.complaints, page.requests = [], []
        page.on("console", lambda message: page.complaints.append(message.text))
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto((report / path).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()


PAGES = [f"{lang}/{page}" for lang in LANGUAGES for page in ("index.html", "students/ana-maria.html")]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_quiet_and_fits_a_phone(visit, path, scheme):
    """At 375 px only boxes of their own scroll sideways; nothing is fetched and nothing is refused."""
    page = visit(path, width=375, color_scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert page.complaints == []
    assert len(page.requests) == 1


def test_markup_that_slipped_in_would_be_refused(visit, report):
    """The policy holds in the browser: an injected script does not run, and the browser reports it."""
    html = (report / PAGES[0]).read_text(encoding="utf-8")
    attack = "<script>document.title = 'taken'</script><p style='color:red'>x</p></main>"
    (report / "attacked.html").write_text(html.replace("</main>", attack), encoding="utf-8")
    page = visit("attacked.html")
    assert page.title() != "taken"
    assert len(page.complaints) == 2


def test_the_roster_sorts_by_a_column_and_back(visit):
    """A click on a header sorts by its numbers, and a second one reverses the order; the header says so."""
    page = visit("en/index.html")

    def grades():
        texts = page.locator("#roster tbody td.grade").all_inner_texts()
        return [float(t) for t in texts if t]

    before = grades()
    header = page.locator("#roster thead th").nth(1)
    header.locator("button").click()
    assert grades() == sorted(before)
    assert header.get_attribute("aria-sort") == "ascending"
    header.locator("button").click()
    assert grades() == sorted(before, reverse=True)
    assert header.get_attribute("aria-sort") == "descending"
    page.locator("#roster thead th button").first.click()
    assert page.locator("[aria-sort]").count() == 1


def test_the_roster_is_searched_by_words_without_accents(visit):
    """Rows that lack one of the words are hidden, and the number of those left is said."""
    page = visit("en/index.html")
    page.get_by_label("Search students").fill("nunez  ANA")
    shown = page.locator("#roster tbody tr:visible")
    assert shown.count() == 1
    assert "Núñez" in shown.inner_text()
    assert page.locator("output").inner_text() == "1 / 40"
    page.get_by_label("Search students").fill("")
    assert shown.count() == 40


def test_everything_is_there_without_javascript(visit):
    """Without scripts the roster has no buttons, all its rows, and its links work."""
    page = visit("en/index.html", java_script_enabled=False)
    assert page.locator("button, input").count() == 0
    assert page.locator("#roster tbody tr").count() == 40
    page.locator("#roster a").first.click()
    assert page.locator("h1").inner_text() == "Ana María Núñez-Pérez"
    assert page.locator("header a").count() == 0  # the page can be sent alone


def test_folded_parts_are_printed(visit):
    """Every folded part is open on paper."""
    page = visit("en/students/ana-maria.html")
    folded = page.locator("details:not([open]) > pre.reproduce").first
    assert not folded.is_visible()
    page.emulate_media(media="print")
    assert folded.is_visible()
    assert folded.bounding_box()["height"] > 10


def test_details_open_by_keyboard(visit):
    """A folded part is reached and opened without a mouse."""
    page = visit("en/students/ana-maria.html")
    folded = page.locator("details:not([open])").count()
    page.locator("details:not([open]) > summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("details:not([open])").count() == folded - 1


def test_a_button_copies_the_lines_to_repeat(visit):
    """Each piece of code has its button, the clipboard gets the code letter by letter, and the button says so."""
    page = visit("es/students/ana-maria.html", permissions=["clipboard-read", "clipboard-write"])
    codes = page.locator("pre.reproduce")
    buttons = page.locator("button.copy")
    assert codes.count() == buttons.count() > 1
    for code, button in zip(codes.all(), buttons.all(), strict=True):
        code.locator("xpath=..").locator("summary").click()
        assert button.inner_text() == "Copiar"
        button.click()
        page.wait_for_function("button => button.textContent === 'Copiado'", arg=button.element_handle())
        assert page.evaluate("navigator.clipboard.readText()") == code.text_content()
    assert page.complaints == []


def test_a_long_name_wraps(visit, samples, report):
    """A name of 300 letters without a space stays on the phone."""
    result = replace(samples.everything(), student="x" * 300, file="y" * 300)
    (report / "long.html").write_text(render_student(result, "es", assignment_title=samples.TITLE), encoding="utf-8")
    (report / "long_class.html").write_text(
        samples.render_class([result], "es", assignment_title=samples.TITLE, run=samples.run_facts()),
        encoding="utf-8",
    )
    for path in ("long.html", "long_class.html"):
        assert visit(path, width=375).evaluate("document.documentElement.scrollWidth") <= 375
