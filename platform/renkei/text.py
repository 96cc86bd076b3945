"""Bilingual text, and what is done to every string that comes in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from renkei.problems import Problem

TITLE_MAX = 300
BODY_MAX = 50_000

# C0 and C1 controls but for tab, line feed and carriage return; NUL is among them.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True)
class Text:
    """One text in the product's two languages; either may be missing, never both."""

    ja: str
    en: str | None = None

    def text(self, lang: str = "ja") -> str:
        """The text in `lang` ("ja" or "en"), or in the other language where that one is missing."""
        return (self.en or self.ja) if lang == "en" else (self.ja or self.en or "")


def normalise(value: str) -> str:
    """NFKC with surrounding white space removed: for codes, addresses and comparison, never names.

    Even NFC folds some name kanji (U+FA19), so names are stored as typed (R1.8, measured).
    """
    return unicodedata.normalize("NFKC", value).strip()


def normalise_code(value: str) -> str:
    """An identifier as it is compared: NFKC, without hyphens and spaces (R1.8)."""
    return re.sub(r"[\s\-‐‑‒–—−ー]", "", unicodedata.normalize("NFKC", value))


def check_text(
    path: tuple[str, ...], value: str | None, *, limit: int = TITLE_MAX, required: bool = True
) -> list[Problem]:
    """The problems of one string: missing, over `limit` characters, NUL, lone surrogates."""
    if value is None or not value.strip():
        if not required:
            return []
        return [Problem(path, "REQUIRED", "This field is required.", "この項目は必須です。")]
    if len(value) > limit:
        return [
            Problem(
                path,
                "TOO_LONG",
                f"At most {limit:,} characters; this has {len(value):,}.",
                f"{limit:,}文字までです（いま{len(value):,}文字）。",
            )
        ]
    if _SURROGATE.search(value):
        return [
            Problem(
                path,
                "BROKEN_TEXT",
                "Half of a surrogate pair: the text was damaged on its way.",
                "文字が壊れています（サロゲートの片方だけがあります）。",
            )
        ]
    if _CONTROL.search(value):
        return [
            Problem(
                path,
                "CONTROL_CHARACTER",
                "Control characters such as NUL can't be stored.",
                "制御文字（NULなど）は保存できません。",
            )
        ]
    return []
