"""Invitations by mail: on their way as deliveries are, judged and written when they are sent."""

from __future__ import annotations

from email.message import EmailMessage
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from renkei.access.policy.system import as_system
from renkei.directory.invitations import LIFE, InvitationTokens, waits
from renkei.directory.tables import Invitation, Organization
from renkei.identity.secrets import hash_secret
from renkei.notices.mailing import Places, message_of
from renkei.notices.wording import invitation_letter
from renkei.text import Text

JOB = "notices.deliver"


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
