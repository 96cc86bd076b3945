"""Markings: TLP 2.0, the government's grades, handling restrictions; what is never taken in."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from renkei.problems import Problem
from renkei.text import check_text, normalise

RESTRICTIONS_MAX = 300
GRADE_1, GRADE_2, GRADE_3 = 1, 2, 3

# What must never be on this system, as it stands at the head of a page (R7.1); grade 3 with it,
# being what the rules treat as equal to 秘密文書 (R7.4).
FORBIDDEN_MARKINGS = (
    "重要経済安保情報",
    "特定秘密",
    "特別防衛秘密",
    "保全指定",
    "保全対象発明",
    "適性評価",
    "機密性3情報",
    "機密性3",
)


class TLP(StrEnum):
    """The Traffic Light Protocol 2.0, from the least to the most strict (R7.5)."""

    CLEAR = "CLEAR"
    GREEN = "GREEN"
    AMBER = "AMBER"
    AMBER_STRICT = "AMBER+STRICT"
    RED = "RED"

    @property
    def label(self) -> str:
        """The label exactly as it is shown and exported in every language: `TLP:AMBER+STRICT`."""
        return f"TLP:{self.value}"

    @property
    def graphql_name(self) -> str:
        """The name in the API, where a plus sign can't stand: `TLP_AMBER_STRICT`."""
        return f"TLP_{self.name}"

    @property
    def strictness(self) -> int:
        """0 for CLEAR up to 4 for RED."""
        return tuple(TLP).index(self)


@dataclass(frozen=True)
class Marking:
    """A record's marking. There is no default: whoever makes a record says all of it (R7.6)."""

    tlp: TLP
    grade: int
    restrictions: str = ""


# The names that are understood, without `TLP:`; WHITE is the first version's word for CLEAR.
_TLP_NAMES = {
    **{label.value: label for label in TLP},
    **{label.name: label for label in TLP},
    "WHITE": TLP.CLEAR,
}


def parse_tlp(raw: str | None, path: tuple[str, ...] = ()) -> tuple[TLP | None, list[Problem]]:
    """Read a TLP label as shown, as named in the API, or without its prefix; `TLP:WHITE` is CLEAR.

    Refused: nothing at all, and a label that TLP 2.0 does not have.
    """
    if raw is None or not raw.strip():
        return None, [
            Problem(
                path,
                "MARKING_MISSING",
                "Every record needs a TLP label; there is no default.",
                "TLPの区分は必須です（既定値はありません）。",
            )
        ]
    name = re.sub(r"^TLP[:_]\s*", "", normalise(raw).upper())
    if name in _TLP_NAMES:
        return _TLP_NAMES[name], []
    labels = ", ".join(label.label for label in TLP)
    return None, [
        Problem(
            path,
            "UNKNOWN_MARKING",
            f"Unknown TLP label. One of: {labels}.",
            f"TLPの区分が正しくありません。次のどれかです：{labels}",
        )
    ]


def check_grade(
    grade: int | None, *, accept_grade_2: bool, path: tuple[str, ...] = ()
) -> list[Problem]:
    """The problems of a grade (機密性): 3 is never taken in, 2 only where approved (R7.4)."""
    if grade is None:
        return [
            Problem(
                path,
                "MARKING_MISSING",
                "Every record needs a confidentiality grade; there is no default.",
                "機密性の区分は必須です（既定値はありません）。",
            )
        ]
    if isinstance(grade, bool) or grade not in {GRADE_1, GRADE_2, GRADE_3}:
        return [
            Problem(
                path,
                "UNKNOWN_GRADE",
                "The confidentiality grade is 1 or 2.",
                "機密性の区分は1か2です。",
            )
        ]
    if grade == GRADE_3:
        return [
            Problem(
                path,
                "GRADE_3_REFUSED",
                "Confidentiality grade 3 must never be put on this system.",
                "機密性3の情報は、このシステムでは取り扱えません。",
            )
        ]
    if grade == GRADE_2 and not accept_grade_2:
        return [
            Problem(
                path,
                "GRADE_2_NOT_ACCEPTED",
                "This installation is not approved for confidentiality grade 2.",
                "この環境は機密性2の情報の取扱いを承認されていません。",
            )
        ]
    return []


def parse_marking(
    tlp: str | None,
    grade: int | None,
    restrictions: str | None = None,
    *,
    accept_grade_2: bool,
    path: tuple[str, ...] = (),
) -> tuple[Marking | None, list[Problem]]:
    """Read a marking; missing parts, unknown labels and refused grades are told all at once."""
    label, problems = parse_tlp(tlp, (*path, "tlp"))
    problems += check_grade(grade, accept_grade_2=accept_grade_2, path=(*path, "grade"))
    problems += check_text(
        (*path, "restrictions"), restrictions, limit=RESTRICTIONS_MAX, required=False
    )
    if problems or label is None or grade is None:
        return None, problems
    return Marking(label, grade, (restrictions or "").strip()), []


def strictest(first: Marking, second: Marking) -> Marking:
    """The marking of what draws on both: the stricter label and grade, all restrictions (R7.6)."""
    lines = dict.fromkeys(
        line for one in (first, second) for line in one.restrictions.splitlines() if line.strip()
    )
    return Marking(
        max(first.tlp, second.tlp, key=lambda label: label.strictness),
        max(first.grade, second.grade),
        "\n".join(lines),
    )


def at_least_as_strict(child: Marking, parent: Marking) -> bool:
    """Whether a child may stand under its parent; it may not be laxer in label or grade (R7.6)."""
    return child.tlp.strictness >= parent.tlp.strictness and child.grade >= parent.grade


_ORNAMENT = re.compile(r"[【】\[\]〔〕〈〉《》「」<>■□◆◇●○◎※#*=_|~\-]+")
_AFTER_HEADER = re.compile(r"$|[\s:/・,、(]")


def forbidden_header(text: str) -> str | None:
    """The word of R7.1 that `text` bears as a header marking, or None.

    A header is a line that begins with the word and goes on with nothing, a space or a bracket,
    letter-spaced or in brackets itself. The word inside a sentence is no marking.
    """
    for raw_line in text.splitlines():
        line = _ORNAMENT.sub(" ", unicodedata.normalize("NFKC", raw_line)).strip()
        closed_up = "".join(line.split())
        for word in FORBIDDEN_MARKINGS:
            rest = line.removeprefix(word) if line.startswith(word) else None
            if closed_up == word or (rest is not None and _AFTER_HEADER.match(rest)):
                return word
    return None


def check_header(text: str, path: tuple[str, ...] = ()) -> list[Problem]:
    """Refuse a text that is marked as something never to be on this system (R7.1)."""
    word = forbidden_header(text)
    if word is None:
        return []
    return [
        Problem(
            path,
            "FORBIDDEN_MARKING",
            f"The text is marked {word}, which must never be put on this system.",
            f"「{word}」の表示があります。このシステムでは取り扱えません。",
        )
    ]
