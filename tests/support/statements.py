"""Reads SQL: which readable tables a statement reads without the visibility policy's predicate.

A table is policed where both of its clauses are asked by the very SELECT that names it: in its
WHERE, or in the ON by which it is joined, and conjoined with all else, so that no other condition
lets a row through. Written from the form of the SQL; imports nothing of what makes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import sqlglot
from sqlglot import exp
from sqlmodel import SQLModel

import renkei.tables  # noqa: F401 - importing it names every table

CLAUSES = frozenset({"audience_id", "gate_id"})
NAMED, NOT_DENIED = "one of its tokens named", "none of its tokens denied"

Asked = tuple[str, str]
_SCOPES = (exp.Select, exp.Update, exp.Delete, exp.Insert)


@cache
def readable_tables() -> frozenset[str]:
    """The names of the tables whose rows hold the policy's two clauses."""
    return frozenset(
        table.name for table in SQLModel.metadata.tables.values() if set(table.c.keys()) >= CLAUSES
    )


@cache
def _mention() -> re.Pattern[str]:
    """A cheap look before the reading: a readable table's name, where rows may be read from it."""
    names = "|".join(sorted(readable_tables()))
    return re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO|USING)\b.*\b(?:{names})\b", re.DOTALL)


def unpoliced(sql: str, dialect: str) -> tuple[str, ...]:
    """The readable tables that the statement reads and does not police, as it names them."""
    if not _mention().search(sql):
        return ()
    return tuple(
        f"{table.name} AS {table.alias}" if table.alias else table.name
        for statement in sqlglot.parse(sql, dialect=_DIALECTS.get(dialect, dialect))
        if statement is not None
        for scope in statement.find_all(*_SCOPES)
        for table in _read_by(scope)
        if not _is_policed(table, scope)
    )


# SQLAlchemy's names, where sqlglot has others.
_DIALECTS = {"postgresql": "postgres"}


def _tables_of(scope: exp.Expression) -> list[exp.Table]:
    """The tables that the scope itself names, in its FROM and its joins."""
    return [one for one in scope.find_all(exp.Table) if one.find_ancestor(*_SCOPES) is scope]


def _read_by(scope: exp.Expression) -> Iterator[exp.Table]:
    """The readable tables that the scope reads; what it only writes to is not read."""
    for table in _tables_of(scope):
        if table.name in readable_tables() and (table is not _written(scope) or _returns(scope)):
            yield table


def _written(scope: exp.Expression) -> exp.Expression | None:
    if isinstance(scope, exp.Select):
        return None
    target: exp.Expression = scope.this
    return target.this if isinstance(target, exp.Schema) else target


def _returns(scope: exp.Expression) -> bool:
    """Whether rows come back that were there before: a new row of one's own was not."""
    if scope.args.get("returning") is None:
        return False
    conflict = scope.args.get("conflict")
    return not isinstance(scope, exp.Insert) or bool(conflict and conflict.expressions)


def _is_policed(table: exp.Table, scope: exp.Expression) -> bool:
    conditions = list(_conditions_on(table, scope))
    alone = table.alias_or_name if len(_tables_of(scope)) == 1 else ""
    asked = {
        column
        for condition in conditions
        for name, column in _asked(condition)
        if (name or alone) == table.alias_or_name
    }
    by_ids = asked >= CLAUSES
    by_tokens = asked >= {NAMED, NOT_DENIED, "gate_id"}
    return by_ids or by_tokens or any(_is_among_its_own(table, one) for one in conditions)


def _conditions_on(table: exp.Table, scope: exp.Expression) -> Iterator[exp.Expression]:
    """What holds for each row of the table that the scope gives: parts of a conjunction."""
    if where := scope.args.get("where"):
        yield from _conjoined(where.this)
    for join in scope.find_all(exp.Join):
        if join.find_ancestor(*_SCOPES) is not scope or join.args.get("on") is None:
            continue
        # An outer join's ON lets every row of the other side through.
        joined = any(one is table for one in join.this.find_all(exp.Table))
        if not join.side or (join.side == "LEFT" and joined):
            yield from _conjoined(join.args["on"])


def _conjoined(condition: exp.Expression) -> Iterator[exp.Expression]:
    while isinstance(condition, exp.Paren):
        condition = condition.this
    if isinstance(condition, exp.And):
        yield from _conjoined(condition.this)
        yield from _conjoined(condition.expression)
    else:
        yield condition


