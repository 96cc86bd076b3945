"""Lowerings of a marking, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from enum import Enum

import strawberry

from renkei.access.tables import Lowering as LoweringTable
from renkei.briefs import abilities as may
from renkei_schema.declare import Ability, abilities, ability_type, can, col, node, one
from renkei_schema.directory import Person
from renkei_schema.enums import valued
from renkei_schema.markings import Marking, marking
from renkei_schema.node import Node


@strawberry.enum(description="緩和の申請の状態。 / States of a proposed lowering.")
class LoweringStatus(Enum):
    """States of a lowering."""

    PROPOSED = valued("PROPOSED", description="承認待ち。 / Waits for its second person.")
    APPROVED = valued("APPROVED", description="承認。 / Approved.")
    DECLINED = valued("DECLINED", description="取下げ・不承認。 / Declined or withdrawn.")


@ability_type
class LoweringAbilities:
    """この申請にできること。 / What the viewer may do with this proposal."""

    approve: Ability = can("承認する。 / Approve it.", may.may_decide_lowering)
    decline: Ability = can("取り下げる。 / Decline it.", may.may_decline_lowering)


@node(LoweringTable)
class Lowering(Node):
    """区分を緩める申請。別の人が承認すると効く。 / A proposal to lower a marking; a second person
    decides."""

    status: LoweringStatus = col("状態。 / Its state.", via=LoweringStatus)
    marking: Marking = marking()
    reason: str = col("理由。 / Why.")
    proposed_by: Person | None = one(LoweringTable.proposed_by, "申請した人。 / Who proposed it.")
    proposed_at: datetime = col("申請した時刻。 / When it was proposed.")
    decided_by: Person | None = one(LoweringTable.decided_by, "決めた人。 / Who decided.")
    decided_at: datetime | None = col("決まった時刻。 / When it was decided.")
    viewer_can: LoweringAbilities = abilities(
        "閲覧者にできること。 / What the viewer may do.", LoweringAbilities
    )
