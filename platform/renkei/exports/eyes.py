"""Through whose eyes an export is read: asked anew for each page, and once more at its end."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.audit.rules import check_break_glass
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.problems import NotAllowed, refuse_if
from renkei.viewers import viewers_of


class RightsChanged(NotAllowed):
    """Somebody whom the export stands on lost an account, a post or a group while it was read."""

    def __init__(self) -> None:
        super().__init__(
            "Rights changed while it was read, so nothing of it is exported. Start again.",
            "読んでいる間に権限が変わったため、何も書き出していません。始めからやり直してください。",
        )


class Eyes:
    """Nobody in particular: what anonymous readers see."""

    # Who really reads, where it is not the viewer; and how that is called in the entry.
    reader: Viewer | None = None
    way = "export"

    async def now(self) -> Viewer:
        """The viewer as they are now."""
        return ANONYMOUS


@dataclass
class PersonsEyes(Eyes):
    """What one person may see, for as long as they may see it.

    Rights that grow meanwhile show in later pages. Where rights are lost, what was read before may
    be theirs no longer: the whole is refused.
    """

    database: Database
    clock: Clock
    person_id: UUID
    _first: Viewer | None = field(default=None, init=False)

    async def now(self) -> Viewer:
        """The person as they are now; RightsChanged where they may see less than at first."""
        (viewer,) = await self.viewers(self.person_id)
        first = self._first = self._first or viewer
        if not (first.tokens <= viewer.tokens and viewer.affiliations <= first.affiliations):
            raise RightsChanged
        return viewer

    async def viewers(self, *people: UUID) -> tuple[Viewer, ...]:
        """These people now; RightsChanged where one of them has no working account."""
        async with self.database.reading() as connection:
            found = await viewers_of(connection, people, at=self.clock.now())
        if not found.keys() >= set(people):
            raise RightsChanged
        return tuple(found[person] for person in people)


@dataclass
class BreakGlassEyes(PersonsEyes):
    """What a person may see, read by two others who answer for it, while both may."""

    by: UUID
    confirmed_by: UUID
    reason: str
    way = "break-glass"

    async def now(self) -> Viewer:
        """The person; refused where either of the two may break the glass no longer."""
        by, confirmed = await self.viewers(self.by, self.confirmed_by)
        self.reader = by
        refuse_if(
            check_break_glass(
                as_person=self.person_id, by=by, confirmed_by=confirmed, reason=self.reason
            )
        )
        return await super().now()
