"""The one exit for everything that goes wrong above a mutation's own refusals.

What reaches a client in `errors` is one of the codes below with a message in both languages; all
else becomes "internal error" and a request id, and the truth goes to the log under that id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import structlog
from graphql import GraphQLError, Node
from strawberry.exceptions import StrawberryInputCoercionError

from renkei.problems import InvalidInput, Refusal

MESSAGE_MAX = 200

_log = structlog.get_logger("renkei.graphql")
_SUGGESTION = " Did you mean "


class ErrorCode(StrEnum):
    """Every value that `errors[].extensions.code` may take."""

    BAD_REQUEST = "BAD_REQUEST"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    WRONG_ORIGIN = "WRONG_ORIGIN"
    BAD_DOCUMENT = "BAD_DOCUMENT"
    BAD_VARIABLES = "BAD_VARIABLES"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    INTROSPECTION_OFF = "INTROSPECTION_OFF"
    NOT_SIGNED_IN = "NOT_SIGNED_IN"
    DOCUMENT_NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED"
    DOCUMENT_NOT_KNOWN = "DOCUMENT_NOT_KNOWN"
    RATE_LIMITED = "RATE_LIMITED"
    INVALID_INPUT = "INVALID_INPUT"
    REFUSED = "REFUSED"
    INTERNAL = "INTERNAL"


DESCRIPTIONS: Mapping[ErrorCode, str] = {
    ErrorCode.BAD_REQUEST: "HTTPまたはJSONとして読めない要求。 / Not readable as HTTP or JSON.",
    ErrorCode.BODY_TOO_LARGE: "本文が上限を超えた。 / The body is over the limit.",
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (
        "UTF-8のJSONではない、または圧縮されている。 / Not JSON in UTF-8, or compressed."
    ),
    ErrorCode.METHOD_NOT_ALLOWED: (
        "このメソッドは使えない（GETは照会だけ）。 / Method not allowed (GET is for queries only)."
    ),
    ErrorCode.WRONG_ORIGIN: "ほかのサイトからの要求。 / The request comes from another site.",
    ErrorCode.BAD_DOCUMENT: "GraphQL文書の誤り。 / The GraphQL document is wrong.",
    ErrorCode.BAD_VARIABLES: "変数または引数の値の誤り。 / A variable or an argument is wrong.",
    ErrorCode.LIMIT_EXCEEDED: (
        "上限を超えた。limit・allowed・askedが添えられる。 "
        "/ A limit is exceeded; limit, allowed and asked tell which and by what."
    ),
    ErrorCode.INTROSPECTION_OFF: (
        "イントロスペクションは無効。SDLは /schema.graphql。 "
        "/ Introspection is off; the SDL is at /schema.graphql."
    ),
    ErrorCode.NOT_SIGNED_IN: (
        "サインインが必要、または期限切れ。 / Sign in first, or the sign-in has ended."
    ),
    ErrorCode.DOCUMENT_NOT_TRUSTED: (
        "匿名の利用者は登録済みの文書だけを送れる。 "
        "/ Anonymous clients may send registered documents only."
    ),
    ErrorCode.DOCUMENT_NOT_KNOWN: (
        "このdocumentIdの文書はない。 / No document is registered under this documentId."
    ),
    ErrorCode.RATE_LIMITED: "短時間に使いすぎた。 / Too much in too short a time.",
    ErrorCode.INVALID_INPUT: "入力に問題がある（problems）。 / The input has problems (problems).",
    ErrorCode.REFUSED: "断られた（refusalが理由の符号）。 / Refused; refusal holds why.",
    ErrorCode.INTERNAL: (
        "内部エラー。requestIdを添えて連絡を。 / Internal error; report it with its requestId."
    ),
}


class ApiError(Exception):
    """A refusal of the API's edge, in both languages.

    `status` is the HTTP status where the whole request fails with it, `facts` join
    `extensions`, and `at` are the places in the document that it is about.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        message_ja: str,
        *,
        status: int = 400,
        facts: Mapping[str, Any] | None = None,
        at: GraphQLError | Sequence[Node] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.message_ja = message_ja
        self.status = status
        self.facts = dict(facts or {})
        located = at if isinstance(at, GraphQLError) else GraphQLError(message, at or None)
        self.locations = [place.formatted for place in located.locations or ()]


