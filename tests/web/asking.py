"""Asking over HTTP, in the shortest form."""

from __future__ import annotations

from typing import Any

import httpx


def ask(
    client: httpx.Client, query: str, variables: dict[str, Any] | None = None, /, **headers: str
) -> httpx.Response:
    return client.post(
        "/graphql", json={"query": query, "variables": variables or {}}, headers=headers
    )


def first_error(response: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = response.json()["errors"][0]
    return found
