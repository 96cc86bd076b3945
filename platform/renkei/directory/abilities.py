"""Who may keep the directory and the lists, and why not."""

from __future__ import annotations

from uuid import UUID

from renkei.access.policy.viewer import ALLOWED, Decision, Viewer, allow, denied
from renkei.directory.operating import Operator

_NOT_AN_ADMINISTRATOR = denied(
    "Only an administrator keeps the directory of organisations, people and posts.",
    "組織・人・ポストの登録は、管理者だけができます。",
)


def may_administer(viewer: Viewer) -> Decision:
    """Can the viewer register organisations and people, and appoint to posts?"""
    if isinstance(viewer, Operator):
        return ALLOWED
    if viewer.may("directory:write") and viewer.post_as("administrator") is not None:
        return ALLOWED
    return _NOT_AN_ADMINISTRATOR


# Posts that keep sharing groups for their organisation.
GROUP_KEEPERS = ("ministry", "agency", "analyst")
_NOT_A_KEEPER = denied(
    "Only an officer of a ministry or an agency, or an analyst, keeps sharing groups.",
    "共有グループをつくれるのは、府省・配分機関の担当者と分析担当者だけです。",
)
_NOT_YOUR_GROUP = denied(
    "Only the organisation that keeps the group may do this.",
    "このグループを管理する組織の担当者だけができます。",
)
_NOT_YOUR_AFFILIATION = denied(
    "Only the person themselves or an administrator may record this.",
    "記録できるのは、本人と管理者だけです。",
)


def may_create_group(viewer: Viewer) -> Decision:
    """Can the viewer create a sharing group for their organisation?"""
    if viewer.may("directory:write") and viewer.post_as(*GROUP_KEEPERS) is not None:
        return ALLOWED
    return _NOT_A_KEEPER


def may_keep_group(viewer: Viewer, organization_id: UUID) -> Decision:
    """Can the viewer take organisations in and out, and let others extend it?"""
    keeps = viewer.post_as(*GROUP_KEEPERS, organization_id=organization_id) is not None
    return ALLOWED if viewer.may("directory:write") and keeps else _NOT_YOUR_GROUP


def may_extend_group(viewer: Viewer, organization_id: UUID, extends: bool) -> Decision:
    """Can the viewer take organisations in? Its keeper, or a member that was given the right."""
    if viewer.may("directory:write") and extends:
        return ALLOWED
    return may_keep_group(viewer, organization_id)


def may_record_affiliation(viewer: Viewer, person_id: UUID) -> Decision:
    """Can the viewer record where the person belongs besides? The person, or an administrator."""
    if viewer.may("directory:write") and viewer.person_id == person_id:
        return ALLOWED
    return ALLOWED if may_administer(viewer).allowed else _NOT_YOUR_AFFILIATION


def require_administrator(viewer: Viewer) -> None:
    """Refuse whoever may not administer."""
    allow(may_administer(viewer))
