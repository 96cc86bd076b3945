"""Use cases of a draft: begin, save, invite partners, answer an invitation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col

from renkei.access.marking import AMBER_STRICT, marks
from renkei.access.policy.reach import Reach
from renkei.access.policy.viewer import allow
from renkei.access.store import load
from renkei.calendar import format_instant, iso_jst
from renkei.calls import abilities as may_with_call
from renkei.calls.rules import CallStatus, accepts_at, effective_status
from renkei.calls.tables import Call
from renkei.codes import new_number
from renkei.ledger.unit import Unit
from renkei.problems import (
    Conflict,
    DeadlinePassed,
    Problem,
    WrongState,
    refuse_if,
)
from renkei.proposals import abilities as may
from renkei.proposals import rules
from renkei.proposals.receipts import PROPOSAL_PREFIX
from renkei.proposals.store import Draft, first_audience, read_draft
from renkei.proposals.tables import BudgetLine, Proposal, ProposalDisclosure, ProposalMember
from renkei.text import BODY_MAX, check_text


def check_in_time(call: Call, at: datetime) -> None:
    """Refuse from the deadline on (R2.3), and before the call opens."""
    if call.status == CallStatus.CANCELLED.value:
        raise WrongState("This call was cancelled.", "この公募は中止されました。")
    if not accepts_at(at, call.closes_at):
        raise DeadlinePassed(
            closed_at=format_instant(call.closes_at, "en"),
            closed_at_ja=format_instant(call.closes_at),
        )


async def draft_proposal(unit: Unit, reach: Reach, *, call_id: UUID, title: str = "") -> Proposal:
    """Begin a draft in a published call that has not closed; the viewer becomes its PI (R3.5).

    The lead institution is that of the viewer's post.
    """
    call = await load(unit.session, reach, Call, call_id)
    allow(may_with_call.may_propose(reach.viewer))
    status = effective_status(
        CallStatus(call.status), opens_at=call.opens_at, closes_at=call.closes_at, now=unit.at
    )
    check_in_time(call, unit.at)
    if status not in {CallStatus.PRE_ANNOUNCED, CallStatus.OPEN}:
        raise WrongState(
            "This call takes no proposals now.", "この公募は、いま受け付けていません。"
        )
    refuse_if(check_text(("title",), title, required=False))
    post = reach.viewer.post_as("researcher", "firm")
    assert post is not None  # `may_propose` said so
    assert reach.viewer.person_id is not None  # as above
    proposal = Proposal(
        number=new_number(PROPOSAL_PREFIX),
        call_id=call.id,
        lead_organization_id=post.organization_id,
        pi_person_id=reach.viewer.person_id,
        status=rules.ProposalStatus.DRAFT.value,
        title=title,
        created_at=unit.at,
        updated_at=unit.at,
        **await marks(
            unit.session,
            AMBER_STRICT,
            first_audience(reach.viewer.person_id, post.organization_id),
        ),
    )
    unit.session.add(proposal)
    await unit.session.flush()
    beside: dict[str, Any] = {"audience_id": proposal.audience_id, "gate_id": proposal.gate_id}
    unit.session.add(ProposalDisclosure(proposal_id=proposal.id, **beside))
    unit.session.add(
        ProposalMember(
            proposal_id=proposal.id,
            person_id=proposal.pi_person_id,
            organization_id=post.organization_id,
            is_pi=True,
            consent=rules.Consent.GIVEN.value,
            consented_at=unit.at,
            **beside,
        )
    )
    await unit.record("proposal.drafted", proposal.id, actor=reach.viewer.actor)
    return proposal


@dataclass(frozen=True)
class MemberEdit:
    """A member's efforts, whole percent."""

    member_id: UUID | None
    effort_percent: int | None
    other_effort_percent: int | None


@dataclass(frozen=True)
class BudgetEdit:
    """Direct costs of an organisation in a fiscal year, yen."""

    organization_id: UUID | None
    fiscal_year: int
    direct_yen: int


@dataclass(frozen=True)
class ProposalEdit:
    """What a save changes. None leaves a part as it is; a list replaces the whole list."""

    title: str | None = None
    summary: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    plan: Mapping[str, str] | None = None
    members: Sequence[MemberEdit] | None = None
    budget: Sequence[BudgetEdit] | None = None
    other_funding: Sequence[Mapping[str, Any]] | None = None
    confirm_integrity: bool = False


