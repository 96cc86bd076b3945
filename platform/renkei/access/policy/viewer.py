"""Who is looking: computed once a request from the posts held now, again for each live event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self
from uuid import UUID

from renkei.access.policy import clauses
from renkei.acting import Actor
from renkei.problems import NotAllowed


@dataclass(frozen=True)
class HeldPost:
    """A post that the viewer holds now; as its `deputy` (代理), with all that it gives."""

    id: UUID
    organization_id: UUID
    role: str
    deputy: bool = False


@dataclass(frozen=True)
class Request:
    """What the request itself says: unknown means no token, and so no access by it.

    `country` is the one that it was declared to come from (ISO 3166-1 alpha-2); `stepped_up` tells
    that the sign-in was proved just now, `session_id` by which session it came.
    """

    country: str | None = None
    stepped_up: bool = False
    session_id: UUID | None = None


NO_FACTS = Request()


@dataclass(frozen=True)
class Viewer:
    """A reader with everything that the policy asks about them.

    `posts` are those held now, their own before those of a deputy; `groups` the sharing groups of
    their organisations. `affiliations` are tokens of *all* that the person belongs to, against
    which denials are held, and `homes` the countries of all those organisations (None among them:
    one is unknown). `consents` are in force.
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
    # The post that answered for what was asked last: the ledger names it for what is done then.
    _answering: list[HeldPost] = field(init=False, default_factory=list, compare=False, repr=False)

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
    def actor(self) -> Actor:
        """Whom the ledger names as having acted, in the post that let them.

        That is the post by which an ability was answered last, or else the first one.
        """
        post = next(iter((*self._answering, *self.posts)), None)
        if post is None:
            return Actor(self.person_id)
        return Actor(self.person_id, post.id, post.deputy)

    @property
    def deputises(self) -> tuple[UUID, ...]:
        """The posts whose deputy the viewer is now."""
        return tuple(post.id for post in self.posts if post.deputy)

    @property
    def organization_id(self) -> UUID | None:
        """The organisation of the post that the viewer acts in first."""
        return self.posts[0].organization_id if self.posts else None

    def post_as(self, *roles: str, organization_id: UUID | None = None) -> HeldPost | None:
        """A post held in one of `roles`, in that organisation where one is given."""
        return self._answered(
            held
            for held in self.posts
            if held.role in roles and organization_id in (None, held.organization_id)
        )

    def works_for(self, organization_id: UUID) -> bool:
        """Whether the viewer holds a post in the organisation now."""
        mine = (post for post in self.posts if post.organization_id == organization_id)
        return self._answered(mine) is not None

    def holds(self, post_id: UUID, *, as_deputy: bool = True) -> bool:
        """Whether the viewer holds this post now; not `as_deputy`, as the post's own holder."""
        these = (post for post in self.posts if post.id == post_id)
        return self._answered(post for post in these if as_deputy or not post.deputy) is not None

    def _answered(self, posts: Iterable[HeldPost]) -> HeldPost | None:
        """The first of the posts; it then is the one in which the viewer acts."""
        found = next(iter(posts), None)
        if found is not None:
            self._answering[:] = [found]
        return found

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
