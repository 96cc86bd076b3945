"""Posts over time: how a post is held and who decided it, deputies, invitations.

Who held a post so far held it as their own; who had appointed them is not known.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INSTANT = sqlmodel.sql.sqltypes.UTCDateTime
STRING = sqlmodel.sql.sqltypes.AutoString


def upgrade() -> None:
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("post_id", sa.Uuid(), nullable=False),
        sa.Column("email", STRING(), nullable=False),
        sa.Column("token_hash", STRING(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("start", INSTANT(), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("invited_at", INSTANT(), nullable=False),
        sa.Column("expires_at", INSTANT(), nullable=False),
        sa.Column("accepted_at", INSTANT(), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("revoked_at", INSTANT(), nullable=True),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{target}.id"], name=op.f(f"fk_invitation_{column}_{target}")
            )
            for column, target in REFERENCES
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    for column in ("email", *(column for column, _ in REFERENCES)):
        op.create_index(f"ix_invitation_{column}", "invitation", [column])
    op.add_column(
        "fact", sa.Column("as_deputy", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(
        "read_entry", sa.Column("deputy_for", STRING(), nullable=False, server_default="")
    )
    with op.batch_alter_table("holding") as batch:
        batch.add_column(sa.Column("kind", STRING(), nullable=False, server_default="HOLDER"))
        batch.add_column(sa.Column("appointed_by", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("appointed_at", INSTANT(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_holding_appointed_by_person"), "person", ["appointed_by"], ["id"]
        )
    op.create_index("ix_holding_appointed_by", "holding", ["appointed_by"])
    op.create_index("ix_holding_begun", "holding", ["start"])
    with op.batch_alter_table("notice") as batch:
        batch.add_column(sa.Column("post_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(op.f("fk_notice_post_id_post"), "post", ["post_id"], ["id"])
    op.create_index("ix_notice_post_id", "notice", ["post_id"])
    with op.batch_alter_table("delivery") as batch:
        batch.alter_column("notice_id", existing_type=sa.Uuid(), nullable=True)
        batch.add_column(sa.Column("invitation_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_delivery_invitation_id_invitation"), "invitation", ["invitation_id"], ["id"]
        )
    op.create_index("ix_delivery_invitation_id", "delivery", ["invitation_id"])


REFERENCES = (
    ("organization_id", "organization"),
    ("post_id", "post"),
    ("invited_by", "person"),
    ("accepted_by", "person"),
)


def downgrade() -> None:
    # A release that knows no deputies would take them for holders, for ever. Nor can it send what
    # is no notice, or show one about a post.
    op.execute("DELETE FROM holding WHERE kind = 'DEPUTY'")
    op.execute("DELETE FROM delivery WHERE notice_id IS NULL")
    about_posts = "SELECT id FROM notice WHERE post_id IS NOT NULL"
    op.execute(f"DELETE FROM delivery WHERE notice_id IN ({about_posts})")  # noqa: S608 - constants
    op.execute("DELETE FROM notice WHERE post_id IS NOT NULL")
    op.drop_index("ix_delivery_invitation_id", "delivery")
    with op.batch_alter_table("delivery") as batch:
        batch.drop_constraint(op.f("fk_delivery_invitation_id_invitation"), type_="foreignkey")
        batch.drop_column("invitation_id")
        batch.alter_column("notice_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_index("ix_notice_post_id", "notice")
    with op.batch_alter_table("notice") as batch:
        batch.drop_constraint(op.f("fk_notice_post_id_post"), type_="foreignkey")
        batch.drop_column("post_id")
    op.drop_index("ix_holding_begun", "holding")
    op.drop_index("ix_holding_appointed_by", "holding")
    with op.batch_alter_table("holding") as batch:
        batch.drop_constraint(op.f("fk_holding_appointed_by_person"), type_="foreignkey")
        batch.drop_column("appointed_at")
        batch.drop_column("appointed_by")
        batch.drop_column("kind")
    op.drop_column("read_entry", "deputy_for")
    op.drop_column("fact", "as_deputy")
    op.drop_table("invitation")
