"""Markup of students as harmless HTML: Markdown, tables of outputs, formulas. The only maker of unescaped HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

import mistune
import nh3

from ..report.visible import visible

LONGEST = 100_000  # characters of one text that are shown
# Characters of a formula, and the most that may begin in a text: the search for their ends costs the product of both.
LONGEST_FORMULA, MOST_FORMULAS = 10_000, 1_000
BEGINNINGS = ("$", "\\[", "\\(", "\\begin{")
# Placeholders of formulas, from a private area of Unicode; students' own characters of this area are dropped.
OPEN, CLOSE = "\ue000", "\ue001"
TAGS = {
    "p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "em", "strong", "b", "i", "u", "s", "del",
    "sub", "sup", "code", "pre", "blockquote", "a", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption",
}  # fmt: skip
ENVIRONMENTS = "equation|align|aligned|eqnarray|gather|multline|alignat|split|cases|array|[pbBvV]?matrix"
CODE = (
    r"(?P<code>^(?P<fence>```+|~~~+)[^\n]*\n[\s\S]*?^(?P=fence)[^\n]*$|(?P<tick>`+)(?!`)[\s\S]*?(?<!`)(?P=tick)(?!`))"
)
FORMULA = re.compile(
    CODE
    + r"|(?P<escaped>\\[\\$])(?!\()"
    + rf"|\$\$(?P<display>[\s\S]{{1,{LONGEST_FORMULA}}}?)\$\$"
    + r"|\$(?P<inline>(?:\\.|[^\\$\n]|\n(?!\s*\n))+?)\$(?!\d)"
    + rf"|\\\[(?P<bracket>[\s\S]{{1,{LONGEST_FORMULA}}}?)\\\]|\\\((?P<paren>[\s\S]{{1,{LONGEST_FORMULA}}}?)\\\)"
    + rf"|(?P<bare>\\begin\{{(?P<env>(?:{ENVIRONMENTS})\*?)\}}[\s\S]*?\\end\{{(?P=env)\}})",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Html:
    """HTML that may be printed as it is. Only this module makes it, from sanitised parts and its own tags."""

    text: str

    def __html__(self) -> str:
        return self.text


def markdown(source: str) -> Html:
    """The Markdown of a cell, sanitised. Formulas become elements that hold their TeX, for KaTeX to draw."""
    text = visible(source[:LONGEST].replace(OPEN, "").replace(CLOSE, ""))
    formulas: list[str] = []
    few = sum(map(text.count, BEGINNINGS)) <= MOST_FORMULAS
    lifted = FORMULA.sub(lambda match: _lift(match, formulas), text) if few else text
    try:
        html = str(mistune.html(lifted))
    except Exception:  # nothing that a student writes may end a page
        return Html(f"<pre>{escape(text)}</pre>")
    clean = sanitised(html)
    return Html(re.sub(f"{OPEN}([0-9]+){CLOSE}", lambda match: formulas[int(match[1])], clean))


def output_html(source: str) -> Html:
    """The HTML of a saved output, such as a table of pandas, sanitised."""
    return Html(sanitised(visible(source[:LONGEST].replace(OPEN, "").replace(CLOSE, ""))))


def formula(tex: str, *, display: bool = True) -> Html:
    """One formula."""
    return Html(_element(visible(tex[:LONGEST]), display))


def sanitised(html: str) -> str:
    """The HTML without scripts, images, styles, classes and ids; links lead to the web and to mail only."""
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags={"script", "style", "svg", "math", "iframe", "object", "template", "title"},
        attributes={"a": {"href"}},
        attribute_filter=_address,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _address(tag: str, name: str, value: str) -> str | None:
    """An address that leads away from the desk, else None. A formula would put markup into an attribute: also None."""
    strange = OPEN in value or "%EE%80" in value.upper()
    return value if value.casefold().startswith(("http://", "https://", "mailto:")) and not strange else None


def _lift(match: re.Match[str], formulas: list[str]) -> str:
    if match["code"] or match["escaped"]:
        return match[0]
    inline = match["inline"] or match["paren"]
    tex = inline or match["display"] or match["bracket"] or match["bare"]
    formulas.append(_element(tex, not inline))
    return f"{OPEN}{len(formulas) - 1}{CLOSE}"


def _element(tex: str, display: bool) -> str:
    return f'<span class="math{" display" if display else ""}">{escape(tex)}</span>'
