"""One policy: named readers, groups, parts, lowerings, and entries of reading.

What was a brief's share becomes a grant; what a proposal declares, and what was handed in with it,
become parts that partners do not see; an account's address becomes its person's contact.
"""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

import orjson
import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
MARKED = ("brief", "call", "concept", "programme", "proposal", "receipt")
IMMUTABLE = ("clause", "clause_token", "read_entry", "read_record")


def _table(name: str, keys: str = "", texts: str = "", **more: Any) -> Any:
    """A table as the data's way needs it: columns of keys, of text, and others by type."""
    kinds: dict[str, Any] = dict.fromkeys(keys.split(), sa.Uuid())
    kinds |= dict.fromkeys(texts.split(), sa.String()) | more
    return sa.table(name, *(sa.column(one, kind) for one, kind in kinds.items()))


POLICED: dict[str, Any] = {"audience_id": sa.Integer(), "gate_id": sa.Integer()}
INSTANT = sqlmodel.sql.sqltypes.UTCDateTime()
CLAUSE = _table("clause", texts="kind digest", id=sa.Integer(), group_count=sa.Integer())
TOKEN = _table("clause_token", texts="name", clause_id=sa.Integer(), group_no=sa.Integer())
SHARE = _table("brief_share", "brief_id organization_id")
BRIEF = _table(
    "brief", "id organization_id author_id", "tlp", audience_id=sa.Integer(), updated_at=INSTANT
)
GRANT = _table(
    "access_grant",
    "id record_id granted_by",
    "record_kind token",
    denies=sa.Boolean(),
    may_extend=sa.Boolean(),
    granted_at=INSTANT,
    **POLICED,
)
CALL = _table("call", "id organization_id concept_id")
CONCEPT = _table("concept", "id agency_id")
PROPOSAL = _table(
    "proposal",
    "id call_id pi_person_id lead_organization_id",
    declarations=JSON,
    submitted_at=INSTANT,
)
DISCLOSURE = _table("proposal_disclosure", "id proposal_id", declarations=JSON, **POLICED)
RECEIPT = _table("receipt", "id proposal_id", content=JSON)
CONTENT = _table("receipt_content", "id receipt_id", content=JSON, **POLICED)
ACCOUNT = _table("account", "person_id", "email")
HOLDING = _table("holding", "person_id post_id", until=INSTANT)
POST = _table("post", "id organization_id")
CONTACT = _table("person_contact", "id person_id", "email", **POLICED)


