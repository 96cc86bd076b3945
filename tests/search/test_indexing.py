"""The index follows the records: what changed is found, what was narrowed is not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select

from renkei.access.policy.clauses import Audience, Gate, Token, org
from renkei.access.policy.viewer import ANONYMOUS, Viewer
from renkei.access.store import police
from renkei.app import App
from renkei.briefs.sharing import narrow_brief
from renkei.calls.service import draft_call, edit_call
from renkei.clock import FixedClock
from renkei.directory.tables import Organization
from renkei.reactions import SOURCES, reindex
from renkei.search import indexing
from renkei.search.documents import SearchDocument
from renkei.search.embedded import EmbeddedSearch
from renkei.search.port import SearchQuery, SearchUnavailable
from renkei.search.tables import SearchStale
from support.asking import settings_for
from support.factories import Town, town_in
from support.world import World


class Fallible(EmbeddedSearch):
    """The embedded engine, with a switch that takes it away."""

    away = False

    async def put(self, docs: Iterable[SearchDocument]) -> None:
        """See `SearchEngine.put`."""
        if self.away:
            raise SearchUnavailable("止まっています")
        await super().put(docs)

    async def remove(self, ids: Collection[UUID]) -> None:
        """See `SearchEngine.remove`."""
        if self.away:
            raise SearchUnavailable("止まっています")
        await super().remove(ids)


@pytest.fixture
def engine(tmp_path: Path) -> Fallible:
    return Fallible(tmp_path / "search")


@pytest.fixture
async def town(
    database_url: str, tmp_path: Path, clock: FixedClock, engine: Fallible
) -> AsyncIterator[Town]:
    settings = settings_for(database_url, tmp_path)
    async with App.opened(settings, clock=clock, search=engine) as app:
        town = await town_in(app, World(app.database, clock))
        await town.react()
        yield town


async def found(town: Town, text: str, viewer: Viewer = ANONYMOUS) -> list[UUID]:
    """What the engine itself gives this viewer, before the database decides again."""
    query = SearchQuery(text=text, tokens=viewer.tokens, affiliations=viewer.affiliations)
    return list((await town.app.search.search(query)).ids)


async def stale(town: Town) -> list[UUID]:
    table = SearchStale.__table__  # type: ignore[attr-defined]  # SQLModel sets it
    async with town.world.database.reading() as connection:
        return list((await connection.execute(select(table.c.record_id))).scalars())


async def test_a_published_call_is_found_by_its_text_and_by_its_areas_names(town: Town) -> None:
    call = await town.funding.call()
    await town.react()
    assert await found(town, "無人機") == [call.id]
    assert await found(town, "ロボット工学") == [call.id]


async def test_a_draft_is_found_by_its_own_organisation_alone_and_follows_its_edits(
    town: Town,
) -> None:
    funding = town.funding
    concept = await funding.concept()
    call = await town.world.play(funding.ministry, draft_call, draft=funding.draft(concept))
    await town.react()
    assert await found(town, "ドローン", funding.ministry) == [call.id]
    assert await found(town, "ドローン", funding.researcher) == []
    changed = funding.draft(concept, title_ja="海底", summary_ja="海底", body_ja="海底の髙精度観測")
    await town.world.play(
        funding.ministry, edit_call, call_id=call.id, based_on=call.version, draft=changed
    )
    await town.react()
    assert await found(town, "ドローン", funding.ministry) == []
    assert await found(town, "海底", funding.ministry) == [call.id]


async def test_a_shared_brief_is_found_by_those_it_is_shared_with(town: Town) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    await town.react()
    assert await found(town, "永久磁石", town.firm) == [brief.id]
    assert await found(town, "髙耐熱", town.firm) == [brief.id]
    assert await found(town, "永久磁石", town.other_firm) == []


async def test_a_narrowed_brief_is_excluded_until_the_index_has_taken_it(
    town: Town, engine: Fallible
) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    await town.react()
    engine.away = True
    gone = town.firm.posts[0].organization_id
    await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, withdraw_from=[org(gone)])
    await town.react()
    # The engine still holds the wider audience; the exclusion is what hides it.
    assert await found(town, "永久磁石", town.firm) == [brief.id]
    assert await stale(town) == [brief.id]
    engine.away = False
    town.world.clock.advance(seconds=2)
    await town.react()
    assert await found(town, "永久磁石", town.firm) == []
    assert await found(town, "永久磁石", town.analyst) == [brief.id]
    assert await stale(town) == []


async def test_narrowed_again_while_the_index_took_the_first_it_stays_excluded(
    town: Town, engine: Fallible
) -> None:
    brief = await town.released("AMBER", shared_with=[town.firm])
    await town.react()
    await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, tlp="AMBER+STRICT")
    seen = await _stale_rows(town)
    town.world.clock.advance(seconds=1)
    await town.world.play(town.analyst, narrow_brief, brief_id=brief.id, tlp="RED")
    async with town.world.database.writing() as session:
        await indexing._clear(session, seen)
        await session.commit()
    assert await stale(town) == [brief.id]


async def test_while_the_engine_is_away_everything_else_goes_on_and_nothing_is_lost(
    town: Town, engine: Fallible
) -> None:
    await town.follow_area(town.firm)
    engine.away = True
    call = await town.funding.call()
    await town.react()
    assert await town.inbox(town.firm) == [("call.published", "area")]
    assert await found(town, "無人機") == []
    engine.away = False
    town.world.clock.advance(seconds=2)
    await town.react()
    assert await found(town, "無人機") == [call.id]


async def test_a_rebuild_from_the_database_gives_the_same_answers(
    town: Town, tmp_path: Path
) -> None:
    call = await town.funding.call()
    brief = await town.released("AMBER", shared_with=[town.firm])
    await town.react()
    town.app.search = EmbeddedSearch(tmp_path / "anew")
    count = await reindex(town.app)
    assert await found(town, "無人機") == [call.id]
    assert await found(town, "永久磁石", town.firm) == [brief.id]
    assert await found(town, "永久磁石", town.other_firm) == []
    async with town.world.database.reading() as connection:
        rows = [
            len((await connection.execute(select(source.table.c.id))).all())
            for source in SOURCES.values()
        ]
    assert count == sum(rows)


async def test_organisations_areas_and_people_are_found_people_by_members(town: Town) -> None:
    await reindex(town.app)
    firm = town.firm.posts[0].organization_id
    assert await found(town, "鳴瀬精機") == [firm]
    assert await found(town, "輸送技術") == [await town.area("A20-TRANS")]
    assert town.firm.person_id not in await found(town, "𠮷彦")
    assert town.firm.person_id in await found(town, "鳴瀬 𠮷彦", town.other_firm)


async def test_a_record_that_is_gone_leaves_the_index(town: Town) -> None:
    key = await town.world.organization("FIRM", "幻の商会（架空）")
    await _recorded(town, "organization.registered", key)
    await town.react()
    assert await found(town, "幻の商会") == [key]
    async with town.world.database.writing() as session:
        await session.execute(delete(Organization).where(Organization.id == key))  # type: ignore[arg-type]  # a column
        await session.commit()
    await _recorded(town, "organization.registered", key)
    await town.react()
    assert await found(town, "幻の商会") == []


async def test_tokens_count_while_they_are_in_force_and_a_closed_gate_is_nobodys(
    town: Town,
) -> None:
    now = town.world.clock.now()
    soon, earlier = now + timedelta(hours=1), now - timedelta(hours=1)
    audience = Audience.of(
        "member",
        Token("org:a", start=soon),
        Token("org:b", start=earlier, until=soon),
        deny=["org:c"],
    )
    firm = town.firm.posts[0].organization_id
    documents = []
    for gate in (Gate.of(["member"]), Gate.of([Token("member", start=soon)])):
        async with town.world.database.writing() as session:
            row = await session.get(Organization, firm)
            assert row is not None
            await police(session, row, audience, gate)
            await session.flush()
            entries = await SOURCES["organization"].entries(session, [firm])
            documents += await indexing.documents_of(session, "organization", entries, at=now)
    told = [
        (
            set(one.document.audience),
            set(one.document.deny),
            list(map(set, one.document.gates)),
            one.changes_at,
        )
        for one in documents
    ]
    assert told == [
        ({"member", "org:b"}, {"not:org:c"}, [{"member"}], soon),
        (set(), {"not:org:c"}, [], soon),
    ]


async def test_marking_stale_twice_keeps_the_later_instant(town: Town) -> None:
    record = uuid4()
    for _ in range(2):
        town.world.clock.advance(seconds=1)
        async with town.app.unit() as unit:
            await indexing.mark_stale(unit, record, "brief")
    assert await _stale_rows(town) == {record: town.world.clock.now()}


async def _stale_rows(town: Town) -> dict[UUID, datetime]:
    async with town.world.database.writing() as session:
        return dict(await indexing._stale(session, None))


async def _recorded(town: Town, kind: str, subject: UUID) -> None:
    async with town.app.unit() as unit:
        await unit.record(kind, subject)
