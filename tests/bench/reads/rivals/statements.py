"""The SQL of `rest` and `mercurius`: a statement a level, the policy's predicate in each.

Parameters of every statement: the viewer's tokens ($1), all that they belong to ($2), the instant
($3); more from $4 on. What must be noted for the entry of the reading is read beside what is shown.
"""

from __future__ import annotations

from typing import Final

_HELD: Final = """
(t.name = ANY($1::text[])
  AND (t.start IS NULL OR t.start <= $3::timestamptz)
  AND (t.until IS NULL OR t.until > $3::timestamptz))"""
# Gates are few: which of them are met is asked once a statement.
_GATES: Final = f"""
ARRAY(SELECT c.id FROM clause c WHERE c.kind = 'gate' AND c.group_count = (
  SELECT count(DISTINCT t.group_no) FROM clause_token t
  WHERE t.clause_id = c.id AND t.group_no >= 0 AND {_HELD}))"""


def _seen(row: str) -> str:
    """The predicate on a readable row."""
    return f"""(
EXISTS (SELECT 1 FROM clause_token t
  WHERE t.clause_id = {row}.audience_id AND t.group_no = 0 AND {_HELD})
AND NOT EXISTS (SELECT 1 FROM clause_token d
  WHERE d.clause_id = {row}.audience_id AND d.group_no = -1 AND d.name = ANY($2::text[]))
AND {row}.gate_id = ANY({_GATES}))"""


def _one(table: str, row: str, reference: str) -> str:
    """The row that a reference leads to, looked up, as renkei does: never all rows, hashed."""
    return f"""LEFT JOIN LATERAL (
  SELECT * FROM {table} {row} WHERE {row}.id = {reference} AND {_seen(row)} OFFSET 0
) {row} ON true"""


def _calls(more: str) -> str:
    return f"""
SELECT c.id, c.code, c.title_ja, c.closes_at, o.name_ja AS organization, (
  SELECT count(*) FROM proposal p WHERE p.call_id = c.id AND {_seen("p")}
) AS proposals
FROM (
  SELECT c.id, c.code, c.title_ja, c.closes_at, c.organization_id FROM call c
  WHERE {_seen("c")} {more} ORDER BY c.closes_at, c.id LIMIT $4::int
) c {_one("organization", "o", "c.organization_id")}
ORDER BY c.closes_at, c.id"""


def _areas(more: str) -> str:
    return f"""
SELECT a.id, a.code, a.name_ja, a.list_code, a.list_version, a.position FROM area a
WHERE {_seen("a")} {more}
ORDER BY a.list_code, a.list_version, a.position, a.id LIMIT $4::int"""


STATEMENTS: Final[dict[str, str]] = {
    "calls": _calls(""),
    "calls_after": _calls("AND (c.closes_at, c.id) > ($5::timestamptz, $6::uuid)"),
    "call_count": f"SELECT count(*) AS n FROM call c WHERE {_seen('c')}",
    "areas_of_calls": f"""
SELECT ca.call_id AS parent, a.code, a.name_ja FROM call_area ca JOIN area a ON a.id = ca.area_id
WHERE ca.call_id = ANY($4::uuid[]) AND {_seen("a")} ORDER BY a.list_code, a.position, a.id""",
    "areas": _areas(""),
    "areas_after": _areas(
        "AND (a.list_code, a.list_version, a.position, a.id) "
        "> ($5::text, $6::text, $7::int, $8::uuid)"
    ),
    "calls_of_areas": f"""
SELECT k.parent, level.* FROM unnest($4::uuid[]) AS k(parent), LATERAL (
  SELECT c.id, c.code, c.title_ja, c.closes_at FROM call c
  WHERE c.id IN (SELECT ca.call_id FROM call_area ca WHERE ca.area_id = k.parent) AND {_seen("c")}
  ORDER BY c.closes_at, c.id LIMIT $5::int
) level ORDER BY level.closes_at, level.id""",
    "proposals_of_calls": f"""
SELECT level.*, o.name_ja AS organization, i.name AS investigator
FROM unnest($4::uuid[]) AS k(parent), LATERAL (
  SELECT p.id, p.call_id AS parent, p.title, p.status, p.tlp, p.audience_id, p.updated_at,
    p.lead_organization_id, p.pi_person_id
  FROM proposal p WHERE p.call_id = k.parent AND {_seen("p")}
  ORDER BY p.updated_at DESC, p.id DESC LIMIT $5::int
) level
{_one("organization", "o", "level.lead_organization_id")}
{_one("person", "i", "level.pi_person_id")}
ORDER BY level.updated_at DESC, level.id DESC""",
    "proposal": f"""
SELECT p.id, p.tlp, p.audience_id, p.lead_organization_id, p.number, p.title, p.status,
  p.updated_at, c.code, c.title_ja, c.closes_at,
  o.name_ja AS organization, i.name AS investigator
FROM proposal p
{_one("call", "c", "p.call_id")}
{_one("organization", "o", "p.lead_organization_id")}
{_one("person", "i", "p.pi_person_id")}
WHERE p.id = $4::uuid AND {_seen("p")}""",
    # A member is seen where its proposal is.
    "members": f"""
SELECT m.is_pi, m.effort_percent, i.name AS person, o.name_ja AS organization
FROM proposal_member m JOIN proposal p ON p.id = m.proposal_id
{_one("person", "i", "m.person_id")}
{_one("organization", "o", "m.organization_id")}
WHERE m.proposal_id = $4::uuid AND {_seen("m")} AND {_seen("p")} ORDER BY m.position, m.id""",
    # A notice is its reader's alone, and seen while what it is about is.
    "inbox": f"""
SELECT n.kind, n.created_at, n.read_at, n.call_id, c.code AS call_code, c.title_ja AS call_title,
  n.brief_id, b.code AS brief_code, b.title_ja AS brief_title, b.tlp AS brief_tlp,
  b.audience_id AS brief_audience_id, b.organization_id AS brief_organization_id
FROM notice n
{_one("call", "c", "n.call_id")}
{_one("brief", "b", "n.brief_id")}
{_one("proposal", "p", "n.proposal_id")}
WHERE n.person_id = $5::uuid AND {_seen("n")} AND (n.call_id IS NULL OR c.id IS NOT NULL)
  AND (n.brief_id IS NULL OR b.id IS NOT NULL) AND (n.proposal_id IS NULL OR p.id IS NOT NULL)
ORDER BY n.created_at DESC, n.id DESC LIMIT $4::int""",
}

