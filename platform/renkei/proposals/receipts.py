"""Receipts: random numbers with a check character, canonical content, signatures, verification.

A receipt is verified offline, by anyone who has the file and the published keys. Nothing here
reads a file or a clock; keys and instants are passed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from renkei.calendar import iso_jst
from renkei.codes import parse_number
from renkei.problems import Problem
from renkei.signing import Json, canonical, key_id, signature_fits, signed

FORMAT = "renkei-receipt/1"
RECEIPT_PREFIX = "R"
PROPOSAL_PREFIX = "P"

_SIGNED = ("format", "number", "keyId", "submittedAt", "subject", "sha256")


def sha256(content: Json) -> str:
    """SHA-256 of the canonical content, in hexadecimal."""
    return hashlib.sha256(canonical(content)).hexdigest()


def make_receipt(
    *,
    number: str,
    submitted_at: datetime,
    subject: dict[str, Json],
    content: Json,
    key: Ed25519PrivateKey,
) -> dict[str, Json]:
    """The receipt's document, signed.

    `submitted_at` is the instant that counts (R2.3), written in JST with milliseconds. `subject`
    is what the receipt says in words (call, title, people). `content` is all that was handed in:
    it is not in the receipt, only its SHA-256 is, so that a receipt may be shown around.
    """
    told: dict[str, Json] = {
        "format": FORMAT,
        "number": number,
        "keyId": key_id(key.public_key()),
        "submittedAt": iso_jst(submitted_at),
        "subject": subject,
        "sha256": sha256(content),
    }
    return signed(told, key)


@dataclass(frozen=True)
class Verification:
    """The outcome: genuine where there is no reason against it.

    `content_checked` tells whether the content was at hand and compared with the SHA-256.
    """

    reasons: tuple[Problem, ...]
    content_checked: bool

    @property
    def genuine(self) -> bool:
        """Whether nothing speaks against the receipt."""
        return not self.reasons


def verify_receipt(
    document: object, keys: Mapping[str, Ed25519PublicKey], content: Json | None = None
) -> Verification:
    """Check a receipt against published keys, and `content` against it where it is given.

    Every reason against it is told: another format, missing or additional parts, a mistyped
    number, an unknown key, a signature that does not fit, content that was changed.
    """
    if not isinstance(document, dict) or set(document) != {*_SIGNED, "signature"}:
        return Verification((_reason("format", "MALFORMED"),), content_checked=False)
    reasons = []
    if document["format"] != FORMAT:
        reasons.append(_reason("format", "UNKNOWN_FORMAT"))
    number = document["number"]
    if not isinstance(number, str) or parse_number(number, RECEIPT_PREFIX)[0] != number:
        reasons.append(_reason("number", "NUMBER_CHECK"))
    key = keys.get(document["keyId"]) if isinstance(document["keyId"], str) else None
    if key is None:
        reasons.append(_reason("keyId", "UNKNOWN_KEY"))
    elif not signature_fits(document, key):
        reasons.append(_reason("signature", "BAD_SIGNATURE"))
    if content is not None and not _content_fits(document["sha256"], content):
        reasons.append(_reason("sha256", "CONTENT_CHANGED"))
    return Verification(tuple(reasons), content_checked=content is not None)


def _content_fits(digest: object, content: Json) -> bool:
    try:
        return sha256(content) == digest
    except ValueError:
        return False


_REASONS = {
    "MALFORMED": (
        "This is not a receipt: parts are missing or there are too many.",
        "受領証の形になっていません（項目が足りないか、余分です）。",
    ),
    "UNKNOWN_FORMAT": (
        f"Only receipts of the format {FORMAT} can be checked.",
        f"確かめられるのは {FORMAT} 形式の受領証だけです。",
    ),
    "NUMBER_CHECK": (
        "The receipt's number does not fit its check character.",
        "受領番号の検査用文字が合いません。",
    ),
    "UNKNOWN_KEY": (
        "The receipt names a key that is not among the published ones.",
        "署名の鍵が、公開されている鍵の中にありません。",
    ),
    "BAD_SIGNATURE": (
        "The signature does not fit: the receipt was changed, or was not issued here.",
        "署名が合いません。書き換えられたか、ここで発行されたものではありません。",
    ),
    "CONTENT_CHANGED": (
        "The content is not what was handed in.",
        "内容が、提出されたものと違います。",
    ),
}


def _reason(part: str, code: str) -> Problem:
    return Problem((part,), code, *_REASONS[code])
