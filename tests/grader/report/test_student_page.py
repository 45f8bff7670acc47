"""The page of a student shows each loss once with its reason, and nothing that is hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.messages import LANGUAGES, Text, say
from grader.report.render import render_student
from grader.report.student_page import student_page
from grader.results import Difference, Excerpt, Finding, RubricLine, TraceLine, Verdict, from_json, to_json


@pytest.fixture
def page(samples, parse):
    """A function from a result to its page in English."""

    def make(result, language="en", **options):
        return parse(render_student(result, language, assignment_title=samples.TITLE, **options))

    return make


@pytest.fixture
def only(samples, page):
    """A function from findings to the page's section of a question that has only these."""

    def make(*findings, id="2b", verdict=Verdict.FAILED, points=0.25, language="en", **more):
        result = replace(samples.everything(), questions=(samples.question(id, verdict, points, *findings, **more),))
        return page(result, language).one("section", id=f"q-{id}")

    return make


def test_the_header_says_who_and_how_much(samples, page):
    """Name, file, grade with its scale, points and the pending part are at the top."""
    header = page(samples.everything(), scale=samples.SCALE).one("header", class_="top").text
    for part in (
        "Ana María Núñez-Pérez",
        "clase/Ana María/tarea2 (final).ipynb",
        "Grade 2.6 from 1.0 to 7.0",
        "Points 2.65 of 7",
        "1 point is given by a person",
    ):
        assert part in header


def test_the_pending_part_is_said_in_spanish(samples, page):
    """A Chilean student reads that a person gives the last point."""
    assert "1 punto lo da una persona" in page(samples.everything(), "es").one("header", class_="top").text


def test_a_page_without_a_grade_shows_points_only(samples, page):
    """A result of only some questions has no total grade to show."""
    header = page(replace(samples.everything(), grade=None, pending=0)).one("header", class_="top").text
    assert "Grade" not in header
    assert "given by a person" not in header


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_overview_links_to_every_question(samples, page, language):
    """The table has one row per question, in order, and each link finds its section."""
    tree = page(samples.everything(), language)
    links = [a.attributes["href"] for a in tree.one("table", class_="overview").all("a")]
    assert links == [f"#q-{id}" for id in samples.TITLES]
    assert [s.attributes["id"] for s in tree.all("section", class_="question")] == [k[1:] for k in links]


def test_the_overview_says_why(samples, page):
    """A question that lost points has its reason in its row: the known cause, else the message."""
    rows = page(samples.everything()).one("table", class_="overview").one("tbody").all("tr")
    reasons = {row.one("a").text.split()[0]: row.text for row in rows}
    assert "Every entry is 0.6667 times the right one" in reasons["1a"]
    assert "CELoss is not defined in the notebook" in reasons["1b"]


def test_points_lost_leave_out_bonus_and_what_is_pending(samples, page):
    """Lost points are those that the required questions could not earn; unread answers have lost nothing."""
    tree = page(samples.everything())
    assert "You lost 3.35 points" in tree.one(id="overview").text + tree.one("main").text
    assert not tree.one(id="q-1c").all(class_="lost")
    assert not tree.one(id="q-4d").all(class_="lost")


def test_a_fault_of_ours_loses_nothing(only, samples):
    """A question that the grader could not judge is not counted among the losses, and says so."""
    fault = samples.refused(Verdict.GRADER_FAULT, say("the check compared nothing"), "y")
    section = only(fault, verdict=Verdict.GRADER_FAULT, points=0.0)
    assert not section.all(class_="lost")
    assert "not your fault" in section.text


def test_a_missing_answer_loses_what_a_person_would_have_given(only):
    """An absent answer cannot be read: all its points are lost and none are pending."""
    absent = Finding(Verdict.MISSING, say("not answered"))
    section = only(absent, id="1a", verdict=Verdict.MISSING, points=0.0)
    assert section.one(class_="lost").text == "You lost 1 point"
    assert not section.all(class_="review")


def test_an_answer_as_it_was_given_waits_for_nobody(only, samples):
    """The points are lost, not pending, and the page says where to write."""
    section = only(samples.passed("y"), id="1a", points=0.75, untouched=True)
    assert section.one(class_="lost").text == "You lost 0.25 points"
    assert "as in the template" in section.one(class_="review").text


