"""Who may do what to programmes, concepts and calls, and why not."""

from __future__ import annotations

from uuid import UUID

from renkei.access.policy.viewer import ALLOWED, Decision, Viewer, denied

ISSUERS = ("ministry", "agency")
_NOT_AN_ISSUER = denied(
    "Only a ministry's or an agency's officer runs programmes and calls.",
    "府省または配分機関の担当者だけができます。",
)
_NOT_YOURS = denied(
    "Only the organisation that issues the call may do this.",
    "公募する組織の担当者だけができます。",
)


def may_issue(viewer: Viewer) -> Decision:
    """Can the viewer issue programmes, concepts and calls for their organisation?"""
    if not viewer.may("calls:write") or viewer.post_as(*ISSUERS) is None:
        return _NOT_AN_ISSUER
    return ALLOWED


def may_edit(viewer: Viewer, organization_id: UUID, status: str) -> Decision:
    """Can the viewer change the call's text? Only while it is a draft; then by amendment."""
    if not _issues_for(viewer, organization_id):
        return _NOT_YOURS
    if status != "DRAFT":
        return denied(
            "A published call is changed by an amendment, not by editing.",
            "公開した公募は、書き換えではなく改訂で変えます。",
        )
    return ALLOWED


def may_publish(viewer: Viewer, organization_id: UUID, status: str) -> Decision:
    """Can the viewer publish the call?"""
    if not _issues_for(viewer, organization_id):
        return _NOT_YOURS
    if status != "DRAFT":
        return denied("The call has been published.", "この公募は公開済みです。")
    return ALLOWED


def may_extend(viewer: Viewer, organization_id: UUID, status: str) -> Decision:
    """Can the viewer extend the deadline? Only of a published, undecided call (R3.3)."""
    if not _issues_for(viewer, organization_id):
        return _NOT_YOURS
    if status in ("DRAFT", "DECIDED", "CANCELLED"):
        return denied(
            "Only the deadline of a published call can be extended.",
            "締切を延ばせるのは、公開中の公募だけです。",
        )
    return ALLOWED


def may_cancel(viewer: Viewer, organization_id: UUID, status: str) -> Decision:
    """Can the viewer cancel the call? Any time before the decision (R3.2)."""
    if not _issues_for(viewer, organization_id):
        return _NOT_YOURS
    if status in ("DECIDED", "CANCELLED"):
        return denied("It is too late to cancel this call.", "この公募は、もう中止できません。")
    return ALLOWED


def may_propose(viewer: Viewer) -> Decision:
    """Can the viewer draft a proposal? Whoever is a researcher or a firm's member."""
    if not viewer.may("proposals:write") or viewer.post_as("researcher", "firm") is None:
        return denied(
            "Sign in as a researcher or a firm's member to draft a proposal.",
            "提案書は、研究者または事業者の担当者としてログインするとつくれます。",
        )
    return ALLOWED


def _issues_for(viewer: Viewer, organization_id: UUID) -> bool:
    return (
        viewer.may("calls:write")
        and viewer.post_as(*ISSUERS, organization_id=organization_id) is not None
    )
