"""What forms do with belonging: make a sharing group, take organisations in and out, consent."""

from __future__ import annotations

from renkei_web.portal.asking import Asking
from renkei_web.portal.mutations import mutate, refused
from renkei_web.portal.sent import Go, Outcome, Sent


async def new_group(asking: Asking, sent: Sent) -> Outcome:
    """Make an empty sharing group."""
    sending = {
        "nameJa": sent.text("nameJa"),
        "nameEn": sent.optional("nameEn"),
        "purpose": sent.text("purpose"),
        "idempotencyKey": sent.text("key"),
    }
    answer = await mutate(asking, "create_sharing_group", sending)
    return refused(asking, sent, answer) or Go(
        "group", {"id": answer["group"]["id"]}, done="group-created"
    )


async def change_group(asking: Asking, sent: Sent) -> Outcome:
    """Take an organisation in, or out: which one is said by the button that was pressed."""
    joins, leaves = sent.text("add"), sent.text("remove") or sent.text("leave")
    sending: dict[str, object] = {
        "groupId": asking.path["id"],
        "organizationId": joins or leaves,
        # The buttons of one page have one key between them: each organisation has its own.
        "idempotencyKey": f"{sent.text('key')} {joins or leaves}",
    }
    if joins:
        sending["mayExtend"] = sent.ticked("mayExtend")
    name = "add_to_sharing_group" if joins else "remove_from_sharing_group"
    answer = await mutate(asking, name, sending)
    problems = refused(asking, sent, answer)
    if problems is not None:
        return problems
    done = "group-added" if joins else "group-removed"
    # Whose own organisation has left it sees the group no more.
    return Go("groups", done=done) if sent.text("leave") else Go("group", asking.path, done)


async def consent(asking: Asking, sent: Sent) -> Outcome:
    """Give a consent, or withdraw it."""
    given, withdrawn = sent.text("give"), sent.text("withdraw")
    name = "give_consent" if given else "withdraw_consent"
    answer = await mutate(asking, name, {"to": given or withdrawn})
    done = "consent-given" if given else "consent-withdrawn"
    return refused(asking, sent, answer) or Go("consents", done=done)
