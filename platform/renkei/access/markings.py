"""Markings: TLP 2.0, the government's grades, handling restrictions; what is never taken in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

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
    # REL TO: country codes (ISO 3166-1 alpha-2); None: no such restriction.
    releasable_to: frozenset[str] | None = None
    # Readers have consented to confidentiality before.
    needs_consent: bool = False

    @property
    def stored_countries(self) -> str:
        """REL TO as a record keeps it: codes in order, empty where there is no restriction."""
        return " ".join(sorted(self.releasable_to or ()))


# Stands where two restrictions have no country in common: nobody's home.
NOWHERE = "ZZ"


def countries_of(stored: str) -> frozenset[str] | None:
    """REL TO as a record keeps it."""
    return frozenset(stored.split()) or None


# The columns that hold a marking, in the order of `Marking`.
MARKING_COLUMNS = ("tlp", "grade", "restrictions", "releasable_to", "needs_consent")


def stored_marking(row: Mapping[str, Any]) -> Marking:
    """The marking that a row carries in `MARKING_COLUMNS`."""
    return Marking(
        TLP(row["tlp"]),
        row["grade"],
        row["restrictions"],
        countries_of(row["releasable_to"]),
        row["needs_consent"],
    )


def columns_of(marking: Marking) -> dict[str, Any]:
    """The marking as the columns of a record."""
    return {
        "tlp": marking.tlp.value,
        "grade": marking.grade,
        "restrictions": marking.restrictions,
        "releasable_to": marking.stored_countries,
        "needs_consent": marking.needs_consent,
    }


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


def parse_countries(
    raw: Sequence[str] | None, path: tuple[str, ...] = ()
) -> tuple[frozenset[str] | None, list[Problem]]:
    """Read REL TO: two letters each, in any case and width. None: no restriction; not empty."""
    if raw is None:
        return None, []
    codes = [normalise(one).upper() for one in raw]
    problems = [
        Problem(
            (*path, str(place)),
            "UNKNOWN_COUNTRY",
            "A country is two letters, such as JP.",
            "国は2文字の符号で書きます（例：JP）。",
        )
        for place, code in enumerate(codes)
        if not re.fullmatch(r"[A-Z]{2}", code)
    ]
    if not codes:
        problems.append(
            Problem(
                path,
                "NOBODY_NAMED",
                "Releasable to no country would be for nobody; leave it out, or name one.",
                "提供できる国が一つもありません。制限しないときは、書かずにおきます。",
            )
        )
    return (None, problems) if problems else (frozenset(codes), [])


def parse_marking(
    tlp: str | None,
    grade: int | None,
    restrictions: str | None = None,
    *,
    releasable_to: Sequence[str] | None = None,
    needs_consent: bool = False,
    accept_grade_2: bool,
    path: tuple[str, ...] = (),
) -> tuple[Marking | None, list[Problem]]:
    """Read a marking; missing parts, unknown labels and refused grades are told all at once."""
    label, problems = parse_tlp(tlp, (*path, "tlp"))
    problems += check_grade(grade, accept_grade_2=accept_grade_2, path=(*path, "grade"))
    problems += check_text(
        (*path, "restrictions"), restrictions, limit=RESTRICTIONS_MAX, required=False
    )
    countries, found = parse_countries(releasable_to, (*path, "releasableTo"))
    problems += found
    if label is TLP.CLEAR and (countries is not None or needs_consent):
        problems.append(
            Problem(
                (*path, "releasableTo" if countries is not None else "needsConsent"),
                "CLEAR_IS_FOR_ALL",
                "TLP:CLEAR is for everyone; it can't ask anything of its readers.",
                "TLP:CLEARはだれでも読めます。読む人を限るなら、区分を強めます。",
            )
        )
    if problems or label is None or grade is None:
        return None, problems
    return Marking(label, grade, (restrictions or "").strip(), countries, needs_consent), []


def strictest(first: Marking, second: Marking) -> Marking:
    """The marking of what draws on both: the stricter label and grade, all restrictions (R7.6)."""
    lines = dict.fromkeys(
        line for one in (first, second) for line in one.restrictions.splitlines() if line.strip()
    )
    return Marking(
        max(first.tlp, second.tlp, key=lambda label: label.strictness),
        max(first.grade, second.grade),
        "\n".join(lines),
        _in_both(first.releasable_to, second.releasable_to),
        first.needs_consent or second.needs_consent,
    )


def _in_both(first: frozenset[str] | None, second: frozenset[str] | None) -> frozenset[str] | None:
    if first is None or second is None:
        return first if second is None else second
    return first & second or frozenset({NOWHERE})


def at_least_as_strict(child: Marking, parent: Marking) -> bool:
    """Whether a child may stand under its parent: no laxer in label, grade or countries (R7.6)."""
    return (
        child.tlp.strictness >= parent.tlp.strictness
        and child.grade >= parent.grade
        and (child.needs_consent or not parent.needs_consent)
        and (
            parent.releasable_to is None
            or (child.releasable_to is not None and child.releasable_to <= parent.releasable_to)
        )
    )


def check_inside(
    child: Marking, parent: Marking, path: tuple[str, ...] = ("marking",)
) -> list[Problem]:
    """The problem of a child that is marked laxer than what it stands in (R7.6)."""
    if at_least_as_strict(child, parent):
        return []
    return [
        Problem(
            path,
            "LOOSER_THAN_PARENT",
            f"It stands in something marked {parent.tlp.label}, and can't be marked laxer.",
            f"{parent.tlp.label}のものの中にあるため、それより緩い区分にはできません。",
        )
    ]


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
