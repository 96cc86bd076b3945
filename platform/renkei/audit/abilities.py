"""Who may see the audit, and why not."""

from __future__ import annotations

from renkei.access.policy.viewer import ALLOWED, Decision, Viewer, denied

_NOT_AN_ADMINISTRATOR = denied(
    "Only an administrator sees the seals and alarms of the audit.",
    "監査の封印と知らせは、管理者だけが見られます。",
)


def may_read_audit(viewer: Viewer) -> Decision:
    """Can the viewer see seals of the audit, and who has read conspicuously much?"""
    return _NOT_AN_ADMINISTRATOR if viewer.post_as("administrator") is None else ALLOWED
