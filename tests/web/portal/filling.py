"""Fills in forms as a browser does: from the page, with what it says, changed where one types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser

import httpx

Filled = str | Sequence[str]


@dataclass
class Form(HTMLParser):
    """One form of a page's main part: where it is sent, and what is in it."""

    html: str
    wanted: int

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.action = ""
        self.fields: list[tuple[str, str]] = []
        self._count = -1
        self._select = self._area = ""
        self._first: str | None = None
        self.feed(self.html.partition("<main")[2])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take what is in the wanted form."""
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._count += 1 if attributes.get("method") == "post" else 0
            self._inside = self._count == self.wanted and attributes.get("method") == "post"
            if self._inside:
                self.action = attributes.get("action", "")
            return
        if not getattr(self, "_inside", False):
            return
        name = attributes.get("name", "")
        if tag == "input" and (
            attributes.get("type") not in {"checkbox", "radio"} or "checked" in attributes
        ):
            self.fields.append((name, attributes.get("value", "")))
        elif tag == "select":
            self._select, self._first = name, None
        elif tag == "option":
            if self._first is None:
                self._first = attributes.get("value", "")
                self.fields.append((self._select, self._first))
            elif "selected" in attributes:
                self.fields[-1] = (self._select, attributes["value"])
        elif tag == "textarea":
            self._area = name
            self.fields.append((name, ""))

    def handle_data(self, data: str) -> None:
        """A text area's content."""
        if self._area:
            self.fields[-1] = (self._area, self.fields[-1][1] + data)

    def handle_endtag(self, tag: str) -> None:
        """Leave the form or the text area."""
        if tag == "form":
            self._inside = False
        if tag == "textarea":
            self._area = ""


async def send(
    browser: httpx.AsyncClient,
    path: str,
    button: tuple[str, str] | None = None,
    *,
    form: int = 0,
    shown: str | None = None,
    follow: bool = True,
    headers: Mapping[str, str] | None = None,
    also: Mapping[str, Filled] | None = None,
    **typed: Filled,
) -> httpx.Response:
    """Open a page, type into its form, press a button.

    `shown`: the page as it was shown already, where opening it anew would not show the form.
    `__` in a name stands for a dot; `also` has what was put together elsewhere.
    """
    if shown is None:
        page = await browser.get(path)
        assert page.status_code == 200, page.text[:500]
        shown = page.text
    found = Form(shown, form)
    changes = {name.replace("__", "."): value for name, value in {**(also or {}), **typed}.items()}
    data: dict[str, list[str]] = {}
    for name, value in found.fields:
        if name and name not in changes:
            data.setdefault(name, []).append(value)
    for name, filled in changes.items():
        data[name] = [filled] if isinstance(filled, str) else list(filled)
    if button is not None:
        data[button[0]] = [button[1]]
    answer = await browser.post(found.action or path, data=data, headers=headers)
    if follow and answer.status_code == 303:
        return await browser.get(answer.headers["location"])
    return answer
