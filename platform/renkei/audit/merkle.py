"""Merkle trees as in RFC 6962: leaves and nodes are hashed in domains of their own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

_LEAF, _NODE = b"\0", b"\1"
EMPTY = sha256(b"").digest()


def leaf_hash(position: int, content: bytes) -> bytes:
    """The hash of a leaf: of its content at this position, so that no two can change places."""
    return sha256(_LEAF + position.to_bytes(8, "big") + content).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over the hashes of leaves in their order.

    A row is as wide as it comes; who is left without a neighbour goes up as it is. That is the tree
    of RFC 6962, which splits at the largest power of two.
    """
    if not leaves:
        return EMPTY
    row = list(leaves)
    while len(row) > 1:
        pairs = [sha256(_NODE + row[at] + row[at + 1]).digest() for at in range(0, len(row) - 1, 2)]
        row = pairs + row[len(pairs) * 2 :]
    return row[0]
