"""Markup of students can show something and do nothing."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("nh3")

from grader.desk.harmless import markdown, output_html

ATTACKS = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "<svg onload=alert(1)>",
    "<a href='data:text/html,x'>x</a>", "<iframe src=//evil>", "<style>*{}</style>", "<p style='x' class=y id=z>t</p>",
    "<form action=//evil><input></form>", "![x](http://evil/x.png)", "<math><mtext><script>1</script>",
    "<a href='jAvAsCrIpT&colon;alert(1)'>x</a>", "[x](http://a/$</span><script>1</script>$)", "[$y$](http://a/?$y$)",
    "$<img src=x onerror=alert(1)>$", "$$</span><script>alert(1)</script>$$", "\ue0000\ue001 \ue0009\ue001",
    "<details open ontoggle=a>", "<base href=//e>", "[x](/publish)", "<a href='?said=published:9'>x</a>", "[x](//evil)",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("shown", [markdown, output_html])
def test_no_attack_gets_through(attack: str, shown: object) -> None:
    """Only harmless elements are left, links lead to the web, and no attribute but theirs and a formula's class."""
    html = shown(attack).__html__()  # type: ignore[operator]
    for name, attributes in re.findall(r"<([a-zA-Z]\w*)([^>]*)>", html):
        assert name in {"p", "a", "span", "pre", "code"}, html
        left = re.sub(r' rel="[a-z ]+"| href="(?:https?:|mailto:)[^"<>]*"| class="math(?: display)?"', "", attributes)
        assert left.strip() == "", html


def test_formulas_are_lifted_out_before_markdown() -> None:
    r"""`\\` and `_` stay as they are; a bare environment is a formula; code and prices are not."""
    html = markdown("$a_1 \\\\ b_2$ and `$x$`\n\n\\begin{eqnarray} a &=& b \\\\ c \\end{eqnarray}\n\n$ f = -t $").text
    assert '<span class="math">a_1 \\\\ b_2</span>' in html
    assert "<code>$x$</code>" in html
    assert '<span class="math display">\\begin{eqnarray} a &amp;=&amp; b \\\\ c \\end{eqnarray}</span>' in html
    assert '<span class="math"> f = -t </span>' in html
    assert "math" not in markdown("It costs $5 and $6.").text


def test_what_hides_text_is_shown() -> None:
    """Marks that turn the direction of a text are spelled out, and a text of endless nesting is still shown."""
    assert "⟨U+202E⟩" in markdown("a\u202eb").text
    assert markdown("> " * 5000 + "x").text


def test_a_text_of_very_many_formulas_stays_text() -> None:
    """To look for the end of each of many beginnings would stop the desk for minutes."""
    begun = "\\\\[ " * 1001
    assert "math" not in markdown(f"{begun}\n\n$x$").text
    assert "math" in markdown(f"{begun[:30]}\n\n$x$").text