# `mercurius` alone: who a token's hash belongs to, with their tokens and all they belong to, as
# `renkei.viewers` assembles them; and one statement for the entry of what was read.
VIEWER: Final = """
WITH who AS (
  SELECT t.person_id FROM access_token t JOIN account a ON a.person_id = t.person_id
  WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2::timestamptz
    AND a.disabled_at IS NULL
), held AS (
  SELECT p.id, p.organization_id, p.role FROM holding h JOIN post p ON p.id = h.post_id
  WHERE h.person_id = (SELECT person_id FROM who) AND h.start <= $2::timestamptz
    AND (h.until IS NULL OR h.until > $2::timestamptz)
), orgs AS (
  SELECT organization_id FROM held UNION
  SELECT f.organization_id FROM affiliation f
  WHERE f.person_id = (SELECT person_id FROM who) AND f.start <= $2::timestamptz
    AND (f.until IS NULL OR f.until > $2::timestamptz)
), belongs AS (
  SELECT 'person:' || person_id AS name FROM who UNION ALL
  SELECT 'post:' || id FROM held UNION ALL SELECT 'org:' || organization_id FROM orgs UNION ALL
  SELECT 'group:' || g.group_id FROM sharing_group_member g
  JOIN orgs o ON o.organization_id = g.organization_id
  WHERE g.start <= $2::timestamptz AND (g.until IS NULL OR g.until > $2::timestamptz)
)
SELECT w.person_id, (SELECT id FROM held ORDER BY id LIMIT 1) AS post_id,
  ARRAY(SELECT name FROM belongs) AS affiliations,
  ARRAY(SELECT 'office:' || organization_id FROM held WHERE role = 'office') ||
  ARRAY(SELECT 'consent:' || c."to" FROM consent c WHERE c.person_id = w.person_id
    AND c.given_at <= $2::timestamptz
    AND (c.withdrawn_at IS NULL OR c.withdrawn_at > $2::timestamptz)) AS more
FROM who w"""
ENTRY: Final = """
WITH entry AS (
  INSERT INTO read_entry (id, at, way, request_id, person_id, post_id, by_token)
  VALUES (gen_random_uuid(), $1::timestamptz, 'graphql', '', $2::uuid, $3::uuid, true) RETURNING id
)
INSERT INTO read_record (entry_id, record_id, record_kind, tlp)
SELECT entry.id, r.id, r.kind, r.tlp
FROM entry, unnest($4::uuid[], $5::text[], $6::text[]) AS r(id, kind, tlp)"""
# Marks of which a reading leaves an entry: above TLP:GREEN.
OPEN_MARKS: Final = frozenset({"CLEAR", "GREEN"})
