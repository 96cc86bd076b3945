"""Sessions tell where they come from and when they were proved; second steps; one-time secrets."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TEXT = sqlmodel.sql.sqltypes.AutoString()
INSTANT = sqlmodel.sql.sqltypes.UTCDateTime()


def upgrade() -> None:
    # Whoever is signed in signs in anew: what a session has to tell from now on is not known of it.
    op.execute("DELETE FROM sign_in")
    with op.batch_alter_table("sign_in") as batch:
        batch.add_column(sa.Column("how", TEXT, nullable=False))
        batch.add_column(sa.Column("agent", TEXT, nullable=False))
        batch.add_column(sa.Column("address", TEXT, nullable=False))
        batch.add_column(sa.Column("seen_at", INSTANT, nullable=False))
        batch.add_column(sa.Column("proved_at", INSTANT, nullable=False))
    with op.batch_alter_table("account") as batch:
        batch.add_column(sa.Column("password_set_at", INSTANT, nullable=True))
    op.create_table(
        "authenticator",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_key", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("confirmed_at", INSTANT, nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_authenticator_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_authenticator")),
    )
    op.create_table(
        "backup_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", TEXT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_backup_code_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_code")),
    )
    op.create_index(op.f("ix_backup_code_person_id"), "backup_code", ["person_id"])
    op.create_table(
        "one_time_secret",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", TEXT, nullable=False),
        sa.Column("token_hash", TEXT, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT, nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_one_time_secret_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_secret")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_secret_token_hash")),
    )
    op.create_index(
        "ix_one_time_secret_of", "one_time_secret", ["person_id", "purpose", "created_at"]
    )
    op.create_table(
        "account_letter",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("email", TEXT, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_account_letter_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_letter")),
    )
    with op.batch_alter_table("delivery") as batch:
        batch.add_column(sa.Column("letter_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_delivery_letter_id_account_letter"), "account_letter", ["letter_id"], ["id"]
        )
        batch.create_index(op.f("ix_delivery_letter_id"), ["letter_id"], unique=True)


def downgrade() -> None:
    op.execute("DELETE FROM delivery WHERE letter_id IS NOT NULL")
    with op.batch_alter_table("delivery") as batch:
        batch.drop_index(op.f("ix_delivery_letter_id"))
        batch.drop_constraint(op.f("fk_delivery_letter_id_account_letter"), type_="foreignkey")
        batch.drop_column("letter_id")
    op.drop_table("account_letter")
    for table in ("one_time_secret", "backup_code", "authenticator"):
        op.drop_table(table)
    with op.batch_alter_table("account") as batch:
        batch.drop_column("password_set_at")
    with op.batch_alter_table("sign_in") as batch:
        for column in ("proved_at", "seen_at", "address", "agent", "how"):
            batch.drop_column(column)
