"""What tests read from a page after a form was sent."""

from __future__ import annotations

import re

import httpx

from web.portal.markup import Page


def said(html: str) -> str:
    """What a page tells after an act, or at the top of a refused form."""
    page = Page.read(html)
    assert page.problems == []
    told = [
        element.text
        for element in page.elements
        if "flash" in element.attributes.get("class", "")
        or element.attributes.get("class") == "errors"
    ]
    return " ".join(" ".join(told).split())


def links_to_fields(html: str) -> list[str]:
    """Where the links of the error summary lead; each of these is on the page."""
    page = Page.read(html)
    summary = next(e for e in page.elements if e.attributes.get("class") == "errors")
    ids = {e.attributes.get("id") for e in page.elements}
    start = page.elements.index(summary)
    found = [
        e.attributes["href"].removeprefix("#")
        for e in page.elements[start:]
        if e.tag == "a" and e.attributes["href"].startswith("#f-")
    ]
    assert set(found) <= ids
    return list(dict.fromkeys(found))


async def get(browser: httpx.AsyncClient, path: str) -> str:
    """The text of a page."""
    return (await browser.get(path)).text


def option(html: str, name: str) -> str:
    """The first value that can be ticked under a name."""
    found = re.search(rf'name="{name}" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def choice(html: str, words: str) -> str:
    """The value of the option with these words."""
    found = re.search(rf'<option value="([^"]+)"[^>]*>{words}</option>', html)
    assert found is not None
    return found[1]


def forms_before(html: str, act: str) -> int:
    """The place of the form whose button says `act`, among the forms that post."""
    main = html.partition("<main")[2]
    return main[: main.index(f'value="{act}"')].count('method="post"') - 1


def said_missing(html: str) -> int:
    """How many things the panel says are missing."""
    found = re.search(r'class="missing-count"><b>(\d+)</b>', html)
    assert found is not None
    return int(found[1])


def choice_box(html: str, words: str) -> str:
    """The value of the box whose line says these words."""
    found = re.search(rf'value="([^"]+)">{words}</label>', html)
    assert found is not None
    return found[1]
