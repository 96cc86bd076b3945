"""What posts are worth to a viewer: who holds them, who is invited. Part of `rules`."""

from __future__ import annotations

from typing import Any

from differential.facts import Record, Row, View


def holdings(of: Record, _a: Any, view: View) -> Any:
    """Past, present and planned, to the organisation's own people; of hidden people nothing."""
    if not view.works_for(of.row["organization_id"]):
        return None
    rows = [
        row
        for row in view.rows["holding"]
        if row["post_id"] == of.key and row["person_id"] in view.visible("person")
    ]
    rows.sort(key=lambda row: (row["start"], row["id"]))

    def state(row: Row) -> str:
        if view.holds(row):
            return "PRESENT"
        return "PLANNED" if view.at < row["start"] else "PAST"

    return [
        {
            **row,
            "state": state(row),
            "startsAt": row["start"],
            "endsAt": row["until"],
            "appointedAt": row["appointed_at"],
        }
        for row in rows
    ]


def invitations(of: Record, _a: Any, view: View) -> Any:
    """Those that wait, to who keeps the organisation's posts."""
    if not view.keeps(of.key):
        return None
    rows = [
        row
        for row in view.rows["invitation"]
        if row["organization_id"] == of.key
        and row["accepted_at"] is None
        and row["revoked_at"] is None
        and row["post_id"] in view.visible("post")
    ]
    rows.sort(key=lambda row: (row["invited_at"], row["id"]))
    return [
        {
            **row,
            "invitedAt": row["invited_at"],
            "expiresAt": row["expires_at"],
            "expired": row["expires_at"] <= view.at,
            "startsAt": row["start"],
            "sent": row["round"],
        }
        for row in rows
    ]
