"""Where the portal's pages are. Every address begins with the page's language."""

from __future__ import annotations

from urllib.parse import quote, urlencode

PATHS = {
    "front": "",
    "search": "search",
    "areas": "areas",
    "area": "areas/{code}",
    "programmes": "programmes",
    "concept_new": "concepts/new",
    "calls": "calls",
    "call_new": "calls/new",
    "call": "calls/{code}",
    "call_edit": "calls/{code}/edit",
    "proposals": "proposals",
    "proposal": "proposals/{number}",
    "proposal_edit": "proposals/{number}/edit",
    "proposal_confirm": "proposals/{number}/confirm",
    "receipt": "proposals/{number}/receipt",
    "receipt_json": "proposals/{number}/receipt.json",
    "briefs": "briefs",
    "brief_new": "briefs/new",
    "brief": "briefs/{code}",
    "brief_edit": "briefs/{code}/edit",
    "brief_access": "briefs/{code}/access",
    "brief_preview": "briefs/{code}/preview",
    "groups": "groups",
    "group_new": "groups/new",
    "group": "groups/{id}",
    "consents": "consents",
    "inbox": "inbox",
    "inbox_count": "inbox/count",
    "follows": "follows",
    "audit": "audit",
    "organizations": "organizations",
    "organization": "organizations/{id}",
    "organization_posts": "organizations/{id}/posts",
    "rotation": "organizations/{id}/rotation",
    "post": "posts/{id}",
    "handover": "posts/{id}/handover",
    "invitation": "invitation",
    "sign_in": "sign-in",
    "sign_in_code": "sign-in/code",
    "recover": "recover",
    "recover_set": "recover/set",
    "prove_again": "sign-in/again",
    "account": "account",
    "account_address": "account/address",
    "accounts": "accounts",
    "help": "help",
    "accessibility": "accessibility",
}


def address(lang: str, page: str, /, **values: object) -> str:
    """The address of a page: names of its path are filled in, the rest becomes the query.

    Values that are None or empty are left out of the query.
    """
    path = PATHS[page]
    query: list[tuple[str, str]] = []
    for name, value in values.items():
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
        elif isinstance(value, list | tuple):
            query += [(name, str(one)) for one in value]
        elif value not in (None, ""):
            query.append((name, str(value)))
    return f"/{lang}/{path}" + (f"?{urlencode(query)}" if query else "")
