"""The self-check below a notebook's cell is one fragment, safe in every notebook, with the terminal's content."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import load
from grader.judging import scoring
from grader.judging.judge import Judge
from grader.messages import LANGUAGES, Text, say
from grader.report import cell, terminal
from grader.report.problems import problems
from grader.report.render import TEMPLATES
from grader.results import Finding, Status, SubmissionResult, TraceLine, Verdict
from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level

from ...in_lane import judge_bytes

SUBMISSIONS = Path(__file__).parents[2] / "submissions" / "tarea2"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&</pre></style>{{7*7}}{name}%(x)s\u202e\x1b[2J"


@pytest.fixture(scope="module")
def judged() -> Iterator:
    """A function from a file of tests/submissions to the result of its public checks."""
    assignment = load.load_assignment(load.default_folder())
    public = [
        replace(q, tests=tuple(replace(t, cases=tuple(k for k in t.cases if k.public)) for t in q.tests))
        for q in assignment.only(("1a", "1b", "2a", "2b", "3a"))
    ]
    assignment = replace(
        assignment,
        questions=tuple(replace(q, tests=tuple(t for t in q.tests if t.cases), needs=()) for q in public),
        mistakes=tuple(m for m in assignment.mistakes if m.question in ("1b", "2b")),
    )
    judge = Judge(assignment, salt="tests")
    with Lane(Level.BWRAP, assignment.limits, sources=judge.sources()) as lane:

        def judged(name: str) -> SubmissionResult:
            file = SUBMISSIONS / name
            judgement = judge_bytes(judge, file.read_bytes(), file.name, lane)
            result = SubmissionResult(
                "Ana", file.name, Status.GRADED, "tarea2", "es", judgement.questions, notes=judgement.notes
            )
            return scoring.totalled(result, assignment, complete=False)

        yield judged


@pytest.fixture
def fragments(samples, parse):
    """Every kind of result in every language, as trees."""
    results = (samples.everything(), samples.perfect(), samples.unreadable(), samples.faulty())
    return [parse(cell.html_cell(result, language)) for result in results for language in LANGUAGES]


def test_a_fragment_is_one_element(fragments):
    """It is well formed, has one root, and names its language."""
    for fragment in fragments:
        (root,) = fragment.children
        assert root.name == "div"
        assert root.attributes["lang"] in LANGUAGES


def test_a_fragment_runs_and_fetches_nothing(fragments):
    """It has no script, handler or address, no element that loads one, and no id that a second output repeats."""
    for fragment in fragments:
        for element in fragment.all():
            assert element.name not in ("script", "link", "iframe", "object", "img", "form", "a", "meta", "svg")
            assert not [a for a in element.attributes if a.startswith("on") or a in ("src", "href", "id", "style")]
        style = fragment.one("style").text
        assert "url(" not in style
        assert "@" not in style


def test_the_style_stays_inside(fragments):
    """Every rule begins with the fragment's own class, so that the look of the notebook does not change."""
    style = re.sub(r"/\*.*?\*/", "", (TEMPLATES / "self_check.css").read_text(encoding="utf-8"))
    selectors = [s.strip() for rule in re.findall(r"([^{}]+)\{", style) for s in rule.split(",")]
    assert selectors
    assert all(s.startswith(".grader-check") for s in selectors)


def test_text_has_the_colours_of_the_notebook():
    """Only signs and lines have a colour of their own; text and background have the theme's, light or dark."""
    style = re.sub(r"/\*.*?\*/", "", (TEMPLATES / "self_check.css").read_text(encoding="utf-8"))
    for selectors, rule in re.findall(r"([^{}]+)\{([^{}]*)\}", style):
        own = re.findall(r"(?<![-\w])(color|background(?:-color)?):\s*([^;]+)", rule)
        colours = {value for name, value in own} - {"inherit", "transparent", "currentColor"}
        assert not colours or all(s.strip().endswith("> .sign") for s in selectors.split(","))


def test_signs_have_words(fragments):
    """A sign is hidden from a screen reader, and a word says the same."""
    for fragment in fragments:
        for sign in fragment.all(class_="sign"):
            assert sign.attributes["aria-hidden"] == "true"
    heading = fragments[0].all("summary")[1].text
    assert heading.startswith("◐ 1a Derivadas de las funciones de activación")
    assert heading.endswith(": correcto en parte 0.4 / 0.75 (parte pública)")


def test_what_passes_is_folded_and_what_fails_is_open(fragments):
    """A question that passes takes one line until it is opened."""
    for fragment in fragments:
        for question in fragment.all("details", class_="question"):
            tone = question.children[0].children[0].attributes["class"]
            assert ("open" in question.attributes) == (tone not in ("good", "wait"))


