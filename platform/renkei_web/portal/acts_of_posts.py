"""What forms do with posts: create, appoint, end, deputise, invite, rotate, accept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from renkei_web.portal.asking import Asking
from renkei_web.portal.mutations import mutate, refused
from renkei_web.portal.sent import Go, Outcome, Sent

# Buttons that say which invitation: the mutation behind each, and what is said when it succeeded.
_INVITATIONS = {
    "resend": ("resend_invitation", "invitation-sent"),
    "revoke": ("revoke_invitation", "invitation-revoked"),
}


async def keep_posts(asking: Asking, sent: Sent) -> Outcome:
    """Create a post, invite to one, send an invitation again or revoke it."""
    for button, (mutation, done) in _INVITATIONS.items():
        if sent.text(button):
            answer = await mutate(asking, mutation, {"invitationId": sent.text(button)})
            return refused(asking, sent, answer) or _posts(asking, done)
    if sent.text("act") == "invite":
        sending: dict[str, Any] = {
            "postId": sent.needed("postId"),
            "email": sent.text("email"),
            "start": _instant(sent, "start"),
            "idempotencyKey": sent.text("key"),
        }
        if sent.problems:
            return sent.state()
        answer = await mutate(asking, "invite_member", sending)
        return refused(asking, sent, answer) or _posts(asking, "invitation-sent")
    sending = {
        "organizationId": asking.path["id"],
        "role": sent.needed("role"),
        "titleJa": sent.text("titleJa"),
        "titleEn": sent.optional("titleEn"),
        "idempotencyKey": sent.text("key"),
    }
    if sent.problems:
        return sent.state()
    answer = await mutate(asking, "create_post", sending)
    return refused(asking, sent, answer) or _posts(asking, "post-created")


def _posts(asking: Asking, done: str) -> Go:
    return Go("organization_posts", {"id": asking.path["id"]}, done=done)


async def change_post(asking: Asking, sent: Sent) -> Outcome:
    """Appoint to the post, plan or change an end, end an appointment or a deputy, name a deputy."""
    post_id = asking.path["id"]
    if sent.text("endDeputy"):
        answer = await mutate(asking, "end_deputy", {"holdingId": sent.text("endDeputy")})
        return refused(asking, sent, answer) or Go("post", asking.path, done="deputy-ended")
    if sent.text("end"):
        leaving = {"postId": post_id, "personId": sent.text("end")}
        answer = await mutate(asking, "end_appointment", leaving)
        return refused(asking, sent, answer) or Go("post", asking.path, done="appointment-ended")
    if sent.text("change"):
        place = sent.text("change")
        sending: dict[str, Any] = {
            "holdingId": sent.text(f"{place}.id"),
            "start": _instant(sent, f"{place}.start"),
            "until": _instant(sent, f"{place}.until"),
        }
        if sent.problems:
            return sent.state()
        answer = await mutate(asking, "change_appointment", sending)

        def at(path: Sequence[str]) -> tuple[str, ...]:
            return (place, *path)

        return refused(asking, sent, answer, at) or Go("post", asking.path, done="saved")
    deputy = sent.text("act") == "deputy"
    base = "deputy" if deputy else "appoint"
    sending = {
        "postId": post_id,
        "personId": sent.needed(f"{base}.personId"),
        "start": _instant(sent, f"{base}.start"),
        "until": sent.instant(f"{base}.until") if deputy else _instant(sent, f"{base}.until"),
        # Two forms of one page have one key between them.
        "idempotencyKey": f"{sent.text('key')} {base}",
    }
    if sent.problems:
        return sent.state()
    answer = await mutate(asking, "name_deputy" if deputy else "appoint_to_post", sending)

    def under(path: Sequence[str]) -> tuple[str, ...]:
        return (base, *path)

    done = "deputy-named" if deputy else "appointed"
    return refused(asking, sent, answer, under) or Go("post", asking.path, done=done)


def _instant(sent: Sent, name: str) -> str | None:
    return sent.instant(name) if sent.optional(name) else None


async def rotate(asking: Asking, sent: Sent) -> Outcome:
    """Plan a rotation: who is ticked leaves, who is chosen comes, at one instant."""
    leaving = [_pair(one) for one in sent.chosen("leaving")]
    rows = sent.rows("appointing")
    chosen = [row for row in rows if sent.text(f"{row}.personId")]
    appointing = [
        {"postId": sent.text(f"{row}.postId"), "personId": sent.text(f"{row}.personId")}
        for row in chosen
    ]
    sending = {
        "organizationId": asking.path["id"],
        "takesEffectAt": sent.instant("takesEffectAt"),
        "leaving": leaving,
        "appointing": appointing,
        "idempotencyKey": sent.text("key"),
    }
    if sent.problems:
        return sent.state()

    def place(path: Sequence[str]) -> tuple[str, ...]:
        """Lines are told by their number; their field is the post's row."""
        if path and path[0] == "appointing":
            return (*chosen[int(path[1])].split("."), "personId")
        return tuple(path[:1])

    answer = await mutate(asking, "rotate_posts", sending)
    return refused(asking, sent, answer, place) or _posts(asking, "rotation-planned")


def _pair(value: str) -> Mapping[str, Any]:
    post_id, _, person_id = value.partition(" ")
    return {"postId": post_id, "personId": person_id}


async def accept(asking: Asking, sent: Sent) -> Outcome:
    """Accept an invitation, signed in as the one whose address it is."""
    answer = await mutate(asking, "accept_invitation", {"token": sent.text("token")})
    return refused(asking, sent, answer) or Go("front", done="invitation-accepted")
