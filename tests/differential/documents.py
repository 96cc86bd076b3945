"""Random documents over the query side of the SDL, valid but for what is meant to be refused.

A response key never says two things: a field without alias has the same arguments wherever a
document asks its type for it, and an alias is one field's alone. Behind interfaces and unions a
field that is not of one shape everywhere always has an alias.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    parse_type,
    type_from_ast,
)

from differential.knowing import sdl
from differential.values import Values, literal

DEPTH = 12
ROOM = 2_000
# How many fields a document writes at most: small ones are cheap to ask, and many.
SIZES = (6, 12, 12, 25, 50)
ABSENT = object()


@dataclass(frozen=True)
class Drawn:
    """A request: its document, the operation's name, and the variables as sent."""

    source: str
    operation: str | None
    variables: dict[str, Any]


@dataclass
class _Variable:
    shape: str
    default: str | None
    sent: Any


@dataclass
class _Fragment:
    name: str
    kind: Any
    body: str
    depth: int
    cost: int
    uses: set[str]


def draw(values: Values) -> Drawn:
    """One request."""
    return _Writer(values).request()


@dataclass
class _Writer:
    values: Values
    rng: Random = field(init=False)
    variables: dict[str, _Variable] = field(default_factory=dict)
    fragments: dict[str, _Fragment] = field(default_factory=dict)
    uses: set[str] = field(default_factory=set)
    heads: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    plain: dict[tuple[str, str], str] = field(default_factory=dict)
    names: int = 0
    fields: int = 0

    def __post_init__(self) -> None:
        self.rng = self.values.rng
        self.fields = self.rng.choice(SIZES)

    def request(self) -> Drawn:
        """Mostly one operation; sometimes several, one of which is asked for."""
        names = ["Q"] if self.rng.random() < 0.85 else ["Q", "R", "S"][: self.rng.choice((2, 3))]
        written = []
        for name in names:
            self.uses = set()
            body = self._selections(sdl().query_type, ROOM, 0)
            written.append((name, body, self.uses))
        chosen = self.rng.choice(written)
        texts = [self._operation(name, body, uses, len(names)) for name, body, uses in written]
        texts += [
            f"fragment {one.name} on {one.kind.name} {one.body}" for one in self.fragments.values()
        ]
        self.rng.shuffle(texts)
        sent = {
            name: self.variables[name].sent
            for name in sorted(chosen[2])
            if self.variables[name].sent is not ABSENT
        }
        if sent and self.rng.random() < 0.03:
            sent[self.rng.choice(list(sent))] = self.rng.choice(
                ("none", -0.5, [[]], {"x": 1}, None)
            )
        several = len(names) > 1 or self.rng.random() < 0.2
        return Drawn("\n".join(texts), chosen[0] if several else None, sent)

    def _operation(self, name: str, body: str, uses: set[str], count: int) -> str:
        declared = ", ".join(
            f"${one}: {told.shape}" + (f" = {told.default}" if told.default else "")
            for one, told in sorted(self.variables.items())
            if one in uses
        )
        return f"query {name}{f'({declared})' if declared else ''} {body}"

    def _selections(self, kind: Any, room: int, depth: int, *, shared: bool = False) -> str:
        """The selection set of a type, at most `room` nodes below it."""
        if isinstance(kind, GraphQLUnionType | GraphQLInterfaceType):
            return self._abstract(kind, room, depth)
        count = self.rng.choice((1, 2, 3, 4) if depth else (1, 1, 2, 3))
        parts = [self._one(kind, room // count, depth, shared) for _ in range(count)]
        found = [part for part in parts if part] or ["__typename"]
        return "{ " + " ".join(found) + " }"

    def _one(self, kind: GraphQLObjectType, room: int, depth: int, shared: bool) -> str:
        draw = self.rng.random()
        if draw < 0.05 and depth:
            return "__typename" + self._condition()
        if draw < 0.12 and depth < DEPTH and not shared:
            on = self.rng.choice(
                ("", f" on {kind.name}", *(f" on {i.name}" for i in kind.interfaces))
            )
            inner = self._inner(on, kind, room, depth)
            return f"...{on}{self._condition()} {inner}"
        if draw < 0.2 and not shared:
            return self._spread(kind, room, depth)
        return self._field(kind, room, depth, shared)

    def _inner(self, on: str, kind: GraphQLObjectType, room: int, depth: int) -> str:
        if on.endswith(" Node"):
            return "{ id __typename }"
        return self._selections(kind, room, depth)

    def _abstract(self, kind: Any, room: int, depth: int) -> str:
        kinds = sorted(sdl().get_possible_types(kind), key=lambda one: one.name)
        parts = [self.rng.choice(("__typename", "__typename", "id" if kind.name == "Node" else ""))]
        for one in self.rng.choices(kinds, k=self.rng.choice((1, 2, 4))):
            body = self._selections(one, room // 2, depth, shared=True)
            parts.append(f"... on {one.name}{self._condition()} {body}")
        return "{ " + " ".join(part for part in parts if part) + " }"

    def _spread(self, kind: GraphQLObjectType, room: int, depth: int) -> str:
        """A fragment written before, or a new one: of the type, or of its interface."""
        fitting = [
            one
            for one in self.fragments.values()
            if one.kind is kind and one.depth + depth < DEPTH and one.cost <= room
        ]
        if fitting and self.rng.random() < 0.6:
            fragment = self.rng.choice(fitting)
        else:
            outer, self.uses = self.uses, set()
            body = self._selections(kind, room, max(depth, 4))
            self.names += 1
            fragment = _Fragment(
                f"F{self.names}", kind, body, DEPTH - max(depth, 4), room, self.uses
            )
            self.fragments[fragment.name] = fragment
            self.uses = outer
        self.uses |= fragment.uses
        return f"...{fragment.name}{self._condition()}"

    def _field(self, kind: GraphQLObjectType, room: int, depth: int, shared: bool) -> str:
        heads = self.heads.setdefault(kind.name, [])
        if heads and not shared and self.rng.random() < 0.12:
            head, name = self.rng.choice(heads)
            if self._takes(kind.fields[name], room, depth):
                self.uses |= set(_variables_in(head))
                return head + self._condition() + self._below(kind.fields[name], room, depth)
        fitting = [name for name, one in kind.fields.items() if self._takes(one, room, depth)]
        if not fitting or self.fields <= 0:
            return "__typename"
        self.fields -= 1
        weights = [
            1 if is_leaf_type(get_named_type(kind.fields[one].type)) else 2 for one in fitting
        ]
        (name,) = self.rng.choices(fitting, weights)
        told = kind.fields[name]
        aliased = (shared and not _of_one_shape(name)) or self.rng.random() < 0.12
        if aliased and self.names < 18:
            self.names += 1
            alias = self.rng.choice(("a", "select_", "Class", "_", "id")) + str(self.names)
            head = f"{alias}: {name}{self._arguments(name, told)}"
            heads.append((head, name))
        elif shared and not _of_one_shape(name):
            return "__typename"
        else:
            if (kind.name, name) not in self.plain:
                self.plain[kind.name, name] = name + self._arguments(name, told)
            head = self.plain[kind.name, name]
        self.uses |= set(_variables_in(head))
        return head + self._condition() + self._below(told, room, depth)

    def _takes(self, told: GraphQLField, room: int, depth: int) -> bool:
        """Whether the field may still be asked for here."""
        if is_leaf_type(get_named_type(told.type)):
            return True
        return depth < DEPTH - 2 and room > 2 * _times(told)

    def _below(self, told: GraphQLField, room: int, depth: int) -> str:
        named = get_named_type(told.type)
        if is_leaf_type(named):
            return ""
        return " " + self._selections(named, room // _times(told), depth + 1)

    def _condition(self) -> str:
        """Mostly none; a literal or a variable, once or twice."""
        if self.rng.random() > 0.07:
            return ""
        parts = []
        for name in self.rng.choice((("skip",), ("include",), ("skip", "include"))):
            value = self.rng.random() < (0.3 if name == "skip" else 0.7)
            told = (
                self._variable("Boolean!", value) if self.rng.random() < 0.6 else str(value).lower()
            )
            parts.append(f" @{name}(if: {told})")
        return "".join(parts)

    def _arguments(self, name: str, told: GraphQLField) -> str:
        chosen: dict[str, Any] = {}
        paged = "first" in told.args and "last" in told.args
        if paged:
            chosen = self._page(name, told)
        for one, argument in told.args.items():
            if paged:
                continue
            if is_non_null_type(argument.type) or self.rng.random() < 0.3:
                place = one if one in {"after", "before"} else f"{name}.{one}"
                chosen[one] = self.values.at(place, argument.type)
        if not chosen:
            return ""
        parts = [
            f"{one}: {self._value(told.args[one].type, value)}" for one, value in chosen.items()
        ]
        self.rng.shuffle(parts)
        return "(" + ", ".join(parts) + ")"

    def _page(self, name: str, told: GraphQLField) -> dict[str, Any]:
        """A size, or now and then two; filter and order; or a real cursor of such a list."""
        chosen: dict[str, Any] = {}
        kind = get_named_type(told.type).name.removesuffix("Connection")
        place = self.values.place(kind) if self.rng.random() < 0.35 else None
        if place is not None:
            cursor, where = place
            chosen |= {
                one: _sent(where.sent[one]) for one in ("filter", "orderBy") if where.sent.get(one)
            }
            chosen = {one: value for one, value in chosen.items() if one in told.args}
            chosen[self.rng.choice(("after", "after", "before"))] = cursor
        else:
            for one in ("filter", "orderBy"):
                if one in told.args and self.rng.random() < 0.45:
                    chosen[one] = self.values.at(f"{name}.{one}", told.args[one].type)
            if self.rng.random() < 0.03:
                chosen[self.rng.choice(("after", "before"))] = self.values.cursor()
        draw = self.rng.random()
        for size in ("first",) if draw < 0.6 else ("last",) if draw < 0.8 else ():
            chosen[size] = self.values.at(f"{name}.{size}", told.args[size].type)
        if draw > 0.98:
            chosen |= {"first": 2, "last": 2}
        return chosen

    def _value(self, shape: Any, value: Any) -> str:
        """The value itself or a variable that holds it."""
        if self.rng.random() < 0.3 and len(self.variables) < 12:
            return self._variable(str(shape), value)
        return literal(value, shape)

    def _variable(self, shape: str, value: Any) -> str:
        """A variable of this shape: sent, left to its default, null or absent where it may be."""
        same = [
            name
            for name, told in self.variables.items()
            if told.shape == shape and told.default is None and told.sent == value
        ]
        if same and self.rng.random() < 0.5:
            self.uses.add(same[0])
            return f"${same[0]}"
        name = f"v{len(self.variables) + 1}"
        kind = _shape(shape)
        default, sent = None, value
        draw = self.rng.random()
        if draw < 0.25:
            default, sent = literal(value, kind), ABSENT
        elif draw < 0.35 and not shape.endswith("!"):
            sent = self.rng.choice((None, ABSENT))
        elif draw < 0.4 and shape.endswith("!") and shape[:-1] in {"Lang", "Boolean"}:
            shape, default = shape[:-1], literal(value, kind)
            sent = self.rng.choice((None, ABSENT, value))
        self.variables[name] = _Variable(shape, default, sent)
        self.uses.add(name)
        return f"${name}"


def _sent(value: Any) -> Any:
    """An argument's value as it was sent: its instants are texts again, at their offsets."""
    if isinstance(value, dict):
        return {name: _sent(one) for name, one in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value


def _variables_in(head: str) -> list[str]:
    return re.findall(r"\$(\w+)", head)


def _times(told: GraphQLField) -> int:
    """How many nodes the field serves at most, as limits count them, but for large pages."""
    if "first" in told.args:
        return 20
    shape = told.type.of_type if is_non_null_type(told.type) else told.type
    return 5 if is_list_type(shape) else 1


@cache
def _of_one_shape(name: str) -> bool:
    """Whether every type that has a field of this name gives it the same type."""
    shapes = {
        str(kind.fields[name].type)
        for kind in sdl().type_map.values()
        if isinstance(kind, GraphQLObjectType) and name in kind.fields
    }
    return len(shapes) == 1


def _shape(shape: str) -> Any:
    return type_from_ast(sdl(), parse_type(shape))
