"""Opaque global ids: a type's name and a random key. A malformed id is simply nothing's id."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from uuid import UUID

import strawberry


def write_id(type_name: str, key: UUID) -> strawberry.ID:
    """The global id of a record."""
    raw = type_name.encode() + b":" + key.bytes
    return strawberry.ID(base64.urlsafe_b64encode(raw).decode().rstrip("="))


def read_id(value: str) -> tuple[str, UUID] | None:
    """The type's name and the key of a global id; None where it is not one of ours."""
    try:
        raw = base64.urlsafe_b64decode(value.encode("ascii") + b"=" * (-len(value) % 4))
        name, found, key = raw.partition(b":")
        if found and len(key) == 16:
            return name.decode("ascii"), UUID(bytes=key)
    except (ValueError, binascii.Error, UnicodeError):
        pass
    return None


def key_of(value: str | None, type_name: str) -> UUID | None:
    """The key in a global id of that type; None where it is another's, malformed or missing."""
    found = None if value is None else read_id(value)
    return found[1] if found is not None and found[0] == type_name else None


def keys_of(values: Iterable[str]) -> list[UUID]:
    """The keys of these global ids; what is not an id is nobody's."""
    return [found[1] for value in values if (found := read_id(value)) is not None]


def keys(values: Iterable[str], type_name: str) -> list[UUID | None]:
    """The keys of these ids in their order; None where one is not of that type."""
    return [key_of(value, type_name) for value in values]


NOWHERE = UUID(int=0)


def wanted_key(value: str, type_name: str) -> UUID:
    """The key of a required id; one that is not of this type leads nowhere, and is not found."""
    return key_of(value, type_name) or NOWHERE


def optional_key(value: str | None, type_name: str) -> UUID | None:
    """The key of an optional id, with the same care."""
    return None if value is None else wanted_key(value, type_name)
