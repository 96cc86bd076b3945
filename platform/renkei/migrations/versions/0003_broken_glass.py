"""Broken glass: an entry of reading with another person's eyes, for which two persons answer."""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXED = ("at", "request_id", "as_person_id")


def upgrade() -> None:
    op.create_table(
        "break_glass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("request_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("step", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("as_person_id", sa.Uuid(), nullable=False),
        sa.Column("by_person_id", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by_person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=True),
        sa.Column("tlp", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_break_glass")),
    )
    with op.batch_alter_table("break_glass", schema=None) as batch_op:
        for column in INDEXED:
            batch_op.create_index(batch_op.f(f"ix_break_glass_{column}"), [column], unique=False)
    # Like the other entries: only ever added.
    postgres = op.get_bind().dialect.name == "postgresql"
    for change in ("UPDATE", "DELETE"):
        name = f"break_glass_no_{change.lower()}"
        body = (
            "FOR EACH ROW EXECUTE FUNCTION renkei_immutable()"
            if postgres
            else "BEGIN SELECT RAISE(ABORT, 'break_glass is append-only'); END"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {change} ON break_glass {body}")


def downgrade() -> None:
    # Its triggers go with the table.
    with op.batch_alter_table("break_glass", schema=None) as batch_op:
        for column in INDEXED:
            batch_op.drop_index(batch_op.f(f"ix_break_glass_{column}"))
    op.drop_table("break_glass")
