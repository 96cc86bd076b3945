"""Refusals as types: every mutation answers with its success or with one of these."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry

from renkei import problems as kernel
from renkei_schema.enums import valued


@strawberry.enum(description="断りの種類。 / Kinds of refusals.")
class RefusalCode(Enum):
    """Codes of refusals."""

    INVALID_INPUT = valued(
        "INVALID_INPUT", description="入力に直すところがある。 / The input needs mending."
    )
    NOT_ALLOWED = valued("NOT_ALLOWED", description="権限がない。 / The viewer may not do this.")
    STEP_UP_NEEDED = valued(
        "STEP_UP_NEEDED",
        description="本人であることをもう一度確認してから（/sign-in/again）。 / "
        "Prove again who you are first, at /sign-in/again.",
    )
    NOT_FOUND = valued(
        "NOT_FOUND", description="ない、または見られない。 / Missing, or not for this viewer."
    )
    CONFLICT = valued(
        "CONFLICT", description="ほかの人が先に保存した。 / Someone saved in between."
    )
    WRONG_STATE = valued("WRONG_STATE", description="いまの状態ではできない。 / Not in this state.")
    DEADLINE_PASSED = valued(
        "DEADLINE_PASSED", description="締切を過ぎた。 / The deadline has passed."
    )


CODE = "断りの種類。 / The kind of refusal."
MESSAGE = "英語の説明。 / The message in English."
MESSAGE_JA = "日本語の説明。 / The message in Japanese."


@strawberry.interface(description="断り。理由を両方の言語で述べる。 / A refusal, with its reason.")
class Refusal:
    """What every refusal tells."""

    code: RefusalCode = strawberry.field(description=CODE)
    message: str = strawberry.field(description=MESSAGE)
    message_ja: str = strawberry.field(description=MESSAGE_JA)


@strawberry.type(description="入力の直すところ一つ。 / One thing to mend in the input.")
class Problem:
    """One problem of one field."""

    path: list[str] = strawberry.field(description="項目の道筋。 / The field's path.")
    code: str = strawberry.field(description="問題の符号。 / The problem's code.")
    message: str = strawberry.field(description=MESSAGE)
    message_ja: str = strawberry.field(description=MESSAGE_JA)


@strawberry.type(
    description="直すところの一覧。一度にすべて示す。 / All that needs mending at once."
)
class InvalidInput(Refusal):
    """All problems of a form."""

    problems: list[Problem] = strawberry.field(description="直すところ。 / The problems.")


@strawberry.type(description="権限がない。 / The viewer may not do this.")
class NotAllowed(Refusal):
    """Seen, but not permitted."""


@strawberry.type(
    description="ない、または見られない。区別しない。 / Missing or hidden, never told apart."
)
class NotFound(Refusal):
    """Missing or hidden."""


@strawberry.type(
    description="版が古い。上書きはしていない。 / Based on an old version; nothing is lost."
)
class Conflict(Refusal):
    """Someone saved in between."""

    current_version: int = strawberry.field(description="いまの版。 / The version now.")


@strawberry.type(description="いまの状態ではできない。 / Not in this state.")
class WrongState(Refusal):
    """The state does not permit it."""


@strawberry.type(description="締切を過ぎた。下書きはそのまま。 / Too late; the draft is untouched.")
class DeadlinePassed(Refusal):
    """The deadline had passed at the instant that counts."""


def problems_of(found: list[kernel.Problem]) -> list[Problem]:
    """The kernel's problems as the API's, paths in the API's spelling."""
    return [
        Problem(
            path=[_camel(step) for step in problem.path],
            code=problem.code,
            message=problem.message,
            message_ja=problem.message_ja,
        )
        for problem in found
    ]


def _camel(step: str) -> str:
    if step.isupper():
        # An enum's value, such as a section of a plan.
        return step
    head, *rest = step.split("_")
    return head + "".join(word.capitalize() for word in rest)


def answer_of(refusal: kernel.Refusal) -> Any:
    """The API's form of a kernel refusal."""
    told: dict[str, Any] = {
        "code": RefusalCode(refusal.code),
        "message": refusal.message,
        "message_ja": refusal.message_ja,
    }
    match refusal:
        case kernel.InvalidInput():
            return InvalidInput(**told, problems=problems_of(refusal.problems))
        case kernel.Conflict():
            return Conflict(**told, current_version=refusal.current_version)
        case kernel.NotAllowed():
            return NotAllowed(**told)
        case kernel.NotFound():
            return NotFound(**told)
        case kernel.WrongState():
            return WrongState(**told)
        case kernel.DeadlinePassed():
            return DeadlinePassed(**told)
        case _:
            raise refusal
