"""A page of a record's children goes along an index, so that its cost is the page's alone."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLObjectType
from sqlalchemy import UniqueConstraint

from renkei_schema.declare.words import Paged
from renkei_schema.plan import hooks
from renkei_schema.schema import schema


def declared() -> list[Any]:
    """Every page over a reference, as the types declare it."""
    found = []
    for name, kind in hooks.core_of(schema).type_map.items():
        for field, one in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            word = hooks.word_of(one)
            if isinstance(word, Paged) and word.link is not None and word.link.junction is None:
                found.append(pytest.param(word, id=f"{name}.{field}"))
    return found


@pytest.mark.parametrize("word", declared())
def test_a_page_has_an_index_of_its_parent_its_order_and_the_key(word: Paged) -> None:
    assert word.link is not None
    table = word.link.table
    wanted = [word.link.column, *(step.column for step in word.default), "id"]
    indexes = [list(index.columns.keys()) for index in table.indexes]
    unique = [
        [*one.columns.keys(), "id"]
        for one in table.constraints
        if isinstance(one, UniqueConstraint)
    ]
    assert any(columns[: len(wanted)] == wanted for columns in indexes + unique), wanted


@pytest.mark.parametrize("word", declared())
def test_what_a_page_is_ordered_by_is_never_null(word: Paged) -> None:
    assert not [step.column for step in word.default if word.table.c[step.column].nullable]