class Rejected(Exception):  # noqa: N818 - an answer to the client, not a failure of ours
    """The request is refused as a whole before anything was executed, for all these reasons."""

    def __init__(self, errors: Sequence[ApiError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = tuple(errors)

    @property
    def status(self) -> int:
        """The HTTP status: that of the first reason."""
        return self.errors[0].status

    def formatted(self) -> list[dict[str, Any]]:
        """The reasons as the `errors` of a GraphQL response."""
        return [format_error(error) for error in self.errors]


def not_signed_in() -> ApiError:
    """For what only a signed-in viewer can ask, such as an inbox."""
    return ApiError(
        ErrorCode.NOT_SIGNED_IN,
        "Sign in first, or send a valid access token.",
        "サインインするか、有効なアクセストークンを送ってください。",
        status=401,
    )


def internal_error(request_id: str) -> ApiError:
    """What a client learns of a bug: that there was one, and the id under which it is logged."""
    return ApiError(
        ErrorCode.INTERNAL,
        f"Internal error. Request id: {request_id}",
        f"内部エラーが起きました。お問い合わせ番号：{request_id}",
        status=500,
        facts={"requestId": request_id},
    )


def format_error(error: ApiError, path: Sequence[str | int] | None = None) -> dict[str, Any]:
    """One entry of `errors`: messages of at most 200 characters, code and facts."""
    shown: dict[str, Any] = {"message": error.message[:MESSAGE_MAX]}
    if error.locations:
        shown["locations"] = error.locations
    if path is not None:
        shown["path"] = list(path)
    shown["extensions"] = {
        "code": error.code.value,
        "messageJa": error.message_ja[:MESSAGE_MAX],
        **error.facts,
    }
    return shown


def document_errors(errors: Iterable[GraphQLError]) -> list[ApiError]:
    """The parser's and the validator's findings, without their guesses at names."""
    return [
        _of_core(error, ErrorCode.BAD_DOCUMENT, "GraphQL文書に誤りがあります") for error in errors
    ]


def variable_errors(errors: Iterable[GraphQLError]) -> list[ApiError]:
    """What does not fit the declared type of a variable."""
    return [
        _of_core(error, ErrorCode.BAD_VARIABLES, "変数の値に誤りがあります") for error in errors
    ]


def execution_errors(errors: Iterable[GraphQLError], request_id: str) -> list[dict[str, Any]]:
    """The errors of an execution, masked: ours as they are, all else logged and hidden."""
    return [format_error(_unmasked(error, request_id), error.path) for error in errors]


def _unmasked(error: GraphQLError, request_id: str) -> ApiError:
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    if isinstance(cause, ApiError):
        return cause
    if isinstance(cause, InvalidInput):
        return ApiError(
            ErrorCode.INVALID_INPUT,
            cause.message,
            cause.message_ja,
            facts={
                "problems": [
                    {
                        "path": list(problem.path),
                        "code": problem.code,
                        "message": problem.message,
                        "messageJa": problem.message_ja,
                    }
                    for problem in cause.problems
                ]
            },
        )
    if isinstance(cause, Refusal):
        return ApiError(
            ErrorCode.REFUSED, cause.message, cause.message_ja, facts={"refusal": cause.code}
        )
    if isinstance(cause, StrawberryInputCoercionError) or (
        isinstance(cause, GraphQLError) and cause.nodes and (cause is not error or not cause.path)
    ):
        # graphql-core found an argument's value wrong when it read it, or a condition's at the
        # root, where no field holds it. Such an error knows its place in the document by itself;
        # one raised over a resolver's result does not, and would quote that result.
        return variable_errors([cause])[0]
    _log.error(
        "graphql.internal_error",
        request_id=request_id,
        path=error.path,
        exc_info=(type(cause), cause, cause.__traceback__),
    )
    return internal_error(request_id)


def _of_core(error: GraphQLError, code: ErrorCode, japanese: str) -> ApiError:
    detail = error.message.split(_SUGGESTION, 1)[0]
    return ApiError(code, detail, f"{japanese}：{detail}", at=error)
