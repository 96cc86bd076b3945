"""The root of reading: every list and every way to one record, from the declarations."""

from __future__ import annotations

from typing import Annotated

import strawberry

from renkei.calls import tables as call_tables
from renkei.problems import InvalidInput, Problem
from renkei.proposals import tables as proposal_tables
from renkei.reading.page import PAGE_MAX, By
from renkei_schema.calls import Call, Concept, ConceptFilter, Programme
from renkei_schema.declare import Connection, by_key, pages, refers
from renkei_schema.declare.words import Place
from renkei_schema.filters import CallFilter, CallOrder, ProposalFilter, ProposalOrder
from renkei_schema.node import Node, record_of
from renkei_schema.proposals import Proposal


def _of_id(
    _root: object, id: Annotated[strawberry.ID, strawberry.argument(description="ID。 / The id.")]
) -> Place | None:
    return record_of(id)


def _of_ids(
    _root: object,
    ids: Annotated[list[strawberry.ID], strawberry.argument(description="IDの一覧。 / The ids.")],
) -> list[Place | None]:
    if len(ids) > PAGE_MAX:
        raise InvalidInput(
            problems=[
                Problem(
                    ("ids",),
                    "TOO_MANY",
                    f"`ids` takes at most {PAGE_MAX}; these are {len(ids):,}.",
                    f"idsは{PAGE_MAX}件までです（いま{len(ids):,}件）。",
                )
            ]
        )
    return [record_of(value) for value in ids]


@strawberry.type
class NodeQuery:
    """Relay's way back from an id."""

    node: Node | None = refers(
        "IDから。ないもの・見られないものはnull。 / By id; null if not there.", _of_id
    )
    nodes: list[Node | None] = refers(
        "複数のIDから。順は同じ（100まで）。 / By ids, in their order; at most 100.", _of_ids
    )


@strawberry.type
class CallQuery:
    """Programmes, concepts and calls."""

    programmes: Connection[Programme] | None = pages(
        call_tables.Programme, "制度。 / Programmes.", default=(By("created_at", down=True),)
    )
    concepts: Connection[Concept] | None = pages(
        call_tables.Concept,
        "研究開発構想。 / R&D concepts.",
        filter=ConceptFilter,
        default=(By("published_at", down=True),),
    )
    calls: Connection[Call] | None = pages(
        call_tables.Call,
        "公募。 / Calls for proposals.",
        filter=CallFilter,
        order=CallOrder,
        default=(By("closes_at"),),
    )
    call: Call | None = by_key(call_tables.Call.code, "符号から公募。 / A call by its code.")
    concept: Concept | None = by_key(
        call_tables.Concept.code, "符号から構想。 / An R&D concept by its code."
    )
    programme: Programme | None = by_key(
        call_tables.Programme.code, "符号から制度。 / A programme by its code."
    )


@strawberry.type
class ProposalQuery:
    """Proposals that the viewer may see."""

    proposals: Connection[Proposal] | None = pages(
        proposal_tables.Proposal,
        "見られる提案書。 / Proposals that the viewer may see.",
        filter=ProposalFilter,
        order=ProposalOrder,
        default=(By("updated_at", down=True),),
    )
    proposal: Proposal | None = by_key(
        proposal_tables.Proposal.number, "提案番号から。 / A proposal by its number."
    )
