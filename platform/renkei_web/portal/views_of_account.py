"""What the pages of signing in show besides the answer to their documents."""

from __future__ import annotations

from typing import Any

from renkei_web.portal.addresses import address
from renkei_web.portal.asking import Asking
from renkei_web.portal.catalogue import catalogue

Data = dict[str, Any]


def sign_in(data: Data, asking: Asking) -> Data:
    """Where to go on after signing in, and that it was refused."""
    return {
        "next": asking.query.get("next") or f"/{asking.lang}/",
        "refused": asking.query.get("refused", ""),
    }


def account(data: Data, asking: Asking) -> Data:
    """One's passkeys to choose from: pairs of id and name."""
    return {"passkey_options": [(one["id"], one["name"]) for one in data["viewer"]["passkeys"]]}


def recover(data: Data, asking: Asking) -> Data:
    """That a mail was sent, the secret of one, and what is wrong with the new password."""
    refused = asking.query.get("refused", "")
    known = refused in catalogue()["terms.password_problem"]
    return {
        "sent": bool(asking.query.get("sent")),
        "refused": refused if known or asking.page == "recover" else "",
        "secret": asking.query.get("secret", ""),
    }


def prove(data: Data, asking: Asking) -> Data:
    """Where to go on after proving it again, and that it was refused."""
    return {
        "next": asking.query.get("next") or address(asking.lang, "account"),
        "refused": asking.query.get("refused", ""),
    }
