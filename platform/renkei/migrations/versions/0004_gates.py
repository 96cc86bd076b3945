"""An index of the gates alone: each request asks which of them its viewer meets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    gates = sa.text("kind = 'gate'")
    op.create_index("ix_clause_gates", "clause", ["id"], postgresql_where=gates, sqlite_where=gates)


def downgrade() -> None:
    op.drop_index("ix_clause_gates", table_name="clause")
