"""One's passkeys: added after a proof, told of by mail, named anew, removed, never the last way."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.viewer import Request, Viewer
from renkei.directory.accounts import remove_passkeys_of
from renkei.directory.operating import OPERATOR
from renkei.identity import passkeys
from renkei.identity.ceremonies import Known
from renkei.identity.letters import LetterKind
from renkei.identity.rules import CHALLENGE_WITHIN, PASSKEYS_MAX
from renkei.identity.tables import Account, AccountLetter, Passkey
from renkei.problems import InvalidInput, NotAllowed, NotFound, StepUpNeeded, WrongState
from renkei.viewers import Identity
from support.authenticator import PRESENT, SoftwarePasskey
from support.signing_in import SITE, proved, session_of, signed_in, with_passkey
from support.world import World

NAME = "研究室のノートPC"


@pytest.fixture
async def misaki(world: World) -> Viewer:
    """A researcher in a session of her own, just proved."""
    place = await world.organization("RESEARCH", "東雲工業大学（架空）")
    human = await world.person("髙瀬 美咲", place, "researcher")
    async with world.database.writing() as session:
        (await session.get_one(Account, human)).password_hash = "$argon2id$見本"
        await session.commit()
    return await signed_in(world, identity(world), human)


def identity(world: World) -> Identity:
    return Identity(world.database, world.clock)


async def kept(world: World, viewer: Viewer) -> list[tuple[str, bool, bool]]:
    """Names, whether synced, whether used."""
    assert viewer.person_id is not None
    async with world.database.reading() as connection:
        rows = await passkeys.passkeys_of(connection, viewer.person_id)
    return [(row.name, row.synced, row.last_used_at is not None) for row in rows]


async def told(world: World) -> list[str]:
    """The kinds of letters so far."""
    async with world.database.reading() as connection:
        query = select(col(AccountLetter.kind)).order_by(col(AccountLetter.created_at))
        return list((await connection.execute(query)).scalars())


def problems(refusal: pytest.ExceptionInfo[InvalidInput]) -> list[tuple[tuple[str, ...], str]]:
    return [(one.path, one.code) for one in refusal.value.problems]


async def test_a_passkey_is_added_listed_and_told_of_by_mail(world: World, misaki: Viewer) -> None:
    await with_passkey(world, misaki)
    world.clock.advance(minutes=1)
    await with_passkey(world, misaki, " 鍵束のキー ", synced=False)
    assert await kept(world, misaki) == [(NAME, True, False), ("鍵束のキー", False, False)]
    assert await told(world) == [LetterKind.PASSKEY_ADDED] * 2


async def test_the_browser_is_told_which_passkeys_there_are(world: World, misaki: Viewer) -> None:
    made, row = await with_passkey(world, misaki)
    async with world.database.reading() as connection:
        assert await passkeys.known_of(connection, row.person_id) == [
            Known(row.credential_id, ["hybrid", "internal"])
        ]
    options = await world.play(misaki, passkeys.begin, party=SITE)
    with pytest.raises(AssertionError):
        # The device has it already, and sees that in the options.
        SoftwarePasskey.made_for(options, SITE.origin, id=made.id)


@pytest.mark.parametrize(
    ("name", "code"),
    [(" ", "REQUIRED"), ("鍵" * 101, "TOO_LONG"), ("\ud800", "BROKEN_TEXT"),
     ("a\x00", "CONTROL_CHARACTER")],
)  # fmt: skip
async def test_a_bad_name_is_refused_and_the_same_answer_good_with_another(
    world: World, misaki: Viewer, name: str, code: str
) -> None:
    options = await world.play(misaki, passkeys.begin, party=SITE)
    answer = SoftwarePasskey.made_for(options, SITE.origin).registration(options)
    with pytest.raises(InvalidInput) as refusal:
        await world.play(misaki, passkeys.add, party=SITE, name=name, credential=answer)
    assert problems(refusal) == [(("name",), code)]
    row = await world.play(misaki, passkeys.add, party=SITE, name=NAME, credential=answer)
    with pytest.raises(InvalidInput) as refusal:
        await world.play(misaki, passkeys.rename, passkey_id=row.id, name=name)
    assert problems(refusal) == [(("name",), code)]


async def test_an_answer_is_good_once_soon_and_in_the_session_that_began_it(
    world: World, misaki: Viewer
) -> None:
    assert misaki.person_id is not None

    async def begun() -> str:
        options = await world.play(misaki, passkeys.begin, party=SITE)
        return SoftwarePasskey.made_for(options, SITE.origin).registration(options)

    async def refused(viewer: Viewer, answer: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            await world.play(viewer, passkeys.add, party=SITE, name=NAME, credential=answer)
        assert problems(refusal) == [(("credential",), "NOT_VERIFIED")]

    answer = await begun()
    await refused(await signed_in(world, identity(world), misaki.person_id), answer)
    await world.play(misaki, passkeys.add, party=SITE, name=NAME, credential=answer)
    await refused(misaki, answer)
    late = await begun()
    world.clock.advance(seconds=CHALLENGE_WITHIN.total_seconds())
    await refused(misaki, late)
    await refused(misaki, "でたらめ")
    assert await kept(world, misaki) == [(NAME, True, False)]


async def test_a_device_that_did_not_verify_its_owner_is_refused(
    world: World, misaki: Viewer
) -> None:
    options = await world.play(misaki, passkeys.begin, party=SITE)
    answer = SoftwarePasskey.made_for(options, SITE.origin).registration(options, flags=PRESENT)
    with pytest.raises(InvalidInput) as refusal:
        await world.play(misaki, passkeys.add, party=SITE, name=" ", credential=answer)
    # All that is wrong is told at once.
    assert problems(refusal) == [(("name",), "REQUIRED"), (("credential",), "NOT_VERIFIED")]


async def test_a_passkey_is_one_persons(world: World, misaki: Viewer) -> None:
    made, _ = await with_passkey(world, misaki)
    place = await world.organization("FIRM", "朝霧アビオニクス株式会社（架空）")
    human = await world.person("朝比奈 涼", place, "firm")
    other = await signed_in(world, identity(world), human)
    options = await world.play(other, passkeys.begin, party=SITE)
    with pytest.raises(InvalidInput) as refusal:
        await world.play(
            other, passkeys.add, party=SITE, name=NAME, credential=made.registration(options)
        )
    assert problems(refusal) == [(("credential",), "NOT_VERIFIED")]


async def test_twenty_are_the_most(world: World, misaki: Viewer) -> None:
    assert misaki.person_id is not None
    async with world.database.writing() as session:
        session.add_all(
            Passkey(
                person_id=misaki.person_id,
                credential_id=f"{place}",
                public_key="",
                name=f"{place}番",
                sign_count=0,
                synced=True,
                created_at=world.clock.now(),
            )
            for place in range(PASSKEYS_MAX)
        )
        await session.commit()
    with pytest.raises(WrongState):
        await world.play(misaki, passkeys.begin, party=SITE)


async def test_where_the_address_takes_no_passkeys_none_is_begun(
    world: World, misaki: Viewer
) -> None:
    with pytest.raises(WrongState):
        await world.play(misaki, passkeys.begin, party=None)
    options = await world.play(misaki, passkeys.begin, party=SITE)
    answer = SoftwarePasskey.made_for(options, SITE.origin).registration(options)
    with pytest.raises(InvalidInput):
        await world.play(misaki, passkeys.add, party=None, name=NAME, credential=answer)


async def test_one_names_and_removes_ones_own_alone(world: World, misaki: Viewer) -> None:
    _, row = await with_passkey(world, misaki)
    place = await world.organization("FIRM", "朝霧アビオニクス株式会社（架空）")
    human = await world.person("朝比奈 涼", place, "firm")
    other = await signed_in(world, identity(world), human)
    for which in (row.id, uuid4()):
        with pytest.raises(NotFound):
            await world.play(other, passkeys.rename, passkey_id=which, name="わたしの")
        with pytest.raises(NotFound):
            await world.play(other, passkeys.remove, passkey_id=which)
    await world.play(misaki, passkeys.rename, passkey_id=row.id, name=" 自宅のPC ")
    assert await kept(world, misaki) == [("自宅のPC", True, False)]
    await world.play(misaki, passkeys.remove, passkey_id=row.id)
    assert await kept(world, misaki) == []
    assert await told(world) == [LetterKind.PASSKEY_ADDED, LetterKind.PASSKEY_REMOVED]


async def test_the_last_way_in_is_not_removed(world: World, misaki: Viewer) -> None:
    _, first = await with_passkey(world, misaki)
    _, second = await with_passkey(world, misaki)
    async with world.database.writing() as session:
        (await session.get_one(Account, misaki.person_id)).password_hash = "!"
        await session.commit()
    await world.play(misaki, passkeys.remove, passkey_id=first.id)
    with pytest.raises(WrongState):
        await world.play(misaki, passkeys.remove, passkey_id=second.id)
    assert len(await kept(world, misaki)) == 1


async def test_a_session_left_open_or_a_token_adds_and_removes_nothing(
    world: World, misaki: Viewer
) -> None:
    _, row = await with_passkey(world, misaki)
    left_open = await world.again(misaki)
    token = Viewer(person_id=misaki.person_id, scopes=frozenset(), request=Request(stepped_up=True))
    acts: list[tuple[Any, dict[str, Any]]] = [
        (passkeys.begin, {"party": SITE}),
        (passkeys.add, {"party": SITE, "name": NAME, "credential": "{}"}),
        (passkeys.remove, {"passkey_id": row.id}),
    ]
    for use_case, sent in acts:
        with pytest.raises(StepUpNeeded):
            await world.play(left_open, use_case, **sent)
    for use_case, sent in (*acts, (passkeys.rename, {"passkey_id": row.id, "name": "x"})):
        with pytest.raises(NotAllowed):
            await world.play(token, use_case, **sent)
    assert await kept(world, misaki) == [(NAME, True, False)]


async def test_an_administrator_takes_them_all_away_and_sessions_end(
    world: World, misaki: Viewer
) -> None:
    assert misaki.person_id is not None
    which = {"person_id": misaki.person_id}
    office = await world.organization("OTHER", "連携運営事務局（架空）")
    administrator = await world.viewer(await world.person("見本 太郎", office, "administrator"))
    with pytest.raises(WrongState):
        await world.play(proved(administrator), remove_passkeys_of, **which)
    for _ in range(2):
        await with_passkey(world, misaki)
    session = await session_of(world, misaki.person_id)
    with pytest.raises(StepUpNeeded):
        await world.play(administrator, remove_passkeys_of, **which)
    with pytest.raises(NotAllowed):
        await world.play(misaki, remove_passkeys_of, **which)
    await world.play(proved(administrator), remove_passkeys_of, **which)
    assert await kept(world, misaki) == []
    assert await identity(world).by_session(session) is None
    assert (await told(world))[-1] == LetterKind.PASSKEY_REMOVED
    with pytest.raises(WrongState):
        await world.play(OPERATOR, remove_passkeys_of, **which)
