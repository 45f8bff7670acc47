"""Every page is one file without outside resources, and no student's text becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from grader.messages import LANGUAGES, Text, say
from grader.report import render as module
from grader.report.render import render_student
from grader.results import Excerpt, Finding, TraceLine, Verdict

TEMPLATES = Path(module.__file__).parent / "templates"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'&</pre>{{7*7}}{name}%(x)s\u202e\ud800"


@pytest.fixture(scope="module")
def pages(samples):
    """Every kind of page in every language."""
    made = {}
    for language in LANGUAGES:
        for result in (samples.everything(), samples.unreadable(), samples.faulty(), samples.perfect()):
            made[result.slug, language] = render_student(
                result, language, assignment_title=samples.TITLE, scale=samples.SCALE
            )
        made["class", language] = samples.render_class(
            samples.classroom(), language, assignment_title=samples.TITLE, run=samples.run_facts()
        )
    return made


def test_pages_are_well_formed(pages, parse):
    """Every element is closed by its own end tag, and ids are unique."""
    for html in pages.values():
        ids = [e.attributes["id"] for e in parse(html).all() if "id" in e.attributes]
        assert len(ids) == len(set(ids))


def test_links_within_a_page_lead_somewhere(pages, parse):
    """Every fragment, every shape in use and every aria-labelledby names an id of the same page."""
    for html in pages.values():
        page = parse(html)
        ids = {e.attributes.get("id") for e in page.all()}
        wanted = {e.attributes["aria-labelledby"] for e in page.all() if "aria-labelledby" in e.attributes}
        links = [e.attributes["href"] for e in page.all() if "href" in e.attributes]
        wanted |= {link[1:] for link in links if link.startswith("#")}
        assert wanted <= ids


def test_a_students_page_can_be_sent_alone(pages, parse):
    """It leads to no other file: not to the class, and not to another student."""
    for (slug, _), html in pages.items():
        if slug != "class":
            links = [e.attributes["href"] for e in parse(html).all() if "href" in e.attributes]
            assert all(link.startswith("#") for link in links)


def test_a_page_loads_nothing(pages, parse):
    """No element fetches anything, and no address leaves the folder of the report."""
    for html in pages.values():
        page = parse(html)
        assert not [e for e in page.all() if "src" in e.attributes or e.name in ("link", "iframe", "object")]
        addresses = [e.attributes["href"] for e in page.all() if "href" in e.attributes]
        assert all(re.match(r"(#|students/|\.\./index\.html)", a) for a in addresses)
        assert "url(" not in html
        assert "@import" not in html


def test_the_policy_names_the_style_and_the_script_by_hash(pages, parse):
    """The policy has the hashes of the style and the script on the page, and allows nothing else."""
    for html in pages.values():
        meta = parse(html).all("meta", **{"http-equiv": "Content-Security-Policy"})
        policy = meta[0].attributes["content"]
        assert policy.startswith("default-src 'none'; ")
        assert "unsafe" not in policy
        blocks = re.findall(r"<(style|script)>(.*?)</\1>", html, re.DOTALL)
        assert [name for name, _ in blocks] == ["style", "script"]
        for name, text in blocks:
            digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
            assert f"{name}-src 'sha256-{digest}'" in policy


def test_nothing_needs_what_the_policy_forbids(pages, parse):
    """There are no style attributes and no event handlers."""
    for html in pages.values():
        for element in parse(html).all():
            assert not [a for a in element.attributes if a == "style" or a.startswith("on")]


def test_pages_say_their_language(pages, parse):
    """The lang attribute is the requested language."""
    for (_, language), html in pages.items():
        assert parse(html).one("html").attributes["lang"] == language


def test_tables_have_captions_and_scopes(pages, parse):
    """Every table has a caption, and every header cell names its row or column."""
    for html in pages.values():
        page = parse(html)
        assert all(t.children[0].name == "caption" for t in page.all("table"))
        assert all("scope" in th.attributes for th in page.all("th"))


def test_pictures_have_words(pages, parse):
    """Every svg has a description or is hidden from screen readers."""
    for html in pages.values():
        for svg in parse(html).all("svg"):
            assert svg.attributes.get("aria-label") or svg.attributes.get("aria-hidden") == "true"


def test_headings_go_down_one_step_at_a_time(pages, parse):
    """There is one h1, and no level is skipped."""
    for html in pages.values():
        levels = [int(e.name[1]) for e in parse(html).all() if re.fullmatch("h[1-6]", e.name)]
        assert levels.count(1) == 1
        assert all(b <= a + 1 for a, b in pairwise(levels))


def hostile_result(samples):
    """A submission in which every text that comes from a student is an attack."""
    name = HOSTILE
    finding = Finding(
        Verdict.RAISED,
        say("the code raised {error}", error=HOSTILE),
        result=name,
        check=Text(HOSTILE, HOSTILE),
        case=Text(HOSTILE, HOSTILE),
        called=HOSTILE,
        expected=HOSTILE,
        actual=HOSTILE,
        cause=say("every entry is {meaning} times the right one", meaning=HOSTILE),
        hint=Text(HOSTILE, HOSTILE),
        difference=samples.picture(),
        relative_error=0.5,
        traceback=(TraceLine(samples.Frame(1, 1, HOSTILE), HOSTILE),),
        reproduce=HOSTILE,
    )
    question = samples.question(
        "1a",
        Verdict.FAILED,
        0.1,
        finding,
        finding.with_(verdict=Verdict.FAILED),
        finding.with_(verdict=Verdict.PASSED, compared=1),
        finding.with_(public=False),
        excerpts=(Excerpt(1, 1, HOSTILE + "\r\n" + HOSTILE),),
        notes=(say("{name} is empty", name=HOSTILE),),
        comment=HOSTILE,
        awarded=0.1,
    )
    return replace(
        samples.everything(),
        student=HOSTILE,
        file=HOSTILE,
        questions=(question,),
        notes=(say("{file} is damaged: pack it again", file=HOSTILE),),
        sandbox=HOSTILE,
        device=HOSTILE,
        graded_at=HOSTILE,
        fault=HOSTILE,
        slug="",
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_of_a_student_never_becomes_markup(samples, parse, language):
    """Attacks in every field are shown letter by letter on both pages, which stay well-formed UTF-8."""
    result = hostile_result(samples)
    broken = replace(result, status=samples.Status.GRADER_FAULT)
    html = render_student(result, language, assignment_title=Text(HOSTILE, HOSTILE))
    run = replace(samples.run_facts(), command=HOSTILE, salt=HOSTILE, device=HOSTILE, version=HOSTILE)
    roster = samples.render_class([result, broken], language, assignment_title=Text(HOSTILE, HOSTILE), run=run)
    for page in (html, roster):
        page.encode()
        tree = parse(page)
        assert not tree.all("img")
        assert len(tree.all("script")) == 1
        assert "\u202e" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert "{{7*7}}" in page  # and not 49: text is not a template


def test_the_probe_above_can_fail(parse):
    """Markup that got through would be seen."""
    assert parse(f"<p>{HOSTILE.replace('</pre>', '').replace('<img', '<img ')}</p>").all("script")


def test_templates_cannot_switch_escaping_off():
    """No template and no module of the report uses a way around autoescape."""
    files = [*TEMPLATES.iterdir(), *TEMPLATES.parent.glob("*.py")]
    assert len(files) > 10
    for file in files:
        assert not re.search(r"\|\s*safe\b|Markup|autoescape\s*(=\s*)?[Ff]alse|filter\s+safe", file.read_text())


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_have_the_contrast_of_wcag_aa():
    """Every text colour reaches 4.5 : 1 on both backgrounds, in the light and in the dark scheme."""
    css = (TEMPLATES / "page.css").read_text()
    schemes = [dict(re.findall(r"--(\w+): (#\w{6});", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S)]
    schemes = [scheme for scheme in schemes if scheme]
    assert len(schemes) == 2
    for scheme in schemes:
        for text in ("ink", "muted", "accent", "good", "part", "bad", "absent", "wait", "ours"):
            for background in ("paper", "raised"):
                assert contrast(scheme[text], scheme[background]) >= 4.5, (text, background)
