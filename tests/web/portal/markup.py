"""Reads a page as strictly as a browser is lenient, and tells everything that is wrong with it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"br", "hr", "img", "input", "link", "meta", "wbr"})
LABELLED = frozenset({"input", "select", "textarea"})
UNNAMED_TYPES = frozenset({"hidden", "submit"})
REFERENCES = ("aria-describedby", "aria-labelledby", "aria-controls", "for", "form")


@dataclass
class Element:
    """An element with its attributes and the text inside it."""

    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A parsed page. `problems` is empty for a page that is as it should be."""

    elements: list[Element] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    @classmethod
    def read(cls, html: str) -> Page:
        """The page of this text, with its problems."""
        page = cls()
        page.feed(html)
        page.close()
        page.problems += [f"<{element.tag}> is not closed" for element in page._open]
        page.check()
        return page

    def of(self, *tags: str) -> list[Element]:
        """Every element of these tags."""
        return [element for element in self.elements if element.tag in tags]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element."""
        element = Element(
            tag, {name: value or "" for name, value in attrs}, tuple(e.tag for e in self._open)
        )
        self.problems += [
            f"{name} twice on <{tag}>" for name, n in Counter(n for n, _ in attrs).items() if n > 1
        ]
        self.elements.append(element)
        if tag not in VOID and "svg" not in element.inside:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of a drawing."""
        self.handle_starttag(tag, attrs)
        if self._open and self._open[-1].tag == tag and tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close an element; what is closed must be what was opened last."""
        if self._open and "svg" in {e.tag for e in self._open} and tag != "svg":
            return
        if not self._open or self._open[-1].tag != tag:
            last = self._open[-1].tag if self._open else "nothing"
            self.problems.append(f"</{tag}> at {self.getpos()} closes <{last}>")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        """Text belongs to everything around it."""
        for element in self._open:
            element.text += data

    def check(self) -> None:
        """What holds for every page."""
        ids = Counter(e.attributes["id"] for e in self.elements if "id" in e.attributes)
        self.problems += [f"id {name} {n} times" for name, n in ids.items() if n > 1]
        for element in self.elements:
            self._check_element(element, ids)
        if len(self.of("h1")) != 1:
            self.problems.append(f"{len(self.of('h1'))} h1")
        if self.elements[0].tag != "html" or self.elements[0].attributes.get("lang") not in {
            "ja",
            "en",
        }:
            self.problems.append("the page doesn't say its language")
        if not self.of("title") or not self.of("title")[0].text.strip():
            self.problems.append("no title")

    def _check_element(self, element: Element, ids: Counter[str]) -> None:
        tag, attributes = element.tag, element.attributes
        if tag == "style" or "style" in attributes:
            self.problems.append(f"inline style on <{tag}>")
        if tag == "script" and "src" not in attributes:
            self.problems.append("inline script")
        self.problems += [f"{name} on <{tag}>" for name in attributes if name.startswith("on")]
        for name in REFERENCES:
            self.problems += [
                f"{name} of <{tag}> names {one}, which is not there"
                for one in attributes.get(name, "").split()
                if one not in ids
            ]
        if tag == "form" and "form" in element.inside:
            self.problems.append("a form in a form")
        if tag in LABELLED and attributes.get("type") not in UNNAMED_TYPES:
            labels = {e.attributes.get("for") for e in self.of("label")}
            if "label" not in element.inside and attributes.get("id") not in labels:
                self.problems.append(f"no label for {attributes.get('name')}")
        named = element.text.strip() or "aria-label" in attributes
        if tag in {"a", "button", "summary"} and not named:
            self.problems.append(f"<{tag}> without a name")
        if tag in {"a", "button"} and {"a", "button"} & set(element.inside):
            self.problems.append(f"<{tag}> inside another control")
