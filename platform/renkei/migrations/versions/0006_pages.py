"""A page of a record's children is found in its order, however many children there are.

Each index begins with the reference to the parent, so that the one of that reference alone goes.
"""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# (table, reference to the parent, what its pages are ordered by, name)
PAGES = [
    ("concept", "programme_id", "published_at", "ix_concept_of_programme"),
    ("call", "programme_id", "closes_at", "ix_call_of_programme"),
    ("call", "concept_id", "closes_at", "ix_call_of_concept"),
    ("proposal", "call_id", "updated_at", "ix_proposal_of_call"),
]


def upgrade() -> None:
    for table, reference, order, name in PAGES:
        op.create_index(name, table, [reference, order, "id"])
        op.drop_index(f"ix_{table}_{reference}", table_name=table)


def downgrade() -> None:
    for table, reference, _, name in PAGES:
        op.create_index(f"ix_{table}_{reference}", table, [reference])
        op.drop_index(name, table_name=table)
