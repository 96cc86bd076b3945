"""One level of a page: what to select, how to order, where to begin. Knows no GraphQL."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import ColumnElement, FromClause, and_, false, or_

from renkei.access.policy.reach import Reach
from renkei.problems import InvalidInput, Problem
from renkei.reading.given import Given
from renkei.reading.parts import is_part, sort_key

PAGE_DEFAULT = 20
PAGE_MAX = 100

# Makes the condition of a filter on one table or an alias of it. It gets what the viewer meets,
# because a filter by what the viewer doesn't see must match nothing.
Condition = Callable[[Reach, FromClause, tuple[Given, ...]], ColumnElement[bool]]


@dataclass(frozen=True)
class Where:
    """One narrowing of a list by values that were sent.

    Two of the same `shape` are the same SQL over other `values`.
    """

    shape: Hashable
    values: tuple[Any, ...]
    condition: Condition = field(compare=False)

    def on(self, reach: Reach, source: FromClause, name: str = "") -> ColumnElement[bool]:
        """The condition on `source`; under `name` the values are sent with each sending."""
        return self.condition(reach, source, Given.each(self.values, name))


@dataclass(frozen=True)
class By:
    """One step of an order: a column that is never NULL or a part's, upwards unless `down`."""

    column: str
    down: bool = False

    def value(self, values: Mapping[str, Any]) -> Any:
        """The row's place in this step, as a cursor holds it."""
        return self.placed(values[self.column])

    def placed(self, held: Any) -> Any:
        """What the column holds, as a cursor holds it."""
        return "" if held is None and is_part(self.column) else held


@dataclass(frozen=True)
class Page:
    """What to read of one connection.

    `where` are the filters, `order` the steps before the key (which always comes last), `query`
    names filter and order for the cursor's check. `backwards` reads `last` rows from the end.
    `through` tells that page after page is read to the end, in the order of the keys.
    """

    size: int = PAGE_DEFAULT
    order: tuple[By, ...] = ()
    where: tuple[Where, ...] = ()
    query: str = ""
    backwards: bool = False
    through: bool = False
    after: tuple[Any, ...] | None = None
    before: tuple[Any, ...] | None = None
    columns: frozenset[str] = field(default_factory=frozenset)

    @property
    def shape(self) -> Hashable:
        """Pages of the same shape are read by the same SQL, with other values."""
        wheres = tuple(where.shape for where in self.where)
        return (
            self.order,
            wheres,
            self.backwards,
            self.through,
            self.after is None,
            self.before is None,
            self.columns,
        )

    @property
    def steps(self) -> tuple[By, ...]:
        """The whole order, the key included."""
        down = self.order[-1].down if self.order else False
        return (*self.order, By("id", down))


def beyond(
    reach: Reach,
    source: FromClause,
    steps: tuple[By, ...],
    values: tuple[Given, ...],
    *,
    forward: bool,
) -> ColumnElement[bool]:
    """Rows that come after (or, not `forward`, before) the row with these key values."""
    cases: list[ColumnElement[bool]] = []
    for depth, (step, value) in enumerate(zip(steps, values, strict=True)):
        column = sort_key(reach, source, step.column)
        held = value.of(column.type)
        ahead = column < held if step.down is forward else column > held
        same = [
            (key := sort_key(reach, source, earlier.column)) == before.of(key.type)
            for earlier, before in zip(steps[:depth], values[:depth], strict=True)
        ]
        cases.append(and_(*same, ahead))
    return or_(false(), *cases)


class Cursors:
    """Opaque cursors: the sort key and a name of the query, authenticated; never a permission."""

    def __init__(self, secret: bytes) -> None:
        self._secret = hashlib.sha256(b"cursor" + secret).digest()

    def write(self, query: str, values: tuple[Any, ...]) -> str:
        """The cursor of the row with these key values."""
        body = orjson.dumps([_plain(value) for value in values])
        return base64.urlsafe_b64encode(self._seal(query, body) + body).decode().rstrip("=")

    def read(self, path: tuple[str, ...], query: str, cursor: str) -> tuple[Any, ...]:
        """The key values of a cursor; refused where it was made up or belongs to another list."""
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            seal, body = raw[:12], raw[12:]
            if hmac.compare_digest(seal, self._seal(query, body)):
                return tuple(_typed(value) for value in orjson.loads(body))
        except (ValueError, UnicodeEncodeError):
            pass
        raise InvalidInput(
            problems=[
                Problem(
                    path,
                    "BAD_CURSOR",
                    "This cursor is not one of this list's with this filter and order.",
                    "この一覧（この絞り込みと並び順）のカーソルではありません。",
                )
            ]
        )

    def _seal(self, query: str, body: bytes) -> bytes:
        return hmac.new(self._secret, query.encode() + b"\0" + body, hashlib.sha256).digest()[:12]


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return {"t": value.isoformat()}
        case date():
            return {"d": value.isoformat()}
        case UUID():
            return {"u": str(value)}
        case _:
            return value


def _typed(value: Any) -> Any:
    match value:
        case {"t": instant}:
            return datetime.fromisoformat(instant)
        case {"d": day}:
            return date.fromisoformat(day)
        case {"u": key}:
            return UUID(key)
        case _:
            return value
