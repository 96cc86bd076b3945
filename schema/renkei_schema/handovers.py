"""The handover report of a post, as the API shows it: read by its reader, kept nowhere."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from renkei import handovers
from renkei.access.tables import Lowering as LoweringTable
from renkei.briefs.tables import Brief as BriefTable
from renkei.calls.tables import Call as CallTable
from renkei.directory.tables import Post as PostTable
from renkei.notices.tables import Follow as FollowTable
from renkei.proposals.tables import Proposal as ProposalTable
from renkei_schema.briefs import Brief
from renkei_schema.calls import Call
from renkei_schema.context import Context
from renkei_schema.declare import refers, rooted
from renkei_schema.declare.words import Place, table_of
from renkei_schema.directory_types import Holding, Post
from renkei_schema.ids import key_of
from renkei_schema.lowering_types import Lowering
from renkei_schema.notice_types import Follow
from renkei_schema.proposals import Proposal


def _places(model: Any, keys: handovers.Keys) -> list[Place | None]:
    return [(table_of(model), key) for key in keys]


@strawberry.type(
    description="引継ぎ書。読む人に見えるものだけで、そのつどつくる。 / A handover report, made of "
    "what its reader may see, each time anew."
)
class Handover:
    """What is open in a post."""

    told: strawberry.Private[handovers.Handover]

    post: Post | None = refers(
        "ポスト。 / The post.", lambda report: (table_of(PostTable), report.told.post.id)
    )
    calls: list[Call | None] = refers(
        "このポストが扱った、終わっていない公募。 / Calls in which the post acted, not over.",
        lambda report: _places(CallTable, report.told.calls),
    )
    proposals: list[Proposal | None] = refers(
        "組織の承認を待つ提案書。 / Proposals that wait for the organisation's office.",
        lambda report: _places(ProposalTable, report.told.proposals),
    )
    briefs: list[Brief | None] = refers(
        "下書き・査読中のブリーフ。 / Briefs in draft and in review.",
        lambda report: _places(BriefTable, report.told.briefs),
    )
    lowerings: list[Lowering | None] = refers(
        "承認を待つ区分の緩和。 / Lowerings that wait for a second person.",
        lambda report: _places(LoweringTable, report.told.lowerings),
    )
    follows: list[Follow | None] = refers(
        "読む人自身のフォロー。 / What the reader follows.",
        lambda report: _places(FollowTable, report.told.follows),
    )
    deadlines: list[Call | None] = refers(
        "これから締め切られる公募（組織の公募と、提案書を準備中のもの）。 / Calls that close in "
        "time to come: the organisation's, and those that it drafts proposals for.",
        lambda report: _places(CallTable, report.told.deadlines),
    )

    @strawberry.field(description="有効な代理。 / Deputies in force.")
    def deputies(self) -> list[Holding]:
        """The deputies."""
        return [Holding(told=one) for one in self.told.deputies]


async def _handover(
    context: Context,
    post_id: Annotated[strawberry.ID, strawberry.argument(description="ポスト。 / The post.")],
) -> Handover | None:
    key = key_of(post_id, "Post")
    found = None if key is None else await handovers.handover_of(context.reader, key)
    return None if found is None else Handover(told=found)


@strawberry.type
class HandoverQuery:
    """Handover reports."""

    handover: Handover | None = rooted(
        "ポストの引継ぎ書。ポストに就く人・就く予定の人・組織管理者のほかにはnull。 / A post's "
        "handover report; null but for its holders, planned ones, and who keeps the posts.",
        _handover,
    )
