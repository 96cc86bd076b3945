"""What one document may ask for, weighed in one pass before anything is validated.

Every fragment is weighed once however often it is spread, so the work is linear in the size of the
document; figures that a few nested fragments would blow up stop at a ceiling. Fields under `@skip`
and `@include` count: what might be asked is what is limited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import ReferenceType, ref

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    Lexer,
    OperationDefinitionNode,
    Source,
    TokenKind,
    parse,
)

from renkei_schema.errors import ApiError, ErrorCode, Rejected, document_errors
from renkei_schema.sizes import CEILING, Limits
from renkei_schema.weighing import LaidOut

__all__ = ["CEILING", "Limits", "Weight", "parse_document", "weigh"]

_NAMES = {
    "depth": "深さ",
    "fields": "項目の数",
    "aliases": "別名の数",
    "directives": "ディレクティブの数",
    "root_fields": "最上位の項目の数",
}
# What was laid out, for as long as its document is held by somebody. By identity, because a
# document's own hash walks its whole tree.
_laid_out: dict[int, tuple[ReferenceType[DocumentNode], LaidOut]] = {}


@dataclass(frozen=True)
class Weight:
    """What an operation costs: `nodes` is the figure that rates and `extensions.cost` use.

    `varies` tells whether it hangs on the variables (a page size given by one). `visited` is how
    many selections were looked at, for the proof that the pass is linear.
    """

    nodes: int
    varies: bool
    visited: int


def parse_document(source: str, limits: Limits) -> DocumentNode:
    """The tree of a document. Raises `Rejected` where it is too long or no GraphQL."""
    if len(source) > limits.characters:
        raise Rejected([_exceeded("characters", "文字数", limits.characters, len(source))])
    try:
        return parse(
            source,
            max_lexical_tokens=limits.tokens,
            max_comments=limits.tokens,
            allow_empty_selection_sets=False,
        )
    except GraphQLError as error:
        if _has_more_tokens(source, limits.tokens):
            asked = limits.tokens + 1
            raise Rejected([_exceeded("tokens", "字句の数", limits.tokens, asked)]) from None
        raise Rejected(document_errors([error])) from None


def weigh(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
    limits: Limits,
) -> Weight:
    """Weigh all definitions of `document`; the cost is that of `operation` with `variables`.

    Judges no validity: unknown fields and fragments are left for the validator. Raises `Rejected`
    with every limit exceeded, every page size outside 1 to `page_max`, or the fragments that
    spread themselves. The same document is walked once; then only its page sizes are read again.
    """
    laid = _laid(schema, document, limits)
    nodes, bad_pages = laid.nodes(operation, variables)
    refusals = [*bad_pages, *laid.refusals]
    if nodes > limits.nodes:
        refusals.append(_exceeded("nodes", "求める件数", limits.nodes, nodes))
    if refusals:
        raise Rejected(refusals)
    return Weight(nodes, laid.varies(operation), laid.visited)


def _laid(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> LaidOut:
    key = id(document)
    if key in _laid_out:
        _, laid = _laid_out[key]
        if laid.schema is schema and laid.limits is limits:
            return laid
    laid = LaidOut(schema, document, limits)
    laid.refusals += [
        _exceeded(name.replace("_", " "), name_ja, getattr(limits, name), asked)
        for name, name_ja in _NAMES.items()
        if (asked := getattr(laid.worst, name)) > getattr(limits, name)
    ]
    _laid_out[key] = (ref(document, lambda _: _laid_out.pop(key, None)), laid)
    return laid


def _has_more_tokens(source: str, allowed: int) -> bool:
    lexer = Lexer(Source(source))
    try:
        for _ in range(allowed + 1):
            if lexer.advance().kind is TokenKind.EOF:
                return False
    except GraphQLError:
        return False
    return True


def _exceeded(name: str, name_ja: str, allowed: int, asked: int) -> ApiError:
    figure = f"{asked:,}" if asked < CEILING else f"{CEILING:,}+"
    return ApiError(
        ErrorCode.LIMIT_EXCEEDED,
        f"Limit on {name} exceeded: {allowed:,} allowed, {figure} asked for.",
        f"{name_ja}は{allowed:,}までです（この文書は{figure}）。",
        facts={"limit": name, "allowed": allowed, "asked": asked},
    )
