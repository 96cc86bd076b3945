"""Rules of the directory: kinds of organisations, roles of posts, identifiers and their checks.

Every `parse_…` takes what a person typed and answers `(value, problems)`: the canonical value and
no problem, or None and every problem found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from stdnum.iso7064 import mod_11_2
from stdnum.jp import cn

from renkei.problems import Problem
from renkei.text import normalise, normalise_code

EMAIL_MAX = 254
EMAIL_LOCAL_MAX = 64
AWARD_NUMBER_MAX = 40


class OrganizationKind(StrEnum):
    """What an organisation is: 関係府省, 配分機関, 研究機関, 事業者, シンクタンク, その他."""

    MINISTRY = "MINISTRY"
    AGENCY = "AGENCY"
    RESEARCH = "RESEARCH"
    FIRM = "FIRM"
    THINK_TANK = "THINK_TANK"
    OTHER = "OTHER"


class Role(StrEnum):
    """What the holder of a post may do. It belongs to the post, never to the person."""

    ADMINISTRATOR = "administrator"
    ORG_ADMINISTRATOR = "org-administrator"
    MINISTRY = "ministry"
    AGENCY = "agency"
    RESEARCHER = "researcher"
    OFFICE = "office"
    FIRM = "firm"
    REVIEWER = "reviewer"
    ANALYST = "analyst"


# The roles that an organisation's own administrator may give, by what the organisation is. The
# platform's administrator gives any: so a firm never makes itself a ministry.
_ANYWHERE = (Role.ORG_ADMINISTRATOR,)
ROLES_OF_KIND: Mapping[OrganizationKind, tuple[Role, ...]] = {
    OrganizationKind.MINISTRY: (*_ANYWHERE, Role.MINISTRY, Role.ANALYST),
    OrganizationKind.AGENCY: (*_ANYWHERE, Role.AGENCY, Role.REVIEWER, Role.ANALYST),
    OrganizationKind.RESEARCH: (*_ANYWHERE, Role.RESEARCHER, Role.OFFICE, Role.REVIEWER),
    OrganizationKind.FIRM: (*_ANYWHERE, Role.FIRM, Role.RESEARCHER),
    OrganizationKind.THINK_TANK: (*_ANYWHERE, Role.ANALYST, Role.RESEARCHER),
    OrganizationKind.OTHER: _ANYWHERE,
}


def parse_organization_kind(
    raw: str, path: tuple[str, ...] = ()
) -> tuple[OrganizationKind | None, list[Problem]]:
    """Read a kind by its name, in any case and width."""
    name = normalise(raw).upper()
    if name in OrganizationKind.__members__:
        return OrganizationKind[name], []
    kinds = ", ".join(OrganizationKind)
    return None, [
        Problem(
            path,
            "UNKNOWN_KIND",
            f"Unknown kind of organisation. One of: {kinds}.",
            f"組織の種別が正しくありません。次のどれかです：{kinds}",
        )
    ]


def check_role(kind: str, role: str, path: tuple[str, ...] = ()) -> list[Problem]:
    """The problem of a role that does not fit this kind of organisation."""
    fitting = ROLES_OF_KIND[OrganizationKind(kind)]
    if role in fitting:
        return []
    roles = ", ".join(fitting)
    return [
        Problem(
            path,
            "ROLE_DOES_NOT_FIT",
            f"This kind of organisation has no such role. One of: {roles}.",
            f"この種別の組織には、この役割は置けません。次のどれかです：{roles}",
        )
    ]


def parse_country(raw: str | None, path: tuple[str, ...] = ()) -> tuple[str | None, list[Problem]]:
    """Read a country by its two letters (ISO 3166-1 alpha-2); nothing where none is given."""
    code = normalise(raw or "").upper()
    if not code:
        return None, []
    if re.fullmatch(r"[A-Z]{2}", code) is None:
        return None, [
            Problem(
                path,
                "UNKNOWN_COUNTRY",
                "A country is two letters, such as JP.",
                "国は2文字の符号で書きます（例：JP）。",
            )
        ]
    return code, []


def parse_corporate_number(
    raw: str, path: tuple[str, ...] = ()
) -> tuple[str | None, list[Problem]]:
    """Read a 法人番号: 13 digits, the first of them the check digit (R1.1, R1.8)."""
    number = normalise_code(raw)
    if re.fullmatch(r"[1-9][0-9]{12}", number) is None:
        return None, [
            Problem(
                path,
                "CORPORATE_NUMBER_FORM",
                "A corporate number has 13 digits and does not begin with 0.",
                "法人番号は13桁の数字です（先頭は0になりません）。",
            )
        ]
    if cn.calc_check_digit(number[1:]) != number[0]:
        return None, [
            Problem(
                path,
                "CORPORATE_NUMBER_CHECK_DIGIT",
                "The check digit does not fit: a digit is mistyped.",
                "検査用数字が合いません。法人番号の打ち間違いがないか、お確かめください。",
            )
        ]
    return number, []


def parse_erad_number(raw: str, path: tuple[str, ...] = ()) -> tuple[str | None, list[Problem]]:
    """Read an e-Rad researcher number: 8 digits as text, leading zeros count (R1.2).

    The check digit refuses nothing, its formula being unpublished: see `doubt_erad_number`.
    """
    number = normalise_code(raw)
    if re.fullmatch(r"[0-9]{8}", number) is None:
        return None, [
            Problem(
                path,
                "ERAD_NUMBER_FORM",
                "An e-Rad researcher number has exactly 8 digits.",
                "e-Radの研究者番号は8桁の数字です。",
            )
        ]
    return number, []


def erad_check_digit(base: str) -> str:
    """The first digit that fits the other seven: weights 1 and 2 by turns, modulo 10 (R1.2)."""
    return str(sum(int(digit) * (1 + place % 2) for place, digit in enumerate(base)) % 10)


def doubt_erad_number(number: str, path: tuple[str, ...] = ()) -> Problem | None:
    """A warning, never a refusal, where a well-formed number's check digit does not fit (R1.2)."""
    if erad_check_digit(number[1:]) == number[0]:
        return None
    return Problem(
        path,
        "ERAD_NUMBER_DOUBTFUL",
        "This number's check digit looks unusual. Please check it once more.",
        "研究者番号の検査用数字が合わないようです。念のためお確かめください。",
    )


