"""Ways out of the house besides the API's answers: mail, live events, mutations, pages."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from email.message import EmailMessage
from random import Random
from typing import Any
from uuid import UUID

from graphql import get_named_type, get_nullable_type, is_list_type, is_required_input_field

from leak_proof.asking import House, told
from leak_proof.oracle import Oracle
from leak_proof.selecting import CORE, selection
from renkei.notices.courier import compose
from renkei_schema.context import Context
from renkei_schema.ids import write_id
from renkei_schema.node import TABLES
from renkei_web.guard import Asked

LIVE = f"subscription {{ noticeArrived {selection('Notice', 1)} }}"
NOWHERE = UUID(int=2**127 + 1)


async def mails(house: House, person: UUID | None) -> dict[str, bytes | None]:
    """What would be written to the person, by delivery; None where nothing would."""
    mine = {row["id"] for row in house.world.rows["notice"] if row["person_id"] == person}
    written: dict[str, bytes | None] = {}
    for row in house.world.rows["delivery"]:
        if row["notice_id"] in mine:
            mail = await compose(house.app, row["id"], row["notice_id"])
            written[str(row["notice_id"])] = None if mail is None else _as_read(mail)
    return written


def _as_read(mail: EmailMessage) -> bytes:
    """A mail as a mail program shows it: its headers and parts, decoded."""
    headers = [f"{name}: {value}" for name, value in mail.items()]
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*headers, *parts]).encode()


def address_of(house: House, person: UUID | None) -> bytes:
    """Where the person's mails go: their own account's address is no secret from them."""
    rows = house.world.rows["account"]
    return next((str(row["email"]).encode() for row in rows if row["person_id"] == person), b"\0")


async def events(house: House, viewer: Any, *, seconds: float = 0.4) -> list[Any]:
    """What a subscriber is sent of the last minutes' notices, if it comes within the time."""
    app = house.app
    since = min(row["created_at"] for row in house.world.rows["notice"])
    context = Context(app=app, viewer=viewer, arrived_at=since, request_id="proof")
    prepared = house.execution.prepare(Asked(LIVE, None, None, {}), anonymous=False)

    async def renew() -> Context:
        return Context(app=app, viewer=viewer, arrived_at=since, request_id="proof")

    found: list[Any] = []
    stream = house.execution.events(prepared, context, renew)
    try:
        async with asyncio.timeout(seconds):
            async for event in stream:
                found.append(event)  # noqa: PERF401 - what came before the time is up is kept
    except TimeoutError:
        pass
    finally:
        await stream.aclose()
        await context.close()
    return found


# Mutations that name no record, and so can't tell of one; they would change the world.
NAMELESS = {
    "createProgramme",
    "createSharingGroup",
    "registerOrganization",
    "registerPerson",
    "issueAccessToken",
    "endOtherSessions",
    "changePassword",
    "askNewAddress",
    "confirmNewAddress",
    "beginSecondStep",
    "confirmSecondStep",
    "removeSecondStep",
    "beginPasskey",
    "addPasskey",
    "acceptInvitation",
    "markAllNoticesRead",
    "giveConsent",
    "withdrawConsent",
}


def mutations() -> Iterator[tuple[str, str, list[tuple[str, ...]]]]:
    """Each mutation that names records: its name, document, and where ids stand in its input."""
    for name, field in CORE.mutation_type.fields.items():
        if not field.args:
            assert name in NAMELESS, f"{name} names nothing and is not among those"
            continue
        kind: Any = get_named_type(field.args["input"].type)
        places = list(_ids_in(kind, ()))
        if name in NAMELESS:
            assert places == [], f"{name} names records by now"
            continue
        assert places, f"no harvester knows how {name} names a record"
        shown = "__typename ... on Refusal { code message messageJa } "
        shown += "... on InvalidInput { problems { path code message messageJa } }"
        document = f"mutation ($i: {kind.name}!) {{ {name}(input: $i) {{ {shown} }} }}"
        yield name, document, places


def _ids_in(kind: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, field in kind.fields.items():
        named: Any = get_named_type(field.type)
        if named.name == "ID" and name != "idempotencyKey":
            yield (*path, name)
        elif hasattr(named, "fields"):
            yield from _ids_in(named, (*path, name))


def _filled(kind: Any, place: tuple[str, ...], value: str) -> Any:
    """An input of this kind with `value` where the id stands, and something wherever it must."""
    filled: dict[str, Any] = {}
    for name, field in kind.fields.items():
        head = place[:1] == (name,)
        if not head and not is_required_input_field(field):
            continue
        listed = is_list_type(get_nullable_type(field.type))
        named: Any = get_named_type(field.type)
        if named.name == "ID":
            one: Any = value if head else str(write_id("Brief", NOWHERE))
        elif hasattr(named, "values"):
            one = next(iter(named.values))
        elif hasattr(named, "fields"):
            one = _filled(named, place[1:] if head else (), value)
        else:
            one = _PLAIN[named.name]
        filled[name] = [one] if listed else one
    return filled


_PLAIN: dict[str, Any] = {
    "String": "量子",
    "Int": 1,
    "Boolean": True,
    "Yen": 1,
    "Date": "2026-10-01",
    "DateTime": "2026-12-01T00:00:00+09:00",
    "JSON": {},
}


async def refusals(
    house: House, viewer: Any, oracle: Oracle, rng: Random
) -> list[tuple[str, bytes, bytes]]:
    """Each mutation, asked with a hidden id and with one that never was: both answers."""
    rows = house.world.rows
    organizations = {row["id"]: row["organization_id"] for row in rows["post"]}

    def told_of(kind: str, row: Any) -> bool:
        if kind != "Holding":
            return oracle.sees(str(row["id"]))
        # No record of its own: an organisation's people are told of it, and administrators.
        own = f"org:{organizations[row['post_id']]}"
        return bool({own, "administrator"} & oracle.held)

    hidden = {
        kind: [row["id"] for row in rows.get(table.name, ()) if not told_of(kind, row)]
        for kind, table in sorted(TABLES.items())
    }
    some = [kind for kind, keys in hidden.items() if keys]
    found: list[tuple[str, bytes, bytes]] = []
    for name, document, places in mutations():
        input_kind = CORE.mutation_type.fields[name].args["input"].type.of_type
        for place in places:
            for kind in dict.fromkeys([*rng.sample(some, 1), *_named(place, some)]):
                answers = []
                for key in (rng.choice(hidden[kind]), NOWHERE):
                    value = _filled(input_kind, place, str(write_id(kind, key)))
                    answers.append(told(await house.answer(document, viewer, {"i": value})))
                found.append((f"{name}.{'.'.join(place)}:{kind}", answers[0], answers[1]))
    return found


def _named(place: tuple[str, ...], some: list[str]) -> list[str]:
    """The kind that the place's own name speaks of, where something of it is hidden."""
    word = place[-1].removesuffix("Ids").removesuffix("Id").lower()
    return [kind for kind in some if word.endswith(kind.lower())]
