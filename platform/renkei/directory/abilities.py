"""Who may keep the directory and the lists, and why not."""

from __future__ import annotations

from uuid import UUID

from renkei.access.policy.viewer import ALLOWED, Decision, Viewer, allow, denied
from renkei.directory.operating import Operator

_NOT_AN_ADMINISTRATOR = denied(
    "Only an administrator keeps the directory of organisations, people and posts.",
    "組織・人・ポストの登録は、管理者だけができます。",
)


def may_administer(viewer: Viewer) -> Decision:
    """Can the viewer register organisations and people, and appoint to posts?"""
    if isinstance(viewer, Operator):
        return ALLOWED
    if viewer.may("directory:write") and viewer.post_as("administrator") is not None:
        return ALLOWED
    return _NOT_AN_ADMINISTRATOR


_NOT_ITS_ADMINISTRATOR = denied(
    "Only the organisation's own administrator may do this, or an administrator of the platform.",
    "できるのは、その組織の組織管理者と、運営の管理者だけです。",
)
_NOT_ITS_HOLDER = denied(
    "Only the post's own holder or the organisation's administrator names a deputy; "
    "a deputy can't.",
    "代理を置けるのは、そのポストに就いている本人と組織管理者だけです。代理の人が代理を置くことはできません。",
)
_NOT_YOUR_DEPUTY = denied(
    "Only the post's holder, the deputy or the organisation's administrator may end it.",
    "代理を終えられるのは、ポストに就いている人、代理の本人、組織管理者だけです。",
)
_NOT_YOUR_HANDOVER = denied(
    "Only who holds the post, who will hold it, or the organisation's administrator sees this.",
    "見られるのは、ポストに就いている人、就く予定の人、組織管理者だけです。",
)


def may_keep_posts(viewer: Viewer, organization_id: UUID, role: str) -> Decision:
    """Can the viewer create posts of this role, appoint to them, end that, and invite to them?

    Its own administrator may in its own organisation; of the platform's administrator, only the
    platform's decides.
    """
    if may_administer(viewer).allowed:
        return ALLOWED
    own = role != "administrator" and _keeps(viewer, organization_id, as_deputy=True)
    return ALLOWED if own else _NOT_ITS_ADMINISTRATOR


def may_name_deputy(viewer: Viewer, organization_id: UUID, role: str, post_id: UUID) -> Decision:
    """Can the viewer name a deputy for the post? Its own holder, or who keeps the posts.

    Nobody who is a deputy themselves, in whatever post.
    """
    if viewer.may("directory:write") and viewer.holds(post_id, as_deputy=False):
        return ALLOWED
    keeps = may_keep_posts(viewer, organization_id, role).allowed
    if may_administer(viewer).allowed or (
        keeps and _keeps(viewer, organization_id, as_deputy=False)
    ):
        return ALLOWED
    return _NOT_ITS_HOLDER


def may_end_deputy(
    viewer: Viewer, organization_id: UUID, role: str, post_id: UUID, person_id: UUID
) -> Decision:
    """Can the viewer end this person's being a deputy? Either of the two, or who keeps the posts.

    `person_id` is the deputy.
    """
    if viewer.may("directory:write") and viewer.person_id == person_id:
        return ALLOWED
    if viewer.may("directory:write") and viewer.holds(post_id, as_deputy=False):
        return ALLOWED
    return ALLOWED if may_keep_posts(viewer, organization_id, role).allowed else _NOT_YOUR_DEPUTY


def may_read_handover(
    viewer: Viewer, organization_id: UUID, post_id: UUID, succeeds: bool
) -> Decision:
    """Can the viewer read what is open in the post? Its holders, a planned one (`succeeds`) too."""
    if viewer.holds(post_id) or (succeeds and not viewer.anonymous):
        return ALLOWED
    if may_administer(viewer).allowed or _keeps(viewer, organization_id, as_deputy=True):
        return ALLOWED
    return _NOT_YOUR_HANDOVER


def _keeps(viewer: Viewer, organization_id: UUID, *, as_deputy: bool) -> bool:
    """Whether the viewer is the organisation's administrator now. Own posts come first."""
    post = viewer.post_as("org-administrator", organization_id=organization_id)
    may = post is not None and (as_deputy or not post.deputy)
    return viewer.may("directory:write") and may


# Posts that keep sharing groups for their organisation.
GROUP_KEEPERS = ("ministry", "agency", "analyst")
_NOT_A_KEEPER = denied(
    "Only an officer of a ministry or an agency, or an analyst, keeps sharing groups.",
    "共有グループをつくれるのは、府省・配分機関の担当者と分析担当者だけです。",
)
_NOT_YOUR_GROUP = denied(
    "Only the organisation that keeps the group may do this.",
    "このグループを管理する組織の担当者だけができます。",
)
_NOT_YOUR_AFFILIATION = denied(
    "Only the person themselves or an administrator may record this.",
    "記録できるのは、本人と管理者だけです。",
)


def may_create_group(viewer: Viewer) -> Decision:
    """Can the viewer create a sharing group for their organisation?"""
    if viewer.may("directory:write") and viewer.post_as(*GROUP_KEEPERS) is not None:
        return ALLOWED
    return _NOT_A_KEEPER


def may_keep_group(viewer: Viewer, organization_id: UUID) -> Decision:
    """Can the viewer take organisations in and out, and let others extend it?"""
    keeps = viewer.post_as(*GROUP_KEEPERS, organization_id=organization_id) is not None
    return ALLOWED if viewer.may("directory:write") and keeps else _NOT_YOUR_GROUP


def may_extend_group(viewer: Viewer, organization_id: UUID, extends: bool) -> Decision:
    """Can the viewer take organisations in? Its keeper, or a member that was given the right."""
    if viewer.may("directory:write") and extends:
        return ALLOWED
    return may_keep_group(viewer, organization_id)


def may_record_affiliation(viewer: Viewer, person_id: UUID) -> Decision:
    """Can the viewer record where the person belongs besides? The person, or an administrator."""
    if viewer.may("directory:write") and viewer.person_id == person_id:
        return ALLOWED
    return ALLOWED if may_administer(viewer).allowed else _NOT_YOUR_AFFILIATION


def require_administrator(viewer: Viewer) -> None:
    """Refuse whoever may not administer."""
    allow(may_administer(viewer))
