"""The class page has the same numbers as the results, and everything that needs a person."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest

from grader.choices import READ_TOGETHER
from grader.messages import say
from grader.report.render import class_pieces
from grader.results import Finding, Verdict


@pytest.fixture
def page(samples, parse):
    """A function from results to the class page in English, as a tree."""

    def make(results, language="en", **changes):
        run = replace(samples.run_facts(), **changes)
        return parse(samples.render_class(results, language, assignment_title=samples.TITLE, run=run))

    return make


@pytest.fixture
def view(samples):
    def make(results, **changes):
        run = replace(samples.run_facts(), **changes)
        return samples.class_page(results, "en", assignment_title=samples.TITLE, run=run)

    return make


def test_the_roster_has_a_row_per_student_in_the_order_given(samples, page):
    """Every result is a row, whatever its status, with one cell per question, the total and the grade."""
    results = samples.classroom(20)
    rows = page(results).one("table", id="roster").one("tbody").all("tr")
    assert [row.one("a").text for row in rows] == [r.student for r in results]
    assert {len(row.children) for row in rows} == {1 + len(samples.TITLES) + 2}


def test_a_large_class_has_several_pages(samples, view, parse, monkeypatch):
    """Each student is on one page, in the order given; every page leads to the others and says whom they have."""
    monkeypatch.setattr("grader.report.class_page.PER_PAGE", 8)
    results = samples.classroom(20)
    made = view(results)
    assert [page.link for page in made.pages()] == ["index.html", "index-2.html", "index-3.html"]
    names = []
    for number in (1, 2, 3):
        tree = parse("".join(class_pieces(made, number)))
        names += [row.one("a").text for row in tree.one("table", id="roster").one("tbody").all("tr")]
        others = [a.attributes["href"] for a in tree.one("ul", class_="pages").all("a")]
        assert others == [page.link for page in made.pages() if page.link != made.pages()[number - 1].link]
        assert f"{results[8].student} – {results[15].student}" in tree.one("ul", class_="pages").text
    assert names == [r.student for r in results]


def test_links_lead_to_the_file_of_the_slug(samples, page):
    """The address of a student's page is its slug, percent-encoded if needed."""
    result = replace(samples.perfect(), slug="a b#c")
    link = page([result]).one("table", id="roster").one("a").attributes["href"]
    assert link == "students/a%20b%23c.html"
    assert unquote(link) == "students/a b#c.html"


def test_a_student_without_a_grade_has_empty_cells(samples, page):
    """Submissions without a grade do not show zeros, and the reason is next to the name."""
    (row,) = page([samples.unreadable()]).one("table", id="roster").one("tbody").all("tr")
    assert "unreadable" in row.one("th").text
    assert {cell.text for cell in row.all("td")} == {""}


def test_the_histogram_counts_every_grade_once(samples, view):
    """The bars add up to the number of grades, the top grade included."""
    results = [replace(samples.perfect(), grade=n) for n in (1.0, 1.4, 1.5, 4.0, 6.9, 7.0)]
    bars = view([*results, samples.unreadable()]).histogram.bars
    assert [b.count for b in bars] == [2, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2]
    assert bars[0].label == "1.0 – 1.5"


def test_the_histogram_has_a_table(samples, page):
    """The same counts can be read without the picture."""
    table = page(samples.classroom(20)).one("table", class_="narrow")
    assert sum(int(td.text) for td in table.all("td")) == 18


def test_a_class_without_grades_has_no_histogram(samples, page):
    """One unreadable file, or no submission at all, still has a page."""
    for results in ([samples.unreadable()], []):
        assert not page(results).all("svg", class_="histogram")


def test_mean_and_median_are_those_of_the_grades(samples, view):
    """Submissions without a grade do not count in the mean and the median."""
    results = [replace(samples.perfect(), grade=n) for n in (2.0, 3.0, 7.0)]
    made = view([*results, samples.unreadable()])
    assert (made.mean, made.median, made.graded, made.size) == ("4.00", "3.00", 3, 4)


