"""Addresses that look like a known one: one rule, refused before anything is sent to them.

An address is read in NFKC, so that full-width letters are the plain ones. Letters of other scripts
(Cyrillic а, Greek ο) are no part of an address here, and neither are domains written in Punycode
(`xn--…`), since nobody sees what they spell. And a domain that differs from one of the
organisation's own only by signs that are easily taken for each other is refused as its look-alike.
"""

from __future__ import annotations

from collections.abc import Iterable

from renkei.directory.rules import parse_email
from renkei.problems import Problem

# What is read as the same: several letters first, then single ones.
_TAKEN_FOR = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"))


def skeleton(domain: str) -> str:
    """The domain as a hurried reader sees it: with one skeleton, one is taken for the other."""
    seen = domain.replace("-", "")
    for letters, other in _TAKEN_FOR:
        seen = seen.replace(letters, other)
    return seen


def parse_invited(
    raw: str, known: Iterable[str], path: tuple[str, ...] = ()
) -> tuple[str | None, list[Problem]]:
    """Read the address of somebody who is invited; `known` are the organisation's own domains."""
    address, problems = parse_email(raw, path)
    if address is None:
        if any(ord(letter) > 127 for letter in raw):
            return None, [
                Problem(
                    path,
                    "LOOK_ALIKE",
                    "An address has Latin letters only; this one has others that may look alike.",
                    "メールアドレスに、英字に似た別の文字が含まれています。英字で入力してください。",
                )
            ]
        return None, problems
    domain = address.rpartition("@")[2]
    if any(label.startswith("xn--") for label in domain.split(".")):
        return None, [
            Problem(
                path,
                "LOOK_ALIKE",
                "Domains that begin with xn-- can't be invited: what they spell is not visible.",
                "xn--で始まるドメインには招待を送れません（表示される文字が分からないためです）。",
            )
        ]
    taken_for = sorted(
        other for other in set(known) if other != domain and skeleton(other) == skeleton(domain)
    )
    if taken_for:
        return None, [
            Problem(
                path,
                "LOOK_ALIKE",
                f"{domain} is easily taken for {taken_for[0]}. Is that what was meant?",
                f"{domain}は、{taken_for[0]}と紛らわしいドメインです。打ち間違いではありませんか。",
            )
        ]
    return address, []
