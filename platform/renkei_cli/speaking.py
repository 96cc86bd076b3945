"""How commands speak: both languages, problems one by one, and never a stack trace."""

from __future__ import annotations

import os
from typing import Any

import typer
from alembic.util import CommandError
from pydantic import ValidationError
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError
from typer.core import TyperGroup

from renkei.problems import InvalidInput, Problem, Refusal
from renkei.search.port import SearchUnavailable
from renkei.settings import MissingSecretsError

# Progress and words about the work go to stderr: stdout holds the answer, for programs to read.
words = Console(stderr=True, highlight=False, soft_wrap=True)


class CommandFailed(Exception):  # noqa: N818 - an answer to the operator, not a fault of ours
    """A command can't do what it was asked, and says why in both languages."""

    def __init__(self, message: str, message_ja: str) -> None:
        super().__init__(message)
        self.message = message
        self.message_ja = message_ja


def say(english: str, japanese: str) -> None:
    """A word about the work."""
    words.print(f"{japanese} / {english}", markup=False)


def tell_problems(problems: list[Problem]) -> None:
    """One line a problem: where it is, what is wrong in both languages."""
    for problem in problems:
        where = ".".join(problem.path) or "-"
        words.print(f"  {where}: {problem.message_ja} / {problem.message}", markup=False)


class Commands(TyperGroup):
    """The root of the commands: whatever fails ends in a message and a status other than 0."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; whatever is raised is told, and 1 is the exit status."""
        try:
            return super().invoke(ctx)
        except Exception as failure:
            # Exits, aborts and wrong options are told by typer itself.
            if type(failure).__module__.startswith(("click", "typer")):
                raise
            if os.environ.get("RENKEI_TRACEBACK"):
                raise
            tell(failure)
            raise typer.Exit(1) from None


def tell(failure: Exception) -> None:
    """Say what went wrong in both languages: refusals with each problem, all else in one line."""
    match failure:
        case InvalidInput():
            say(failure.message, failure.message_ja)
            tell_problems(failure.problems)
        case Refusal() | CommandFailed():
            say(failure.message, failure.message_ja)
        case MissingSecretsError():
            words.print(str(failure), markup=False)
        case ValidationError():
            say("A setting is wrong.", "設定に誤りがあります。")
            for error in failure.errors(include_url=False, include_input=False):
                name = "_".join(str(part) for part in error["loc"]).upper()
                words.print(f"  RENKEI_{name}: {error['msg']}", markup=False)
        case SQLAlchemyError() | CommandError() | SearchUnavailable() | OSError():
            say(*_unavailable(failure))
        case _:
            # Whoever runs a command can do nothing with a stack trace; it is there on request.
            kind = type(failure).__name__
            say(
                f"Internal error ({kind}). Set RENKEI_TRACEBACK=1 to see where.",
                f"内部エラーです（{kind}）。RENKEI_TRACEBACK=1 で場所を表示します。",
            )


def _unavailable(failure: Exception) -> tuple[str, str]:
    """What did not answer, without the addresses and parameters that drivers like to tell."""
    if isinstance(failure, SQLAlchemyError):
        cause = type(getattr(failure, "orig", None) or failure).__name__
        return (
            f"The database does not answer, or lacks its tables ({cause}): renkei db upgrade",
            f"データベースに接続できないか、表がありません（{cause}）：renkei db upgrade",
        )
    if isinstance(failure, CommandError):
        return f"The migration can't run: {failure}", f"移行を実行できません：{failure}"
    if isinstance(failure, SearchUnavailable):
        return f"The search index: {failure}", f"検索の索引に問題があります：{failure}"
    assert isinstance(failure, OSError)
    about = f"{failure.filename}: " if failure.filename else ""
    reason = failure.strerror or str(failure) or type(failure).__name__
    return f"{about}{reason}", f"入出力に失敗しました：{about}{reason}"