def test_items_of_a_person_and_other_points_than_the_checks_gave_are_shown(only, samples):
    """Each rubric item says whether its points were given; points that a person changed are shown with the checks'."""
    items = (RubricLine(Text("figura", "figure"), 0.1, True), RubricLine(Text("palabras", "words"), 0.2, False))
    section = only(samples.passed("y"), id="1a", points=0.75, by_checks=0.5, awarded=0.1, rubric=items)
    assert "from 0.5 to 0.75" in section.text
    assert [li.text for li in section.one("ul", class_="rubric").all("li")] == [
        "✓ 0.1: figure",
        "– 0.2: words (not given)",
    ]


def test_what_a_person_gave_is_shown_with_the_comment(only, samples):
    """Points and comments of a person are in the question, and its points include them."""
    section = only(samples.passed("y"), id="1a", points=0.75, awarded=0.1, comment="Falta beta.")
    assert section.one(class_="points").text == "0.85 / 1"
    assert "A person gave 0.1 of 0.25" in section.text
    assert section.one("blockquote").text == "Falta beta."


@pytest.mark.parametrize(("language", "name", "other"), [("es", "pérdidas", "losses"), ("en", "losses", "pérdidas")])
def test_a_result_is_shown_by_its_label_in_the_readers_language(samples, language, name, other):
    """A label appears in failures, in passes, and in the table of relative errors."""
    label = Text("pérdidas", "losses")
    findings = (
        samples.failed("key", label=label, relative_error=0.5),
        samples.passed("key", label=label, relative_error=0.0, case=samples.WIDE),
    )
    result = replace(samples.everything(), questions=(samples.question("2b", Verdict.FAILED, 0.5, *findings),))
    view = student_page(
        result, language, assignment_title=samples.TITLE, scale=None
    ).questions[0]
    assert view.problems[0].result == name
    assert name in view.passed[0].name
    shown = render_student(result, language, assignment_title=samples.TITLE)
    assert name in shown
    assert other not in shown


def test_hidden_values_are_nowhere_on_the_page(samples):
    """Even if a check forgets to leave them out, values and gaps of a hidden case are not shown."""
    for language in LANGUAGES:
        html = render_student(samples.everything(), language, assignment_title=samples.TITLE)
        assert "9.87654321" not in html
        assert "1.23456789" not in html
        assert "4.3e-02" not in html


def test_the_probe_above_can_fail(samples):
    """The same finding made public is shown with its values."""
    result = samples.everything()
    public = tuple(replace(q, findings=tuple(f.with_(public=True) for f in q.findings)) for q in result.questions)
    html = render_student(replace(result, questions=public), "en", assignment_title=samples.TITLE)
    assert "4.3e-02" in html


def test_a_hidden_failure_says_that_it_is_hidden(only, samples):
    """The category, the hint and the word hidden are shown; the name of the case is not."""
    section = only(
        samples.failed(
            "dL_dU",
            public=False,
            case=Text("caso secreto", "secret case"),
            message=samples.category("dL_dU"),
            hint=Text("Mira la suma.", "Look at the sum."),
            difference=samples.picture(),
        )
    )
    assert "hidden case" in section.text
    assert "The values of dL_dU differ" in section.text
    assert "Look at the sum." in section.text
    assert "The values of this case are not shown." in section.text
    assert "secret" not in section.text
    assert not section.all("figure", class_="picture")


def test_the_page_keeps_the_instructors_facts(samples):
    """The salt, the grader's traceback and the printed text are not on the student's page."""
    result = replace(samples.everything(), fault="Traceback of the grader")
    html = render_student(result, "en", assignment_title=samples.TITLE)
    assert result.salt not in html
    assert "Traceback of the grader" not in html
    assert result.output not in html


def test_thirty_equal_failures_are_one_problem(only, samples):
    """Findings whose sentences differ only in numbers are told once; the others are named in a folded list."""
    findings = [
        samples.failed(f"W{i}.grad", message=samples.off(f"W{i}.grad", f"{i}.0e-01", "(0, 0)")) for i in range(30)
    ]
    section = only(*findings)
    (article,) = section.all("article")
    also = article.one("details")
    assert also.one("summary").text == "The same happens in 29 more results"
    assert [li.text.split()[0] for li in also.all("li")] == [f"W{i}.grad" for i in range(1, 30)]


