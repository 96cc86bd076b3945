"""Invitations by mail: on their way as deliveries are, judged and written when they are sent."""

from __future__ import annotations

from collections.abc import Sequence
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.system import as_system
from renkei.clock import Clock
from renkei.database.engine import Database
from renkei.directory.invitations import LIFE, InvitationTokens, waits
from renkei.directory.tables import Invitation, Organization
from renkei.identity.secrets import hash_secret
from renkei.ledger.reacting import After
from renkei.ledger.tables import Fact
from renkei.ledger.unit import Unit
from renkei.notices.mailing import message_of
from renkei.notices.store import EMAIL
from renkei.notices.tables import Delivery
from renkei.notices.wording import invitation_letter
from renkei.settings import Settings
from renkei.text import Text

JOB = "notices.deliver"


class Places(Protocol):
    """What writing an invitation needs of the process it runs in."""

    settings: Settings
    clock: Clock
    database: Database


async def post_invitations(unit: Unit, facts: Sequence[Fact]) -> After:
    """The reaction `notices.invite`: each sending of an invitation is one delivery."""
    unit.session.add_all(
        Delivery(invitation_id=fact.subject_id, channel=EMAIL, not_before=unit.at) for fact in facts
    )
    return None


async def compose_invitation(
    places: Places, delivery_id: UUID, invitation_id: UUID
) -> EmailMessage | None:
    """The mail of an invitation; None where it was revoked, accepted or is over by now.

    Sent again meanwhile, both mails hold the newest link: there is no other that works.
    """
    at = places.clock.now()
    query = (
        select(
            col(Invitation.email),
            col(Invitation.round),
            col(Invitation.token_hash),
            col(Organization.name_ja),
            col(Organization.name_en),
        )
        .join(Organization, col(Organization.id) == col(Invitation.organization_id))
        .where(col(Invitation.id) == invitation_id, waits(at))
    )
    async with places.database.reading() as connection:
        found = (await connection.execute(as_system(query, JOB))).one_or_none()
    if found is None:
        return None
    tokens = InvitationTokens(places.settings.secret_key.get_secret_value().encode())
    token = tokens.token(invitation_id, found.round)
    if hash_secret(token) != found.token_hash:
        # Another secret key than when it was made: the link would open nothing.
        return None
    base = places.settings.public_url.rstrip("/")
    link = {
        lang: f"{base}/{lang}/invitation?{urlencode({'token': token})}" for lang in ("ja", "en")
    }
    text = invitation_letter(Text(found.name_ja, found.name_en), link, LIFE.days)
    return message_of(text, delivery_id, to=found.email, sender=places.settings.mail_from, at=at)
