"""What an entry names is written with it and never changed: nothing has to look the entry up.

PostgreSQL did so for each record, and by reading all entries where it had planned that while there
were none.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = "fk_read_record_entry_id_read_entry"


def upgrade() -> None:
    with op.batch_alter_table("read_record") as batch:
        batch.drop_constraint(NAME, type_="foreignkey")
    _stay_immutable()


def downgrade() -> None:
    with op.batch_alter_table("read_record") as batch:
        batch.create_foreign_key(NAME, "read_entry", ["entry_id"], ["id"])
    _stay_immutable()


def _stay_immutable() -> None:
    """SQLite makes the table anew, without its triggers."""
    if op.get_bind().dialect.name == "postgresql":
        return
    for change in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER read_record_no_{change.lower()} BEFORE {change} ON read_record "
            "BEGIN SELECT RAISE(ABORT, 'read_record is append-only'); END"
        )
