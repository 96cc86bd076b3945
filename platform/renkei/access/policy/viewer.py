"""Who is looking: computed once a request from the posts held now, again for each live event."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Self
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
class Request:
    """What the request itself says: unknown means no token, and so no access by it.

    `country` is the one that it was declared to come from (ISO 3166-1 alpha-2); `stepped_up` tells
    that the sign-in was proved again just now.
    """

    country: str | None = None
    stepped_up: bool = False


NO_FACTS = Request()


@dataclass(frozen=True)
class Viewer:
    """A reader with everything that the policy asks about them.

    `posts` are those held now, `groups` the sharing groups of their organisations. `affiliations`
    are tokens of *all* that the person belongs to, against which denials are held, and `homes` the
    countries of all those organisations (None among them: one is unknown). `consents` are in force.
    `scopes` is None for a signed-in person, and the granted scopes for an access token.
    """

    person_id: UUID | None = None
    posts: tuple[HeldPost, ...] = ()
    affiliations: frozenset[str] = frozenset()
    groups: frozenset[UUID] = frozenset()
    homes: frozenset[str | None] = frozenset()
    consents: frozenset[str] = frozenset()
    request: Request = NO_FACTS
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
            if post.role == "administrator":
                held.add(clauses.ADMINISTRATOR)
        held |= {clauses.group(group_id) for group_id in self.groups}
        held |= {clauses.consent(to) for to in self.consents}
        # Who stands in two countries stands in none of them for certain.
        if len(self.homes) == 1:
            held |= {clauses.home(country) for country in self.homes if country is not None}
        if self.request.country is not None:
            held.add(clauses.coming_from(self.request.country))
        if self.request.stepped_up and self.person_id is not None:
            held.add(clauses.STEPPED_UP)
        object.__setattr__(self, "tokens", frozenset(held))

    def asking(self, request: Request) -> Self:
        """The same viewer with what this request says of itself."""
        return replace(self, request=request)

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

    def works_for(self, organization_id: UUID) -> bool:
        """Whether the viewer holds a post in the organisation now."""
        return any(post.organization_id == organization_id for post in self.posts)

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
