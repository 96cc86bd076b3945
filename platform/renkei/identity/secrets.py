"""Secrets: making them, what is kept of them, and what must be computed with."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from concurrent.futures import ThreadPoolExecutor

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

# Visible prefixes, so that leaked secrets can be found and told apart.
SESSION_PREFIX = "rks_"
TOKEN_PREFIX = "rkp_"  # noqa: S105 - see above
ONE_TIME_PREFIX = "rk1_"
DEVICE_PREFIX = "rkd_"
# A hash costs about half a second of a core: more at once would starve everybody else.
HASHES_AT_ONCE = 2

_hasher = PasswordHash((Argon2Hasher(),))
_threads = ThreadPoolExecutor(HASHES_AT_ONCE, thread_name_prefix="argon2")
# Checked where there is no such account, so that the answer takes as long.
_NOBODY = _hasher.hash(secrets.token_urlsafe())


def new_secret(prefix: str) -> str:
    """A random secret of 256 bits."""
    return prefix + secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """What is kept of a random secret: SHA-256 is enough for it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


async def hash_password(password: str) -> str:
    """The argon2id hash of a password, computed in a thread."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, password)


async def password_matches(password: str, stored: str | None) -> bool:
    """Whether it is the password of this hash. Without one it takes as long, and never is."""
    try:
        password.encode()
    except UnicodeEncodeError:
        password, stored = "", None
    known = stored if stored is not None and can_match(stored) else None
    matches = await asyncio.get_running_loop().run_in_executor(
        _threads, _hasher.verify, password, known or _NOBODY
    )
    return matches and known is not None


def can_match(stored: str) -> bool:
    """Whether it is a password's hash: an account without a password has something else there."""
    return stored.startswith("$argon2")


class Vault:
    """Keeps what a plain hash would not do for, under keys derived from the secret key."""

    def __init__(self, secret_key: bytes) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(_derived(secret_key, b"seal")))
        self._mac = _derived(secret_key, b"fingerprint")

    def seal(self, value: str) -> str:
        """The value, encrypted: it is computed with."""
        return self._fernet.encrypt(value.encode()).decode()

    def opened(self, sealed: str) -> str:
        """The value again. Raises `cryptography.fernet.InvalidToken` under another key."""
        return self._fernet.decrypt(sealed.encode()).decode()

    def fingerprint(self, value: str) -> str:
        """What is kept of a short code: without the key it can't be guessed from this."""
        return hmac.new(self._mac, value.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def _derived(secret_key: bytes, purpose: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"renkei sign-in " + purpose).derive(secret_key)
