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
    sending = {"groupId": asking.path["id"], "idempotencyKey": sent.text("key")}
    joins, leaves = sent.text("add"), sent.text("remove") or sent.text("leave")
    if joins:
        sending |= {"organizationId": joins}
        extends = {"mayExtend": sent.ticked("mayExtend")}
        answer = await mutate(asking, "add_to_sharing_group", sending | extends)
    elif leaves:
        answer = await mutate(
            asking, "remove_from_sharing_group", sending | {"organizationId": leaves}
        )
    else:
        return None
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