def test_questions_count_right_partly_wrong_and_absent(samples, view):
    """Each student is in one class per question."""
    findings = samples.failed("y")
    results = [
        replace(samples.perfect(), questions=(samples.question("2b", verdict, points, findings),))
        for verdict, points in (
            (Verdict.PASSED, 0.75),
            (Verdict.FAILED, 0.25),
            (Verdict.FAILED, 0.0),
            (Verdict.TIMED_OUT, 0.0),
            (Verdict.MISSING, 0.0),
            (Verdict.SKIPPED, 0.0),
        )
    ]
    row = next(q for q in view(results).questions if q.id == "2b")
    assert (row.full, row.part, row.none, row.absent) == (1, 1, 2, 2)
    assert row.share == round(100 * (1 / 3 + 1) / 6)


def test_the_most_frequent_cause_counts_students(samples, view):
    """A cause that explains ten results of one student counts once."""
    zero, transposed = say("every entry is zero"), say("the result is the transpose of the right answer")

    def student(cause, times):
        findings = [samples.failed(f"y{i}", cause=cause) for i in range(times)]
        return replace(samples.perfect(), questions=(samples.question("2b", Verdict.FAILED, 0.0, *findings),))

    unexplained = [student(None, 1)] * 3
    results = [student(zero, 10), student(transposed, 1), student(transposed, 1), *unexplained]
    row = next(q for q in view(results).questions if q.id == "2b")
    assert (row.cause, row.cause_count) == ("the result is the transpose of the right answer", 2)


def test_a_known_mistake_is_counted_by_its_hint(samples, view):
    """A misconception is named in the words of its hint, which say more than the generic cause."""
    known = samples.failed("y", misconceptions=("no-mean",), cause=say("every entry is zero"), hint=samples.SMALL)
    result = replace(samples.perfect(), questions=(samples.question("2b", Verdict.FAILED, 0.0, known),))
    assert [q.cause for q in view([result]).questions if q.cause_count] == ["batch of 5 examples"]


def test_what_needs_a_person_is_listed(samples, page):
    """Faults have their traceback, unreadable files their reason, and names that are nearly right are listed."""
    items = [li.text for li in page(samples.classroom()).one("ul", class_="attention").all("li")]
    assert any("Carla Soto" in i and "KeyError" in i for i in items)
    assert any("Bruno Díaz" in i and "is empty" in i for i in items)
    assert any("Ana María" in i and "1b: CELoss is missing; ce_loss in cell 9" in i for i in items)
    assert any("Ana María" in i and "3c:" in i and "fault of the grader" in i for i in items)


def test_a_choice_among_files_is_listed(samples, page):
    """Whoever has several notebooks with answers is listed, with the sentence of the student's page."""
    note = replace(READ_TOGETHER, values={"files": "p1.ipynb, p2.ipynb"})
    (item,) = page([replace(samples.perfect("Eva", "eva"), notes=(note,))]).one("ul", class_="attention").all("li")
    assert "Eva" in item.text
    assert "p1.ipynb, p2.ipynb were read together" in item.text


def test_a_blank_answer_is_not_listed(samples, page):
    """A missing name without a similar one is in the roster and needs nobody."""
    absent = Finding(Verdict.MISSING, say("{name} is not defined in the notebook", name="CELoss"))
    result = replace(samples.perfect(), questions=(samples.question("1b", Verdict.MISSING, 0.0, absent),))
    assert not page([result]).all("ul", class_="attention")


def test_answers_to_read_are_counted(samples, view):
    """Each question for a person says how many students' answers are still unread."""
    read = samples.perfect("Eva", "eva")
    read = replace(read, questions=tuple(replace(q, awarded=0.0) for q in read.questions))
    readings = view([samples.everything(), samples.perfect(), read]).readings
    assert [(r.id, r.points, r.waiting) for r in readings] == [("1a", "0.25", 2), ("4d", "0.75", 2)]


