"""The job summary is Markdown in which every piece has the intended meaning, and it is never too long."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from grader.exchange.job_summary import LIMIT, code, escaped, fence, job_summary
from grader.messages import Text, say
from grader.report.visible import visible
from grader.results import Status, SubmissionResult, Verdict

from .samples import HOSTILE, finding, hostile, question, result, small

OURS = ("<details><summary>Details</summary>\n", "</details>\n")
MARKUP = {"link_open", "image", "em_open", "s_open", "html_inline", "hr", "lheading_open"}
SMALL = """\
## Self-check of tarea2.ipynb

Right: 1. To fix: 1. Not answered yet: 1.

| Question | Points | Result |
| --- | ---: | --- |
| 1a · Question 1a | 1 / 1 | ✅ right |
| 1b · Question 1b | 0.25 / 1.25 | 🟡 partly right |
| 2a · Question 2a (bonus) | 0 / 1 | ⬜ not answered yet |

### 🟡 1b · Question 1b

**❌ wrong result** · value · `CELoss` · batch of 5: CELoss is off in 1 of 1 entries

**Likely cause:** the mean over the batch is missing

**What to try:** Sum or mean?

<details><summary>Details</summary>

- called: `CELoss(Q, P)`
- expected: `0.5`
- got: `2.5`

Repeat it in your notebook:

```python
CELoss(Q, P)
```

</details>
"""


def tokens(text: str) -> list[Token]:
    """The tokens of GitHub's parser, as far as CommonMark and tables go, with the inline tokens."""
    parsed = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [t for token in parsed for t in (token, *(token.children or ()))]


def size(text: str) -> int:
    return len(text.encode())


def test_a_small_result_to_the_letter() -> None:
    """The summary has a table of the questions and their problems with advice; values and reproduction are folded."""
    assert job_summary(small(), "en") == SMALL


def test_it_is_written_in_the_language_asked() -> None:
    """Words, titles and hints are in that language."""
    text = job_summary(small(), "es")
    words = ("Pregunta 1b", "resultado incorrecto", "Causa probable:", "¿Suma o promedio?", "Detalles")
    for word in (*words, "Autoevaluación"):
        assert word in text
    assert "Result" not in text.replace("Resultado", "")


def test_every_verdict_has_a_word_and_a_sign() -> None:
    """Verdicts differ not only by colour."""
    rows = {}
    for verdict in Verdict:
        made = finding(verdict, "x", result="y")
        page = job_summary(result(question("1b", made)), "en").splitlines()
        line = next(row for row in page if row.startswith("| 1b"))
        rows[verdict] = line.split("|")[3].strip()
    assert rows[Verdict.PASSED] == "✅ right"
    assert rows[Verdict.MISSING] == "⬜ not answered yet"
    assert rows[Verdict.TIMED_OUT] == "❌ takes too long"
    assert rows[Verdict.PENDING] == "👤 a person reads it"
    assert rows[Verdict.GRADER_FAULT] == "⚠️ fault of the grader"
    assert all(re.fullmatch(r"\S+ \w.*", row) for row in rows.values())


def test_what_is_not_attempted_stands_in_the_table_only() -> None:
    """An unanswered question is only in the table, apart from a note on it, such as a similar name."""
    still = question("2a", finding(Verdict.MISSING, "not defined", result="y"), possible=0.5)
    assert "###" not in job_summary(result(still), "en")
    noted = replace(still, notes=(say("{name} has a similar name", name="ce_loss"),))
    assert job_summary(result(noted), "en").endswith("### ⬜ 2a · Question 2a\n\n> ce\\_loss has a similar name\n")


def test_a_hidden_case_keeps_its_values() -> None:
    """Students read the summary."""
    secret = finding(Verdict.FAILED, "differs", public=False, expected="0.123", actual="0.456", called="CELoss(Q, P)")
    text = job_summary(result(question("1b", secret)), "en")
    assert "0.123" not in text
    assert "0.456" not in text
    assert "The values of this case are not shown." in text


def test_a_file_that_cannot_be_read_says_why() -> None:
    """The summary has only the reason."""
    text = job_summary(result(status=Status.UNREADABLE, notes=(say("it is empty"),)), "en")
    assert text == "## Self-check of tarea2.ipynb\n\n❌ It is empty.\n"


