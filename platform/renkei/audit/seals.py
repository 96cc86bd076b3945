"""A seal's own content, its digest, and the anchor that is kept elsewhere. Pure.

The digest covers everything that a seal says, the digest of the one before included. The anchor is
that digest, signed: it shows neither how many rows were sealed nor of which kind, and so may be
published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from renkei.signing import SIGNATURE, Json, canonical, key_id, signature_fits, signed

FORMAT = "renkei-seal/1"
ANCHOR = "renkei-anchor/1"
# What stands before the first seal.
NOTHING = "0" * 64
_SAID = {"format", "seal", "at", "root", "digest", "keyId", SIGNATURE}


@dataclass(frozen=True)
class Sealing:
    """What a seal says: its number, when, what came before, and the root over its entries.

    Entries are those at the positions from `first` to `last`, counted over all seals from 1.
    """

    number: int
    at: datetime
    previous: str
    root: str
    first: int
    last: int

    @property
    def digest(self) -> str:
        """SHA-256 of the content in canonical form, in hexadecimal."""
        content: Json = {
            "format": FORMAT,
            "seal": self.number,
            "at": moment(self.at),
            "previous": self.previous,
            "root": self.root,
            "first": self.first,
            "last": self.last,
        }
        return hashlib.sha256(canonical(content)).hexdigest()

    def anchor(self, key: Ed25519PrivateKey) -> dict[str, Json]:
        """The anchor, signed with the key."""
        return signed(self._unsigned(key_id(key.public_key())), key)

    def anchored(self, named: str, signature: str) -> dict[str, Json]:
        """The anchor as it was signed once, from what is kept of it."""
        return {**self._unsigned(named), SIGNATURE: signature}

    def _unsigned(self, named: str) -> dict[str, Json]:
        return {
            "format": ANCHOR,
            "seal": self.number,
            "at": moment(self.at),
            "root": self.root,
            "digest": self.digest,
            "keyId": named,
        }


def moment(at: datetime) -> str:
    """The instant in UTC with microseconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def is_anchor(document: Any) -> bool:
    """Whether the document has the form of an anchor; its signature is not looked at."""
    return (
        isinstance(document, dict)
        and document.keys() == _SAID
        and document["format"] == ANCHOR
        and isinstance(document["seal"], int)
        and document["seal"] > 0
    )


def is_signed(document: Mapping[str, Any], keys: Mapping[str, Ed25519PublicKey]) -> bool:
    """Whether one of the published keys has signed the anchor."""
    named = document["keyId"]
    key = keys.get(named) if isinstance(named, str) else None
    return key is not None and signature_fits(document, key)
