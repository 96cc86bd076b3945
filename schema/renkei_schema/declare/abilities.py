"""Words for abilities: what the viewer may do here and why not, from the policy's own functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import strawberry

from renkei.access.policy.viewer import Decision
from renkei_schema.context import Info
from renkei_schema.declare.columns import computed
from renkei_schema.declare.words import READ, Itself, spoken
from renkei_schema.scalars import Text


@strawberry.type(
    description="できるかどうかと、できない理由。 / Whether the viewer may do it, and why not."
)
class Ability:
    """An answer of the policy about what the viewer already sees."""

    allowed: bool = strawberry.field(description="できる。 / They may.")
    reason: Text | None = strawberry.field(description="できない理由。 / Why they may not.")

    @classmethod
    def of(cls, decision: Decision) -> Ability:
        """The API's form of a decision."""
        reason = Text(ja=decision.reason_ja, en=decision.reason) if decision.reason else None
        return cls(allowed=decision.allowed, reason=reason)


def can(description: str, function: Callable[..., Decision]) -> Any:
    """An ability: the kernel's decision over the row's columns; their names are its parameters."""
    return computed(description, function, via=Ability.of)


def abilities(description: str, cls: Any) -> Any:
    """`viewerCan`: the row itself, seen as the type `cls`, whose fields are `can` words."""
    fields = cls.__strawberry_definition__.fields
    needs = frozenset[str]().union(*(found.metadata[READ].needs for found in fields))

    def resolve(root: Any, info: Info) -> Any:
        return root

    return spoken(Itself(needs=needs), description, resolve)


def ability_type(cls: type[Any]) -> type[Any]:
    """Declare a type of `can` words, described by its docstring."""
    return strawberry.type(cls, description=inspect.getdoc(cls))
