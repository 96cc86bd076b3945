"""States of a proposal and who moves them; the parts of its plan; consents. Part of `rules`."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from renkei.calls.rules import days_left
from renkei.problems import Problem, WrongState
from renkei.text import Text

ERAD_REGISTRATION_DAYS = 14


class ProposalStatus(StrEnum):
    """The states of a proposal (R3.4). A returned one (差戻し) is a draft again, with a reason."""

    DRAFT = "DRAFT"
    PENDING_INSTITUTION = "PENDING_INSTITUTION"
    SUBMITTED = "SUBMITTED"
    ACCEPTED_FOR_REVIEW = "ACCEPTED_FOR_REVIEW"
    IN_REVIEW = "IN_REVIEW"
    ADOPTED = "ADOPTED"
    CONDITIONALLY_ADOPTED = "CONDITIONALLY_ADOPTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


PROPOSAL_STATUS_NAMES = {
    ProposalStatus.DRAFT: Text("下書き", "draft"),
    ProposalStatus.PENDING_INSTITUTION: Text("機関の承認待ち", "waiting for the institution"),
    ProposalStatus.SUBMITTED: Text("提出済み", "submitted"),
    ProposalStatus.ACCEPTED_FOR_REVIEW: Text("受理", "accepted for review"),
    ProposalStatus.IN_REVIEW: Text("審査中", "in review"),
    ProposalStatus.ADOPTED: Text("採択", "adopted"),
    ProposalStatus.CONDITIONALLY_ADOPTED: Text("条件付採択", "conditionally adopted"),
    ProposalStatus.REJECTED: Text("不採択", "rejected"),
    ProposalStatus.WITHDRAWN: Text("辞退", "withdrawn"),
}


class Mover(StrEnum):
    """In what capacity somebody moves a proposal (R3.4)."""

    PRINCIPAL_INVESTIGATOR = "PRINCIPAL_INVESTIGATOR"
    OFFICE = "OFFICE"
    AGENCY = "AGENCY"


class Consent(StrEnum):
    """Whether a partner agreed to take part."""

    ASKED = "asked"
    GIVEN = "given"
    DECLINED = "declined"


class PlanSection(StrEnum):
    """What a plan must say: (a) feasibility of use, (b) the four parts of soundness (R3.6)."""

    FEASIBILITY = "FEASIBILITY"
    CONTENT = "CONTENT"
    ORGANIZATION = "ORGANIZATION"
    BUDGET = "BUDGET"
    SAFETY = "SAFETY"
    CORE_TECHNOLOGY = "CORE_TECHNOLOGY"


PLAN_SECTION_NAMES = {
    PlanSection.FEASIBILITY: Text("成果活用の実現可能性", "feasibility of using the results"),
    PlanSection.CONTENT: Text("研究開発の内容", "R&D content"),
    PlanSection.ORGANIZATION: Text("実施体制", "organisation"),
    PlanSection.BUDGET: Text("予算計画", "budget plan"),
    PlanSection.SAFETY: Text("安全管理措置の計画", "safety-management plan"),
    PlanSection.CORE_TECHNOLOGY: Text(
        "コア重要技術等と流出防止措置", "core technology and leakage prevention"
    ),
}

_S, _M = ProposalStatus, Mover
_BEFORE_DECISION = (
    _S.DRAFT, _S.PENDING_INSTITUTION, _S.SUBMITTED, _S.ACCEPTED_FOR_REVIEW, _S.IN_REVIEW,
)  # fmt: skip
_MOVES: dict[tuple[ProposalStatus, ProposalStatus], frozenset[Mover]] = {
    (_S.DRAFT, _S.PENDING_INSTITUTION): frozenset({_M.PRINCIPAL_INVESTIGATOR}),
    # Handing it in is taken back, or the office returns it (差戻し).
    (_S.PENDING_INSTITUTION, _S.DRAFT): frozenset({_M.PRINCIPAL_INVESTIGATOR, _M.OFFICE}),
    (_S.PENDING_INSTITUTION, _S.SUBMITTED): frozenset({_M.OFFICE}),
    (_S.SUBMITTED, _S.ACCEPTED_FOR_REVIEW): frozenset({_M.AGENCY}),
    (_S.ACCEPTED_FOR_REVIEW, _S.IN_REVIEW): frozenset({_M.AGENCY}),
    **{
        (_S.IN_REVIEW, outcome): frozenset({_M.AGENCY})
        for outcome in (_S.ADOPTED, _S.CONDITIONALLY_ADOPTED, _S.REJECTED)
    },
    **{
        (status, _S.WITHDRAWN): frozenset({_M.PRINCIPAL_INVESTIGATOR})
        for status in _BEFORE_DECISION
    },
}


def movers(
    current: ProposalStatus, target: ProposalStatus, *, needs_institution: bool = True
) -> frozenset[Mover]:
    """Who may move a proposal from one state to the other; nobody where there is no such move.

    Only the principal investigator hands in, only the office of the lead institution forwards
    (R3.4). Where the call needs no institution, the draft is submitted by its investigator.
    """
    if not needs_institution:
        if (current, target) == (_S.DRAFT, _S.SUBMITTED):
            return frozenset({_M.PRINCIPAL_INVESTIGATOR})
        if target is _S.PENDING_INSTITUTION:
            return frozenset()
    return _MOVES.get((current, target), frozenset())


def proposal_move_refusal(
    current: ProposalStatus, target: ProposalStatus, *, needs_institution: bool = True
) -> WrongState | None:
    """Why nobody may move a proposal from one state to the other; None where somebody may."""
    if movers(current, target, needs_institution=needs_institution):
        return None
    here, there = PROPOSAL_STATUS_NAMES[current], PROPOSAL_STATUS_NAMES[target]
    return WrongState(
        f"A proposal that is {here.en} can't become {there.en}.",
        f"「{here.ja}」の提案書を「{there.ja}」にすることはできません。",
    )


def warn_unregistered(*, has_erad_code: bool, now: datetime, closes_at: datetime) -> Problem | None:
    """A warning, never a refusal: e-Rad registration takes about two weeks (R2.7).

    Given where the lead institution has no e-Rad code and closing is less than 14 days away.
    """
    if has_erad_code or closes_at - now >= timedelta(days=ERAD_REGISTRATION_DAYS):
        return None
    left = days_left(now, closes_at)
    return Problem(
        ("leadOrganizationId",),
        "ERAD_REGISTRATION_SHORT",
        f"e-Rad registration of an institution takes about two weeks; {left} days are left.",
        f"e-Radの機関登録には2週間ほどかかります。締切まで{left}日です。",
    )
