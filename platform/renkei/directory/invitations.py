"""Use cases of invitations: a post is offered by mail; who reads that mail accepts it.

Whoever holds the token has read the mail of that address: that is all the proof there is, so the
token is random to everybody else, works once and for 14 days, and only its hash is kept. What the
one who invites is answered does not hang on whether the address has an account.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlmodel import col

from renkei.access.policy.reach import Reach
from renkei.access.policy.system import as_system, by_system
from renkei.access.policy.viewer import allow
from renkei.access.store import load
from renkei.acting import Actor
from renkei.directory import store
from renkei.directory.abilities import may_keep_posts
from renkei.directory.accounts import new_account
from renkei.directory.holdings import hold, holds_then
from renkei.directory.lookalikes import parse_invited
from renkei.directory.service import new_person
from renkei.directory.tables import Invitation, Post
from renkei.directory.terms import Term, check_term
from renkei.identity.secrets import hash_secret
from renkei.identity.tables import Account
from renkei.ledger.unit import Unit
from renkei.problems import NotAllowed, NotFound, Problem, WrongState, refuse_if
from renkei.reading.reader import Reader

LIFE = timedelta(days=14)
# Invitations of one organisation that wait at a time.
WAITING_MAX = 500
JOB = "posts.keep"
PREFIX = "rki_"


@dataclass(frozen=True)
class InvitationTokens:
    """Makes an invitation's token again when its mail is written: it is kept nowhere."""

    secret: bytes

    def token(self, invitation_id: UUID, sending: int) -> str:
        """The token of this sending. The next one's is another, and ends this one's."""
        said = f"invitation:{invitation_id}:{sending}".encode()
        proof = hmac.new(self.secret, said, hashlib.sha256).digest()
        return PREFIX + base64.urlsafe_b64encode(proof).decode().rstrip("=")


async def invite(
    unit: Unit,
    reach: Reach,
    *,
    tokens: InvitationTokens,
    post_id: UUID,
    email: str,
    start: datetime | None = None,
) -> Invitation:
    """Offer a post to whoever reads the mail of this address, from `start` or the acceptance on.

    Refused: by whoever may not keep the organisation's posts; a malformed address or one that looks
    like another (`lookalikes.py`); one that is invited to this post already; a start that has
    passed; more than 500 that wait.
    """
    post = await load(unit.session, reach, Post, post_id, lock=True)
    allow(may_keep_posts(reach.viewer, post.organization_id, post.role))
    known = await store.domains_of(unit.session, post.organization_id, unit.at)
    address, problems = parse_invited(email, known, ("email",))
    if start is not None:
        problems += check_term(Term(start), unit.at, start=("start",), until=())
    refuse_if(problems)
    assert address is not None  # or there would be a problem
    same = and_(col(Invitation.post_id) == post.id, col(Invitation.email) == address)
    if await _waiting(unit, and_(same, col(Invitation.expires_at) > unit.at)):
        raise WrongState(
            "This address is invited to this post already. Send the invitation again instead.",
            "このアドレスは、すでにこのポストに招待しています。招待を送り直してください。",
        )
    if await _waiting(unit, col(Invitation.organization_id) == post.organization_id) >= WAITING_MAX:
        raise WrongState(
            f"At most {WAITING_MAX} invitations wait at a time.",
            f"同時に待てる招待は{WAITING_MAX}件までです。",
        )
    key = uuid4()
    made = Invitation(
        id=key,
        organization_id=post.organization_id,
        post_id=post.id,
        email=address,
        token_hash=hash_secret(tokens.token(key, 1)),
        start=start,
        invited_by=reach.viewer.person_id,
        invited_at=unit.at,
        expires_at=unit.at + LIFE,
    )
    unit.session.add(made)
    await unit.session.flush()
    await unit.record("invitation.sent", made.id, actor=reach.viewer.actor, round=1)
    return made


async def resend_invitation(
    unit: Unit, reach: Reach, *, tokens: InvitationTokens, invitation_id: UUID
) -> Invitation:
    """Send an invitation again, for another 14 days; the link that was sent before ends.

    Refused: as `invite` is; one that was accepted or revoked is not there.
    """
    found = await _kept(unit, reach, invitation_id)
    found.round += 1
    found.token_hash = hash_secret(tokens.token(found.id, found.round))
    found.expires_at = unit.at + LIFE
    await unit.record("invitation.sent", found.id, actor=reach.viewer.actor, round=found.round)
    return found


async def revoke_invitation(unit: Unit, reach: Reach, *, invitation_id: UUID) -> Invitation:
    """End an invitation: its link works no more, and a mail that waits is not sent."""
    found = await _kept(unit, reach, invitation_id)
    found.revoked_at = unit.at
    await unit.record("invitation.revoked", found.id, actor=reach.viewer.actor)
    return found


