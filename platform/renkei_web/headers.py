"""The fields of a request, read once into a plain dictionary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.types import Scope

_KEPT = "renkei.headers"


def headers_of(scope: Scope) -> Mapping[str, str]:
    """The fields by their names in lower case; one that came several times is joined by commas.

    So a second `Authorization` or `Content-Type` makes a value that means nothing, and is refused,
    where picking one of them would follow whoever added it. Cookies are joined as cookies are.
    """
    kept: Mapping[str, str] | None = scope.get(_KEPT)
    if kept is not None:
        return kept
    fields: Iterable[tuple[bytes, bytes]] = scope["headers"]
    found: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        if name in found:
            value = found[name] + ("; " if name == "cookie" else ", ") + value
        found[name] = value
    scope[_KEPT] = found
    return found


def quality(parameters: Iterable[str]) -> float:
    """The weight that the parameters of one wish name, 0 to 1: 1 without any, 0 if broken."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