def test_different_causes_are_different_problems(only, samples):
    """The same sentence with another cause is another problem."""
    causes = (None, say("every entry is zero"), say("the result is the transpose of the right answer"))
    section = only(*(samples.failed("W.grad", cause=cause) for cause in causes))
    assert len(section.all("article")) == 3


def test_a_line_that_raises_is_told_once(only, samples):
    """Checks that run the same line are one problem, even if the error's text has other numbers."""
    raised = [
        Finding(
            Verdict.RAISED,
            say("the code raised {error}", error=f"RuntimeError: size {i}"),
            result="y",
            check=Text(en=f"check {i}"),
            traceback=(TraceLine(samples.Frame(3, line, "f"), "x @ W"),),
        )
        for i, line in ((1, 2), (2, 2), (3, 7))
    ]
    section = only(*raised)
    assert [a.one("h3").text for a in section.all("article")] == [
        "error while running check 1",
        "error while running check 3",
    ]
    assert "RuntimeError: size 2" in section.all("article")[0].text


def test_a_hidden_failure_joins_the_public_one(only, samples):
    """A result that fails in a public and a hidden case is one problem, led by the public case."""
    hidden = samples.failed("dL_dU", public=False, message=samples.category("dL_dU"))
    section = only(hidden, samples.failed("dL_dU", expected="3.5"))
    (article,) = section.all("article")
    assert "3.5" in article.one("dl").text
    assert article.one("details").one("li").text.startswith("dL_dU · hidden case")


def test_a_known_mistake_is_told_once(only, samples):
    """Findings that one misconception explains are one problem, over all checks, public and hidden."""
    mistake = {"misconceptions": ("no-mean",), "hint": Text(en="Divide by B.")}
    section = only(
        samples.failed("W.grad", samples.GRADIENTS, **mistake),
        samples.failed("dL_dU", samples.VALUES, **mistake),
        samples.failed("c.grad", public=False, message=samples.category("c.grad"), **mistake),
        samples.failed("h.grad", misconceptions=("transposed",)),
    )
    assert [len(a.all("li")) for a in section.all("article", class_="bad")] == [2, 0]
    assert section.text.count("Divide by B.") == 1


def test_another_known_mistake_in_a_hidden_case_is_told(only, samples):
    """The hint is its only message; a hidden case without a known mistake still belongs to the public one."""
    section = only(
        samples.failed("dL_dU", misconceptions=("no-mean",), hint=Text(en="Divide by B.")),
        samples.failed("dL_dU", public=False, misconceptions=("sign",), hint=Text(en="Look at the sign.")),
        samples.failed("dL_dU", public=False, message=samples.category("dL_dU")),
    )
    assert [len(a.all("li")) for a in section.all("article", class_="bad")] == [1, 0]
    assert "Look at the sign." in section.text


def test_a_known_mistake_is_led_by_what_costs_points(only, samples):
    """One mistake in a check of shapes without points and a check of values with points is one problem."""
    mistake = {"misconceptions": ("not-summed",), "hint": Text(en="Sum over the batch.")}
    shape = samples.failed("dL_dc", Text(en="shapes"), scored=False, **mistake)
    (article,) = only(shape, samples.failed("dL_dc", **mistake)).all("article")
    assert article.one("h3").text == "wrong result the values"
    assert "costs no points" not in article.text
    assert [li.text for li in article.all("li")] == ["shapes · dL_dc · batch of 5 examples"]


def test_names_that_are_missing_are_one_problem(only, samples):
    """Variables that were not computed are one problem with a list of their names."""
    absent = [Finding(Verdict.MISSING, say("{name} was not computed", name=n), result=n) for n in ("dL_dU", "dL_dc")]
    section = only(*absent, verdict=Verdict.MISSING)
    (article,) = section.all("article")
    assert article.one(class_="message").text == "dL_dU was not computed"
    assert article.one("details").one("li").text.startswith("dL_dc")


def test_inputs_of_a_cell_are_told_from_a_call(only, samples):
    """Lines that end in a call are for repeating it; lines that only set inputs are for the student's own cell."""
    call = samples.failed("y", called="f(x)", reproduce="x = 1\nf(x)")
    cell = samples.failed("dL_dU", called="dL_dU, dL_dc", reproduce="B = 5", cause=say("every entry is zero"))
    hidden = samples.failed("z", called="f(x)", reproduce="f(x)", public=False, message=samples.category("z"))
    summaries = [a.one("summary").text for a in only(call, cell, hidden).all("article")]
    assert summaries == [
        "Repeat it in your notebook",
        "Put these values in your notebook and run your cell with them",
        "Try a similar case in your notebook",
    ]


