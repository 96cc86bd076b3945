"""Who sees how a person is reached: the person, and whoever is in their organisations now."""

from __future__ import annotations

from uuid import UUID

from renkei.access.policy import clauses
from renkei.access.policy.clauses import MEMBERS_GATE, Audience, Token
from renkei.access.store import interned, police
from renkei.directory import store
from renkei.directory.tables import PersonContact
from renkei.ledger.unit import Unit


async def keep_contact(unit: Unit, person_id: UUID, email: str) -> None:
    """Keep the address at which the person is reached, in the place of the one before."""
    contact = await store.contact_of(unit.session, person_id)
    if contact is None:
        audience = await _audience(unit, person_id)
        contact = PersonContact(
            person_id=person_id,
            email=email,
            **await interned(unit.session, audience, MEMBERS_GATE),
        )
    contact.email = email
    unit.session.add(contact)
    await unit.session.flush()


async def derive_contact(unit: Unit, person_id: UUID) -> None:
    """Derive anew who sees the contact, after the person came to a post or left one."""
    contact = await store.contact_of(unit.session, person_id)
    if contact is not None:
        await police(unit.session, contact, await _audience(unit, person_id), MEMBERS_GATE)
        await unit.session.flush()


async def _audience(unit: Unit, person_id: UUID) -> Audience:
    """The person, and each organisation's people while the person holds a post of it.

    A term that begins or ends in time to come is a token that does: nobody has to be there then.
    """
    terms = await store.organizations_of(unit.session, person_id, unit.at)
    tokens = [
        Token(clauses.org(key), term.start if term.start > unit.at else None, term.until)
        for key, term in terms
    ]
    return Audience.of(clauses.person(person_id), *tokens)
