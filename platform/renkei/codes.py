"""Numbers and codes that people see: random with a check character, so that they count nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from stdnum.iso7064 import mod_37_2

from renkei.problems import Problem
from renkei.text import normalise_code

# Crockford's letters: no I, L, O, U, which are misread. 10 of them are 50 random bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LETTERS = 10
_MISREAD = str.maketrans("ILO", "110")


def new_number(prefix: str, draw: Callable[[int], int] = secrets.randbelow) -> str:
    """A number that counts nothing: `R7F3-C9KQ-2M0X`, random, its last character the check.

    The check is ISO 7064 MOD 37,2, which finds every single wrong character and every swap of
    neighbours. Draws whose check character is easily misread are thrown away.
    """
    while True:
        body = prefix + "".join(ALPHABET[draw(len(ALPHABET))] for _ in range(RANDOM_LETTERS))
        check = mod_37_2.calc_check_digit(body)
        if check in ALPHABET:
            number = body + check
            return f"{number[:4]}-{number[4:8]}-{number[8:]}"


def parse_number(
    raw: str, prefix: str, path: tuple[str, ...] = ()
) -> tuple[str | None, list[Problem]]:
    """Read a number as people type it: any width and case, O for 0, I or L for 1.

    Refused: another length or prefix, and a check character that does not fit.
    """
    number = normalise_code(raw).upper().translate(_MISREAD)
    length = len(prefix) + RANDOM_LETTERS + 1
    if (
        len(number) == length
        and number.startswith(prefix)
        and set(number) <= set(ALPHABET)
        and mod_37_2.is_valid(number)
    ):
        return f"{number[:4]}-{number[4:8]}-{number[8:]}", []
    return None, [
        Problem(
            path,
            "NUMBER_CHECK",
            "This number is mistyped: its check character does not fit.",
            "番号の検査用文字が合いません。打ち間違いがないか、お確かめください。",
        )
    ]
