"""Signing: canonical content, the keys that sign now, and those that are published.

What is signed is verified offline, by anyone who has it and the published keys. Nothing here reads
a file or a clock; keys are passed in.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from renkei.problems import Problem

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"

SIGNATURE = "signature"
_SAFE_INTEGER = 2**53 - 1


def canonical(value: Json) -> bytes:
    """The one way to write `value` as JSON: as RFC 8785 does, with integers only.

    Keys are sorted by their UTF-16 code units, no white space, UTF-8. ValueError: fractions,
    integers that not every reader keeps exactly, lone surrogates, keys that are no text.
    """
    return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":")).encode()


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and abs(value) <= _SAFE_INTEGER:
        return value
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _ordered(value[key]) for key in keys}
    msg = f"no canonical form for a {type(value).__name__}"
    raise ValueError(msg)


def key_id(key: Ed25519PublicKey) -> str:
    """A key's name: the first 16 characters of its JWK thumbprint (RFC 7638, RFC 8037)."""
    members: Json = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_bytes_raw())}
    return _base64url(hashlib.sha256(canonical(members)).digest())[:16]


def key_set(keys: tuple[Ed25519PublicKey, ...]) -> dict[str, Json]:
    """The published keys as a JWK set; old ones are kept, so that what is old verifies."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "use": "sig",
                "alg": "EdDSA",
                "kid": key_id(key),
                "x": _base64url(key.public_bytes_raw()),
            }
            for key in keys
        ]
    }


def read_key_set(document: object) -> tuple[dict[str, Ed25519PublicKey] | None, list[Problem]]:
    """Read a published JWK set: each key by the name that follows from the key itself."""
    keys: dict[str, Ed25519PublicKey] = {}
    entries: Any = document.get("keys") if isinstance(document, dict) else None
    try:
        for entry in entries:
            raw = base64.urlsafe_b64decode(entry["x"] + "=")
            key = Ed25519PublicKey.from_public_bytes(raw)
            keys[key_id(key)] = key
    except (KeyError, TypeError, ValueError):
        return None, [
            Problem(
                ("keys",),
                "BAD_KEYS",
                "These are not the published keys (a JWK set of Ed25519 keys).",
                "公開鍵の一覧（Ed25519のJWK Set）として読めません。",
            )
        ]
    return keys, []


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(document: Mapping[str, Json], key: Ed25519PrivateKey) -> dict[str, Json]:
    """The document with its signature beside it: over all the rest, in canonical form."""
    signature = key.sign(canonical(dict(document)))
    return {**document, SIGNATURE: base64.b64encode(signature).decode()}


def signature_fits(document: Mapping[str, Any], key: Ed25519PublicKey) -> bool:
    """Whether the document's signature is this key's, over all the rest of it."""
    told = {name: value for name, value in document.items() if name != SIGNATURE}
    try:
        key.verify(base64.b64decode(document[SIGNATURE], validate=True), canonical(told))
    except (InvalidSignature, binascii.Error, KeyError, TypeError, ValueError):
        return False
    return True


def new_key() -> str:
    """A new private key in the form that the setting takes: 32 random bytes in base64."""
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


@dataclass(frozen=True)
class SigningKeys:
    """Private keys by age: the first signs, all are published so that what is old verifies."""

    keys: tuple[Ed25519PrivateKey, ...]

    @classmethod
    def of(cls, setting: str) -> SigningKeys:
        """From the setting: base64 keys separated by commas, the newest first."""
        raw = [base64.b64decode(part.strip(), validate=True) for part in setting.split(",")]
        return cls(tuple(Ed25519PrivateKey.from_private_bytes(seed) for seed in raw))

    @property
    def current(self) -> Ed25519PrivateKey:
        """The key that signs now."""
        return self.keys[0]

    def published(self) -> dict[str, Json]:
        """The public halves as a JWK set."""
        return key_set(tuple(key.public_key() for key in self.keys))
