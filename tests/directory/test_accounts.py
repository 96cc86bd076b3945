"""Accounts: who may sign in, and how that ends at once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from renkei.access.policy.viewer import Viewer
from renkei.directory.accounts import (
    account_of_person,
    disable_account,
    end_sessions_of,
    open_account,
    reset_second_step,
)
from renkei.directory.operating import OPERATOR
from renkei.directory.service import register_person
from renkei.identity import tokens
from renkei.identity.codes import is_asked_for
from renkei.identity.secrets import Vault
from renkei.problems import InvalidInput, NotAllowed, NotFound, StepUpNeeded, WrongState
from renkei.viewers import Identity
from support.signing_in import proved, session_of, set_up_second_step
from support.world import World


@pytest.fixture
async def administrator(world: World) -> Viewer:
    office = await world.organization("OTHER", "連携運営事務局（架空）")
    return await world.viewer(await world.person("見本 太郎", office, "administrator"))


@pytest.fixture
async def researcher(world: World) -> Viewer:
    place = await world.organization("RESEARCH", "東雲工業大学（架空）")
    return await world.viewer(await world.person("髙瀬 美咲", place, "researcher"))


def identity(world: World) -> Identity:
    return Identity(world.database, world.clock)


async def test_an_address_is_one_account_however_it_is_written(
    world: World, administrator: Viewer
) -> None:
    human = await world.play(administrator, register_person, name="山田 花子")
    opened = {"person_id": human.id, "password_hash": "!"}
    account = await world.play(
        administrator, open_account, email="Ｈａｎａｋｏ@Test.Example", **opened
    )
    assert account.email == "hanako@test.example"
    for email, code in (("hanako@TEST.example", "ALREADY_REGISTERED"), ("花子", "EMAIL_FORM")):
        with pytest.raises(InvalidInput) as refusal:
            await world.play(administrator, open_account, email=email, **opened)
        assert [(one.path, one.code) for one in refusal.value.problems] == [(("email",), code)]


async def test_a_disabled_account_ends_sessions_and_tokens_at_once(
    world: World, administrator: Viewer, researcher: Viewer
) -> None:
    assert researcher.person_id is not None
    who = identity(world)
    session = await session_of(world, researcher.person_id)
    secret, _ = await world.play(proved(researcher), tokens.issue_token, name="試験")
    assert await who.by_session(session) is not None
    assert await who.by_access_token(secret) is not None
    which = {"person_id": researcher.person_id}
    with pytest.raises(StepUpNeeded):
        await world.play(administrator, disable_account, **which)
    with pytest.raises(NotAllowed):
        await world.play(proved(researcher), disable_account, **which)
    await world.play(proved(administrator), disable_account, **which)
    assert await who.by_session(session) is None
    assert await who.by_access_token(secret) is None
    with pytest.raises(NotFound):
        await world.play(proved(administrator), disable_account, person_id=uuid4())


async def test_an_administrator_sees_how_one_signs_in_and_ends_it(
    world: World, administrator: Viewer, researcher: Viewer
) -> None:
    assert researcher.person_id is not None
    which = {"person_id": researcher.person_id}
    async with world.database.reading() as connection:
        assert await account_of_person(connection, researcher, **which) is None
        found = await account_of_person(connection, administrator, **which)
    assert found is not None
    assert (found.email, found.disabled_at) == (f"{researcher.person_id}@test.example", None)
    opened = [await session_of(world, researcher.person_id) for _ in range(2)]
    assert await world.play(proved(administrator), end_sessions_of, **which) == 2
    assert [await identity(world).by_session(one) for one in opened] == [None, None]


async def test_whoever_lost_the_second_step_has_it_taken_away(
    world: World, administrator: Viewer, researcher: Viewer
) -> None:
    assert researcher.person_id is not None
    which = {"person_id": researcher.person_id}
    with pytest.raises(WrongState):
        await world.play(proved(administrator), reset_second_step, **which)
    await set_up_second_step(world, researcher, Vault(b"test-secret"))
    session = await session_of(world, researcher.person_id)
    await world.play(OPERATOR, reset_second_step, **which)
    async with world.database.reading() as connection:
        assert not await is_asked_for(connection, researcher.person_id)
    assert await identity(world).by_session(session) is None
