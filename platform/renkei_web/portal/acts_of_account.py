"""What forms do with how one signs in: password, second step, passkeys, sessions, tokens.

None of them carries a key: what is done twice is as after the first time, and an answer that holds
a secret is shown once.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import segno

from renkei_web.portal.addresses import address
from renkei_web.portal.asking import Asking
from renkei_web.portal.mutations import Place, mutate, place_of, refused
from renkei_web.portal.sent import Go, Outcome, Seen, Sent

PAGE = "account"


def _issuing(sent: Sent) -> dict[str, Any]:
    sending: dict[str, Any] = {"name": sent.text("name")}
    if not sent.ticked("all"):
        sending["scopes"] = sent.chosen("scopes")
    days = sent.number("days")
    return sending if days is None else sending | {"days": days}


def _begun(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"begun": {**answer, "picture": picture_of(answer["uri"])}}


@dataclass(frozen=True)
class _Act:
    """The mutation behind a button; where the reader goes on, and what is said or shown then."""

    mutation: str
    anchor: str
    done: str = ""
    sending: Callable[[Sent], dict[str, Any]] | None = None
    shown: Callable[[Mapping[str, Any]], dict[str, Any]] | None = None
    place: Place = place_of


_ACTS = {
    "password": _Act(
        "change_password",
        "password",
        "password-changed",
        lambda sent: {"password": sent.text("password")},
    ),
    "address": _Act(
        "ask_new_address",
        "address",
        "address-asked",
        lambda sent: {"email": sent.text("email")},
    ),
    "begin": _Act("begin_second_step", "second-step", shown=_begun),
    "confirm": _Act(
        "confirm_second_step",
        "second-step",
        sending=lambda sent: {"code": sent.text("code")},
        shown=lambda answer: {"codes": answer["backupCodes"]},
    ),
    "remove": _Act("remove_second_step", "second-step", "second-step-removed"),
    "begin_passkey": _Act(
        "begin_passkey", "passkeys", shown=lambda answer: {"options": answer["options"]}
    ),
    "add_passkey": _Act(
        "add_passkey",
        "passkeys",
        "passkey-added",
        lambda sent: {"name": sent.text("passkey_name"), "credential": sent.text("credential")},
        # What the browser made has no field of its own that one could see.
        place=lambda _: ("passkey_name",),
    ),
    "rename_passkey": _Act(
        "rename_passkey",
        "passkeys",
        "passkey-renamed",
        lambda sent: {"passkeyId": sent.text("passkey"), "name": sent.text("new_name")},
        place=lambda _: ("new_name",),
    ),
    "remove_passkey": _Act(
        "remove_passkey",
        "passkeys",
        "passkey-removed",
        lambda sent: {"passkeyId": sent.text("remove_passkey")},
    ),
    "end": _Act(
        "end_session",
        "sessions",
        "session-ended",
        lambda sent: {"sessionId": sent.text("end")},
    ),
    "end_others": _Act("end_other_sessions", "sessions", "sessions-ended"),
    "revoke": _Act(
        "revoke_access_token",
        "tokens",
        "token-revoked",
        lambda sent: {"tokenId": sent.text("revoke")},
    ),
    "issue": _Act(
        "issue_access_token",
        "tokens",
        sending=_issuing,
        shown=lambda answer: {"issued": answer},
    ),
}


# Acts whose button stands in a row and carries the row's id.
_BY_ROW = ("end", "revoke", "remove_passkey")


async def change_account(asking: Asking, sent: Sent) -> Outcome:
    """Do what the pressed button says; where a proof is wanted first, go and give it."""
    what = next((name for name in _BY_ROW if sent.text(name)), sent.text("act"))
    act = _ACTS.get(what)
    if act is None:
        return None
    sending = act.sending(sent) if act.sending else None
    if sent.problems:
        return sent.state()
    answer = await mutate(asking, act.mutation, sending)
    back = f"{address(asking.lang, PAGE)}#{act.anchor}"
    instead = _refused(asking, sent, answer, back, act.place)
    if instead is not None:
        return instead
    return Seen(act.shown(answer)) if act.shown else Go(PAGE, done=act.done, anchor=act.anchor)


async def confirm_address(asking: Asking, sent: Sent) -> Outcome:
    """Sign in with the new address from now on."""
    sending = {"secret": sent.text("secret")}
    answer = await mutate(asking, "confirm_new_address", sending)
    return refused(asking, sent, answer) or Go(PAGE, done="address-changed", anchor="address")


# What an administrator does to somebody's account, and what is said then.
_ADMINISTERED = {
    "end": ("end_sessions_of", "sessions-of-ended"),
    "reset": ("reset_second_step", "second-step-removed"),
    "passkeys": ("remove_passkeys_of", "passkeys-of-removed"),
    "disable": ("disable_account", "account-disabled"),
}


async def administer_account(asking: Asking, sent: Sent) -> Outcome:
    """Do what the pressed button says to the account of the person on the page."""
    found = _ADMINISTERED.get(sent.text("act"))
    if found is None:
        return None
    mutation, done = found
    person = sent.text("person")
    answer = await mutate(asking, mutation, {"personId": person})
    back = address(asking.lang, "accounts", person=person)
    return _refused(asking, sent, answer, back) or Go("accounts", {"person": person}, done=done)


def _refused(
    asking: Asking, sent: Sent, answer: Mapping[str, Any], back: str, place: Place = place_of
) -> Outcome:
    """As `refused`; where a proof is wanted first, where to give it, and `back` from there."""
    if answer.get("code") == "STEP_UP_NEEDED":
        return Go("prove_again", {"next": back})
    return refused(asking, sent, answer, place)


def picture_of(uri: str) -> str:
    """An address as a QR code: SVG that stands in a page, dark on light in any colour scheme."""
    made = io.BytesIO()
    segno.make(uri, error="m").save(
        made, kind="svg", scale=5, dark="#000", light="#fff", xmldecl=False
    )
    return made.getvalue().decode()
