"""Signing in and proving again by a passkey: one refusal for whatever is not right with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select
from sqlmodel import col

from renkei.access.policy.viewer import Viewer
from renkei.identity import passkeys, sessions
from renkei.identity.letters import LetterKind
from renkei.identity.passkey_sign_ins import Asked, PasskeySignIns
from renkei.identity.rules import CHALLENGE_WITHIN, CHALLENGES_MAX
from renkei.identity.secrets import Vault
from renkei.identity.sessions import Origin
from renkei.identity.tables import Account, AccountLetter, Passkey, PasskeyChallenge
from renkei.identity.throttle import ATTEMPTS_MAX
from renkei.ledger.tables import Fact
from renkei.viewers import Identity
from support.authenticator import PRESENT, SEEN, SoftwarePasskey
from support.signing_in import SITE, session_of, set_up_second_step, signed_in, with_passkey
from support.world import World

HERE = Origin("192.0.2.7", "Mozilla/5.0 (試験)")


@dataclass
class Someone:
    """A person with a passkey, and the ways in."""

    world: World
    viewer: Viewer
    passkey: SoftwarePasskey
    ins: PasskeySignIns
    identity: Identity

    @property
    def id(self) -> UUID:
        assert self.viewer.person_id is not None
        return self.viewer.person_id

    async def asked(self, secret: str | None = None, origin: Origin = HERE) -> Asked:
        found = await self.ins.ask(secret, origin)
        assert found is not None
        return found

    async def enters(self, origin: Origin = HERE) -> bool:
        """Whether the passkey opens a session now."""
        asked = await self.asked(origin=origin)
        answer = self.passkey.assertion(asked.options)
        return await self.ins.sign_in(asked.secret, answer, origin) is not None

    async def row(self) -> Passkey:
        async with self.world.database.writing() as session:
            query = select(Passkey).where(col(Passkey.person_id) == self.id)
            return (await session.execute(query)).scalar_one()


@pytest.fixture
async def someone(world: World) -> Someone:
    place = await world.organization("RESEARCH", "東雲工業大学（架空）")
    human = await world.person("髙瀬 美咲", place, "researcher")
    identity = Identity(world.database, world.clock)
    viewer = await signed_in(world, identity, human)
    made, _ = await with_passkey(world, viewer)
    ins = PasskeySignIns(world.database, world.clock, world.unit, SITE, session_hours=12)
    return Someone(world, viewer, made, ins, identity)


async def facts(world: World, kind: str) -> int:
    async with world.database.reading() as connection:
        query = select(col(Fact.id)).where(col(Fact.kind) == kind)
        return len((await connection.execute(query)).all())


async def letters(world: World) -> list[str]:
    async with world.database.reading() as connection:
        query = select(col(AccountLetter.kind)).order_by(col(AccountLetter.created_at))
        return list((await connection.execute(query)).scalars())


async def test_a_passkey_opens_a_session_that_says_so_without_an_address_or_a_code(
    someone: Someone,
) -> None:
    await set_up_second_step(someone.world, someone.viewer, Vault(b"test-secret"))
    asked = await someone.asked()
    opened = await someone.ins.sign_in(asked.secret, someone.passkey.assertion(asked.options), HERE)
    assert opened is not None
    viewer = await someone.identity.by_session(opened.secret)
    assert viewer is not None
    assert (viewer.person_id, viewer.request.stepped_up) == (someone.id, True)
    async with someone.world.database.reading() as connection:
        found = await sessions.sessions_of(connection, someone.id, at=someone.world.clock.now())
        (listed,) = await passkeys.passkeys_of(connection, someone.id)
    (row,) = [one for one in found if one.id == viewer.request.session_id]
    assert (row.how, row.agent, row.address) == ("PASSKEY", HERE.agent, HERE.address)
    assert listed.last_used_at == someone.world.clock.now()


async def test_a_challenge_is_good_once_soon_and_from_the_browser_that_asked(
    someone: Someone,
) -> None:
    asked = await someone.asked()
    answer = someone.passkey.assertion(asked.options)
    assert await someone.ins.sign_in("rk1_ほかのブラウザー", answer, HERE) is None
    assert await someone.ins.sign_in("", answer, HERE) is None
    assert await someone.ins.sign_in(asked.secret, answer, HERE) is not None
    assert await someone.ins.sign_in(asked.secret, answer, HERE) is None
    late = await someone.asked()
    someone.world.clock.advance(seconds=CHALLENGE_WITHIN.total_seconds())
    answer = someone.passkey.assertion(late.options)
    assert await someone.ins.sign_in(late.secret, answer, HERE) is None


async def test_tabs_of_one_browser_do_not_spoil_each_others_challenge(someone: Someone) -> None:
    first = await someone.asked()
    second = await someone.asked(first.secret)
    assert second.secret == first.secret
    for asked in (first, second):
        answer = someone.passkey.assertion(asked.options)
        assert await someone.ins.sign_in(asked.secret, answer, HERE) is not None


def _another(site: str, origin: str) -> Callable[[SoftwarePasskey, str], str]:
    def signs(passkey: SoftwarePasskey, options: str) -> str:
        passkey.site, passkey.origin = site, origin
        return passkey.assertion(options)

    return signs


WRONG: dict[str, Callable[[SoftwarePasskey, str], str]] = {
    "another site's page": _another(SITE.id, "https://renkei.example.evil.example"),
    "another relying party": _another("evil.example", SITE.origin),
    "an unknown passkey": lambda mine, options: SoftwarePasskey(
        SITE.id, SITE.origin, mine.owner
    ).assertion(options),
    "a known passkey's id, signed by another key": lambda mine, options: SoftwarePasskey(
        SITE.id, SITE.origin, mine.owner, id=mine.id
    ).assertion(options),
    "its owner not verified": lambda mine, options: mine.assertion(options, flags=PRESENT),
    "somebody else's, it says": lambda mine, options: mine.assertion(options, owner=uuid4().bytes),
    "it does not say whose": lambda mine, options: mine.assertion(options, owner=None),
    "a challenge of its own": lambda mine, options: mine.assertion(
        json.dumps({**json.loads(options), "challenge": "YWFhYWFhYWFhYWFhYWFhYQ"})
    ),
    "a registration": lambda mine, options: mine.registration(options),
    "no answer": lambda mine, options: "でたらめ\ud800\x00",
}


async def test_whatever_is_not_right_opens_nothing_and_tells_nobody(someone: Someone) -> None:
    before = await facts(someone.world, "session.opened")
    opened = {}
    for wrong, answer in WRONG.items():
        someone.world.clock.advance(minutes=15)
        asked = await someone.asked()
        mine = replace(someone.passkey)
        opened[wrong] = await someone.ins.sign_in(asked.secret, answer(mine, asked.options), HERE)
    assert opened == dict.fromkeys(WRONG)
    assert await facts(someone.world, "session.opened") == before
    assert (await someone.row()).last_used_at is None
    assert await letters(someone.world) == [LetterKind.PASSKEY_ADDED]
    assert await someone.enters()


async def test_a_failed_answer_uses_the_challenge_up(someone: Someone) -> None:
    asked = await someone.asked()
    answer = someone.passkey.assertion(asked.options, flags=PRESENT)
    assert await someone.ins.sign_in(asked.secret, answer, HERE) is None
    answer = someone.passkey.assertion(asked.options)
    assert await someone.ins.sign_in(asked.secret, answer, HERE) is None


async def test_a_synced_passkey_does_not_become_another_kind(someone: Someone) -> None:
    someone.passkey.synced = False
    assert not await someone.enters()


async def test_a_removed_passkey_or_a_disabled_account_opens_nothing(someone: Someone) -> None:
    async with someone.world.database.writing() as session:
        account = await session.get_one(Account, someone.id)
        account.disabled_at = someone.world.clock.now()
        await session.commit()
    assert not await someone.enters()
    async with someone.world.database.writing() as session:
        account = await session.get_one(Account, someone.id)
        account.disabled_at = None
        await session.execute(delete(Passkey))
        await session.commit()
    assert not await someone.enters()


async def test_after_ten_wrong_ones_the_right_one_has_to_wait(someone: Someone) -> None:
    for place in range(ATTEMPTS_MAX):
        elsewhere = Origin(f"198.51.100.{place}")
        asked = await someone.asked(origin=elsewhere)
        answer = someone.passkey.assertion(asked.options, flags=PRESENT)
        assert await someone.ins.sign_in(asked.secret, answer, elsewhere) is None
    assert not await someone.enters(Origin("203.0.113.1"))
    someone.world.clock.advance(minutes=15)
    assert await someone.enters()


async def test_what_can_not_be_read_counts_for_its_address_alone(someone: Someone) -> None:
    for _ in range(ATTEMPTS_MAX):
        assert await someone.ins.sign_in("", "{}", HERE) is None
    assert not await someone.enters()
    assert await someone.enters(Origin("203.0.113.1"))


async def test_a_counter_that_does_not_move_on_is_a_copy_and_its_owner_is_told(
    someone: Someone,
) -> None:
    # Told before, told now, whether it opens.
    counted = [(0, 0, True), (0, 1, True), (1, 6, True), (6, 6, False), (6, 4, False),
               (6, 0, False), (6, 7, True)]  # fmt: skip
    for before, now, opens in counted:
        assert (await someone.row()).sign_count == before
        someone.passkey.count = now
        assert (before, now, await someone.enters()) == (before, now, opens)
    assert await facts(someone.world, "passkey.copied") == 3
    assert await letters(someone.world) == [
        LetterKind.PASSKEY_ADDED, *[LetterKind.PASSKEY_COPIED] * 3
    ]  # fmt: skip


async def test_a_counter_without_a_right_signature_alarms_nobody(someone: Someone) -> None:
    async with someone.world.database.writing() as session:
        row = await session.get_one(Passkey, (await someone.row()).id)
        row.sign_count = 9
        await session.commit()
    forged = SoftwarePasskey(SITE.id, SITE.origin, someone.id.bytes, id=someone.passkey.id)
    asked = await someone.asked()
    assert await someone.ins.sign_in(asked.secret, forged.assertion(asked.options), HERE) is None
    assert await facts(someone.world, "passkey.copied") == 0


async def test_challenges_of_one_address_are_bounded_and_dropped_when_over(
    someone: Someone,
) -> None:
    async with someone.world.database.writing() as session:
        session.add_all(
            PasskeyChallenge(
                challenge=f"{place}",
                ceremony="SIGN_IN",
                held_by="",
                address=HERE.address,
                expires_at=someone.world.clock.now() + CHALLENGE_WITHIN,
            )
            for place in range(CHALLENGES_MAX)
        )
        await session.commit()
    assert await someone.ins.ask(None, HERE) is None
    assert await someone.ins.ask(None, Origin("203.0.113.1")) is not None
    someone.world.clock.advance(seconds=CHALLENGE_WITHIN.total_seconds())
    assert await someone.ins.ask(None, HERE) is not None
    async with someone.world.database.reading() as connection:
        query = select(col(PasskeyChallenge.id))
        assert len((await connection.execute(query)).all()) == 1


async def test_a_session_is_proved_again_by_its_owners_passkey(someone: Someone) -> None:
    secret = await session_of(someone.world, someone.id)
    someone.world.clock.advance(minutes=11)

    async def is_proved() -> bool:
        viewer = await someone.identity.by_session(secret)
        return viewer is not None and viewer.request.stepped_up

    assert not await is_proved()
    options = await someone.ins.ask_again(secret, HERE)
    assert options is not None
    (known,) = json.loads(options)["allowCredentials"]
    assert known["id"] == (await someone.row()).credential_id
    # Where the passkey was named, it needs not say whose it is.
    answer = someone.passkey.assertion(options, owner=None)
    assert await someone.ins.prove_again(secret, answer, HERE)
    assert await is_proved()
    assert await facts(someone.world, "session.proved") == 1
    assert not await someone.ins.prove_again(secret, answer, HERE)


async def test_another_ones_passkey_another_session_or_a_sign_in_proves_nothing(
    someone: Someone,
) -> None:
    world = someone.world
    place = await world.organization("FIRM", "朝霧アビオニクス株式会社（架空）")
    human = await world.person("朝比奈 涼", place, "firm")
    theirs, _ = await with_passkey(world, await signed_in(world, someone.identity, human))
    secret, other = [await session_of(world, someone.id) for _ in range(2)]

    async def asked() -> str:
        options = await someone.ins.ask_again(secret, HERE)
        assert options is not None
        return options

    assert not await someone.ins.prove_again(secret, theirs.assertion(await asked()), HERE)
    mine = someone.passkey.assertion(await asked())
    assert not await someone.ins.prove_again(other, mine, HERE)
    assert not await someone.ins.prove_again("rks_でたらめ", mine, HERE)
    plain = await someone.asked()
    answer = someone.passkey.assertion(plain.options, flags=SEEN)
    assert not await someone.ins.prove_again(secret, answer, HERE)
    assert not await someone.ins.prove_again(plain.secret, answer, HERE)
    # Nor does a proof sign in.
    assert await someone.ins.sign_in(secret, someone.passkey.assertion(await asked()), HERE) is None


async def test_without_session_passkey_or_site_nothing_is_asked(someone: Someone) -> None:
    world = someone.world
    assert await someone.ins.ask_again("rks_でたらめ", HERE) is None
    place = await world.organization("FIRM", "朝霧アビオニクス株式会社（架空）")
    human = await world.person("朝比奈 涼", place, "firm")
    assert await someone.ins.ask_again(await session_of(world, human), HERE) is None
    nowhere = PasskeySignIns(world.database, world.clock, world.unit, None, session_hours=12)
    assert await nowhere.ask(None, HERE) is None
    assert await nowhere.ask_again(await session_of(world, someone.id), HERE) is None
    asked = await someone.asked()
    answer = someone.passkey.assertion(asked.options)
    assert await nowhere.sign_in(asked.secret, answer, HERE) is None
