"""The audit is sealed: facts are only ever added too, and what is added waits for its seal.

What was there before waits as well, in the order in which it came about.
"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# (kind, table, order of what is there already)
SEALED = [
    ("fact", "fact", "id"),
    ("read", "read_entry", "at, id"),
    ("glass", "break_glass", "at, id"),
]
IMMUTABLE = ("fact", "seal_entry", "audit_seal")


def upgrade() -> None:
    text, instant = sqlmodel.sql.sqltypes.AutoString, sqlmodel.sql.sqltypes.UTCDateTime
    json = sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql")
    op.create_table(
        "unsealed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("row_key", text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unsealed")),
    )
    op.create_table(
        "seal_entry",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", text(), nullable=False),
        sa.Column("row_key", text(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_seal_entry")),
        sa.UniqueConstraint("kind", "row_key", name=op.f("uq_seal_entry_kind_row_key")),
    )
    op.create_table(
        "audit_seal",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("previous", text(), nullable=False),
        sa.Column("root", text(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("digest", text(), nullable=False),
        sa.Column("key_id", text(), nullable=False),
        sa.Column("signature", text(), nullable=False),
        *_policed("audit_seal"),
        sa.UniqueConstraint("number", name=op.f("uq_audit_seal_number")),
    )
    op.create_index("ix_audit_seal_audience_id", "audit_seal", ["audience_id"])
    op.create_table(
        "reading_alarm",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("at", instant(), nullable=False),
        sa.Column("span", text(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("kinds", json, nullable=False),
        sa.Column("by_token", sa.Boolean(), nullable=False),
        *_policed("reading_alarm"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_reading_alarm_person_id_person")
        ),
    )
    for columns, name in (
        (["audience_id"], "ix_reading_alarm_audience_id"),
        (["person_id"], "ix_reading_alarm_person_id"),
        (["at", "id"], "ix_reading_alarm_at"),
    ):
        op.create_index(name, "reading_alarm", columns)
    with op.batch_alter_table("notice") as batch:
        batch.add_column(sa.Column("alarm_id", sa.Uuid(), nullable=True))
        batch.create_foreign_key(
            "fk_notice_alarm_id_reading_alarm", "reading_alarm", ["alarm_id"], ["id"]
        )
        batch.create_index("ix_notice_alarm_id", ["alarm_id"])
    op.create_index("ix_read_entry_person", "read_entry", ["person_id", "at"])
    op.drop_index("ix_read_entry_person_id", table_name="read_entry")
    for table in IMMUTABLE:
        _only_added(table)
    for kind, table, order in SEALED:
        _waits(kind, table, order)


def _policed(table: str) -> list[sa.Constraint]:
    return [
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        *(
            sa.ForeignKeyConstraint(
                [column], ["clause.id"], name=op.f(f"fk_{table}_{column}_clause")
            )
            for column in ("audience_id", "gate_id")
        ),
    ]


def _on_postgres() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _only_added(table: str) -> None:
    for change in ("UPDATE", "DELETE"):
        body = (
            "FOR EACH ROW EXECUTE FUNCTION renkei_immutable()"
            if _on_postgres()
            else f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        op.execute(f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} {body}")


def _waits(kind: str, table: str, order: str) -> None:
    """What is there waits for a seal, and so does what is added, in its own transaction."""
    if _on_postgres():
        key, function = "replace(CAST({0}id AS text), '-', '')", f"renkei_unsealed_{kind}"
        op.execute(
            f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "  # noqa: S608 - names of ours
            f"$$ BEGIN INSERT INTO unsealed (kind, row_key) VALUES ('{kind}', "
            f"{key.format('NEW.')}); RETURN NULL; END $$"
        )
        body = f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    else:
        key = "CAST({0}id AS text)"
        body = (
            f"BEGIN INSERT INTO unsealed (kind, row_key) VALUES ('{kind}', "  # noqa: S608 - as above
            f"{key.format('NEW.')}); END"
        )
    op.execute(
        f"INSERT INTO unsealed (kind, row_key) "  # noqa: S608 - as above
        f"SELECT '{kind}', {key.format('')} FROM {table} ORDER BY {order}"
    )
    op.execute(f"CREATE TRIGGER {table}_unsealed AFTER INSERT ON {table} {body}")


def downgrade() -> None:
    for kind, table, _ in SEALED:
        op.execute(f"DROP TRIGGER {table}_unsealed" + (f" ON {table}" if _on_postgres() else ""))
        if _on_postgres():
            op.execute(f"DROP FUNCTION renkei_unsealed_{kind}()")
    for change in ("update", "delete"):
        op.execute(f"DROP TRIGGER fact_no_{change}" + (" ON fact" if _on_postgres() else ""))
    op.create_index("ix_read_entry_person_id", "read_entry", ["person_id"])
    op.drop_index("ix_read_entry_person", table_name="read_entry")
    op.execute(
        "DELETE FROM delivery WHERE notice_id IN (SELECT id FROM notice WHERE alarm_id IS NOT NULL)"
    )
    op.execute("DELETE FROM notice WHERE alarm_id IS NOT NULL")
    with op.batch_alter_table("notice") as batch:
        batch.drop_index("ix_notice_alarm_id")
        batch.drop_constraint("fk_notice_alarm_id_reading_alarm", type_="foreignkey")
        batch.drop_column("alarm_id")
    # Their triggers and indexes go with the tables.
    for table in ("reading_alarm", "audit_seal", "seal_entry", "unsealed"):
        op.drop_table(table)
