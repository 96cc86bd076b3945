"""The schema, put together from the nouns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from renkei_schema.accounts import AccountMutation, AccountQuery
from renkei_schema.areas import AreaQuery
from renkei_schema.audit import AuditQuery
from renkei_schema.briefs import BriefMutation, BriefQuery
from renkei_schema.call_mutations import CallMutation
from renkei_schema.declare.words import declared_types
from renkei_schema.directory import DirectoryMutation, DirectoryQuery
from renkei_schema.group_mutations import GroupMutation
from renkei_schema.groups import GroupQuery
from renkei_schema.handovers import HandoverQuery
from renkei_schema.invitations import InvitationMutation, InvitationQuery
from renkei_schema.lowerings import LoweringMutation
from renkei_schema.notices import NoticeMutation, NoticeQuery, NoticeSubscription
from renkei_schema.passkeys import PasskeyMutation
from renkei_schema.post_mutations import PostMutation
from renkei_schema.proposal_mutations import ProposalMutation
from renkei_schema.queries import CallQuery, NodeQuery, ProposalQuery
from renkei_schema.readings import PreviewMutation
from renkei_schema.scalars import INSTANT, YEN, Yen
from renkei_schema.search import SearchQueries
from renkei_schema.sign_in_mutations import SignInMutation
from renkei_schema.viewer import ViewerMutation, ViewerQuery


@strawberry.type(description="読むことの入り口。 / Where reading begins.")
class Query(
    ViewerQuery,
    AccountQuery,
    NodeQuery,
    AreaQuery,
    DirectoryQuery,
    CallQuery,
    ProposalQuery,
    BriefQuery,
    GroupQuery,
    NoticeQuery,
    HandoverQuery,
    InvitationQuery,
    AuditQuery,
    SearchQueries,
):
    """The root of reading."""


@strawberry.type(description="変えることの入り口。 / Where changing begins.")
class Mutation(
    ViewerMutation,
    SignInMutation,
    PasskeyMutation,
    AccountMutation,
    DirectoryMutation,
    PostMutation,
    InvitationMutation,
    CallMutation,
    ProposalMutation,
    BriefMutation,
    LoweringMutation,
    GroupMutation,
    PreviewMutation,
    NoticeMutation,
):
    """The root of changing."""


@strawberry.type(description="届くものの入り口。 / Where live events begin.")
class Subscription(NoticeSubscription):
    """The root of live events."""


def build() -> strawberry.Schema:
    """The schema over every declared type."""
    types: Iterable[Any] = declared_types()
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=types,
        config=StrawberryConfig(scalar_map={Yen: YEN, datetime: INSTANT}),
    )


schema = build()
