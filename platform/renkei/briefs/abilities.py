"""Who may do what to a brief, and why not (R10)."""

from __future__ import annotations

from uuid import UUID

from renkei.access.policy.viewer import ALLOWED, Decision, Viewer, denied
from renkei.briefs.rules import BriefStatus

# Posts that make briefs; their organisation is a think tank or a ministry.
MAKERS = ("analyst", "ministry")
SCOPE = "briefs:write"

NOT_A_MAKER = denied(
    "Only analysts of a think tank or a ministry make briefs.",
    "ブリーフをつくれるのは、シンクタンクまたは府省の分析担当者だけです。",
)
_NOT_YOURS = denied(
    "Only the organisation that made the brief may do this.",
    "このブリーフをつくった組織の分析担当者だけができます。",
)
_NOT_YOURS_TO_SHARE = denied(
    "Only the originator shares it further, or who was given the right to.",
    "共有先を加えられるのは、作成元と、再共有を許された組織だけです。",
)
_SECOND_PERSON = denied(
    "Somebody else than the person who proposed it must approve it.",
    "承認は、申請した人とは別の人が行います。",
)
_NOT_A_DRAFT = denied(
    "A released brief is never rewritten; it is corrected by a new version.",
    "公表・共有したブリーフは書き換えません。訂正は新しい版で行います。",
)
_NOT_RELEASED = denied("The brief has not been released.", "まだ公表・共有していないブリーフです。")
_IS_WITHDRAWN = denied("The brief has been withdrawn.", "取り下げたブリーフです。")


def may_draft(viewer: Viewer) -> Decision:
    """Can the viewer draft a brief for their organisation?"""
    if not viewer.may(SCOPE) or viewer.post_as(*MAKERS) is None:
        return NOT_A_MAKER
    return ALLOWED


def may_edit(viewer: Viewer, organization_id: UUID, status: str) -> Decision:
    """Can the viewer change the draft? After the release it is corrected instead (R10.2)."""
    if not _makes_for(viewer, organization_id):
        return _NOT_YOURS
    return ALLOWED if status in {BriefStatus.DRAFT, BriefStatus.IN_REVIEW} else _NOT_A_DRAFT


def may_release(viewer: Viewer, organization_id: UUID, status: str) -> Decision:
    """Can the viewer release it? What is still missing is another question (R10.3)."""
    return may_edit(viewer, organization_id, status)


def may_correct(viewer: Viewer, organization_id: UUID, status: str) -> Decision:
    """Can the viewer release a corrected version in the place of the last (R10.2)?"""
    if not _makes_for(viewer, organization_id):
        return _NOT_YOURS
    return ALLOWED if status == BriefStatus.RELEASED else _NOT_RELEASED


def may_share(viewer: Viewer, organization_id: UUID, status: str, extends: bool) -> Decision:
    """Can the viewer name more readers? The originator, or who was given that right (`extends`)."""
    if not _makes_for(viewer, organization_id) and not (viewer.may(SCOPE) and extends):
        return _NOT_YOURS_TO_SHARE
    return _IS_WITHDRAWN if status == BriefStatus.WITHDRAWN else ALLOWED


def may_narrow(viewer: Viewer, organization_id: UUID) -> Decision:
    """Can the viewer raise the marking, take the brief back, exclude and end it? Always (R7.7)."""
    return ALLOWED if _makes_for(viewer, organization_id) else _NOT_YOURS


def may_lower(viewer: Viewer, organization_id: UUID, status: str) -> Decision:
    """Can the viewer propose to lower the marking? A second person decides (R7.7)."""
    if not _makes_for(viewer, organization_id):
        return _NOT_YOURS
    return ALLOWED if status == BriefStatus.RELEASED else _NOT_RELEASED


def may_decide_lowering(
    viewer: Viewer, organization_id: UUID, proposed_by: UUID | None
) -> Decision:
    """Can the viewer decide? Whoever makes briefs there, but not approve their own proposal."""
    if not _makes_for(viewer, organization_id):
        return _NOT_YOURS
    return _SECOND_PERSON if viewer.person_id == proposed_by else ALLOWED


def may_decline_lowering(viewer: Viewer, organization_id: UUID) -> Decision:
    """Can the viewer decline it, or withdraw their own proposal?"""
    return may_decide_lowering(viewer, organization_id, None)


def _makes_for(viewer: Viewer, organization_id: UUID) -> bool:
    return (
        viewer.may(SCOPE) and viewer.post_as(*MAKERS, organization_id=organization_id) is not None
    )
