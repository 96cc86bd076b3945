"""docs/permissions.md is what the policy says, and leaves no act of the API out."""

from __future__ import annotations

from renkei_cli.permissions_table import NOUNS, abilities_of, page_is_current, permissions_page
from renkei_schema.schema import schema
from support.paths import ROOT

PAGE = ROOT / "docs" / "permissions.md"
# Which ability each mutation asks. A new one fails here until it is said.
ASKS = {
    "registerOrganization": "administer",
    "registerPerson": "administer",
    "endSessionsOf": "administer",
    "resetSecondStep": "administer",
    "removePasskeysOf": "administer",
    "disableAccount": "administer",
    "createPost": "keep_posts",
    "appointToPost": "keep_posts",
    "endAppointment": "keep_posts",
    "changeAppointment": "keep_posts",
    "rotatePosts": "keep_posts",
    "nameDeputy": "name_deputy",
    "endDeputy": "end_deputy",
    "inviteMember": "keep_posts",
    "resendInvitation": "keep_posts",
    "revokeInvitation": "keep_posts",
    "endAffiliation": "administer",
    "recordAffiliation": "record_affiliation",
    "createSharingGroup": "create_group",
    "addToSharingGroup": "extend_group",
    "removeFromSharingGroup": "keep_group",
    "createProgramme": "issue",
    "publishConcept": "issue",
    "draftCall": "issue",
    "editCall": "edit",
    "publishCall": "publish",
    "extendDeadline": "extend",
    "cancelCall": "cancel",
    "draftProposal": "propose",
    "saveProposal": "edit",
    "invitePartner": "edit",
    "removePartner": "edit",
    "handInProposal": "hand_in",
    "takeBackProposal": "take_back",
    "forwardProposal": "forward",
    "returnProposal": "return",
    "withdrawProposal": "withdraw",
    "draftBrief": "draft",
    "editBrief": "edit",
    "releaseBrief": "release",
    "shareBrief": "share",
    "correctBrief": "correct",
    "raiseBriefMarking": "narrow",
    "endExclusions": "narrow",
    "proposeLowering": "lower",
    "decideLowering": "decide_lowering",
}
# One's own affairs, and what hangs on being named: signing in is enough for these.
OWN_AFFAIRS = {
    "issueAccessToken",
    "revokeAccessToken",
    "endSession",
    "endOtherSessions",
    "changePassword",
    "askNewAddress",
    "confirmNewAddress",
    "beginSecondStep",
    "confirmSecondStep",
    "removeSecondStep",
    "beginPasskey",
    "addPasskey",
    "renamePasskey",
    "removePasskey",
    "answerInvitation",
    # Asks for the token of the mail, and that the address is one's own.
    "acceptInvitation",
    "giveConsent",
    "withdrawConsent",
    # Asks `explain.may_know_audience`: the originator's own people.
    "previewAudience",
    "followArea",
    "followCall",
    "followBrief",
    "unfollow",
    "markNoticeRead",
    "markAllNoticesRead",
}


def test_the_page_is_what_the_policy_says() -> None:
    assert page_is_current(PAGE)


def test_a_page_that_says_something_else_is_found(tmp_path) -> None:  # type: ignore[no-untyped-def]  # a path
    page = tmp_path / "permissions.md"
    assert not page_is_current(page)
    page.write_text(permissions_page().replace("nobody", "anybody"), encoding="utf-8")
    assert page_is_current(page) is ("nobody" not in permissions_page())


def test_every_mutation_asks_an_ability_of_the_table_or_is_ones_own_affair() -> None:
    mutations = set(schema._schema.mutation_type.fields)  # type: ignore[union-attr]  # it has one
    assert mutations == set(ASKS) | OWN_AFFAIRS
    abilities = {name for noun in NOUNS for name in abilities_of(noun.module)}
    assert set(ASKS.values()) <= abilities


def rows(act: str) -> list[str]:
    """The rows of the acts of this name, in all nouns."""
    return [line for line in permissions_page().splitlines() if line.startswith(f"| `{act}` |")]


def test_a_firm_never_publishes_a_call_and_no_one_edits_a_released_brief() -> None:
    (publish,) = rows("publish")
    assert "firm" not in publish
    assert "ministry of the issuer, agency of the issuer: DRAFT" in publish
    for edit in rows("edit"):
        assert "RELEASED" not in edit


def test_whoever_proposed_a_lowering_does_not_approve_it() -> None:
    (decide,) = rows("decide_lowering")
    assert "who proposed it" not in decide.split(" | ")[2]
    (decline,) = rows("decline_lowering")
    assert "analyst of the originator" in decline


def test_nobody_elsewhere_does_anything_but_share_where_they_were_given_the_right() -> None:
    elsewhere = [
        line
        for noun in ("share", "edit", "release", "correct", "narrow", "lower")
        for line in rows(noun)
        if "elsewhere" in line
    ]
    assert elsewhere == []
    (share,) = rows("share")
    assert "whoever was given the right to extend" in share