def test_calls_without_an_answer_are_one_problem(only, samples):
    """A call that takes too long and the calls that were not tried after it are one problem."""
    waited = samples.refused(Verdict.TIMED_OUT, say("no answer within {seconds} s", seconds="5"), "y")
    spared = samples.refused(Verdict.TIMED_OUT, say("not tried again"), "z", samples.WIDE)
    (article,) = only(waited, spared, spared.with_(public=False)).all("article")
    assert [li.one(class_="said").text for li in article.all("li")] == ["Not tried again"] * 2


def test_a_missing_name_needs_no_list(samples, page):
    """If nothing of a question could be tried, its one reason appears alone."""
    section = page(samples.everything()).one(id="q-1b")
    (article,) = section.all("article")
    assert not article.all("details")
    assert not article.all("h3")  # the question's own heading has the verdict
    assert article.one(class_="message").text == "CELoss is not defined in the notebook"
    assert "ce_loss in cell 9" in section.text


def test_a_failure_shows_call_values_cause_and_hint(samples, page):
    """The first problem of 1a has the call, the expected and the actual value, the cause and the advice."""
    article = page(samples.everything()).one(id="q-1a").all("article")[0]
    assert [dt.text for dt in article.all("dt")] == ["called", "expected", "got"]
    assert article.all("dd")[0].text == "d_swish(T, beta=1.5)"
    assert article.one(class_="cause").text == "Likely cause: every entry is 0.6667 times the right one"
    assert article.one(class_="hint").text.startswith("What to try: The chain rule")
    assert "d_swish(T, beta=1.5)" in article.one("pre", class_="reproduce").text
    assert "10 of the 21 entries" in article.one("figure", class_="picture").text


def test_a_finding_that_costs_nothing_says_so(samples, page):
    """A finding for guidance is marked, and is never the reason in the overview."""
    assert "costs no points" in page(samples.everything()).one(id="q-3a").text


def test_the_traceback_is_in_cells_and_lines(samples, page):
    """Each of the student's frames names cell, line and function, with the line and no indentation."""
    frames = page(samples.everything()).one(id="q-3a").one("ol", class_="trace").all("li")
    assert frames[0].text == "cell 14, line 9, in backward dL_dh = dL_du @ W"


def test_the_students_lines_are_numbered_within_the_cell(only, samples):
    """Numbers begin at the excerpt's first line, and a line that an error passed through is marked."""
    trace = (TraceLine(samples.Frame(4, 11), "b"),)
    section = only(samples.failed("y", traceback=trace), excerpts=(Excerpt(4, 10, "a\r\nb\nc\n"),))
    lines = section.one("pre", class_="numbered").all("span", class_="line")
    assert [line.attributes["data-n"] for line in lines] == ["10", "11", "12"]
    assert ["marked" in line.attributes["class"] for line in lines] == [False, True, False]
    assert lines[0].text == "a"


def test_lines_of_one_cell_stand_together(only, samples):
    """Two functions of one cell are one piece of code with the cell's line numbers."""
    excerpts = (Excerpt(5, 4, "c\nd"), Excerpt(5, 1, "a"), Excerpt(2, 1, "z"))
    figures = only(samples.failed("y"), excerpts=excerpts).all("figure", class_="code")
    numbers = [[s.attributes["data-n"] for s in f.all("span", class_="line")] for f in figures]
    assert numbers == [["1", "4", "5"], ["1"]]
    assert figures[0].one("figcaption").text == "cell 5"


def test_code_is_open_where_something_fails(only, samples):
    """The code of a right answer and long code start folded; the code of a wrong answer is open."""

    def code(finding, source):
        section = only(finding, excerpts=(Excerpt(1, 1, source),))
        return section.all("details")[-1].attributes

    assert "open" in code(samples.failed("y"), "x = 1")
    assert "open" not in code(samples.passed("y"), "x = 1")
    assert "open" not in code(samples.failed("y"), "x = 1\n" * 100)


