"""The one exit: every code is documented, and only what is ours is shown."""

from __future__ import annotations

import pytest
from graphql import GraphQLError, GraphQLSyntaxError, parse

from renkei.problems import DeadlinePassed
from renkei_schema.errors import (
    DESCRIPTIONS,
    ApiError,
    ErrorCode,
    document_errors,
    execution_errors,
    format_error,
    internal_error,
)


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_is_documented_in_both_languages(code: ErrorCode) -> None:
    japanese, english = DESCRIPTIONS[code].split(" / ")
    assert not japanese.isascii()
    assert english.isascii()


def test_a_syntax_error_tells_its_place() -> None:
    with pytest.raises(GraphQLSyntaxError) as caught:
        parse("{\n  calls(")
    (error,) = document_errors([caught.value])
    assert format_error(error) == {
        "message": "Syntax Error: Expected Name, found <EOF>.",
        "locations": [{"line": 2, "column": 9}],
        "extensions": {
            "code": "BAD_DOCUMENT",
            "messageJa": ("GraphQL文書に誤りがあります：Syntax Error: Expected Name, found <EOF>."),
        },
    }


def test_suggestions_are_cut_off() -> None:
    (error,) = document_errors([GraphQLError("No field 'a'. Did you mean 'salary' or 'b'?")])
    assert error.message == "No field 'a'."


def test_a_refusal_is_found_under_what_wrapped_it() -> None:
    refusal = DeadlinePassed(closed_at="noon", closed_at_ja="正午")
    wrapped = GraphQLError(
        "x", path=["a"], original_error=GraphQLError("y", original_error=refusal)
    )
    (shown,) = execution_errors([wrapped], "r1")
    assert shown["extensions"] == {
        "code": "REFUSED",
        "messageJa": refusal.message_ja,
        "refusal": "DEADLINE_PASSED",
    }


@pytest.mark.parametrize(
    "unknown",
    [
        GraphQLError("secret"),
        GraphQLError("secret", path=["a"], original_error=ValueError("secret")),
        GraphQLError("secret", path=["a"], original_error=GraphQLError("secret")),
    ],
)
def test_whatever_is_not_ours_is_an_internal_error(unknown: GraphQLError) -> None:
    (shown,) = execution_errors([unknown], "r1")
    assert shown == {
        **format_error(internal_error("r1"), unknown.path),
    }


def test_messages_are_cut_to_200_characters() -> None:
    shown = format_error(ApiError(ErrorCode.BAD_REQUEST, "x" * 300, "長" * 300))
    assert (len(shown["message"]), len(shown["extensions"]["messageJa"])) == (200, 200)