def test_nothing_to_do_is_said(samples, page):
    """A class that needs nobody says so."""
    read = samples.perfect()
    read = replace(read, questions=tuple(replace(q, awarded=0.0) for q in read.questions))
    assert "Nothing: everything was graded." in page([read]).one("main").text


@pytest.mark.parametrize("where", ["run", "result"])
def test_a_run_without_sandbox_is_loud(samples, page, where):
    """The warning appears if this run, or an earlier one whose results are kept, had no sandbox."""
    if where == "run":
        tree = page([samples.perfect()], sandbox="none")
    else:
        tree = page([samples.perfect(), replace(samples.perfect(), sandbox="none")])
    assert tree.one(id="unprotected").text == "This run had no sandbox"
    assert not page([samples.perfect()]).all(id="unprotected")


def test_the_run_can_be_repeated_from_the_page(samples, page):
    """Command, sandbox, device, salt, start, duration, lanes and version are on the page."""
    facts = page(samples.classroom()).one("dl", class_="facts").text
    for part in (
        "grade submissions/ --out reports",
        "bwrap",
        "cpu",
        "5a17beef",
        "2020-10-17",
        "12.3 s",
        "0.1.0",
    ):
        assert part in facts


def test_mixed_sandboxes_are_counted(samples, view):
    """A run that was continued at another level says how many submissions ran at each level."""
    results = [samples.perfect(), samples.perfect(), replace(samples.perfect(), sandbox="landlock")]
    assert view(results).sandbox == "bwrap: 2 submissions, landlock: 1 submission"


def test_partial_answers_differ_without_colour(samples, page):
    """A cell that is not fully right has a shape and, for screen readers, a word."""
    rows = page([samples.everything()]).one("table", id="roster").one("tbody").all("td")
    grade, total, _, partly = rows[:4]
    assert (grade.text, total.text, partly.text) == ("2.6", "2.65", "partly right 0.4")
    assert partly.one("use").attributes["href"] == "#shape-part"
    assert not rows[10].all("use")  # 4a is right


def test_what_the_machine_lacks_is_said_once_and_the_python_is_shown(samples, page):
    """A sentence above the list of submissions, and the version among the facts of the run."""
    results = [replace(samples.perfect(), python="3.11", packages=("einops",), written_for="3.12")] * 3
    text = page(results).text
    assert text.count("3 students use package einops, which is not installed here: pip install einops") == 1
    assert text.count("3 notebooks were written for Python 3.12, this grader runs 3.11") == 1
    assert "Python3.11" in text.replace(" ", "").replace("\n", "")


def test_points_that_a_person_gives_may_differ_between_students(samples, view):
    """The list of answers to read names the least and the most."""
    results = [samples.perfect(), samples.perfect()]
    answer = results[0].questions[1]
    waits = replace(answer, points=0.0, possible=0.0, reviewed=1.0, awarded=None, verdict=Verdict.PENDING)
    questions = (results[0].questions[0], waits, *results[0].questions[2:])
    other = replace(waits, reviewed=0.5)
    results = [replace(results[0], questions=questions), replace(results[1], questions=(other,))]
    (reading,) = [r for r in view(results).readings if r.id == waits.id]
    assert (reading.points, reading.waiting) == ("0.5–1", 2)


def test_the_page_says_whether_the_mean_includes_points_given_by_people(samples, view):
    """Such points are missing until they are given; where nobody gives points there is nothing to say."""
    waiting = samples.perfect()
    assert waiting.pending
    assert view([waiting]).by_hand.endswith("do not include the points that a person still gives to 1 submission.")
    assert view([replace(waiting, pending=0.0)]).by_hand == "Mean and median include the points that people gave."
    questions = tuple(replace(q, reviewed=0.0) for q in samples.run_facts().questions)
    assert view([waiting], questions=questions).by_hand == ""
