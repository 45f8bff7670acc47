"""The sample results, and pages as trees for tests."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType

import pytest

# Elements of HTML that have no end tag, and the two of SVG that our templates close themselves.
VOID = {"meta", "link", "br", "hr", "img", "input"}


@dataclass
class Element:
    """One element: its name, attributes and text, and the elements inside."""

    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, in order, with single spaces."""
        return " ".join(" ".join(self.texts).split())

    def all(self, name: str = "", **attributes: str) -> list[Element]:
        """Every element below with this name and these attributes (`class_` holds one class)."""
        wanted_class = attributes.pop("class_", "")
        found = []
        for child in self.children:
            matches = (
                (not name or child.name == name)
                and all(child.attributes.get(k) == v for k, v in attributes.items())
                and (not wanted_class or wanted_class in child.attributes.get("class", "").split())
            )
            found += [child] * matches + child.all(name, **attributes, class_=wanted_class)
        return found

    def one(self, name: str = "", **attributes: str) -> Element:
        (element,) = self.all(name, **attributes)
        return element


class Tree(HTMLParser):
    """Parses strictly: an end tag that does not close the open element is an error."""

    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> has an attribute twice"
        element = Element(tag, {k: v or "" for k, v in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.texts.append(data)


def parse_page(html: str) -> Element:
    tree = Tree()
    tree.feed(html)
    tree.close()
    assert len(tree.open) == 1, f"<{tree.open[-1].name}> is never closed"
    return tree.open[0]


@pytest.fixture(scope="session")
def parse():
    return parse_page


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """The module samples.py next to this file, which importlib mode does not put on the path."""
    name = "report_samples"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("samples.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up their module while it loads
    spec.loader.exec_module(module)
    return module