def test_what_has_no_annotation_is_counted() -> None:
    """A sentence says where the other remarks are."""
    still = [question(f"o{n}", finding(Verdict.MISSING, "x", result="y")) for n in range(12)]
    text = job_summary(result(*still), "en")
    assert text.endswith("\n2 remarks appear only here: GitHub shows at most ten of each kind next to the code.")


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_student_becomes_markup(text: str) -> None:
    """The text adds no link, image, mention, heading, list or markup, and is still there to read."""
    made = job_summary(hostile(text), "en")
    found = tokens(made)
    assert not {t.type for t in found} & MARKUP
    assert {t.content for t in found if t.type == "html_block"} == set(OURS)
    # The same blocks as for a harmless text: a student's text opens and closes none.
    harmless = [t.type for t in tokens(job_summary(hostile("plain words"), "en")) if t.block]
    assert [t.type for t in found if t.block] == harmless
    prose = " ".join(t.content for t in found if t.type == "text")
    assert not re.search(r"@\w|://|www\.|#\d", prose)
    shown = " ".join(t.content for t in found if t.type in ("text", "code_inline", "fence"))
    for word in re.findall(r"\w{4,}", str(visible(text))):
        assert word in shown.replace("\u200b", "")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_reproduction_is_copied_as_it_is(text: str) -> None:
    """The text between the fences is unchanged except for invisible characters, which are spelled out."""
    (block,) = tokens(fence(text, "python"))
    assert block.type == "fence"
    assert block.content.strip("\n") == str(visible(text)).strip("\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_inline_code_and_plain_text_are_read_back(text: str) -> None:
    """The text becomes one piece of code, and one paragraph of words."""
    line = " ".join(str(visible(text)).split())
    _, _, inline, _ = tokens(code(text))
    assert (inline.type, inline.content.strip()) == ("code_inline", line)
    assert "$" not in escaped(text)  # no formula: GitHub looks for them before it reads Markdown
    paragraph, content, *words, _ = tokens(escaped(text))
    assert (paragraph.type, content.type) == ("paragraph_open", "inline")
    assert {t.type for t in words} <= {"text", "text_special", "softbreak"}
    assert "".join(t.content for t in words).replace("\u200b", "") == line


def long(pieces: int, length: int) -> SubmissionResult:
    """A result whose findings have reproductions of this many characters of four bytes."""
    found = [
        finding(Verdict.FAILED, f"piece {n}", check=Text(en=f"check {n}"), reproduce="🧮" * length)
        for n in range(pieces)
    ]
    return result(question("1b", *found), question("2a", finding(Verdict.FAILED, "the last one")))


def test_a_long_summary_stays_below_the_limit() -> None:
    """The limit is in bytes, not in characters; whole pieces are left out, and a sentence says how many."""
    text = job_summary(long(40, 20_000), "en")
    assert LIMIT - 100_000 < size(text) <= LIMIT < 1024 * 1024
    kept = text.count("🧮" * 20_000)
    assert 40 > kept > 5
    assert f"\n{40 - kept} explanations were left out because GitHub limits the size" in text
    assert text.count("```") == 2 * kept
    assert text.count("<details>") == text.count("</details>") == kept


def test_what_still_fits_is_shown_after_what_does_not() -> None:
    """A finding of a megabyte does not displace the others."""
    text = job_summary(long(1, 500_000), "en")
    assert "🧮" not in text
    assert "the last one" in text
    assert "1 explanation was left out" in text


@pytest.mark.parametrize("limit", [1_000, 1_050, 1_100, 1_300, 1_500, 2_000, 3_000, 10_000])
def test_every_limit_holds(limit: int) -> None:
    """Small limits hold too, as long as the sentences at the end fit; the pieces that are left are whole."""
    for made in (small(), long(5, 100), hostile(HOSTILE[-2] * 50), hostile("🧮" * 5_000)):
        text = job_summary(made, "es", limit=limit)
        assert size(text) <= limit
        assert text.count("<details>") == text.count("</details>")
        assert [t for t in tokens(text) if t.type == "fence" and not t.map] == []


def test_a_megabyte_in_every_field_is_cut() -> None:
    """Each value is bounded, so that the table and the explanations stay."""
    text = job_summary(hostile("🧮 " * 400_000), "en")
    assert size(text) <= LIMIT
    assert "| 1b · Question 1b |" in text
    assert "…" in text
