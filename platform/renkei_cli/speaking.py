"""How commands speak: both languages, problems one by one, and never a stack trace."""

from __future__ import annotations

import os
from typing import Any

import structlog
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
        """Run the command. Wrong input and missing services are told; 1 is the exit status."""
        try:
            return super().invoke(ctx)
        except InvalidInput as refusal:
            say(refusal.message, refusal.message_ja)
            tell_problems(refusal.problems)
        except (Refusal, CommandFailed) as refusal:
            say(refusal.message, refusal.message_ja)
        except MissingSecretsError as missing:
            words.print(str(missing), markup=False)
        except ValidationError as wrong:
            say("A setting is wrong.", "設定に誤りがあります。")
            for error in wrong.errors(include_url=False, include_input=False):
                name = "_".join(str(part) for part in error["loc"]).upper()
                words.print(f"  RENKEI_{name}: {error['msg']}", markup=False)
        except (SQLAlchemyError, CommandError, SearchUnavailable, OSError) as failure:
            say(*_unavailable(failure))
        except (typer.Exit, typer.Abort):
            raise
        except Exception as bug:
            # Whoever runs a command can do nothing with a stack trace; the log has it on request.
            if type(bug).__module__.startswith(("click", "typer")):
                raise
            structlog.get_logger("renkei.cli").debug("command failed", exc_info=True)
            if os.environ.get("RENKEI_TRACEBACK"):
                raise
            kind = type(bug).__name__
            say(
                f"Internal error ({kind}). Set RENKEI_TRACEBACK=1 to see where.",
                f"内部エラーです（{kind}）。RENKEI_TRACEBACK=1 で場所を表示します。",
            )
        raise typer.Exit(1)


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