async def accept_invitation(unit: Unit, reach: Reach, *, token: str) -> Invitation:
    """Take the post that was offered, as the signed-in person whose address it is.

    Refused: a token that is unknown, expired, used or revoked, all alike; whoever signs in with
    another address; a request that comes with an access token.
    """
    viewer = reach.viewer
    found = await open_invitation(unit, token)
    if viewer.person_id is None or viewer.scopes is not None:
        raise NotAllowed("Sign in to accept.", "受けるにはサインインが要ります。")
    account = await unit.session.get(Account, viewer.person_id)
    if account is None or account.email != found.email:
        raise NotAllowed(
            "This invitation was sent to another address. Sign in with that one.",
            "この招待は、別のアドレスに送られたものです。そのアドレスでサインインしてください。",
        )
    await _accept(unit, found, Actor(viewer.person_id))
    return found


async def accept_as_new(
    unit: Unit,
    *,
    token: str,
    name: str,
    name_kana: str = "",
    name_en: str | None = None,
    password_hash: str,
) -> Invitation:
    """Take the post that was offered, as somebody who had no account; they have one then.

    Refused: a token as above; a name that is none; an address that has an account, which only who
    reads its mail can come to know: they sign in first.
    """
    found = await open_invitation(unit, token)
    if await has_account(unit, found.email):
        raise WrongState(
            "This address has an account. Sign in to accept.",
            "このアドレスには、すでにアカウントがあります。サインインして受けてください。",
        )
    person = await new_person(unit, name=name, name_kana=name_kana, name_en=name_en)
    actor = Actor(person.id)
    await unit.record("person.registered", person.id, actor=actor)
    await new_account(
        unit, actor, person_id=person.id, email=found.email, password_hash=password_hash
    )
    await _accept(unit, found, actor)
    return found


@dataclass(frozen=True)
class Offer:
    """What the holder of a token is told of what they are offered."""

    organization_id: UUID
    title_ja: str
    title_en: str | None
    email: str
    start: datetime | None
    expires_at: datetime
    has_account: bool


async def offer_of(reader: Reader, token: str) -> Offer | None:
    """What is offered to whoever holds this token; None where it is unknown, over, or was used."""
    query = (
        select(
            col(Invitation.organization_id),
            col(Post.title_ja),
            col(Post.title_en),
            col(Invitation.email),
            col(Invitation.start),
            col(Invitation.expires_at),
            exists().where(col(Account.email) == col(Invitation.email)).label("has_account"),
        )
        .join(Post, col(Post.id) == col(Invitation.post_id))
        .where(col(Invitation.token_hash) == hash_secret(token), waits(reader.at))
    )
    asked: Any = query.execution_options(**by_system(JOB))
    rows = await reader.internal(asked)
    return Offer(**rows[0]) if rows else None


async def has_account(unit: Unit, email: str) -> bool:
    """Whether the address has an account, working or not. For who proved that it is theirs."""
    return await store.account_of(unit.session, email) is not None


async def open_invitation(unit: Unit, token: str) -> Invitation:
    """The invitation of this token, locked; `NotFound` where it is unknown, over, or was used."""
    query = (
        select(Invitation)
        .where(col(Invitation.token_hash) == hash_secret(token), waits(unit.at))
        .with_for_update()
    )
    found = (await unit.session.execute(query)).scalar()
    if found is None:
        raise NotFound
    return found


def waits(at: datetime) -> ColumnElement[bool]:
    """Invitations that can be accepted at `at`."""
    return and_(
        col(Invitation.accepted_at).is_(None),
        col(Invitation.revoked_at).is_(None),
        col(Invitation.expires_at) > at,
    )


async def _waiting(unit: Unit, which: ColumnElement[bool]) -> int:
    query = (
        select(func.count())
        .select_from(Invitation)
        .where(which, col(Invitation.accepted_at).is_(None), col(Invitation.revoked_at).is_(None))
    )
    return int((await unit.session.execute(query)).scalar_one())


async def _kept(unit: Unit, reach: Reach, invitation_id: UUID) -> Invitation:
    """An invitation that was neither accepted nor revoked, of posts that the viewer keeps."""
    found = await unit.session.get(Invitation, invitation_id, with_for_update=True)
    if found is None or found.accepted_at is not None or found.revoked_at is not None:
        raise NotFound
    query = select(col(Post.role)).where(col(Post.id) == found.post_id)
    role = (await unit.session.execute(as_system(query, JOB))).scalar_one()
    if not may_keep_posts(reach.viewer, found.organization_id, role).allowed:
        raise NotFound
    return found


async def _accept(unit: Unit, found: Invitation, actor: Actor) -> None:
    post = await unit.session.get(Post, found.post_id, execution_options=by_system(JOB))
    assert post is not None  # it refers to one
    assert actor.person_id is not None  # somebody accepts
    found.accepted_at, found.accepted_by = unit.at, actor.person_id
    term = Term(max(found.start or unit.at, unit.at))
    if await holds_then(unit, post.id, actor.person_id, term):
        refuse_if([_held_already()])
    await unit.record("invitation.accepted", found.id, actor=actor)
    await hold(unit, actor, post, actor.person_id, term, by=found.invited_by)


def _held_already() -> Problem:
    return Problem(
        (),
        "HOLDING_ALREADY",
        "You hold this post already.",
        "すでにこのポストに就いています。",
    )
