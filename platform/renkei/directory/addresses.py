"""Changing the address that one signs in with: confirmed by a mail to the new one.

Whether the new address has an account already is told to nobody but whoever reads its mail.
"""

from __future__ import annotations

from renkei.access.policy.reach import Reach
from renkei.directory import store
from renkei.directory.contacts import keep_contact
from renkei.directory.lookalikes import parse_invited
from renkei.identity import letters, one_time
from renkei.identity.letters import LetterKind
from renkei.identity.rules import Purpose, require_person, require_proof
from renkei.identity.sessions import end_all
from renkei.identity.tables import Account
from renkei.identity.throttle import begin_try
from renkei.ledger.unit import Unit
from renkei.problems import NotFound, WrongState, refuse_if


async def ask_new_address(unit: Unit, reach: Reach, *, email: str) -> None:
    """Send the way to confirm a new address to it; until then nothing changes.

    Refused: without a new proof of who it is; a malformed address, or one that looks like another
    of the viewer's organisations; more than ten times in 15 minutes.
    """
    require_proof(reach.viewer)
    person_id = reach.viewer.person_id
    assert person_id is not None  # `require_proof` has looked
    known: set[str] = set()
    for organization_id in {post.organization_id for post in reach.viewer.posts}:
        known |= await store.domains_of(unit.session, organization_id, unit.at)
    address, problems = parse_invited(email, known, ("email",))
    refuse_if(problems)
    assert address is not None  # or there would be a problem
    if await begin_try(unit.session, [f"address:{person_id}"], unit.at) is None:
        raise WrongState(
            "Too many mails of late. Wait 15 minutes.",
            "メールを送りすぎています。15分ほど待ってください。",
        )
    await letters.write(unit, LetterKind.NEW_ADDRESS, address, person_id=person_id)


async def confirm_new_address(unit: Unit, reach: Reach, *, secret: str) -> str:
    """Sign in with the new address from now on; the address. Other sessions end.

    Not found: a secret that was used, is too old, or is another person's. Refused: an address that
    has come to have an account meanwhile.
    """
    require_person(reach.viewer)
    row = await one_time.find(unit.session, Purpose.NEW_ADDRESS, secret, at=unit.at)
    if row is None or row.person_id != reach.viewer.person_id:
        raise NotFound
    if await store.account_of(unit.session, row.email) is not None:
        raise WrongState(
            "This address has an account already.",
            "このメールアドレスには、すでにアカウントがあります。",
        )
    if not await one_time.use(unit.session, row.id, at=unit.at):
        raise NotFound
    account = await unit.session.get_one(Account, row.person_id)
    before, account.email = account.email, row.email
    await letters.write(unit, LetterKind.ADDRESS_CHANGED, before, person_id=row.person_id)
    await unit.session.flush()
    await keep_contact(unit, row.person_id, row.email)
    await end_all(unit, row.person_id, but=reach.viewer.request.session_id)
    await unit.record("account.address_changed", row.person_id, actor=reach.viewer.actor)
    return account.email
