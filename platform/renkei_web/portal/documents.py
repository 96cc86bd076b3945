"""The portal's documents: one query a page, one mutation an act, each with its fragments."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from renkei_web.documents import document_id

FOLDER = Path(__file__).parent / "documents"

_FRAGMENT = re.compile(r"^fragment (\w+) on .*?^}\n", re.MULTILINE | re.DOTALL)
_SPREAD = re.compile(r"\.\.\.(\w+)")


@lru_cache(maxsize=1)
def documents() -> dict[str, str]:
    """Every document by its name: a page's own, and `mutations/…` for acts."""
    fragments = {
        found[1]: found[0]
        for path in sorted(FOLDER.glob("*fragments.graphql"))
        for found in _FRAGMENT.finditer(path.read_text(encoding="utf-8"))
    }
    return {
        path.relative_to(FOLDER).with_suffix("").as_posix(): _whole(path, fragments)
        for path in sorted(FOLDER.rglob("*.graphql"))
        if not path.name.endswith("fragments.graphql")
    }


def live_address() -> str:
    """Where a signed-in reader's page hears of new notices, as server-sent events."""
    return f"/graphql?documentId={document_id(documents()['live'])}"


def _whole(path: Path, fragments: dict[str, str]) -> str:
    """The document with each fragment that it spreads, directly or through another, once."""
    text = path.read_text(encoding="utf-8")
    needed: list[str] = []
    pending = _SPREAD.findall(text)
    while pending:
        name = pending.pop(0)
        if name not in needed:
            needed.append(name)
            pending += _SPREAD.findall(fragments[name])
    return "\n".join([text, *(fragments[name] for name in sorted(needed))])
