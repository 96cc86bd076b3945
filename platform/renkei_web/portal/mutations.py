"""Sending a mutation, and what its refusal means for the form that asked for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from renkei_web.portal.asking import Asking
from renkei_web.portal.form_state import FieldProblem, FormState
from renkei_web.portal.sent import Sent

Answer = dict[str, Any]
Place = Callable[[Sequence[str]], tuple[str, ...]]

# A problem of one of several ticks is shown with the ticks; some fields have another name here.
_TICKS = frozenset(
    {
        "areas", "ministryIds", "organizationIds", "groupIds", "postIds", "personIds",
        "excludeOrganizationIds", "excludePersonIds", "releasableTo",
    }
)  # fmt: skip
_NAMES = {"reviewer": "reviewerId"}


async def mutate(asking: Asking, name: str, sending: Mapping[str, Any] | None = None) -> Answer:
    """The answer of the mutation `mutations/{name}`: its success, or a refusal.

    Without `sending` for one that takes no input.
    """
    variables = None if sending is None else {"input": dict(sending)}
    data = await asking.ask(f"mutations/{name}", variables)
    answer: Answer = data["answer"]
    return answer


def place_of(path: Sequence[str]) -> tuple[str, ...]:
    """The path of the form's field that a problem is shown at."""
    for length, step in enumerate(path, start=1):
        if step in _TICKS:
            return tuple(path[:length])
    return tuple(_NAMES.get(step, step) for step in path)


def refused(
    asking: Asking, sent: Sent, answer: Mapping[str, Any], place: Place = place_of
) -> FormState | None:
    """The form to show again where the answer is a refusal; None where it is a success."""
    if "code" not in answer:
        return None
    problems = [
        FieldProblem(place(problem["path"]), problem["message"], problem["messageJa"])
        for problem in answer.get("problems", ())
    ]
    return sent.state(problems, answer["message" if asking.lang == "en" else "messageJa"])
