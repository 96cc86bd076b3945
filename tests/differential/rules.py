"""What each field is worth to a viewer, by the tables in `fields.py` and the few rules here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

from differential import fields, posts, sayings
from differential.facts import TABLES, Record, Row, View, read_id, write_id
from differential.lists import ordered, status_of

JST = timezone(timedelta(hours=9))
Rule = Callable[[Any, Mapping[str, Any], View], Any]


def _text(ja: Any, en: Any) -> dict[str, Any] | None:
    return {"ja": ja, "en": en} if ja or en else None


def linked(kind: str, way: str, parent: UUID, view: View) -> list[Row]:
    """The visible rows that a reference (`column`) or a junction (`table near far`) leads to."""
    match way.split():
        case [column]:
            return view.children(kind, column, parent)
        case [junction, near, far]:
            return view.linked(kind, junction, near, far, parent)
    raise AssertionError(way)


def _records(kind: str, rows: Iterable[Row]) -> list[Record]:
    return [Record(kind, row) for row in rows]


def _marking(of: Record, _a: Any, _view: View) -> Any:
    row = of.row
    return {
        "tlp": "TLP_" + fields.spelt(row["tlp"]),
        "label": "TLP:" + row["tlp"],
        "grade": row["grade"],
        "restrictions": row["restrictions"],
        "releasableTo": row["releasable_to"].split() or None,
        "needsConsent": row["needs_consent"],
    }


def _days_left(of: Record, _a: Any, view: View) -> Any:
    return max((of.row["closes_at"] - view.at) // timedelta(days=1), 0)


def _fiscal_year(of: Record, _a: Any, _view: View) -> Any:
    day = of.row["closes_at"].astimezone(JST)
    return day.year if day.month >= 4 else day.year - 1


def _current(of: Record, _a: Any, view: View) -> Any:
    versions = view.children("BriefVersion", "brief_id", of.key)
    newest = max(versions, key=lambda row: (row["number"], row["id"]), default=None)
    return None if newest is None else Record("BriefVersion", newest)


def _sources(of: Record, _a: Any, _view: View) -> Any:
    return [
        row | {"date": row["date"] and date.fromisoformat(row["date"])} for row in of.row["sources"]
    ]


def _declarations(of: Record, view: View) -> Mapping[str, Any]:
    part = view.part("proposal_disclosure", proposal_id=of.key)
    return {} if part is None else part["declarations"]


def _other_funding(of: Record, _a: Any, view: View) -> Any:
    told = _declarations(of, view).get("otherFunding")
    if told is None:
        return None
    nothing = {"programme": "", "title": "", "underNda": False}
    maybe = dict.fromkeys(("startsOn", "endsOn", "amountYen", "effortPercent"))
    return [nothing | maybe | one for one in told]


def _integrity(of: Record, _a: Any, view: View) -> Any:
    declared = _declarations(of, view).get("integrity", {}).get("declaredAt")
    return declared and datetime.fromisoformat(declared)


def _plan(of: Record, _a: Any, _view: View) -> Any:
    return [
        {"section": name, "title": _text(*title), "text": of.row["plan"].get(name, "")}
        for name, title in sayings.SECTIONS.items()
    ]


def _costs(of: Record, _a: Any, view: View) -> Any:
    """By fiscal year; indirect costs are cut to whole yen line by line."""
    call = view.record("Call", of.row["call_id"])
    years: dict[int, dict[str, int]] = {}
    for line in view.children("BudgetLine", "proposal_id", of.key) if call else ():
        year, direct = line["fiscal_year"], line["direct_yen"]
        indirect = direct * call.row["indirect_percent"] // 100 if call else 0
        costs = years.setdefault(
            year, {"fiscalYear": year, "directYen": 0, "indirectYen": 0, "totalYen": 0}
        )
        costs["directYen"] += direct
        costs["indirectYen"] += indirect
        costs["totalYen"] += direct + indirect
    return [years[year] for year in sorted(years)]


def _viewer_reads(of: Record, _a: Any, view: View) -> Any:
    """The tokens in force by which the viewer reads it, by name."""
    entries = view.facts["records"][str(of.key)]["audience"]
    met = {
        one["token"]
        for one in entries
        if one["token"] in view.oracle.held
        and (one["since"] is None or one["since"] <= view.at)
        and (one["until"] is None or view.at < one["until"])
    }
    return [_standing(token, "READS") for token in sorted(met)]


def _audience(originator: str) -> Rule:
    def told(of: Record, _a: Any, view: View) -> Any:
        if not view.works_for(of.row[originator]):
            return None
        record = view.facts["records"][str(of.key)]
        groups = sorted({tuple(sorted(map(_key, group))) for group in record["gate"]})
        return [
            *(_standing(*_timed(one)) for one in sorted(map(_key, record["audience"]))),
            *(_standing(token, "EXCLUDED") for token in sorted(record["deny"])),
            *(
                _standing(one[0], "ASKED", one[3], one[4], number)
                for number, group in enumerate(groups)
                for one in group
            ),
        ]

    return told


def _key(entry: Mapping[str, Any]) -> tuple[Any, ...]:
    """An order of tokens that open ends do not upset."""
    since, until = entry["since"], entry["until"]
    return (entry["token"], str(since or ""), str(until or ""), since, until)


def _timed(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return (key[0], "READS", *key[3:])


def _standing(token: str, effect: str, since: Any = None, until: Any = None, group: int = 0) -> Any:
    kind, _, rest = token.partition(":")
    keyed = kind in {"org", "office", "group", "post", "person"}
    return {
        "whom": sayings.WHOM[kind],
        "effect": effect,
        "name": "" if keyed else rest,
        "group": group,
        "startsAt": since,
        "endsAt": until,
        "mayExtend": False,
        "kind": kind,
        "key": UUID(rest) if keyed else None,
    }


def _of_whom(kind: str, *words: str) -> Rule:
    return lambda of, _a, view: view.record(kind, of["key"]) if of["kind"] in words else None


def _email(of: Record, _a: Any, view: View) -> Any:
    contact = view.part("person_contact", person_id=of.key)
    return contact and contact["email"]


def _content(of: Record, _a: Any, view: View) -> Any:
    content = view.part("receipt_content", receipt_id=of.key)
    return content and content["content"]


def _node(_of: Any, sent: Mapping[str, Any], view: View) -> Any:
    return _by_id(sent["id"], view)


def _by_id(value: str, view: View, *kinds: str) -> Any:
    found = read_id(value)
    if found is None or found[0] not in (kinds or TABLES):
        return None
    return view.record(*found)


def _code(kind: str, column: str) -> Rule:
    return lambda _of, sent, view: view.first(kind, **{column: sent[column].replace("\0", "")})


def _area(_of: Any, sent: Mapping[str, Any], view: View) -> Any:
    """In the newest version of its list."""
    listed = sent.get("list")
    rows = [
        row
        for row in view.visible("area").values()
        if row["code"] == sent["code"] and listed in {None, row["list_code"]}
    ]
    rows = ordered(view, rows, [("list_version", True), ("id", True)])
    return Record("Area", rows[0]) if rows else None


def _area_lists(_of: Any, _a: Any, view: View) -> Any:
    rows = list(view.visible("area_list").values())
    return _records(
        "AreaList", ordered(view, rows, [("code", False), ("version", True), ("id", True)])
    )


def _consents(_of: Any, _a: Any, view: View) -> Any:
    held = view.oracle.held
    return sorted(one.partition(":")[2] for one in held if one.startswith("consent:"))


def _own(kind: str, column: str) -> Rule:
    return lambda of, _a, view: view.record(kind, of[column])


def _organization(_of: Any, _a: Any, view: View) -> Any:
    return view.record("Organization", view.posts[0]["organization_id"]) if view.posts else None


def _unread(_of: Any, _a: Any, view: View) -> int:
    return sum(row["read_at"] is None for row in view.visible("notice").values())


def _alarm_title(of: Record, _a: Any, _view: View) -> Any:
    ja, en = sayings.SPANS[of.row["span"]]
    records = of.row["records"]
    return _text(f"{ja}に{records:,}件の閲覧", f"{records:,} records read within {en}")


RULES: dict[tuple[str, str], Rule] = {
    ("Area", "wordingNote"): lambda of, _a, _v: (
        None if of.row["confidence"] == "verified" else _text(*sayings.UNCONFIRMED)
    ),
    ("Brief", "audience"): _audience("organization_id"),
    ("Brief", "current"): _current,
    ("Brief", "viewerReads"): _viewer_reads,
    ("BriefVersion", "sources"): _sources,
    ("Call", "daysLeft"): _days_left,
    ("Call", "fiscalYear"): _fiscal_year,
    ("Call", "status"): lambda of, _a, view: status_of(of.row, view),
    ("GroupMember", "since"): lambda of, _a, _v: of.row["start"],
    ("HeldPost", "organization"): _own("Organization", "organization_id"),
    ("HeldPost", "post"): _own("Post", "id"),
    ("Holding", "appointedBy"): _own("Person", "appointed_by"),
    ("Holding", "id"): lambda of, _a, _v: write_id("Holding", of["id"]),
    ("Holding", "person"): _own("Person", "person_id"),
    ("Holding", "post"): _own("Post", "post_id"),
    ("Invitation", "id"): lambda of, _a, _v: write_id("Invitation", of["id"]),
    ("Invitation", "invitedBy"): _own("Person", "invited_by"),
    ("Invitation", "post"): _own("Post", "post_id"),
    ("Notice", "reason"): lambda of, _a, _v: _text(*sayings.REASONS[of.row["reason"]]),
    ("Notice", "title"): lambda of, _a, _v: _text(*sayings.TITLES[of.row["kind"]]),
    ("Notice", "topic"): lambda of, _a, _v: (
        "ALARM" if of.row["alarm_id"] else of.row["kind"].partition(".")[0].upper()
    ),
    ("Organization", "invitations"): posts.invitations,
    ("Person", "email"): _email,
    ("Post", "holdings"): posts.holdings,
    ("Proposal", "audience"): _audience("lead_organization_id"),
    ("Proposal", "costs"): _costs,
    ("Proposal", "integrityDeclaredAt"): _integrity,
    ("Proposal", "otherFunding"): _other_funding,
    ("Proposal", "plan"): _plan,
    ("Proposal", "receipt"): lambda of, _a, view: view.first("Receipt", proposal_id=of.key),
    ("Proposal", "viewerReads"): _viewer_reads,
    ("Query", "area"): _area,
    ("Query", "areaLists"): _area_lists,
    ("Query", "audit"): lambda _of, _a, view: (
        sayings.AUDIT if "administrator" in view.oracle.held else None
    ),
    ("Query", "brief"): _code("Brief", "code"),
    ("Query", "call"): _code("Call", "code"),
    ("Query", "concept"): _code("Concept", "code"),
    ("Query", "demo"): lambda _of, _a, _v: False,
    ("Query", "node"): _node,
    ("Query", "nodes"): lambda _of, sent, view: [_by_id(one, view) for one in sent["ids"]],
    ("Query", "organization"): lambda _of, sent, view: _by_id(sent["id"], view, "Organization"),
    ("Query", "person"): lambda _of, sent, view: _by_id(sent["id"], view, "Person"),
    ("Query", "post"): lambda _of, sent, view: _by_id(sent["id"], view, "Post"),
    ("Query", "programme"): _code("Programme", "code"),
    ("Query", "proposal"): _code("Proposal", "number"),
    ("Query", "serverTime"): lambda _of, _a, view: view.at.astimezone(UTC),
    ("Query", "sharingGroup"): lambda _of, sent, view: _by_id(sent["id"], view, "SharingGroup"),
    ("Query", "unreadCount"): _unread,
    ("Query", "viewer"): lambda _of, _a, view: None if view.person is None else {},
    ("ReadingAlarm", "kinds"): lambda of, _a, _v: [
        {"kind": kind, "count": count} for kind, count in sorted(of.row["kinds"].items())
    ],
    ("ReadingAlarm", "title"): _alarm_title,
    ("Receipt", "content"): _content,
    ("Standing", "organization"): _of_whom("Organization", "org", "office"),
    ("Standing", "person"): _of_whom("Person", "person"),
    ("Standing", "post"): _of_whom("Post", "post"),
    ("Standing", "sharingGroup"): _of_whom("SharingGroup", "group"),
    ("Text", "text"): lambda of, sent, _v: (
        (of["en"] or of["ja"]) if sent["lang"] == "EN" else (of["ja"] or of["en"] or "")
    ),
    ("Viewer", "consents"): _consents,
    ("Viewer", "declaredCountry"): lambda _of, _a, view: view.country,
    ("Viewer", "language"): lambda _of, _a, _v: "JA",
    ("Viewer", "organization"): _organization,
    ("Viewer", "person"): lambda _of, _a, view: view.record("Person", view.person),
    ("Viewer", "posts"): lambda _of, _a, view: [
        {**post, "role": fields.spelt(post["role"])} for post in view.posts
    ],
    ("Viewer", "scopes"): lambda _of, _a, _v: None,
}
for _kind in TABLES:
    RULES[_kind, "id"] = lambda of, _a, _v: write_id(of.kind, of.key)
for _kind in ("Brief", "Call", "Concept", "Lowering", "Programme", "Proposal", "Receipt"):
    RULES[_kind, "marking"] = _marking


def _column(column: str) -> Rule:
    return lambda of, _a, _v: of.row[column]


def _word(column: str) -> Rule:
    return lambda of, _a, _v: fields.spelt(of.row[column])


def _bilingual(column: str) -> Rule:
    return lambda of, _a, _v: _text(of.row[f"{column}_ja"], of.row[f"{column}_en"])


def _link(kind: str, column: str) -> Rule:
    return lambda of, _a, view: view.record(kind, of.row[column])


def _list(kind: str, way: str, order: str) -> Rule:
    steps = [(column, False) for column in (*order.split(), "id")]
    return lambda of, _a, view: _records(
        kind, ordered(view, linked(kind, way, of.key, view), steps)
    )


def _inside(name: str) -> Rule:
    return lambda of, _a, _v: of[name]


def _each(table: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for kind, names in table.items():
        for name in names.split():
            yield kind, name


def _target(kind: str, link: str) -> tuple[tuple[str, str], Rule]:
    name, target, *column = link.split(":")
    return (kind, name), _link(target, column[0] if column else f"{fields.snake(name)}_id")


RULES |= {(kind, name): _column(fields.snake(name)) for kind, name in _each(fields.PLAIN)}
RULES |= {(kind, name): _word(name) for kind, name in _each(fields.SPELT)}
RULES |= {(kind, name): _bilingual(name) for kind, name in _each(fields.TEXTS)}
RULES |= {(kind, name): _inside(name) for kind, name in _each(fields.INSIDE)}
RULES |= dict(_target(kind, link) for kind, link in _each(fields.LINKS))
RULES |= {place: _list(*told) for place, told in fields.LISTS.items()}
