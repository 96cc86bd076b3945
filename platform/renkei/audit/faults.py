"""What may be wrong with a sealed audit, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from renkei.text import Text


class What(StrEnum):
    """What happened."""

    EDITED = "edited"
    DELETED = "deleted"
    REORDERED = "reordered"
    INSERTED = "inserted"
    TRUNCATED = "truncated"
    ENTRY_CHANGED = "entry-changed"
    SEAL_CHANGED = "seal-changed"
    SIGNATURE_WRONG = "signature-wrong"
    ANCHOR_WRONG = "anchor-wrong"


_SAID = {
    What.EDITED: Text("封印のあとで書き換えられた", "was edited after it was sealed"),
    What.DELETED: Text("消されている", "is deleted"),
    What.REORDERED: Text("順序が入れ替えられた", "changed places with another entry"),
    What.INSERTED: Text(
        "封印されておらず、封印を待ってもいない（あとから差し込まれたか、その封印が消された）",
        "is in no seal and waits for none: it was inserted, or its seal was cut off",
    ),
    What.TRUNCATED: Text("ここから先の封印が切り取られている", "is where the seals were cut off"),
    What.ENTRY_CHANGED: Text("封印の項目が書き換えられた", "has a changed entry in its seal"),
    What.SEAL_CHANGED: Text("封印が書き換えられた", "is a changed seal"),
    What.SIGNATURE_WRONG: Text("署名が合わない", "has a signature that does not fit"),
    What.ANCHOR_WRONG: Text(
        "保管していたアンカーと違う（作り直された）",
        "is not what its anchor says: it was made anew",
    ),
}
_KINDS = {
    "fact": Text("事実", "fact"),
    "read": Text("閲覧の記録", "entry of reading"),
    "glass": Text("緊急閲覧の記録", "entry of a broken glass"),
    "seal": Text("封印", "seal"),
    "entry": Text("封印の項目", "entry of a seal"),
    "anchor": Text("アンカー", "anchor"),
}


@dataclass(frozen=True)
class Fault:
    """The first entry that does not fit: kind and key, seal and position where it has one."""

    what: What
    kind: str
    key: str
    seal: int | None = None
    position: int | None = None

    @property
    def said(self) -> Text:
        """The fault in a sentence of each language."""
        kind, said = _KINDS.get(self.kind, Text(self.kind)), _SAID[self.what]
        where = [("封印", "seal", self.seal), ("位置", "position", self.position)]
        ja = "、".join(f"{word}{number}" for word, _, number in where if number is not None)
        en = ", ".join(f"{word} {number}" for _, word, number in where if number is not None)
        return Text(
            f"{kind.ja} {self.key}{f'（{ja}）' if ja else ''}：{said.ja}。",
            f"The {kind.text('en')} {self.key}{f' ({en})' if en else ''} {said.text('en')}.",
        )