async def save_proposal(
    unit: Unit, reach: Reach, *, proposal_id: UUID, based_on: int, edit: ProposalEdit
) -> Proposal:
    """Save parts of a draft. Unfinished is fine, malformed is not; nothing half is saved.

    Refused: `Conflict` where someone saved since version `based_on`.
    """
    proposal = await load(unit.session, reach, Proposal, proposal_id, lock=True)
    allow(may.may_edit(reach.viewer, proposal.pi_person_id, proposal.status))
    if proposal.version != based_on:
        raise Conflict(current_version=proposal.version)
    draft = await read_draft(unit.session, reach, proposal)
    problems = _check_edit(edit) + _save_members(draft, edit) + _check_lines(edit)
    starts, ends = edit.starts_on or proposal.starts_on, edit.ends_on or proposal.ends_on
    if starts is not None and ends is not None and ends <= starts:
        problems.append(
            Problem(
                ("endsOn",),
                "END_BEFORE_START",
                "The end must be after the start.",
                "終了日は、開始日より後にします。",
            )
        )
    refuse_if(problems)
    for name in ("title", "summary", "starts_on", "ends_on"):
        if (value := getattr(edit, name)) is not None:
            setattr(proposal, name, value)
    if edit.plan is not None:
        proposal.plan = {**proposal.plan, **edit.plan}
    if edit.other_funding is not None:
        signed = {"otherFundingSignedAt": iso_jst(unit.at)}
        draft.disclosure.declarations = {
            **draft.disclosure.declarations,
            "otherFunding": [dict(told) for told in edit.other_funding],
            **signed,
        }
    if edit.confirm_integrity:
        draft.disclosure.declarations = {
            **draft.disclosure.declarations,
            "integrity": {"declaredAt": unit.at.isoformat(), "by": str(reach.viewer.person_id)},
        }
    if edit.budget is not None:
        await _replace_budget(unit, proposal, edit.budget)
    await saved(unit, reach, proposal, "proposal.saved")
    return proposal


async def saved(unit: Unit, reach: Reach, proposal: Proposal, kind: str, **data: Any) -> None:
    """Count the change and record it."""
    proposal.updated_at = unit.at
    proposal.version += 1
    unit.session.add(proposal)
    await unit.record(kind, proposal.id, actor=reach.viewer.actor, **data)


def _check_edit(edit: ProposalEdit) -> list[Problem]:
    problems = [
        *check_text(("title",), edit.title, required=False),
        *check_text(("summary",), edit.summary, limit=rules.SUMMARY_MAX, required=False),
    ]
    for section, text in (edit.plan or {}).items():
        problems += check_text(("plan", section), text, limit=BODY_MAX, required=False)
    for place, told in enumerate(edit.other_funding or ()):
        for name in ("programme", "title"):
            path = ("declarations", "otherFunding", str(place), name)
            problems += check_text(path, told.get(name), required=False)
    return problems


def _save_members(draft: Draft, edit: ProposalEdit) -> list[Problem]:
    rows = {member.row.id: member.row for member in draft.members}
    problems = []
    for place, sent in enumerate(edit.members or ()):
        row = rows.get(sent.member_id) if sent.member_id else None
        if row is None:
            problems.append(
                Problem(
                    ("members", str(place), "id"),
                    "UNKNOWN_MEMBER",
                    "This person is not in the team.",
                    "この人は体制にいません。",
                )
            )
            continue
        for name in ("effort_percent", "other_effort_percent"):
            value = getattr(sent, name)
            if value is not None and not 0 <= value <= rules.FULL_EFFORT:
                camel = "effortPercent" if name == "effort_percent" else "otherEffortPercent"
                problems.append(
                    Problem(
                        ("members", str(place), camel),
                        "OUT_OF_RANGE",
                        "Whole percent from 0 to 100.",
                        "0から100までの整数（%）で書きます。",
                    )
                )
            else:
                setattr(row, name, value)
    return problems


def _check_lines(edit: ProposalEdit) -> list[Problem]:
    problems: list[Problem] = []
    seen: set[tuple[UUID | None, int]] = set()
    for place, line in enumerate(edit.budget or ()):
        path = ("budget", str(place))
        problems += [p.under(*path) for p in rules.check_yen(("directYen",), line.direct_yen)]
        if line.organization_id is None or (line.organization_id, line.fiscal_year) in seen:
            problems.append(
                Problem(
                    (*path, "organizationId"),
                    "BUDGET_LINE",
                    "Name an organisation of the team, once for each fiscal year.",
                    "体制の機関を、年度ごとに1回だけ書きます。",
                )
            )
        seen.add((line.organization_id, line.fiscal_year))
    return problems


async def _replace_budget(unit: Unit, proposal: Proposal, lines: Sequence[BudgetEdit]) -> None:
    await unit.session.execute(delete(BudgetLine).where(col(BudgetLine.proposal_id) == proposal.id))
    unit.session.add_all(
        BudgetLine(
            proposal_id=proposal.id,
            organization_id=line.organization_id,
            fiscal_year=line.fiscal_year,
            direct_yen=line.direct_yen,
            audience_id=proposal.audience_id,
            gate_id=proposal.gate_id,
        )
        for line in lines
        if line.organization_id is not None
    )
