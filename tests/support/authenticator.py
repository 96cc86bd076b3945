"""An authenticator in software: makes passkeys and signs with them, byte for byte as devices do.

It stands for the device and for the browser before it: the answers are JSON as a page's script
sends them. Whatever an attacker could say otherwise is an argument.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, BACKUP_ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
SEEN = PRESENT | VERIFIED


@dataclass
class SoftwarePasskey:
    """One passkey: a key pair for one account of one site."""

    site: str
    origin: str
    owner: bytes
    synced: bool = True
    # 0: it does not count, as those that are synced don't.
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    @classmethod
    def made_for(cls, options: str, origin: str, **how: Any) -> SoftwarePasskey:
        """What a device makes of the options of a registration."""
        told = json.loads(options)
        known = {one["id"] for one in told["excludeCredentials"]}
        made = cls(told["rp"]["id"], origin, base64url_to_bytes(told["user"]["id"]), **how)
        assert bytes_to_base64url(made.id) not in known
        return made

    def registration(
        self, options: str, *, flags: int = SEEN, kind: str = "webauthn.create", **said: Any
    ) -> str:
        """The answer to `create()`: without attestation, as was asked."""
        attested = (
            bytes(16) + len(self.id).to_bytes(2, "big") + self.id + encode_cbor(self._public())
        )
        data = self._data(flags | ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        response = {
            "clientDataJSON": bytes_to_base64url(self._client(options, kind, said)),
            "attestationObject": bytes_to_base64url(attestation),
            "transports": ["internal", "hybrid"],
        }
        return self._answer(response)

    def assertion(
        self,
        options: str,
        *,
        flags: int = SEEN,
        kind: str = "webauthn.get",
        owner: bytes | None = b"",
        **said: Any,
    ) -> str:
        """The answer to `get()`: the challenge signed. `owner` None: it doesn't say whose it is."""
        client = self._client(options, kind, said)
        data = self._data(flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        handle = self.owner if owner == b"" else owner
        response = {
            "clientDataJSON": bytes_to_base64url(client),
            "authenticatorData": bytes_to_base64url(data),
            "signature": bytes_to_base64url(signature),
            "userHandle": None if handle is None else bytes_to_base64url(handle),
        }
        return self._answer(response)

    def _data(self, flags: int) -> bytes:
        if self.synced:
            flags |= BACKUP_ELIGIBLE | BACKED_UP
        return (
            hashlib.sha256(self.site.encode()).digest()
            + bytes([flags])
            + self.count.to_bytes(4, "big")
        )

    def _client(self, options: str, kind: str, said: dict[str, Any]) -> bytes:
        client = {
            "type": kind,
            "challenge": json.loads(options)["challenge"],
            "origin": self.origin,
            "crossOrigin": False,
            **said,
        }
        return json.dumps(client).encode()

    def _public(self) -> dict[int, Any]:
        numbers = self.key.public_key().public_numbers()
        return {
            1: 2,
            3: -7,
            -1: 1,
            -2: numbers.x.to_bytes(32, "big"),
            -3: numbers.y.to_bytes(32, "big"),
        }

    def _answer(self, response: dict[str, Any]) -> str:
        name = bytes_to_base64url(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
