"""The lists and mappings that the product ships."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from renkei.areas.rules import Catalogue, Mapping, parse_catalogue, parse_mappings
from renkei.problems import InvalidInput


def _text(name: str) -> str:
    return (files("renkei.areas") / "data" / name).read_text(encoding="utf-8")


@cache
def shipped_catalogue() -> Catalogue:
    """All shipped lists with their rows."""
    catalogue, problems = parse_catalogue(_text("areas.yaml"))
    if catalogue is None:
        raise InvalidInput(problems=problems)
    return catalogue


@cache
def shipped_mappings() -> tuple[Mapping, ...]:
    """All shipped mappings between rows of the lists: our judgement, each of them."""
    mappings, problems = parse_mappings(_text("mappings.yaml"), shipped_catalogue())
    if mappings is None:
        raise InvalidInput(problems=problems)
    return mappings
