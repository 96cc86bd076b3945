"""Documents and templates: one of each a page, valid against the schema, under the limits."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, parse, validate

from renkei_schema.limits import Limits, weigh
from renkei_schema.schema import schema
from renkei_web.portal import acts, render
from renkei_web.portal.documents import FOLDER, documents
from renkei_web.portal.pages import HOME, PAGES

CORE = schema._schema
SOURCES = {path.stem: path.read_text() for path in Path(render.__file__).parent.glob("*.py")}


@pytest.mark.parametrize("name", documents())
def test_a_document_is_valid_and_under_the_limits(name: str) -> None:
    document = parse(documents()[name])
    assert validate(CORE, document) == []
    (operation,) = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    weigh(CORE, document, operation, {}, Limits())


def test_a_page_is_one_document_and_one_template_of_the_same_name() -> None:
    pages = {page.name for page in (*PAGES, HOME)}
    queries = {name for name in documents() if "/" not in name}
    templates = {path.stem for path in render.TEMPLATES.glob("*.html")}
    # `not_found` asks for the shell alone; `error` can't ask; `live` is heard, not drawn.
    assert queries == pages | {"not_found", "live"}
    assert templates == pages | {"not_found", "error", "base"}


def test_every_mutation_document_is_sent_by_some_form() -> None:
    sources = "\n".join(SOURCES.values())
    sent = {
        name
        for name in documents()
        if "/" in name and f'"{name.removeprefix("mutations/")}"' in sources
    }
    # Follows are named by what is followed: `follow_{kind}`.
    assert {name for name in documents() if "/" in name} - sent == {
        "mutations/follow_area",
        "mutations/follow_brief",
        "mutations/follow_call",
    }


def test_every_fragment_is_spread_somewhere() -> None:
    fragments = set(
        re.findall(r"^fragment (\w+)", (FOLDER / "fragments.graphql").read_text(), re.MULTILINE)
    )
    spread = set(re.findall(r"\.\.\.(\w+)", "\n".join(documents().values())))
    assert fragments == spread


def test_every_page_with_a_form_has_an_act() -> None:
    assert set(acts.ACTS) <= {page.name for page in PAGES}
