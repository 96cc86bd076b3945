"""Accounts: who may sign in, and how that ends at once."""

from __future__ import annotations

import pytest

from renkei.access.policy.viewer import Viewer
from renkei.directory.accounts import disable_account, open_account
from renkei.directory.service import register_person
from renkei.identity import tokens
from renkei.problems import InvalidInput, NotFound
from renkei.viewers import Identity
from support.signing_in import proved, session_of
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
    email = f"{researcher.person_id}@test.example"
    await world.play(administrator, disable_account, email=email)
    assert await who.by_session(session) is None
    assert await who.by_access_token(secret) is None
    with pytest.raises(NotFound):
        await world.play(administrator, disable_account, email="nobody@test.example")
