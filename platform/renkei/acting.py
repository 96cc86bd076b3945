"""Whom the ledger names as having acted."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID


class Actor(NamedTuple):
    """Who acted, in which post, and whether as the deputy of its holder. None: nobody known."""

    person_id: UUID | None = None
    post_id: UUID | None = None
    as_deputy: bool = False


NOBODY = Actor()
