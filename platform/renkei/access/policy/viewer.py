"""Who is looking: computed once a request from the posts held now, again for each live event."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from renkei.access.policy import clauses
from renkei.problems import NotAllowed


@dataclass(frozen=True)
class HeldPost:
    """A post that the viewer holds now."""

    id: UUID
    organization_id: UUID
    role: str


@dataclass(frozen=True)
class Viewer:
    """A reader with everything that the policy asks about them.

    `posts` are those that the viewer acts in; `affiliations` are tokens of *all* organisations
    that the person belongs to, against which deny tokens are held. `scopes` is None for a
    signed-in person, and the granted scopes for an access token.
    """

    person_id: UUID | None = None
    posts: tuple[HeldPost, ...] = ()
    affiliations: frozenset[str] = frozenset()
    scopes: frozenset[str] | None = None
    language: str = "ja"
    tokens: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        held = {clauses.PUBLIC}
        if self.person_id is not None:
            held |= {clauses.MEMBER, clauses.person(self.person_id)}
        for post in self.posts:
            held |= {clauses.org(post.organization_id), clauses.post(post.id)}
            if post.role == "office":
                held.add(clauses.office(post.organization_id))
        object.__setattr__(self, "tokens", frozenset(held))

    @property
    def anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return self.person_id is None

    @property
    def actor(self) -> tuple[UUID | None, UUID | None]:
        """The person and the post that the ledger names as having acted."""
        return self.person_id, self.posts[0].id if self.posts else None

    @property
    def organization_id(self) -> UUID | None:
        """The organisation of the post that the viewer acts in first."""
        return self.posts[0].organization_id if self.posts else None

    def post_as(self, *roles: str, organization_id: UUID | None = None) -> HeldPost | None:
        """A post held in one of `roles`, in that organisation where one is given."""
        return next(
            (
                held
                for held in self.posts
                if held.role in roles and organization_id in (None, held.organization_id)
            ),
            None,
        )

    def may(self, scope: str) -> bool:
        """Whether the request's access token, if it is one, was granted `scope`."""
        return self.scopes is None or scope in self.scopes


ANONYMOUS = Viewer()


@dataclass(frozen=True)
class Decision:
    """May the viewer do it, and why not: told only about what the viewer already sees."""

    allowed: bool
    reason: str = ""
    reason_ja: str = ""


ALLOWED = Decision(True)


def denied(reason: str, reason_ja: str) -> Decision:
    """No, and the reason in both languages."""
    return Decision(False, reason, reason_ja)


def allow(decision: Decision) -> None:
    """Refuse with the decision's reason; return where it permits."""
    if not decision.allowed:
        raise NotAllowed(decision.reason, decision.reason_ja)