_ORCID_URL = re.compile(r"(?:https?://)?orcid\.org/", re.IGNORECASE)


def parse_orcid(raw: str, path: tuple[str, ...] = ()) -> tuple[str | None, list[Problem]]:
    """Read an ORCID iD, bare or as its URL; the value is `0000-0002-1825-0097` (R1.4)."""
    code = normalise_code(_ORCID_URL.sub("", normalise(raw), count=1)).upper()
    if re.fullmatch(r"[0-9]{15}[0-9X]", code) is None:
        return None, [
            Problem(
                path,
                "ORCID_FORM",
                "An ORCID iD has 16 characters, such as 0000-0002-1825-0097.",
                "ORCID iDは16文字です（例：0000-0002-1825-0097）。",
            )
        ]
    if mod_11_2.calc_check_digit(code[:-1]) != code[-1]:
        return None, [
            Problem(
                path,
                "ORCID_CHECK_DIGIT",
                "The last character does not fit: the ORCID iD is mistyped.",
                "ORCID iDの末尾の検査用文字が合いません。打ち間違いがないか、お確かめください。",
            )
        ]
    return "-".join(code[start : start + 4] for start in range(0, 16, 4)), []


def parse_award_number(raw: str, path: tuple[str, ...] = ()) -> tuple[str | None, list[Problem]]:
    """Read a 体系的番号: JP and capitals or digits; JPMJKP and JPNP in their own forms (R1.5)."""
    number = normalise_code(raw).upper()
    form = r"JP[A-Z0-9]+"
    if number.startswith("JPMJKP"):
        form = r"JPMJKP[0-9]{2}[A-Z0-9]{2}"
    elif number.startswith("JPNP"):
        form = r"JPNP[0-9]+"
    if len(number) > AWARD_NUMBER_MAX or re.fullmatch(form, number) is None:
        return None, [
            Problem(
                path,
                "AWARD_NUMBER_FORM",
                "An award number begins with JP, such as JPMJKP24U4.",
                "体系的番号はJPで始まります（例：JPMJKP24U4）。",
            )
        ]
    return number, []


def parse_erad_code(raw: str, path: tuple[str, ...] = ()) -> tuple[str | None, list[Problem]]:
    """Read an e-Rad code of a research institution: 10 digits (R1.7)."""
    code = normalise_code(raw)
    if re.fullmatch(r"[0-9]{10}", code) is None:
        return None, [
            Problem(
                path,
                "ERAD_CODE_FORM",
                "An e-Rad institution code has 10 digits.",
                "e-Radの研究機関コードは10桁の数字です。",
            )
        ]
    return code, []


_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def parse_email(raw: str, path: tuple[str, ...] = ()) -> tuple[str | None, list[Problem]]:
    """Read an e-mail address; the value is lower-case, so that one address is one account."""
    address = normalise(raw).lower()
    local, _, domain = address.rpartition("@")
    if (
        len(address) > EMAIL_MAX
        or len(local) > EMAIL_LOCAL_MAX
        or _LOCAL.fullmatch(local) is None
        or _DOMAIN.fullmatch(domain) is None
    ):
        return None, [
            Problem(
                path,
                "EMAIL_FORM",
                "This is not an e-mail address such as name@example.jp.",
                "メールアドレスの形になっていません（例：name@example.jp）。",
            )
        ]
    return address, []
