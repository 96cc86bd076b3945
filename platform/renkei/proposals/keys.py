"""The keys that sign receipts: one signs now, older ones are still published."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from renkei.proposals.receipts import Json, key_set


def new_key() -> str:
    """A new private key in the form that the setting takes: 32 random bytes in base64."""
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


@dataclass(frozen=True)
class SigningKeys:
    """Private keys by age: the first signs, all are published so that old receipts verify."""

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
