"""Receiving beside the ledger: pieces put aside, inspections, temperatures of cold goods, cases received by their code.

Why: what came over, unexpected, expired or damaged is kept until somebody says what became of it; what is inspected is
held until it is decided; cold goods say how cold they came; a case is received once.
Locks: nothing (new tables).
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_receiving"
down_revision = "20261125_suppliers"
branch_labels = None
depends_on = None

APPEND_ONLY = ("delivery_temperatures", "received_packages")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _points(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    _exceptions()
    _inspections()
    op.create_table(
        "delivery_temperatures",
        _number("id"),
        _number("delivery_id"),
        sa.Column("tenths", sa.Integer(), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        _instant("said_at"),
        _number("said_by_id"),
        _points("delivery_temperatures", "delivery_id", "deliveries"),
        _points("delivery_temperatures", "said_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_temperatures")),
        sa.UniqueConstraint("request_key", name=op.f("uq_delivery_temperatures_request_key")),
    )
    op.create_index(op.f("ix_delivery_temperatures_delivery_id"), "delivery_temperatures", ["delivery_id"])
    op.create_table(
        "received_packages",
        _number("package_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _instant("received_at"),
        _points("received_packages", "package_id", "delivery_packages"),
        sa.PrimaryKeyConstraint("package_id", name=op.f("pk_received_packages")),
    )
    _guard()


def _exceptions() -> None:
    op.create_table(
        "receiving_exceptions",
        _number("id"),
        _number("delivery_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        _text("kind", 24),
        sa.Column("scan", sa.LargeBinary(), nullable=False),
        _number("product_id", nullable=True),
        _text("lot", 80),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        _number("location_id"),
        _number("other_delivery_id", nullable=True),
        _text("note", 200),
        _instant("said_at"),
        _number("said_by_id"),
        _text("resolution", 24),
        _text("resolution_note", 200),
        _instant("resolved_at", nullable=True),
        _number("resolved_by_id", nullable=True),
        _points("receiving_exceptions", "delivery_id", "deliveries"),
        _points("receiving_exceptions", "product_id", "products"),
        _points("receiving_exceptions", "location_id", "locations"),
        _points("receiving_exceptions", "other_delivery_id", "deliveries"),
        _points("receiving_exceptions", "said_by_id", "staff"),
        _points("receiving_exceptions", "resolved_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receiving_exceptions")),
        sa.UniqueConstraint("request_key", "line", name=op.f("uq_receiving_exceptions_request_key_line")),
    )
    op.create_index(
        "ix_receiving_exceptions_open",
        "receiving_exceptions",
        ["delivery_id"],
        postgresql_where=sa.text("resolved_at IS NULL"),
    )


def _inspections() -> None:
    op.create_table(
        "inspections",
        _number("id"),
        _number("delivery_id"),
        _number("delivery_line_id"),
        _number("item_id", nullable=True),
        _text("result", 24),
        _text("reason", 24),
        _text("note", 200),
        _number("meant_location_id", nullable=True),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        _instant("inspected_at"),
        _number("inspected_by_id"),
        _instant("decided_at", nullable=True),
        _number("decided_by_id", nullable=True),
        _text("decision_note", 200),
        _points("inspections", "delivery_id", "deliveries"),
        _points("inspections", "delivery_line_id", "delivery_lines"),
        _points("inspections", "item_id", "items"),
        _points("inspections", "meant_location_id", "locations"),
        _points("inspections", "inspected_by_id", "staff"),
        _points("inspections", "decided_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inspections")),
        sa.UniqueConstraint("request_key", "number", name=op.f("uq_inspections_request_key_number")),
    )
    op.create_index(op.f("ix_inspections_delivery_id"), "inspections", ["delivery_id"])
    op.create_index("ix_inspections_item", "inspections", ["item_id"])
    op.create_index("ix_inspections_result", "inspections", ["result"])


def _guard() -> None:
    """What is written once is never changed, in the database itself."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
            )
        else:
            for event in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )


def downgrade() -> None:
    for table in ("received_packages", "delivery_temperatures", "inspections", "receiving_exceptions"):
        op.drop_table(table)
