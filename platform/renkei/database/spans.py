"""Spans of time in rows, for queries: from `start` (inclusive) until `until` (exclusive).

An `until` of NULL: until somebody ends it. Instants may be parameters of the statement.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, or_


def in_force(start: Any, until: Any, at: Any) -> ColumnElement[bool]:
    """Whether the span holds at the instant."""
    return and_(start <= at, not_over(until, at))


def not_over(until: Any, at: Any) -> ColumnElement[bool]:
    """Whether the span holds at the instant, or will later on."""
    return or_(until.is_(None), until > at)
