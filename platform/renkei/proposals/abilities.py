"""Who may do what to a proposal, and why not (R3.4)."""

from __future__ import annotations

from uuid import UUID

from renkei.access.policy.viewer import ALLOWED, Decision, Viewer, denied
from renkei.proposals.rules import ProposalStatus

_DRAFT = ProposalStatus.DRAFT.value
_PENDING = ProposalStatus.PENDING_INSTITUTION.value
_UNDECIDED = frozenset(
    status.value
    for status in ProposalStatus
    if status
    not in {
        ProposalStatus.ADOPTED,
        ProposalStatus.CONDITIONALLY_ADOPTED,
        ProposalStatus.REJECTED,
        ProposalStatus.WITHDRAWN,
    }
)
_NOT_PI = denied("Only the principal investigator may do this.", "研究代表者だけができます。")
_NOT_OFFICE = denied(
    "Only the office of the lead institution may do this.", "代表機関の担当部署だけができます。"
)
_NOT_A_DRAFT = denied(
    "The proposal has been handed in; take it back to change it.",
    "提出の手続き中です。書き直すには、引き戻してください。",
)
_NOT_PENDING = denied(
    "The proposal does not wait for the institution.",
    "機関の承認を待っている提案書ではありません。",
)


def may_edit(viewer: Viewer, pi_person_id: UUID, status: str) -> Decision:
    """Can the viewer change the draft?"""
    if not _is_pi(viewer, pi_person_id):
        return _NOT_PI
    return ALLOWED if status == _DRAFT else _NOT_A_DRAFT


def may_hand_in(viewer: Viewer, pi_person_id: UUID, status: str) -> Decision:
    """Can the viewer hand it in? What is still missing is another question."""
    return may_edit(viewer, pi_person_id, status)


def may_take_back(viewer: Viewer, pi_person_id: UUID, status: str) -> Decision:
    """Can the viewer take it back from the institution (引戻し)?"""
    if not _is_pi(viewer, pi_person_id):
        return _NOT_PI
    return ALLOWED if status == _PENDING else _NOT_PENDING


def may_forward(viewer: Viewer, lead_organization_id: UUID, status: str) -> Decision:
    """Can the viewer forward it to the agency?"""
    if not _is_office(viewer, lead_organization_id):
        return _NOT_OFFICE
    return ALLOWED if status == _PENDING else _NOT_PENDING


def may_return(viewer: Viewer, lead_organization_id: UUID, status: str) -> Decision:
    """Can the viewer return it for correction (差戻し)?"""
    return may_forward(viewer, lead_organization_id, status)


def may_withdraw(viewer: Viewer, pi_person_id: UUID, status: str) -> Decision:
    """Can the viewer withdraw it? Any time before the decision."""
    if not _is_pi(viewer, pi_person_id):
        return _NOT_PI
    if status not in _UNDECIDED:
        return denied("It is too late to withdraw.", "もう取り下げられません。")
    return ALLOWED


def _is_pi(viewer: Viewer, pi_person_id: UUID) -> bool:
    return viewer.may("proposals:write") and viewer.person_id == pi_person_id


def _is_office(viewer: Viewer, lead_organization_id: UUID) -> bool:
    return (
        viewer.may("proposals:write")
        and viewer.post_as("office", organization_id=lead_organization_id) is not None
    )
