"""Enum members with their descriptions."""

from __future__ import annotations

from typing import Any

import strawberry


def valued(value: str, description: str) -> Any:
    """A member whose value is the kernel's word, described in both languages."""
    return strawberry.enum_value(value, description=description)