def _asked(condition: exp.Expression) -> set[Asked]:
    """What the condition asks of a viewer, as (name of the table, what of it).

    Each clause by the ids that the viewer meets; or the audience by its tokens, one of which is
    named and none denied, and the gate by as many of its groups as it has.
    """
    match condition:
        case exp.In(this=exp.Column() as column):
            query = condition.args.get("query")
            met = _is_list(query) or (column.name == "gate_id" and _are_gates_met(query))
            return {(column.table, column.name)} if met else set()
        case exp.EQ(this=exp.Column() as column, expression=exp.Any() as values):
            selected = values.find(exp.Select)
            met = selected is None or (column.name == "gate_id" and _are_gates_met(selected))
            return {(column.table, column.name)} if met else set()
        case exp.Exists(this=exp.Select() as tokens):
            return _only("audience_id", _by_tokens(tokens), as_=NAMED)
        case exp.Not(this=denied) if isinstance(tokens := denied.unnest(), exp.Exists):
            return _only("audience_id", _by_tokens(tokens.this), as_=NOT_DENIED)
        case exp.EQ(this=exp.Subquery(), expression=exp.Subquery()):
            return _only("gate_id", _all_groups_met(condition), as_="gate_id")
    return set()


def _all_groups_met(condition: exp.Expression) -> set[Asked]:
    """The gates of which as many groups hold one of the viewer's tokens as there are."""
    match condition:
        case exp.EQ(this=exp.Subquery() as groups, expression=exp.Subquery() as all_groups):
            return _by_tokens(groups.this) & _of_clause(all_groups.this, "clause", "id")
    return set()


def _are_gates_met(query: exp.Expression | None) -> bool:
    """`SELECT g.id FROM g`, where the statement's own `g` are the gates that the viewer meets."""
    if query is None:
        return False
    sources = list(query.find_all(exp.Table))
    if len(sources) != 1:
        return False
    (source,) = sources
    named = {one.alias: one.this for one in query.root().find_all(exp.CTE)}
    where = named[source.name].args.get("where") if source.name in named else None
    asked = [_all_groups_met(one) for one in _conjoined(where.this)] if where else []
    return {("clause", "id")} in asked


def _only(clause: str, found: set[Asked], *, as_: str) -> set[Asked]:
    return {(name, as_) for name, column in found if column == clause}


def _is_list(query: exp.Expression | None) -> bool:
    """SQLite's list in one parameter: `SELECT value FROM json_each(?)`."""
    if query is None:
        return False
    sources = [source.this for source in query.find_all(exp.Table)]
    return len(sources) == 1 and sources[0].name.lower() == "json_each"


def _by_tokens(tokens: exp.Expression) -> set[Asked]:
    """The clauses whose tokens are asked for one of the viewer's."""
    where = tokens.args.get("where")
    named = [
        one
        for one in (_conjoined(where.this) if where else ())
        if isinstance(one, exp.In | exp.EQ) and one.this.name == "name" and _is_listed(one)
    ]
    return _of_clause(tokens, "clause_token", "clause_id") if named else set()


def _is_listed(condition: exp.In | exp.EQ) -> bool:
    """`column = ANY(?)`, `column IN (?, …)` or SQLite's list: not one value, not another column."""
    if isinstance(condition, exp.EQ):
        return isinstance(condition.expression, exp.Any)
    query = condition.args.get("query")
    return query is None or _is_list(query)


def _of_clause(query: exp.Expression, table: str, key: str) -> set[Asked]:
    """The columns of tables outside whose clause the query is about: `key` equals them."""
    sources = _tables_of(query)
    where = query.args.get("where")
    if [one.name for one in sources] != [table] or where is None:
        return set()
    inside = sources[0].alias_or_name
    return {
        (there.table, there.name)
        for one in _conjoined(where.this)
        if isinstance(one, exp.EQ)
        for here, there in ((one.this, one.expression), (one.expression, one.this))
        if isinstance(here, exp.Column)
        and isinstance(there, exp.Column)
        and (here.table, here.name) == (inside, key)
        and there.table not in {"", inside}
    }


def _is_among_its_own(table: exp.Table, condition: exp.Expression) -> bool:
    """`t.id IN (SELECT u.id FROM t AS u …)`: policed where that SELECT is, which is read too."""
    query = condition.args.get("query") if isinstance(condition, exp.In) else None
    if query is None or not isinstance(inner := query.unnest(), exp.Select):
        return False
    names = {one.alias_or_name: one.name for one in _tables_of(inner)}
    keys = inner.expressions
    return (
        isinstance(condition.this, exp.Column)
        and (condition.this.table, condition.this.name) == (table.alias_or_name, "id")
        and len(keys) == 1
        and isinstance(keys[0], exp.Column)
        and keys[0].name == "id"
        and names.get(keys[0].table) == table.name
    )
