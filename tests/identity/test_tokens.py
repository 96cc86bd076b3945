"""Access tokens: issued to a proved person, limited by scopes, ended at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from renkei.access.policy.viewer import Viewer
from renkei.identity import tokens
from renkei.problems import InvalidInput, NotAllowed, NotFound, StepUpNeeded
from renkei.viewers import Identity
from support.signing_in import proved
from support.world import World


@pytest.fixture
async def researcher(world: World) -> Viewer:
    place = await world.organization("RESEARCH", "東雲工業大学（架空）")
    return proved(await world.viewer(await world.person("髙瀬 美咲", place, "researcher")))


@pytest.fixture
async def administrator(world: World) -> Viewer:
    office = await world.organization("OTHER", "連携運営事務局（架空）")
    return proved(await world.viewer(await world.person("見本 太郎", office, "administrator")))


def identity(world: World) -> Identity:
    return Identity(world.database, world.clock)


async def test_a_token_is_issued_to_whoever_has_just_proved_who_they_are(
    world: World, researcher: Viewer
) -> None:
    with pytest.raises(StepUpNeeded):
        await world.play(await world.again(researcher), tokens.issue_token, name="試験")


async def test_a_token_is_its_owners_with_its_scopes_until_it_expires(
    world: World, researcher: Viewer
) -> None:
    secret, row = await world.play(
        researcher,
        tokens.issue_token,
        name="公募の下書き",
        scopes=["proposals:write", "proposals:write"],
        days=30,
    )
    assert secret not in repr(row)
    found = await identity(world).by_access_token(secret)
    assert found is not None
    assert (found.person_id, found.scopes) == (
        researcher.person_id,
        frozenset({"proposals:write"}),
    )
    assert (found.may("proposals:write"), found.may("calls:write")) == (True, False)
    world.clock.at += timedelta(days=30)
    assert await identity(world).by_access_token(secret) is None


async def test_a_token_issues_no_token(world: World, researcher: Viewer) -> None:
    secret, _ = await world.play(researcher, tokens.issue_token, name="試験")
    by_token = await identity(world).by_access_token(secret)
    assert by_token is not None
    # Without scopes it may do all that its owner may: even so, only a person issues tokens.
    assert by_token.scopes is None
    narrow, _ = await world.play(researcher, tokens.issue_token, name="狭い", scopes=[])
    narrowed = await identity(world).by_access_token(narrow)
    assert narrowed is not None
    for use_case, told in (
        (tokens.issue_token, {"name": "孫"}),
        (tokens.revoke_token, {"token_id": UUID(int=1)}),
    ):
        with pytest.raises(NotAllowed):
            await world.play(narrowed, use_case, **told)


async def test_what_a_token_may_not_be(world: World, researcher: Viewer) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await world.play(
            researcher, tokens.issue_token, name="", scopes=["calls:write", "全部"], days=367
        )
    assert [(one.path, one.code) for one in refusal.value.problems] == [
        (("name",), "REQUIRED"),
        (("scopes", "1"), "UNKNOWN_SCOPE"),
        (("days",), "OUT_OF_RANGE"),
    ]


async def test_one_revokes_ones_own_token_alone(
    world: World, administrator: Viewer, researcher: Viewer
) -> None:
    secret, row = await world.play(researcher, tokens.issue_token, name="試験")
    with pytest.raises(NotFound):
        await world.play(administrator, tokens.revoke_token, token_id=row.id)
    async with world.database.reading() as connection:
        assert researcher.person_id is not None
        listed = await tokens.tokens_in_force(
            connection, researcher.person_id, at=world.clock.now()
        )
    assert [(one.name, one.prefix) for one in listed] == [("試験", secret[:10])]
    await world.play(researcher, tokens.revoke_token, token_id=row.id)
    assert await identity(world).by_access_token(secret) is None
