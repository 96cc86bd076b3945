"""What belongs to one person is found by that person: indexes that say the same, or less, go.

The inbox's own index and the unique ones begin with the person. By an index of clauses PostgreSQL
looked up each of an officer's thousands of audiences to find a page of the inbox.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

INDEXES = [
    (f"ix_{table}_{column}", table, column)
    for table in ("follow", "notice")
    for column in ("audience_id", "person_id")
]


def upgrade() -> None:
    for name, table, _ in INDEXES:
        op.drop_index(name, table_name=table)


def downgrade() -> None:
    for name, table, column in INDEXES:
        op.create_index(name, table, [column])
