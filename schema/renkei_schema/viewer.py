"""Who is asking: the viewer, their posts, their access tokens; and what server this is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from renkei.access.policy.reach import Reach
from renkei.audit import abilities as audit_abilities
from renkei.briefs import abilities as brief_abilities
from renkei.calls import abilities as call_abilities
from renkei.directory import abilities as directory_abilities
from renkei.directory import tables
from renkei.identity import tokens
from renkei.identity.sign_ins import email_of
from renkei.ledger.unit import Unit
from renkei_schema.context import Context, Info
from renkei_schema.declare import Ability, answered, loaded, rooted
from renkei_schema.directory_types import Organization, Person, Post, Role
from renkei_schema.ids import wanted_key, write_id
from renkei_schema.passkeys import PasskeyType, own_passkeys
from renkei_schema.perform import Sent, perform
from renkei_schema.refusals import InvalidInput, NotAllowed, NotFound
from renkei_schema.scalars import Lang
from renkei_schema.sign_in_types import (
    SecondStep,
    SignInSession,
    own_second_step,
    own_sessions,
)


@strawberry.type(
    name="HeldPost", description="閲覧者が就いているポスト。 / A post that the viewer holds now."
)
class HeldPostType:
    """A held post."""

    post_id: strawberry.Private[UUID]
    organization_id: strawberry.Private[UUID]
    role: Role = strawberry.field(description="役割。 / Its role.")
    deputy: bool = strawberry.field(description="代理として就いている。 / Held as its deputy.")
    post: Post | None = loaded(tables.Post, "post_id", "ポスト。 / The post.")
    organization: Organization | None = loaded(
        tables.Organization, "organization_id", "組織。 / Its organisation."
    )


@strawberry.type(description="閲覧者が新しくできること。 / What the viewer may begin.")
class ViewerAbilities:
    """Abilities that hang on no record."""

    draft_brief: Ability = strawberry.field(description="ブリーフをつくる。 / Draft briefs.")
    issue_call: Ability = strawberry.field(description="公募を出す。 / Issue calls.")
    propose: Ability = strawberry.field(description="提案書をつくる。 / Draft proposals.")
    create_sharing_group: Ability = strawberry.field(
        description="共有グループをつくる。 / Create sharing groups."
    )
    administer: Ability = strawberry.field(
        description="組織・人・ポストを登録する。 / Keep the directory."
    )
    read_audit: Ability = strawberry.field(
        description="監査の封印と知らせを見る。 / See seals and alarms of the audit."
    )


@strawberry.type(
    description="アクセストークン（秘密そのものは示さない）。 / A token, without its secret."
)
class AccessToken:
    """A personal access token."""

    id: strawberry.ID = strawberry.field(description="ID。 / Its id.")
    name: str = strawberry.field(description="名前。 / Its name.")
    prefix: str = strawberry.field(description="秘密の先頭。 / How its secret begins.")
    scopes: list[str] | None = strawberry.field(
        description="範囲。nullは本人にできるすべて。 / Scopes; null: all that its owner may do."
    )
    created_at: datetime = strawberry.field(description="発行の時刻。 / When it was issued.")
    expires_at: datetime = strawberry.field(description="期限。 / When it expires.")
    last_used_at: datetime | None = strawberry.field(
        description="最後に使われた時刻。 / When it was last used."
    )


async def _emails(context: Context, viewers: list[ViewerType]) -> list[str]:
    """The address of the one who asks."""
    found = []
    for viewer in viewers:
        async with context.app.database.reading() as connection:
            found.append(await email_of(connection, viewer.person_id))
    return found


async def _tokens(context: Context, viewers: list[ViewerType]) -> list[list[AccessToken]]:
    """The tokens in force of the one who asks."""
    found = []
    for viewer in viewers:
        async with context.app.database.reading() as connection:
            rows = await tokens.tokens_in_force(
                connection, viewer.person_id, at=context.app.clock.now()
            )
        found.append([_token(row) for row in rows])
    return found


@strawberry.type(name="Viewer", description="いま読んでいる人。 / Who is asking.")
class ViewerType:
    """The signed-in viewer."""

    person_id: strawberry.Private[UUID]
    organization_id: strawberry.Private[UUID | None]
    person: Person | None = loaded(tables.Person, "person_id", "本人。 / The person.")
    posts: list[HeldPostType] = strawberry.field(
        description="いま就いているポスト。 / Posts held now."
    )
    organization: Organization | None = loaded(
        tables.Organization,
        "organization_id",
        "主な所属。 / The organisation acted for first.",
    )
    consents: list[str] = strawberry.field(
        description="同意していること。 / What they have consented to."
    )
    declared_country: str | None = strawberry.field(
        description="この要求の発信国として届け出たもの。 / The country that this request was "
        "declared to come from."
    )
    language: Lang = strawberry.field(description="言語。 / The language of this request.")
    scopes: list[str] | None = strawberry.field(
        description="このトークンの範囲。サインインした人ではnull。 / "
        "The token's scopes; null for a signed-in person."
    )
    viewer_can: ViewerAbilities = strawberry.field(
        description="新しくできること。 / What they may begin."
    )
    email: str = answered(
        "サインインに使うメールアドレス。 / The address that they sign in with.", _emails
    )
    proved: bool = strawberry.field(
        description="本人であることを確認したばかりか（10分）。 / "
        "Whether they have proved just now who they are, within ten minutes."
    )
    sessions: list[SignInSession] = answered(
        "開いているセッション。 / Open sessions, the one used last first.", own_sessions
    )
    second_step: SecondStep = answered(
        "サインインの2段階目。 / The second step of signing in.", own_second_step
    )
    passkeys: list[PasskeyType] = answered(
        "登録したパスキー。 / Passkeys, the oldest first.", own_passkeys
    )
    access_tokens: list[AccessToken] = answered(
        "有効なアクセストークン。 / Access tokens in force.", _tokens
    )


def _viewer(context: Context) -> ViewerType | None:
    """Who asks, as far as the request knows by itself."""
    viewer = context.viewer
    if viewer.person_id is None:
        return None
    return ViewerType(
        person_id=viewer.person_id,
        organization_id=viewer.organization_id,
        posts=[
            HeldPostType(
                post_id=post.id,
                organization_id=post.organization_id,
                role=Role(post.role),
                deputy=post.deputy,
            )
            for post in viewer.posts
        ],
        consents=sorted(viewer.consents),
        declared_country=viewer.request.country,
        proved=viewer.request.stepped_up,
        language=Lang.EN if context.language == "en" else Lang.JA,
        scopes=None if viewer.scopes is None else sorted(viewer.scopes),
        viewer_can=ViewerAbilities(
            draft_brief=Ability.of(brief_abilities.may_draft(viewer)),
            issue_call=Ability.of(call_abilities.may_issue(viewer)),
            propose=Ability.of(call_abilities.may_propose(viewer)),
            create_sharing_group=Ability.of(directory_abilities.may_create_group(viewer)),
            administer=Ability.of(directory_abilities.may_administer(viewer)),
            read_audit=Ability.of(audit_abilities.may_read_audit(viewer)),
        ),
    )


def _passkey_site(context: Context) -> str | None:
    party = context.app.passkeys.party
    return None if party is None else party.origin


@strawberry.type
class ViewerQuery:
    """Who is asking, and whom."""

    viewer: ViewerType | None = rooted(
        "いま読んでいる人。未サインインではnull。 / Null if anonymous.", _viewer
    )
    server_time: datetime = rooted(
        "サーバーの時刻。 / The server's present instant.", lambda context: context.app.clock.now()
    )
    demo: bool = rooted(
        "見本の環境かどうか。 / Whether this is a demo.",
        lambda context: context.app.settings.demo,
    )
    passkey_site: str | None = rooted(
        "パスキーが使えるサイト（オリジン）。使えない環境ではnull。 / "
        "The origin at which passkeys work; null where they don't.",
        _passkey_site,
    )


@strawberry.input(description="アクセストークンを発行する。 / Issues an access token.")
class IssueAccessTokenInput:
    """What the token is for."""

    name: str = strawberry.field(description="名前。何に使うか。 / What it is for.")
    scopes: list[str] | None = strawberry.field(
        default=None,
        description="範囲。書かなければ本人にできることすべて。 / "
        "Scopes; left out: all that its owner may do.",
    )
    days: int = strawberry.field(
        default=tokens.DAYS_DEFAULT, description="日数（1〜366）。 / Days until it expires."
    )


@strawberry.type(
    description="発行した。秘密を示すのはこの一度だけ。 / Issued; the secret is shown once."
)
class AccessTokenIssued:
    """Success. The secret is kept nowhere, so there is no idempotency key."""

    secret: str = strawberry.field(description="秘密。 / The secret.")
    token: AccessToken = strawberry.field(description="トークン。 / The token.")


@strawberry.input(description="アクセストークンを止める。 / Revokes an access token.")
class RevokeAccessTokenInput:
    """Which token."""

    token_id: strawberry.ID = strawberry.field(description="トークン。 / The token.")


@strawberry.type(description="止めた。ただちに効く。 / Revoked, at once.")
class AccessTokenRevoked:
    """Success."""

    token_id: strawberry.ID = strawberry.field(description="トークン。 / The token.")


IssueAccessTokenResult = Annotated[
    AccessTokenIssued | InvalidInput | NotAllowed,
    strawberry.union(
        "IssueAccessTokenResult", description="issueAccessTokenの答え。 / Its answer."
    ),
]
RevokeAccessTokenResult = Annotated[
    AccessTokenRevoked | InvalidInput | NotAllowed | NotFound,
    strawberry.union(
        "RevokeAccessTokenResult", description="revokeAccessTokenの答え。 / Its answer."
    ),
]


@strawberry.type
class ViewerMutation:
    """The viewer's own affairs."""

    @strawberry.mutation(
        description="アクセストークンを発行する（トークンからはできない）。 / "
        "Issue an access token; not by means of one."
    )
    async def issue_access_token(
        self, info: Info, input: Sent[IssueAccessTokenInput]
    ) -> IssueAccessTokenResult:
        """Issue a token."""

        async def work(unit: Unit, reach: Reach) -> AccessTokenIssued:
            secret, row = await tokens.issue_token(
                unit, reach, name=input.name, scopes=input.scopes, days=input.days
            )
            return AccessTokenIssued(secret=secret, token=_token(row))

        return await perform(info, work)

    @strawberry.mutation(description="アクセストークンを止める。 / Revoke an access token.")
    async def revoke_access_token(
        self, info: Info, input: Sent[RevokeAccessTokenInput]
    ) -> RevokeAccessTokenResult:
        """Revoke a token."""

        async def work(unit: Unit, reach: Reach) -> AccessTokenRevoked:
            key = wanted_key(input.token_id, TOKEN)
            await tokens.revoke_token(unit, reach, token_id=key)
            return AccessTokenRevoked(token_id=input.token_id)

        return await perform(info, work)


TOKEN = "AccessToken"  # noqa: S105 - a type's name


def _token(row: Any) -> AccessToken:
    return AccessToken(
        id=write_id(TOKEN, row.id),
        name=row.name,
        prefix=row.prefix,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
