"""What one document may ask for: each limit, the cost, and that weighing is linear in the size."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import OperationDefinitionNode, build_schema, get_introspection_query

from renkei_schema.errors import ErrorCode, Rejected
from renkei_schema.limits import CEILING, Limits, Weight, parse_document, weigh

SCHEMA = build_schema("""
    interface Node { id: ID! }
    type PageInfo { hasNextPage: Boolean! }
    type Area implements Node { id: ID!, title: String!, children: [Area!]!, calls(first: Int = 20, last: Int): CallConnection! }
    type Call implements Node { id: ID!, title: String!, areas: [Area!]!, agency: Area, call: Call }
    type CallEdge { node: Call!, cursor: String! }
    type CallConnection { edges: [CallEdge!]!, nodes: [Call!]!, totalCount: Int!, pageInfo: PageInfo! }
    type Query {
      calls(first: Int = 20, last: Int, text: String): CallConnection!
      call(code: String): Call
      nodes(ids: [ID!]!): [Node]!
    }
    type Mutation { close(id: ID!): Call }
""")  # noqa: E501 - one type a line reads best
LIMITS = Limits()


def weighed(source: str, variables: dict[str, Any] | None = None) -> Weight:
    document = parse_document(source, LIMITS)
    operation = next(
        node for node in document.definitions if isinstance(node, OperationDefinitionNode)
    )
    return weigh(SCHEMA, document, operation, variables or {}, LIMITS)


def refusals(source: str, variables: dict[str, Any] | None = None) -> list[tuple[str, int, int]]:
    with pytest.raises(Rejected) as caught:
        weighed(source, variables)
    assert {error.code for error in caught.value.errors} == {ErrorCode.LIMIT_EXCEEDED}
    return [
        (error.facts["limit"], error.facts["allowed"], error.facts["asked"])
        for error in caught.value.errors
    ]


def nested(depth: int) -> str:
    return "{" + "call{" * (depth - 1) + "id" + "}" * depth


def doubling(levels: int) -> str:
    """Each fragment spreads the next one twice: 2**levels fields in a few hundred bytes."""
    chain = "".join(
        f"fragment F{n} on Call{{a:call{{...F{n + 1}}} b:call{{...F{n + 1}}}}}"
        for n in range(levels)
    )
    return "{call{...F0}}" + chain + f"fragment F{levels} on Call{{id}}"


@pytest.mark.parametrize(
    ("source", "nodes"),
    [
        ("{__typename}", 0),
        ("{call{id title}}", 1),
        ("{call{agency{id}}}", 2),
        ("{calls{edges{node{id}}}}", 20),
        ("{calls(first:100){nodes{id}}}", 100),
        ("{calls(last:7){totalCount}}", 7),
        ("{calls(first:null){totalCount pageInfo{hasNextPage}}}", 20),
        ("{calls(first:10){edges{node{agency{calls(first:5){nodes{id}}}}}}}", 10 * (2 + 5)),
        ("{calls(first:10){nodes{areas{id}}}}", 10 * (1 + 10)),
        ('{nodes(ids:["あ","髙","𠮷"]){id}}', 3),
        ("{...Q} fragment Q on Query{calls(first:3){nodes{...C}}} fragment C on Call{id}", 3),
    ],
)
def test_the_cost_is_the_product_of_the_page_sizes(source: str, nodes: int) -> None:
    assert weighed(source).nodes == nodes


@pytest.mark.parametrize(
    ("variables", "nodes"),
    [({"n": 50}, 50), ({"n": 50.0}, 50), ({"n": None}, 20), ({}, 30), ({"n": "50"}, 20)],
)
def test_a_variable_page_size_counts_with_its_value(variables: dict[str, Any], nodes: int) -> None:
    found = weighed("query($n:Int=30){calls(first:$n){nodes{id}}}", variables)
    assert (found.nodes, found.varies) == (nodes, True)


def test_ids_in_a_variable_count_as_many_as_they_are() -> None:
    source = "query($ids:[ID!]!){nodes(ids:$ids){id}}"
    assert weighed(source, {"ids": [str(n) for n in range(321)]}).nodes == 321
    assert refusals(source, {"ids": ["x"] * 20_001}) == [("nodes", 20_000, 20_001)]


@pytest.mark.parametrize("asked", [0, -1, 101, 100_000])
@pytest.mark.parametrize("argument", ["first", "last"])
def test_a_page_size_outside_1_to_100_is_refused_by_the_arguments_name(
    argument: str, asked: int
) -> None:
    assert refusals(f"{{calls({argument}:{asked}){{totalCount}}}}") == [(argument, 100, asked)]
    variable = f"query($n:Int){{calls({argument}:$n){{totalCount}}}}"
    assert refusals(variable, {"n": asked}) == [(argument, 100, asked)]


def test_the_refusal_names_the_limit_and_the_figure_in_both_languages() -> None:
    with pytest.raises(Rejected) as caught:
        weighed(nested(18))
    assert [(error.message, error.message_ja) for error in caught.value.errors] == [
        (
            "Limit on depth exceeded: 15 allowed, 18 asked for.",
            "深さは15までです（この文書は18）。",
        )
    ]
    with pytest.raises(Rejected) as caught:
        weighed("{calls(first:100000){totalCount}}")
    only = caught.value.errors[0]
    assert (only.message, only.message_ja) == (
        "first of calls must be 1 to 100; 100,000 was asked for.",
        "callsのfirstは1から100までです（指定は100,000）。",
    )


@pytest.mark.parametrize(
    ("within", "over", "refused"),
    [
        (nested(15), nested(16), ("depth", 15, 16)),
        ("{call{" + "id " * 399 + "}}", "{call{" + "id " * 400 + "}}", ("fields", 400, 401)),
        (
            "{call{" + "".join(f"a{n}:id " for n in range(30)) + "}}",
            "{call{" + "".join(f"a{n}:id " for n in range(31)) + "}}",
            ("aliases", 30, 31),
        ),
        (
            "{call{id" + "@include(if:true)" * 60 + "}}",
            "{call{id" + "@include(if:true)" * 61 + "}}",
            ("directives", 60, 61),
        ),
        (
            "{" + "".join(f"a{n}:__typename " for n in range(20)) + "}",
            "{" + "".join(f"a{n}:__typename " for n in range(20)) + "...Q}"
            "fragment Q on Query{__typename}",
            ("root fields", 20, 21),
        ),
        ("{" + "__typename " * 20 + "}", "{" + "__typename " * 21 + "}", ("root fields", 20, 21)),
        (
            "{calls(first:100){nodes{agency{calls(first:100){nodes{id}}}}}}",
            "{calls(first:100){nodes{agency{calls(first:100){nodes{agency{id}}}}}}}",
            ("nodes", 20_000, 100 * (2 + 200)),
        ),
    ],
)
def test_each_limit_holds_to_the_last_unit(
    within: str, over: str, refused: tuple[str, int, int]
) -> None:
    weighed(within)
    assert refusals(over) == [refused]


def test_a_field_under_skip_counts() -> None:
    assert weighed("{call @skip(if:true){id}}").nodes == 1


def test_fields_count_as_written_even_where_no_operation_spreads_them() -> None:
    unused = "".join(f"fragment F{n} on Call{{{'id ' * 100}}}" for n in range(4))
    assert refusals("{call{id}}" + unused) == [("fields", 400, 402)]


def test_all_exceeded_limits_are_told_at_once() -> None:
    aliases = "".join(f"a{n}:call{{id}} " for n in range(31))
    assert [name for name, _, _ in refusals("{" + aliases + "}")] == ["aliases", "root fields"]


@pytest.mark.parametrize("levels", [18, 100, 150])
def test_nested_fragments_are_refused_with_their_figure_or_the_ceiling(levels: int) -> None:
    found = refusals(doubling(levels))
    asked = {name: figure for name, _, figure in found}
    assert (asked["depth"], asked["fields"], asked["nodes"]) == (
        levels + 2,
        min(3 * 2**levels - 1, CEILING),
        min(2 ** (levels + 1) - 1, CEILING),
    )


@pytest.mark.parametrize("levels", [5, 18, 40, 80, 160])
def test_the_work_grows_with_the_document_not_with_what_it_unfolds_to(levels: int) -> None:
    no_limits = Limits(*[CEILING + 1] * 9)
    document = parse_document(doubling(levels), no_limits)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    found = weigh(SCHEMA, document, operation, {}, no_limits)
    assert found.visited == 2 + 4 * levels + 1


def test_every_selection_is_looked_at_once_however_often_it_is_spread() -> None:
    spreads = "...A " * 100
    source = (
        f"{{call{{{spreads}}}}} fragment A on Call{{...B ...B}} fragment B on Call{{...C}}"
        "fragment C on Call{id}"
    )
    assert weighed(source).visited == 1 + 100 + 2 + 1 + 1


@pytest.mark.parametrize(
    "source",
    [
        "{call{...A}} fragment A on Call{call{...A}}",
        "{call{...A}} fragment A on Call{...B} fragment B on Call{...C} fragment C on Call{...A}",
        "{call{id}} fragment A on Call{...A}",
    ],
)
def test_fragments_that_spread_themselves_are_refused(source: str) -> None:
    with pytest.raises(Rejected) as caught:
        weighed(source)
    assert [(error.code, error.message_ja) for error in caught.value.errors] == [
        (
            ErrorCode.BAD_DOCUMENT,
            "フラグメント「A」が自分自身を展開しています。",
        )
    ]


def test_a_chain_of_fragments_as_long_as_the_tokens_allow_needs_no_recursion() -> None:
    chain = "".join(f"fragment F{n} on Call{{...F{n + 1}}}" for n in range(480))
    assert weighed("{call{...F0}}" + chain + "fragment F480 on Call{id}").nodes == 1


def test_tokens_and_characters_are_counted_before_the_tree_is_built() -> None:
    for source, refused in (
        ("{" + "id " * 4_000 + "}", ("tokens", 4_000, 4_001)),
        ('{call(code:"' + "髙" * 200_000 + '"){id}}', ("characters", 200_000, 200_019)),
    ):
        with pytest.raises(Rejected) as caught:
            parse_document(source, LIMITS)
        facts = caught.value.errors[0].facts
        assert (facts["limit"], facts["allowed"], facts["asked"]) == refused


@pytest.mark.parametrize("source", ["", "{", "{}", "{call{}}", "{a", '{a(b:"\\ud800")}', "{\x00}"])
def test_what_is_no_graphql_is_a_bad_document(source: str) -> None:
    with pytest.raises(Rejected) as caught:
        parse_document(source, LIMITS)
    assert [error.code for error in caught.value.errors] == [ErrorCode.BAD_DOCUMENT]


def test_unknown_names_are_left_for_the_validator() -> None:
    assert weighed("{nothing(first:0){id} ...Gone ... on Nowhere{calls{id}}}").nodes == 0


def test_the_introspection_query_of_graphiql_fits() -> None:
    assert weighed(get_introspection_query()).nodes == 0
