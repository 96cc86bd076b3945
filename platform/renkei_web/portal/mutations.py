"""Sending a mutation, and what its refusal means for the form that asked for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from renkei_web.portal.asking import Asking
from renkei_web.portal.form_state import FieldProblem, FormState
from renkei_web.portal.sent import Sent

Answer = dict[str, Any]

# A problem of one of several ticks is shown with the ticks; some fields have another name here.
_TICKS = frozenset({"areas", "ministryIds", "organizationIds"})
_NAMES = {"reviewer": "reviewerId"}


async def mutate(asking: Asking, name: str, sending: Mapping[str, Any]) -> Answer:
    """The answer of the mutation `mutations/{name}`: its success, or a refusal."""
    data = await asking.ask(f"mutations/{name}", {"input": dict(sending)})
    answer: Answer = data["answer"]
    return answer


def refused(asking: Asking, sent: Sent, answer: Mapping[str, Any]) -> FormState | None:
    """The form to show again where the answer is a refusal; None where it is a success."""
    if "code" not in answer:
        return None
    problems = [
        FieldProblem(_place(problem["path"]), problem["message"], problem["messageJa"])
        for problem in answer.get("problems", ())
    ]
    return sent.state(problems, answer["message" if asking.lang == "en" else "messageJa"])


def _place(path: Sequence[str]) -> tuple[str, ...]:
    """The path of the form's field that a problem is shown at."""
    if path and path[0] in _TICKS:
        return (path[0],)
    return tuple(_NAMES.get(step, step) for step in path)
