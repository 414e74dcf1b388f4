"""Licences of suppliers, makers and products, their scanned documents; mappings of columns of imported files.

Why: nothing is ordered or received whose licence does not hold, and what ends soon is seen in time.
Locks: nothing, new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_licences"
down_revision = "20261125_orders"
branch_labels = None
depends_on = None

APPEND_ONLY = ("attachments", "licence_warnings", "licence_overrides", "licence_decisions")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "attachments",
        _number("id"),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        _text("name", 200),
        _text("media_type", 40),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _at("added_at"),
        sa.Column("added_by_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(op.f("ix_attachments_digest"), "attachments", ["digest"], unique=False)
    _licences()
    _beside_licences()
    _guard()


def _licences() -> None:
    op.create_table(
        "licences",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=True),
        _text("kind", 24),
        _text("subject", 80),
        _text("number", 80),
        _number("party_id", nullable=True),
        _number("grantee_id", nullable=True),
        _number("maker_id", nullable=True),
        _text("device_classes", 8),
        _text("authority", 200),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("valid_to_on", sa.Date(), nullable=True),
        _number("attachment_id", nullable=True),
        _text("note", 200),
        _at("recorded_at"),
        _number("recorded_by_id"),
        _at("withdrawn_at", nullable=True),
        _number("withdrawn_by_id", nullable=True),
        _text("withdrawn_reason", 200),
        sa.CheckConstraint(
            "valid_to_on IS NULL OR valid_to_on >= valid_from_on", name=op.f("ck_licences_ends_after_it_begins")
        ),
        _to("licences", "party_id", "parties"),
        _to("licences", "grantee_id", "parties"),
        _to("licences", "maker_id", "parties"),
        _to("licences", "attachment_id", "attachments"),
        _to("licences", "recorded_by_id", "staff"),
        _to("licences", "withdrawn_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
        sa.UniqueConstraint("request_key", name=op.f("uq_licences_request_key")),
    )
    op.create_index("ix_licences_party", "licences", ["party_id", "kind"], unique=False)
    op.create_index("ix_licences_number", "licences", ["number"], unique=False)
    op.create_index("ix_licences_subject", "licences", ["subject"], unique=False)
    op.create_index(op.f("ix_licences_grantee_id"), "licences", ["grantee_id"], unique=False)
    op.create_table(
        "licence_products",
        _number("licence_id"),
        _number("product_id"),
        _to("licence_products", "licence_id", "licences"),
        _to("licence_products", "product_id", "products"),
        sa.PrimaryKeyConstraint("licence_id", "product_id", name=op.f("pk_licence_products")),
    )


def _beside_licences() -> None:
    op.create_table(
        "licence_warnings",
        _number("id"),
        _number("licence_id"),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=False),
        _at("noted_at"),
        _to("licence_warnings", "licence_id", "licences"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_warnings")),
        sa.UniqueConstraint("licence_id", "days", name=op.f("uq_licence_warnings_licence_id_days")),
    )
    op.create_table(
        "licence_overrides",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _text("act", 24),
        sa.Column("day_on", sa.Date(), nullable=False),
        _number("supplier_id"),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        _text("reason", 200),
        _number("asked_by_id"),
        _at("asked_at"),
        _to("licence_overrides", "supplier_id", "parties"),
        _to("licence_overrides", "asked_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_overrides")),
        sa.UniqueConstraint("request_key", name=op.f("uq_licence_overrides_request_key")),
    )
    op.create_index(op.f("ix_licence_overrides_day_on"), "licence_overrides", ["day_on"], unique=False)
    op.create_table(
        "licence_decisions",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _number("override_id"),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        _text("reason", 200),
        _number("decided_by_id"),
        _at("decided_at"),
        _to("licence_decisions", "override_id", "licence_overrides"),
        _to("licence_decisions", "decided_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_decisions")),
        sa.UniqueConstraint("request_key", name=op.f("uq_licence_decisions_request_key")),
        sa.UniqueConstraint("override_id", name=op.f("uq_licence_decisions_override_id")),
    )


def _guard() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
            for name, when, each in (
                ("append_only", "UPDATE OR DELETE", "ROW"),
                ("never_truncated", "TRUNCATE", "STATEMENT"),
            ):
                op.execute(
                    f"CREATE TRIGGER {table}_{name} BEFORE {when} ON {table} "
                    f"FOR EACH {each} EXECUTE FUNCTION spd_refuse_change()"
                )
        else:
            for event in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )


def downgrade() -> None:
    for table in (
        "licence_decisions", "licence_overrides", "licence_warnings", "licence_products", "licences", "attachments",
    ):  # fmt: skip
        op.drop_table(table)
