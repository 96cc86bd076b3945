"""Sharing groups of organisations, as the API shows them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from renkei.directory import abilities as may
from renkei.directory import tables
from renkei.reading.links import children
from renkei.reading.page import By
from renkei_schema.declare import (
    Ability,
    Connection,
    abilities,
    ability_type,
    bilingual,
    can,
    col,
    contains,
    filters,
    listed,
    node,
    one,
    pages,
)
from renkei_schema.directory import Organization, by_id
from renkei_schema.node import Node
from renkei_schema.scalars import Text


@node(tables.GroupMember)
class GroupMember(Node):
    """共有グループの一員である組織。 / An organisation in a sharing group."""

    organization: Organization | None = one(
        tables.GroupMember.organization_id, "組織。 / The organisation."
    )
    may_extend: bool = col("ほかの組織を加えてよい。 / It may take further organisations in.")
    since: datetime = col("加わった時刻。 / Since when.", "start")


@ability_type
class GroupAbilities:
    """このグループにできること。 / What the viewer may do with this group."""

    add: Ability = can("組織を加える。 / Take an organisation in.", may.may_extend_group)
    remove: Ability = can("組織を外す。 / Take an organisation out.", may.may_keep_group)


@node(tables.SharingGroup)
class SharingGroup(Node):
    """共有グループ。まとめて共有する組織の集まり。空なら、だれのものでもない。 / A sharing group:
    organisations that records are shared with together; an empty one is nobody."""

    name: Text | None = bilingual("名前。 / Its name.", "name")
    purpose: str = col("目的。 / What it is for.")
    created_at: datetime = col("つくった時刻。 / When it was made.")
    version: int = col("版。 / Counts its changes.")
    organization: Organization | None = one(
        tables.SharingGroup.organization_id,
        "管理する組織。これだけでは共有されたものを読めない。 / Who keeps it; that alone opens "
        "nothing that is shared with it.",
    )
    members: list[GroupMember] = listed(
        children(tables.GroupMember.group_id), "いま入っている組織。 / Who is in it.", By("start")
    )
    viewer_can: GroupAbilities = abilities(
        "閲覧者にできること。 / What the viewer may do.", GroupAbilities
    )


@filters
class SharingGroupFilter:
    """共有グループの絞り込み。 / Narrows sharing groups."""

    text: str | None = contains(
        "name_ja", "name_en", description="名前に含む文字列。 / Letters in the name."
    )


@strawberry.type
class GroupQuery:
    """Queries on sharing groups."""

    sharing_groups: Connection[SharingGroup] | None = pages(
        tables.SharingGroup,
        "共有グループのうち、入っているか管理しているもの。 / Groups that the viewer's "
        "organisation is in or keeps.",
        filter=SharingGroupFilter,
        default=(By("created_at", down=True),),
    )
    sharing_group: SharingGroup | None = by_id(
        tables.SharingGroup, "SharingGroup", "IDから共有グループ。 / A sharing group by its id."
    )