def test_nothing_of_a_students_becomes_markup(samples, parse):
    """Hostile text in every field is spelled out and adds no element."""

    def fragment(text: str):
        message = say("{error}", error=text)
        finding = Finding(
            Verdict.RAISED, message, result=text, check=Text(text, text), case=Text(text, text), called=text,
            expected=text, actual=text, cause=message, hint=Text(text, text), reproduce=text,
            traceback=(TraceLine(samples.Frame(3, 1, text), text),), relative_error=0.5,
        )  # fmt: skip
        question = replace(samples.question("1a", Verdict.RAISED, 0.0, finding), title=Text(text, text))
        questions = (replace(question, notes=(message,)), question)
        return cell.html_cell(replace(samples.everything(), questions=questions, notes=(message,), fault=text), "es")

    hostile = parse(fragment(HOSTILE))
    assert [e.name for e in hostile.all()] == [e.name for e in parse(fragment("harmless")).all()]
    assert "<script>alert(1)</script>" in hostile.text
    assert "⟨U+202E⟩␛[2J" in hostile.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fragment_says_what_the_text_says(samples, parse, language):
    """HTML and plain text have the same sentences, values, places and next step; the plain text has no escapes."""
    result = samples.everything()
    html = parse(cell.html_cell(result, language)).text
    plain = " ".join(cell.text_cell(result, language).split())
    assert "\x1b" not in plain
    for question in result.questions:
        for problem in problems(question.findings, language):
            parts = (problem.message, problem.cause, problem.hint, problem.called, problem.expected, problem.actual)
            for part in filter(None, (*parts, *(t.place for t in problem.traceback), problem.reproduce)):
                said = " ".join(part.split())
                if problem.whole:  # one sentence next to the title
                    said = said[1:]
                assert said in html
                assert said in plain
    assert 'check("1b")' in html
    assert 'check("1b")' in plain


@pytest.mark.bwrap
def test_a_right_notebook_is_all_lines_of_one(judged, parse):
    """In a notebook that passes, no question is open and nothing is left to fix."""
    result = judged("right/parameter_lists.py")
    fragment = parse(cell.html_cell(result, "es"))
    assert not fragment.all(class_="problem")
    assert not [d for d in fragment.all("details") if "open" in d.attributes]
    assert "Pasan 5 de 5 preguntas" in fragment.text
    assert "Todo pasa sus casos públicos." in cell.text_cell(result, "es")


# The file, the question with the wrong answer, a part of its message, and the next question.
WRONG = {
    "wrong/loss_sum_for_mean.py": ("el resultado es B = 4 veces el correcto", "0 / 1.25 (parte pública)", "1b"),
    "wrong/output_bias_not_summed.py": ("falta esa suma", "0.5 / 0.75 (parte pública)", "2b"),
    "wrong/backward_by_autograd.py": ("Se usa torch.Tensor.backward en la celda", "0 / 2 (parte pública)", "3a"),
    "wrong/syntax_error_in_one_cell.py": ("queda fuera: SGD", "1.25 / 1.25 (parte pública)", "1a"),
    "wrong/renamed_loss.py": ("Falta CELoss; ", "0 / 1.25 (parte pública)", "1b"),
}


@pytest.mark.bwrap
@pytest.mark.parametrize("name", WRONG)
def test_a_real_mistake_is_told_in_both_forms(judged, parse, name):
    """The fragment and the text have the findings: the cause, the points, and the next question."""
    cause, points, following = WRONG[name]
    result = judged(name)
    for shown in (parse(cell.html_cell(result, "es")).text, " ".join(cell.text_cell(result, "es").split())):
        assert cause in shown
        assert points in shown
        assert f'check("{following}")' in shown
    assert f"grade check {result.file} {following}\n" in terminal.plain_text(result, "es")


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
NOTEBOOK = """<!doctype html><html><head><meta name="viewport" content="width=device-width"><style>
body {{ margin: 0; background: {paper}; color: {ink}; font: 13px/1.5 sans-serif; }}</style></head>
<body><div style="padding: 8px; overflow: auto" id="output">{fragment}</div></body></html>"""


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_fragment_takes_the_look_of_its_notebook(samples):
    """In light and dark notebooks, on a screen and on a phone, text has the notebook's colour and fits."""
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        for paper, ink in (("rgb(255, 255, 255)", "rgb(30, 30, 30)"), ("rgb(17, 17, 17)", "rgb(230, 230, 230)")):
            for width in (1280, 375):
                page.set_viewport_size({"width": width, "height": 700})
                fragment = cell.html_cell(samples.everything(), "es")
                page.set_content(NOTEBOOK.format(paper=paper, ink=ink, fragment=fragment))
                assert page.evaluate("document.getElementById('output').scrollWidth") <= width
                colour = "e => [...new Set(e.map(x => getComputedStyle(x).color))]"
                assert page.eval_on_selector_all(".grader-check :is(p, code, pre, summary, b)", colour) == [ink]
                # The points, which float, are next to their own question.
                inside = """e => e.every(x => x.getBoundingClientRect().bottom
                    <= x.closest('.question').getBoundingClientRect().bottom)"""
                assert page.eval_on_selector_all(".points", inside)
        browser.close()
