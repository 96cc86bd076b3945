"""How the kernel says no: one refusal, or all problems of a form at once, in both languages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field of an input.

    `path` is the field's path as the client sent it (`("budget", "0", "amount")`), empty where the
    whole input is meant. `code` is a stable word of upper-case letters and underscores.
    """

    path: tuple[str, ...]
    code: str
    message: str
    message_ja: str

    def under(self, *prefix: str) -> Problem:
        """The same problem, seen from the form that holds this one."""
        return Problem((*prefix, *self.path), self.code, self.message, self.message_ja)


class Refusal(Exception):  # noqa: N818 - a refusal is an answer in the domain's words, not an error
    """A use case says no. Subclasses carry the facts of the refusal as attributes."""

    code: ClassVar[str] = "REFUSED"

    def __init__(self, message: str, message_ja: str) -> None:
        super().__init__(message)
        self.message = message
        self.message_ja = message_ja


@dataclass
class InvalidInput(Refusal):
    """The input has problems; all that could be found are told at once."""

    code: ClassVar[str] = "INVALID_INPUT"
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.problems)
        super().__init__(
            f"{count} thing(s) to fix in what was sent.", f"直すところが{count}件あります。"
        )


class NotAllowed(Refusal):
    """The viewer sees the record but may not do this to it. Carries the reason."""

    code = "NOT_ALLOWED"


class StepUpNeeded(NotAllowed):
    """Whoever asks is signed in, but has not proved it just now, as this act wants."""

    code = "STEP_UP_NEEDED"

    def __init__(self) -> None:
        super().__init__(
            "Prove once more that it is you, then repeat this.",
            "本人であることをもう一度確認してから、やり直してください。",
        )


class NotFound(Refusal):
    """The record does not exist, or not for this viewer: the two are never told apart (R7.9)."""

    code = "NOT_FOUND"

    def __init__(self) -> None:
        super().__init__(
            "Not found (the same answer whether it is missing or not shared with you).",
            "見つかりません（ない場合も、見られない場合も同じ表示です）。",
        )


class Conflict(Refusal):
    """The record changed since the version that the client read; nothing was overwritten."""

    code = "CONFLICT"

    def __init__(self, *, current_version: int) -> None:
        super().__init__(
            f"Someone saved in between; the record is at version {current_version} now.",
            f"ほかの人が先に保存しました。いまの版は{current_version}です。",
        )
        self.current_version = current_version


class WrongState(Refusal):
    """The record's state does not permit this move."""

    code = "WRONG_STATE"


class DeadlinePassed(Refusal):
    """The deadline had passed at the instant that counts (R2.3: accepted iff t < closes_at)."""

    code = "DEADLINE_PASSED"

    def __init__(self, *, closed_at: str, closed_at_ja: str) -> None:
        super().__init__(
            f"The call closed at {closed_at}. Your draft is untouched.",
            f"締切（{closed_at_ja}）を過ぎたため、受け付けられません。"
            "下書きはそのまま残っています。",
        )


def refuse_if(problems: list[Problem]) -> None:
    """Raise `InvalidInput` with every problem found; return where there is none."""
    if problems:
        raise InvalidInput(problems=problems)
