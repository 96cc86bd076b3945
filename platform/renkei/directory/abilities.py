"""Who may keep the directory and the lists, and why not."""

from __future__ import annotations

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


def require_administrator(viewer: Viewer) -> None:
    """Refuse whoever may not administer."""
    allow(may_administer(viewer))