def test_relative_errors_stand_in_a_table(samples, page):
    """There is one row per parameter and one column per public case, and numbers have their verdict in words."""
    table = page(samples.everything()).one(id="q-3a").one("table", class_="errors")
    assert [th.text for th in table.one("thead").all("th")] == [
        "result",
        "7-5-4-3, relu",
        "6-8-9-5-3, celu and swish",
    ]
    rows = [[cell.text for cell in row.children] for row in table.one("tbody").all("tr")]
    assert rows[0] == ["W1.grad", "5.0e-02 wrong result", "5.0e-02 wrong result"]
    assert rows[1] == ["b1.grad", "3.0e-15 passes", "3.0e-15 passes"]
    assert len(rows) == 6


def test_a_table_of_errors_has_to_tell_something(only, samples):
    """Right values need no table, right gradients have one, and a single number is in its problem."""
    right = [samples.passed(name, relative_error=1e-15) for name in ("a", "b")]
    gradients = [samples.passed(name, relative_error=1e-15) for name in ("W.grad", "b.grad")]
    wrong = samples.failed("a", relative_error=0.5)
    assert not only(*right).all("table", class_="errors")
    assert only(*gradients).all("table", class_="errors")
    assert only(wrong, right[1]).all("table", class_="errors")
    assert not only(wrong).all("table", class_="errors")


def test_passed_results_are_folded_and_counted(samples, page):
    """Passed results are one line until it is opened; equal lines of hidden cases are counted."""
    details = page(samples.everything()).one(id="q-4a").one("details")
    assert "open" not in details.attributes
    assert details.one("summary").text == "3 results pass"
    assert [li.text for li in details.all("li")][1].endswith("hidden case × 2")


def test_a_pass_that_compared_nothing_is_not_among_the_passes(only, samples):
    """A finding without comparisons is never listed as passing."""
    section = only(samples.passed("y", compared=0))
    assert not section.all("details")
    assert section.all("article")


@pytest.mark.parametrize(
    ("kind", "words"), [("unreadable", "bruno.ipynb is empty"), ("faulty", "It is not your fault")]
)
def test_a_submission_without_a_grade_says_why(samples, page, kind, words):
    """The page has no points and no grade, but one sentence that says what happened."""
    tree = page(getattr(samples, kind)())
    assert words in tree.one("section", class_="bad").text
    assert not tree.all("dl", class_="score")
    assert not tree.all("table")


def test_sentences_side_by_side_are_apart(samples, page, only):
    """Facts and captions on one line have a space between them."""
    assert "Sandbox: bwrap. Device: cpu. Graded: 2020-10-16 23:59." in page(samples.everything()).text
    cut = Difference((9, 9, 9), ((0.0, 2.0), (3.0, 0.0)), cut=True)
    caption = only(samples.failed("y", difference=cut)).one("figcaption").text
    assert "are off. All dimensions but the last are drawn as rows. Only the first" in caption


def test_the_page_of_a_result_read_back_is_the_same(samples):
    """The record has everything that the page shows."""
    result = samples.everything()
    again = from_json(to_json(result))
    pages = [render_student(r, "es", assignment_title=samples.TITLE) for r in (result, again)]
    assert pages[0] == pages[1]


def test_a_picture_without_finite_entries_is_drawn(only, samples):
    """A result that is NaN everywhere has a picture of crosses."""
    section = only(samples.failed("y", difference=Difference((1, 3), ((-1.0, -1.0, -1.0),))))
    assert [p.attributes["class"] for p in section.one("svg", role="img").all("path")] == ["mark odd"]


def test_a_students_own_check_says_that_it_is_no_grade(samples, page):
    """The page has only public points, and no class, losses or sandbox; holes are not answered."""
    failed = Finding(Verdict.FAILED, say("step is off"), 1, "step", called="sgd.step()")
    hole = samples.question("4a", Verdict.FAILED, 0.0, failed)
    hole = replace(hole, excerpts=(Excerpt(9, 1, "class SGD:\n    def step(self):\n        pass"),))
    shared = samples.question("1a", Verdict.PASSED, 0.75, Finding(Verdict.PASSED, say("equal"), 1, "d_relu"))
    result = replace(samples.everything(), student="", questions=(shared, hole), sandbox="", pending=0.25, grade=None)
    own = page(result, public=True).text
    for part in ("Self-check", "This is not your grade", "Public part0.75of 1.5", "not answered"):
        assert part in own.replace(" of", "of").replace("Public part ", "Public part")
    for untrue in ("Step is off", "the class", "You lost", "Sandbox", "apart from the solution", "includes"):
        assert untrue not in own
