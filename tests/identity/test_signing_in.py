"""Signing in by password and second step, throttling, proving again, and how sessions end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pyotp
import pytest
from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.viewer import Request, Viewer
from renkei.identity import codes, passwords, sessions
from renkei.identity.secrets import Vault, hash_password
from renkei.identity.sessions import Origin
from renkei.identity.sign_ins import CodeWanted, Opened, SignIns
from renkei.identity.tables import Account, Authenticator, SignIn
from renkei.identity.throttle import ATTEMPTS_MAX
from renkei.ledger.tables import Fact
from renkei.problems import InvalidInput, NotAllowed, NotFound, StepUpNeeded, WrongState
from renkei.viewers import Identity
from support.signing_in import proved, session_of, set_up_second_step
from support.world import World

PASSWORD = "正しい馬の電池ホチキス"
HERE = Origin("192.0.2.7", "Mozilla/5.0 (試験)")
VAULT = Vault(b"test-secret")


@dataclass
class Someone:
    """A person with a password, and the ways in."""

    world: World
    viewer: Viewer
    email: str
    ins: SignIns
    identity: Identity

    @property
    def id(self) -> UUID:
        assert self.viewer.person_id is not None
        return self.viewer.person_id

    async def opened(self, password: str = PASSWORD) -> str:
        found = await self.ins.sign_in(self.email, password, HERE)
        assert isinstance(found, Opened)
        return found.secret

    async def with_app(self) -> tuple[pyotp.TOTP, list[str]]:
        """Set up the second step: the app, and the backup codes."""
        return await set_up_second_step(self.world, self.viewer, VAULT)

    def now(self, app: pyotp.TOTP) -> str:
        return app.at(self.world.clock.now())


@pytest.fixture(scope="module")
def hashed() -> str:
    return asyncio.run(hash_password(PASSWORD))


@pytest.fixture
async def someone(world: World, hashed: str) -> Someone:
    place = await world.organization("RESEARCH", "東雲工業大学（架空）")
    human = await world.person("髙瀬 美咲", place, "researcher")
    async with world.database.writing() as session:
        account = await session.get_one(Account, human)
        account.email, account.password_hash = "misaki@test.example", hashed
        await session.commit()
    ins = SignIns(world.database, world.clock, world.unit, VAULT, session_hours=12)
    return Someone(
        world,
        proved(await world.viewer(human)),
        "misaki@test.example",
        ins,
        Identity(world.database, world.clock),
    )


async def facts(world: World, kind: str) -> int:
    async with world.database.reading() as connection:
        found = await connection.execute(select(col(Fact.id)).where(col(Fact.kind) == kind))
        return len(found.all())


async def test_a_session_tells_whence_it_is_and_is_proved_for_ten_minutes(
    someone: Someone,
) -> None:
    secret = await someone.opened()
    viewer = await someone.identity.by_session(secret)
    assert viewer is not None
    assert (viewer.person_id, viewer.request.stepped_up) == (someone.id, True)
    async with someone.world.database.reading() as connection:
        (row,) = await sessions.sessions_of(connection, someone.id, at=someone.world.clock.now())
    assert (row.id, row.how, row.agent, row.address) == (
        viewer.request.session_id,
        "PASSWORD",
        HERE.agent,
        HERE.address,
    )
    assert await facts(someone.world, "session.opened") == 1
    someone.world.clock.advance(minutes=10)
    later = await someone.identity.by_session(secret)
    assert later is not None
    assert not later.request.stepped_up
    someone.world.clock.advance(hours=12)
    assert await someone.identity.by_session(secret) is None


async def test_the_secret_is_kept_nowhere(someone: Someone) -> None:
    secret = await someone.opened()
    async with someone.world.database.reading() as connection:
        kept = (await connection.execute(select(SignIn.__table__))).all()  # type: ignore[attr-defined]  # SQLModel sets it
    assert secret not in repr(kept)
    assert secret[4:] not in repr(kept)


async def test_unknown_wrong_and_disabled_are_one_answer(someone: Someone) -> None:
    assert await someone.ins.sign_in("nobody@test.example", PASSWORD, HERE) is None
    assert await someone.ins.sign_in(someone.email, "ちがう", HERE) is None
    assert await someone.ins.sign_in("Ｍisaki@Test.example", PASSWORD, HERE) is not None
    async with someone.world.database.writing() as session:
        account = await session.get_one(Account, someone.id)
        account.disabled_at = someone.world.clock.now()
        await session.commit()
    assert await someone.ins.sign_in(someone.email, PASSWORD, HERE) is None


@pytest.mark.parametrize("bad", ["\ud800", "\x00", "あ\x07"])
async def test_broken_text_signs_nobody_in(someone: Someone, bad: str) -> None:
    assert await someone.ins.sign_in(someone.email, PASSWORD + bad, HERE) is None
    assert await someone.ins.sign_in(someone.email + bad, PASSWORD, HERE) is None


async def test_after_ten_wrong_ones_the_right_one_has_to_wait(someone: Someone) -> None:
    for _ in range(ATTEMPTS_MAX):
        assert await someone.ins.sign_in(someone.email, "ちがう", HERE) is None
    # From another address too, and for this address with another account.
    assert await someone.ins.sign_in(someone.email, PASSWORD, Origin("198.51.100.1")) is None
    assert await someone.ins.sign_in("other@test.example", PASSWORD, HERE) is None
    someone.world.clock.advance(minutes=15)
    assert await someone.ins.sign_in(someone.email, PASSWORD, HERE) is not None


async def test_many_at_once_are_no_way_around_the_limit(someone: Someone) -> None:
    await asyncio.gather(
        *(someone.ins.sign_in(someone.email, "ちがう", HERE) for _ in range(ATTEMPTS_MAX))
    )
    assert await someone.ins.sign_in(someone.email, PASSWORD, HERE) is None


async def test_success_forgives_the_account_but_not_the_address(someone: Someone) -> None:
    for _ in range(ATTEMPTS_MAX - 1):
        await someone.ins.sign_in("nobody@test.example", "ちがう", HERE)
    await someone.opened()
    await someone.ins.sign_in("nobody@test.example", "ちがう", HERE)
    assert await someone.ins.sign_in(someone.email, PASSWORD, HERE) is None
    assert await someone.ins.sign_in(someone.email, PASSWORD, Origin("198.51.100.1")) is not None


async def test_a_second_step_is_asked_for_once_a_code_has_shown_that_it_works(
    someone: Someone,
) -> None:
    key, uri = await someone.world.play(someone.viewer, codes.begin, vault=VAULT)
    assert uri == f"otpauth://totp/Renkei:misaki%40test.example?secret={key}&issuer=Renkei"
    assert isinstance(await someone.ins.sign_in(someone.email, PASSWORD, HERE), Opened)
    with pytest.raises(InvalidInput) as refusal:
        await someone.world.play(someone.viewer, codes.confirm, vault=VAULT, code="000000")
    assert [(one.path, one.code) for one in refusal.value.problems] == [(("code",), "WRONG_CODE")]
    app, _ = await someone.with_app()
    wanted = await someone.ins.sign_in(someone.email, PASSWORD, HERE)
    assert isinstance(wanted, CodeWanted)
    assert await someone.identity.by_session(wanted.secret) is None
    found = await someone.ins.second_step(wanted.secret, someone.now(app), HERE)
    assert found is not None
    assert await someone.identity.by_session(found.secret) is not None


async def test_the_key_is_kept_encrypted(someone: Someone) -> None:
    app, found = await someone.with_app()
    async with someone.world.database.reading() as connection:
        kept = repr((await connection.execute(select(Authenticator.__table__))).all())  # type: ignore[attr-defined]  # SQLModel sets it
    assert app.secret not in kept
    assert len(found) == len(set(found)) == codes.BACKUP_CODES


async def test_a_code_is_good_once_and_now(someone: Someone) -> None:
    app, _ = await someone.with_app()

    async def enter(code: str) -> Opened | None:
        wanted = await someone.ins.sign_in(someone.email, PASSWORD, HERE)
        assert isinstance(wanted, CodeWanted)
        return await someone.ins.second_step(wanted.secret, code, HERE)

    code = someone.now(app)
    full_width = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert await enter(full_width) is not None
    assert await enter(code) is None
    later = app.at(someone.world.clock.now() + timedelta(seconds=90))
    assert await enter(later) is None
    someone.world.clock.advance(seconds=90)
    assert await enter(later) is not None


async def test_a_backup_code_is_good_once_however_it_is_typed(someone: Someone) -> None:
    _, found = await someone.with_app()
    wanted = [await someone.ins.sign_in(someone.email, PASSWORD, HERE) for _ in range(2)]
    typed = found[0].lower().replace("-", " ")
    answers = [
        await someone.ins.second_step(one.secret, typed, HERE)
        for one in wanted
        if isinstance(one, CodeWanted)
    ]
    assert [answer is not None for answer in answers] == [True, False]
    async with someone.world.database.reading() as connection:
        assert await codes.backup_codes_left(connection, someone.id) == codes.BACKUP_CODES - 1


async def test_between_the_steps_five_minutes_and_one_session(someone: Someone) -> None:
    app, _ = await someone.with_app()
    wanted = await someone.ins.sign_in(someone.email, PASSWORD, HERE)
    assert isinstance(wanted, CodeWanted)
    assert await someone.ins.second_step("rk1_でたらめ", someone.now(app), HERE) is None
    found = await someone.ins.second_step(wanted.secret, someone.now(app), HERE)
    assert found is not None
    someone.world.clock.advance(seconds=60)
    assert await someone.ins.second_step(wanted.secret, someone.now(app), HERE) is None
    wanted = await someone.ins.sign_in(someone.email, PASSWORD, HERE)
    assert isinstance(wanted, CodeWanted)
    someone.world.clock.advance(minutes=5)
    assert await someone.ins.second_step(wanted.secret, someone.now(app), HERE) is None


async def test_codes_are_throttled_across_sign_ins(someone: Someone) -> None:
    app, _ = await someone.with_app()
    for place in range(ATTEMPTS_MAX):
        elsewhere = Origin(f"198.51.100.{place}")
        wanted = await someone.ins.sign_in(someone.email, PASSWORD, elsewhere)
        assert isinstance(wanted, CodeWanted)
        assert await someone.ins.second_step(wanted.secret, "000000", elsewhere) is None
    wanted = await someone.ins.sign_in(someone.email, PASSWORD, Origin("203.0.113.1"))
    assert isinstance(wanted, CodeWanted)
    assert await someone.ins.second_step(wanted.secret, someone.now(app), HERE) is None


async def test_proving_again_is_by_password_or_where_there_is_one_by_the_second_step(
    someone: Someone,
) -> None:
    secret = await someone.opened()
    someone.world.clock.advance(minutes=11)

    async def is_proved() -> bool:
        viewer = await someone.identity.by_session(secret)
        return viewer is not None and viewer.request.stepped_up

    assert not await is_proved()
    assert not await someone.ins.prove_again(secret, "ちがう", HERE)
    assert not await someone.ins.prove_again("rks_でたらめ", PASSWORD, HERE)
    assert await someone.ins.prove_again(secret, PASSWORD, HERE)
    assert await is_proved()
    app, _ = await someone.with_app()
    someone.world.clock.advance(minutes=11)
    assert not await someone.ins.prove_again(secret, PASSWORD, HERE)
    assert await someone.ins.prove_again(secret, someone.now(app), HERE)
    assert await is_proved()


async def test_a_session_left_open_or_a_token_does_not_change_how_one_signs_in(
    someone: Someone,
) -> None:
    left_open = await someone.world.again(someone.viewer)
    acts: list[tuple[Any, dict[str, Any]]] = [
        (codes.begin, {"vault": VAULT}),
        (codes.confirm, {"vault": VAULT, "code": "000000"}),
        (codes.remove, {}),
        (passwords.change_password, {"password": PASSWORD, "hashed": "!"}),
    ]
    for use_case, told in acts:
        with pytest.raises(StepUpNeeded):
            await someone.world.play(left_open, use_case, **told)
    async with someone.world.database.reading() as connection:
        assert not await codes.is_asked_for(connection, someone.id)
    token = Viewer(person_id=someone.id, scopes=frozenset(), request=Request(stepped_up=True))
    for use_case, told in (*acts, (sessions.end_other_sessions, {})):
        with pytest.raises(NotAllowed):
            await someone.world.play(token, use_case, **told)


async def test_a_new_password_ends_the_other_sessions(someone: Someone) -> None:
    others = [await session_of(someone.world, someone.id) for _ in range(2)]
    mine = await someone.identity.by_session(await someone.opened())
    assert mine is not None
    new = "新しい馬の電池とホチキス"
    ended = await someone.world.play(
        mine, passwords.change_password, password=new, hashed=await hash_password(new)
    )
    assert ended == 2
    assert [await someone.identity.by_session(one) for one in others] == [None, None]
    assert await someone.ins.sign_in(someone.email, PASSWORD, HERE) is None
    assert await someone.ins.sign_in(someone.email, new, HERE) is not None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("", "REQUIRED"),
        ("短い合言葉", "TOO_SHORT"),
        ("ああああいいいいうううう", "TOO_SIMPLE"),
        ("ＭＩＳＡＫＩ@test.example", "TOO_SIMPLE"),
        ("x" * 201, "TOO_LONG"),
        ("正しい馬の電池ホチキス\ud800", "BROKEN_TEXT"),
        ("正しい馬の電池ホチキス\x00", "CONTROL_CHARACTER"),
    ],
)
async def test_what_a_password_may_not_be(someone: Someone, password: str, code: str) -> None:
    hashed = await passwords.hashed_in_time(password)
    with pytest.raises(InvalidInput) as refusal:
        await someone.world.play(
            someone.viewer, passwords.change_password, password=password, hashed=hashed
        )
    assert [(one.path, one.code) for one in refusal.value.problems] == [(("password",), code)]


async def test_one_ends_ones_own_sessions_alone(someone: Someone) -> None:
    world = someone.world
    secret, other = await someone.opened(), await session_of(world, someone.id)
    mine = await someone.identity.by_session(secret)
    theirs = await someone.identity.by_session(other)
    assert mine is not None
    assert theirs is not None
    stranger = await world.viewer(
        await world.person("見本 太郎", await world.organization("FIRM", "架空"), "firm")
    )
    which = {"session_id": theirs.request.session_id}
    with pytest.raises(NotFound):
        await world.play(stranger, sessions.end_session, **which)
    await world.play(mine, sessions.end_session, **which)
    assert await someone.identity.by_session(other) is None
    with pytest.raises(NotFound):
        await world.play(mine, sessions.end_session, **which)
    more = [await session_of(world, someone.id) for _ in range(2)]
    assert await world.play(mine, sessions.end_other_sessions) == 2
    assert [await someone.identity.by_session(one) for one in more] == [None, None]
    assert await someone.identity.by_session(secret) is not None
    await someone.ins.sign_out(secret)
    assert await someone.identity.by_session(secret) is None


async def test_the_second_step_is_taken_away_and_set_up_anew(someone: Someone) -> None:
    app, _ = await someone.with_app()
    with pytest.raises(WrongState):
        await someone.world.play(someone.viewer, codes.begin, vault=VAULT)
    await someone.world.play(someone.viewer, codes.remove)
    assert isinstance(await someone.ins.sign_in(someone.email, PASSWORD, HERE), Opened)
    with pytest.raises(WrongState):
        await someone.world.play(someone.viewer, codes.remove)
    again, _ = await someone.with_app()
    assert again.secret != app.secret