def upgrade() -> None:
    op.create_table(
        "read_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("way", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("request_id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("post_id", sa.Uuid(), nullable=True),
        sa.Column("by_token", sa.Boolean(), nullable=False),
        sa.Column("country", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_read_entry")),
    )
    with op.batch_alter_table("read_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_read_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_read_entry_person_id"), ["person_id"], unique=False)

    op.create_table(
        "read_record",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("tlp", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["read_entry.id"], name=op.f("fk_read_record_entry_id_read_entry")
        ),
        sa.PrimaryKeyConstraint("entry_id", "record_id", name=op.f("pk_read_record")),
    )
    with op.batch_alter_table("read_record", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_read_record_record_id"), ["record_id"], unique=False)

    op.create_table(
        "access_grant",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("token", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("denies", sa.Boolean(), nullable=False),
        sa.Column("may_extend", sa.Boolean(), nullable=False),
        sa.Column("start", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=False),
        sa.Column("granted_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["clause.id"], name=op.f("fk_access_grant_audience_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["gate_id"], ["clause.id"], name=op.f("fk_access_grant_gate_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["person.id"], name=op.f("fk_access_grant_granted_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_grant")),
        sa.UniqueConstraint(
            "record_id", "token", "denies", name=op.f("uq_access_grant_record_id_token_denies")
        ),
    )
    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_access_grant_audience_id"), ["audience_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_access_grant_granted_by"), ["granted_by"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_access_grant_record_id"), ["record_id"], unique=False)

    op.create_table(
        "affiliation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("start", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_affiliation_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_affiliation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_affiliation")),
    )
    with op.batch_alter_table("affiliation", schema=None) as batch_op:
        batch_op.create_index("ix_affiliation_now", ["person_id", "start", "until"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_affiliation_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "consent",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("to", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("given_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("withdrawn_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index(
            "ix_consent_now", ["person_id", "given_at", "withdrawn_at"], unique=False
        )

    op.create_table(
        "marking_lowering",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("tlp", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=False),
        sa.Column("restrictions", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("releasable_to", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("needs_consent", sa.Boolean(), nullable=False),
        sa.Column("reason", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["clause.id"], name=op.f("fk_marking_lowering_audience_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_marking_lowering_decided_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["gate_id"], ["clause.id"], name=op.f("fk_marking_lowering_gate_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_marking_lowering_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["person.id"], name=op.f("fk_marking_lowering_proposed_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_marking_lowering")),
    )
    with op.batch_alter_table("marking_lowering", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_marking_lowering_audience_id"), ["audience_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_marking_lowering_decided_by"), ["decided_by"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_marking_lowering_organization_id"), ["organization_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_marking_lowering_proposed_by"), ["proposed_by"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_marking_lowering_record_id"), ["record_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_marking_lowering_status"), ["status"], unique=False)

    op.create_table(
        "person_contact",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("email", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["clause.id"], name=op.f("fk_person_contact_audience_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["gate_id"], ["clause.id"], name=op.f("fk_person_contact_gate_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_contact_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_contact")),
    )
    with op.batch_alter_table("person_contact", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_person_contact_audience_id"), ["audience_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_person_contact_email"), ["email"], unique=False)
        batch_op.create_index(batch_op.f("ix_person_contact_person_id"), ["person_id"], unique=True)

    op.create_table(
        "reading",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("record_kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=False),
        sa.Column("at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["clause.id"], name=op.f("fk_reading_audience_id_clause")
        ),
        sa.ForeignKeyConstraint(["gate_id"], ["clause.id"], name=op.f("fk_reading_gate_id_clause")),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_reading_organization_id_organization"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_reading_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reading_audience_id"), ["audience_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_reading_organization_id"), ["organization_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_reading_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_reading_record", ["record_id", "at", "id"], unique=False)

    op.create_table(
        "sharing_group",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("name_ja", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name_en", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("purpose", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("created_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["clause.id"], name=op.f("fk_sharing_group_audience_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["gate_id"], ["clause.id"], name=op.f("fk_sharing_group_gate_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_sharing_group_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_group")),
    )
    with op.batch_alter_table("sharing_group", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sharing_group_audience_id"), ["audience_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_sharing_group_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "sharing_group_member",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("may_extend", sa.Boolean(), nullable=False),
        sa.Column("start", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("until", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["clause.id"], name=op.f("fk_sharing_group_member_audience_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["gate_id"], ["clause.id"], name=op.f("fk_sharing_group_member_gate_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["sharing_group.id"],
            name=op.f("fk_sharing_group_member_group_id_sharing_group"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_sharing_group_member_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_group_member")),
    )
    with op.batch_alter_table("sharing_group_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sharing_group_member_audience_id"), ["audience_id"], unique=False
        )
        batch_op.create_index(
            "ix_sharing_group_member_now", ["group_id", "organization_id", "start"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_sharing_group_member_organization_id"), ["organization_id"], unique=False
        )

    op.create_table(
        "proposal_disclosure",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("declarations", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["clause.id"], name=op.f("fk_proposal_disclosure_audience_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["gate_id"], ["clause.id"], name=op.f("fk_proposal_disclosure_gate_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"],
            ["proposal.id"],
            name=op.f("fk_proposal_disclosure_proposal_id_proposal"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal_disclosure")),
    )
    with op.batch_alter_table("proposal_disclosure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_proposal_disclosure_audience_id"), ["audience_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_proposal_disclosure_proposal_id"), ["proposal_id"], unique=True
        )

    op.create_table(
        "receipt_content",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("gate_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=False),
        sa.Column("content", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["clause.id"], name=op.f("fk_receipt_content_audience_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["gate_id"], ["clause.id"], name=op.f("fk_receipt_content_gate_id_clause")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["receipt.id"], name=op.f("fk_receipt_content_receipt_id_receipt")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt_content")),
    )
    with op.batch_alter_table("receipt_content", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_receipt_content_audience_id"), ["audience_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_receipt_content_receipt_id"), ["receipt_id"], unique=True
        )

    with op.batch_alter_table("brief", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "releasable_to",
                sqlmodel.sql.sqltypes.AutoString(),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column("needs_consent", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("opens_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True)
        )

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "releasable_to",
                sqlmodel.sql.sqltypes.AutoString(),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column("needs_consent", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    with op.batch_alter_table("clause_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clause_token_clause_id"))
        batch_op.create_index(
            "ix_clause_token_clause", ["clause_id", "group_no", "name"], unique=False
        )

    with op.batch_alter_table("concept", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "releasable_to",
                sqlmodel.sql.sqltypes.AutoString(),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column("needs_consent", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.add_column(sa.Column("country", sqlmodel.sql.sqltypes.AutoString(), nullable=True))

    with op.batch_alter_table("programme", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "releasable_to",
                sqlmodel.sql.sqltypes.AutoString(),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column("needs_consent", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "releasable_to",
                sqlmodel.sql.sqltypes.AutoString(),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column("needs_consent", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "releasable_to",
                sqlmodel.sql.sqltypes.AutoString(),
                nullable=False,
                server_default="",
            )
        )
        batch_op.add_column(
            sa.Column("needs_consent", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    connection = op.get_bind()
    _move_shares(connection)
    _move_disclosures(connection)
    _copy_contacts(connection)
    with op.batch_alter_table("brief_share", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_brief_share_organization_id"))
    op.drop_table("brief_share")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_column("declarations")
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.drop_column("content")
    # The defaults were for the rows that are there; a new record says all of its marking itself.
    for table in MARKED:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.alter_column("releasable_to", server_default=None)
            batch_op.alter_column("needs_consent", server_default=None)
    _forbid_changes(connection)


def _forbid_changes(connection: sa.Connection) -> None:
    """Clauses never change, and entries are only ever added: the database holds us to it."""
    if connection.dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION renkei_immutable() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in IMMUTABLE:
        for change in ("UPDATE", "DELETE"):
            name = f"{table}_no_{change.lower()}"
            if connection.dialect.name == "postgresql":
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {change} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION renkei_immutable()"
                )
            else:
                op.execute(
                    f"CREATE TRIGGER {name} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )


def _permit_changes(connection: sa.Connection) -> None:
    for table in IMMUTABLE:
        for change in ("update", "delete"):
            on = f" ON {table}" if connection.dialect.name == "postgresql" else ""
            op.execute(f"DROP TRIGGER {table}_no_{change}{on}")
    if connection.dialect.name == "postgresql":
        op.execute("DROP FUNCTION renkei_immutable()")


def _clauses(connection: sa.Connection, tokens: set[str]) -> dict[str, int]:
    """The audience of these tokens and the gate of members, interned as the product does."""
    return {
        "audience_id": _interned(connection, "Audience", [sorted(tokens)]),
        "gate_id": _interned(connection, "Gate", [["member"]]),
    }


def _interned(connection: sa.Connection, kind: str, groups: list[list[str]]) -> int:
    content = [kind, [[[name, None, None] for name in group] for group in groups], []]
    digest = hashlib.sha256(orjson.dumps(content)).hexdigest()
    known = connection.execute(sa.select(CLAUSE.c.id).where(CLAUSE.c.digest == digest)).scalar()
    if known is not None:
        return int(known)
    row = {"kind": kind.lower(), "digest": digest, "group_count": len(groups)}
    made = connection.execute(sa.insert(CLAUSE).values(**row).returning(CLAUSE.c.id)).scalar_one()
    for number, group in enumerate(groups):
        for name in group:
            connection.execute(sa.insert(TOKEN).values(clause_id=made, group_no=number, name=name))
    return int(made)


def _move_shares(connection: sa.Connection) -> None:
    """Whom a brief was shared with, organisations and, for TLP:RED, persons, are its grants now."""
    named: dict[uuid.UUID, set[str]] = {}
    for row in connection.execute(sa.select(SHARE.c.brief_id, SHARE.c.organization_id)):
        named.setdefault(row.brief_id, set()).add(f"org:{row.organization_id}")
    persons = (
        sa.select(BRIEF.c.id, TOKEN.c.name)
        .join(TOKEN, TOKEN.c.clause_id == BRIEF.c.audience_id)
        .where(BRIEF.c.tlp == "RED", TOKEN.c.name.like("person:%"), TOKEN.c.group_no == 0)
    )
    for row in connection.execute(persons):
        named.setdefault(row.id, set()).add(row.name)
    for brief in connection.execute(sa.select(BRIEF)).all():
        for token in sorted(named.get(brief.id, set()) - {f"person:{brief.author_id}"}):
            connection.execute(
                sa.insert(GRANT).values(
                    id=uuid.uuid4(),
                    record_kind="brief",
                    record_id=brief.id,
                    token=token,
                    denies=False,
                    may_extend=False,
                    granted_by=brief.author_id,
                    granted_at=brief.updated_at,
                    **_clauses(connection, {f"org:{brief.organization_id}"}),
                )
            )


def _move_disclosures(connection: sa.Connection) -> None:
    """Disclosures are the investigator's, the office's and, once submitted, the agency's (R5.3)."""
    query = (
        sa.select(PROPOSAL, CALL.c.organization_id, CONCEPT.c.agency_id)
        .join(CALL, CALL.c.id == PROPOSAL.c.call_id)
        .outerjoin(CONCEPT, CONCEPT.c.id == CALL.c.concept_id)
    )
    for row in connection.execute(query).all():
        tokens = {f"person:{row.pi_person_id}", f"office:{row.lead_organization_id}"}
        if row.submitted_at is not None:
            tokens |= {f"org:{key}" for key in (row.organization_id, row.agency_id) if key}
        clauses = _clauses(connection, tokens)
        connection.execute(
            sa.insert(DISCLOSURE).values(
                id=uuid.uuid4(), proposal_id=row.id, declarations=row.declarations, **clauses
            )
        )
        receipts = sa.select(RECEIPT).where(RECEIPT.c.proposal_id == row.id)
        for receipt in connection.execute(receipts).all():
            connection.execute(
                sa.insert(CONTENT).values(
                    id=uuid.uuid4(), receipt_id=receipt.id, content=receipt.content, **clauses
                )
            )


def _copy_contacts(connection: sa.Connection) -> None:
    """An account's address is seen by the person and their colleagues of now."""
    query = (
        sa.select(ACCOUNT.c.person_id, ACCOUNT.c.email, POST.c.organization_id)
        .outerjoin(
            HOLDING, (HOLDING.c.person_id == ACCOUNT.c.person_id) & HOLDING.c.until.is_(None)
        )
        .outerjoin(POST, POST.c.id == HOLDING.c.post_id)
    )
    people: dict[tuple[uuid.UUID, str], set[str]] = {}
    for row in connection.execute(query):
        tokens = people.setdefault((row.person_id, row.email), {f"person:{row.person_id}"})
        if row.organization_id is not None:
            tokens.add(f"org:{row.organization_id}")
    for (person_id, email), tokens in people.items():
        connection.execute(
            sa.insert(CONTACT).values(
                id=uuid.uuid4(), person_id=person_id, email=email, **_clauses(connection, tokens)
            )
        )


def _move_back(connection: sa.Connection) -> None:
    """Grants to organisations are shares again, and the parts stand in their records."""
    shares = sa.select(GRANT.c.record_id, GRANT.c.token).where(
        GRANT.c.record_kind == "brief", GRANT.c.token.like("org:%"), GRANT.c.denies.is_(False)
    )
    for row in connection.execute(shares).all():
        connection.execute(
            sa.insert(SHARE).values(
                brief_id=row.record_id, organization_id=uuid.UUID(row.token.partition(":")[2])
            )
        )
    for row in connection.execute(sa.select(DISCLOSURE)).all():
        connection.execute(
            sa.update(PROPOSAL)
            .where(PROPOSAL.c.id == row.proposal_id)
            .values(declarations=row.declarations)
        )
    for row in connection.execute(sa.select(CONTENT)).all():
        connection.execute(
            sa.update(RECEIPT).where(RECEIPT.c.id == row.receipt_id).values(content=row.content)
        )


def downgrade() -> None:
    connection = op.get_bind()
    _permit_changes(connection)
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.add_column(sa.Column("content", JSON, nullable=False, server_default="{}"))
        batch_op.drop_column("needs_consent")
        batch_op.drop_column("releasable_to")

    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.add_column(sa.Column("declarations", JSON, nullable=False, server_default="{}"))
        batch_op.drop_column("needs_consent")
        batch_op.drop_column("releasable_to")

    with op.batch_alter_table("programme", schema=None) as batch_op:
        batch_op.drop_column("needs_consent")
        batch_op.drop_column("releasable_to")

    with op.batch_alter_table("organization", schema=None) as batch_op:
        batch_op.drop_column("country")

    with op.batch_alter_table("concept", schema=None) as batch_op:
        batch_op.drop_column("needs_consent")
        batch_op.drop_column("releasable_to")

    with op.batch_alter_table("clause_token", schema=None) as batch_op:
        batch_op.drop_index("ix_clause_token_clause")
        batch_op.create_index(batch_op.f("ix_clause_token_clause_id"), ["clause_id"], unique=False)

    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_column("needs_consent")
        batch_op.drop_column("releasable_to")

    with op.batch_alter_table("brief", schema=None) as batch_op:
        batch_op.drop_column("opens_at")
        batch_op.drop_column("needs_consent")
        batch_op.drop_column("releasable_to")

    op.create_table(
        "brief_share",
        sa.Column("brief_id", sa.Uuid(), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brief_id"], ["brief.id"], name=op.f("fk_brief_share_brief_id_brief")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_brief_share_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("brief_id", "organization_id", name=op.f("pk_brief_share")),
    )
    with op.batch_alter_table("brief_share", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_brief_share_organization_id"), ["organization_id"], unique=False
        )

    _move_back(connection)
    with op.batch_alter_table("receipt_content", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_receipt_content_receipt_id"))
        batch_op.drop_index(batch_op.f("ix_receipt_content_audience_id"))

    op.drop_table("receipt_content")
    with op.batch_alter_table("proposal_disclosure", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_proposal_disclosure_proposal_id"))
        batch_op.drop_index(batch_op.f("ix_proposal_disclosure_audience_id"))

    op.drop_table("proposal_disclosure")
    with op.batch_alter_table("sharing_group_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_group_member_organization_id"))
        batch_op.drop_index("ix_sharing_group_member_now")
        batch_op.drop_index(batch_op.f("ix_sharing_group_member_audience_id"))

    op.drop_table("sharing_group_member")
    with op.batch_alter_table("sharing_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_group_organization_id"))
        batch_op.drop_index(batch_op.f("ix_sharing_group_audience_id"))

    op.drop_table("sharing_group")
    with op.batch_alter_table("reading", schema=None) as batch_op:
        batch_op.drop_index("ix_reading_record")
        batch_op.drop_index(batch_op.f("ix_reading_person_id"))
        batch_op.drop_index(batch_op.f("ix_reading_organization_id"))
        batch_op.drop_index(batch_op.f("ix_reading_audience_id"))

    op.drop_table("reading")
    with op.batch_alter_table("person_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_person_contact_person_id"))
        batch_op.drop_index(batch_op.f("ix_person_contact_email"))
        batch_op.drop_index(batch_op.f("ix_person_contact_audience_id"))

    op.drop_table("person_contact")
    with op.batch_alter_table("marking_lowering", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_marking_lowering_status"))
        batch_op.drop_index(batch_op.f("ix_marking_lowering_record_id"))
        batch_op.drop_index(batch_op.f("ix_marking_lowering_proposed_by"))
        batch_op.drop_index(batch_op.f("ix_marking_lowering_organization_id"))
        batch_op.drop_index(batch_op.f("ix_marking_lowering_decided_by"))
        batch_op.drop_index(batch_op.f("ix_marking_lowering_audience_id"))

    op.drop_table("marking_lowering")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_now")

    op.drop_table("consent")
    with op.batch_alter_table("affiliation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_affiliation_organization_id"))
        batch_op.drop_index("ix_affiliation_now")

    op.drop_table("affiliation")
    with op.batch_alter_table("access_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_grant_record_id"))
        batch_op.drop_index(batch_op.f("ix_access_grant_granted_by"))
        batch_op.drop_index(batch_op.f("ix_access_grant_audience_id"))

    op.drop_table("access_grant")
    with op.batch_alter_table("read_record", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_read_record_record_id"))

    op.drop_table("read_record")
    with op.batch_alter_table("read_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_read_entry_person_id"))
        batch_op.drop_index(batch_op.f("ix_read_entry_at"))

    op.drop_table("read_entry")
