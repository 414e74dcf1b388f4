"""Operations: planned, opened, ended, confirmed by two; the uses that are of each, and what of it stays in the room.

Why: what is drawn for an operation is used, brought back, wasted or still out, and surgeon and circulating nurse both
sign for it.
Locks: nothing that is there; five new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_operations"
down_revision = "20261126_closing"
branch_labels = None
depends_on = None


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _at(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _key() -> sa.Column[sa.Uuid]:
    return sa.Column("request_key", sa.Uuid(), nullable=False)


def _digest(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=32), nullable=False)


def upgrade() -> None:
    op.create_table(
        "operations",
        _number("id"),
        _text("code", 80),
        _number("encounter_id"),
        _number("location_id"),
        _at("planned_at"),
        _number("surgeon_id"),
        _number("nurse_id"),
        sa.Column("procedures", sa.Text(), nullable=False),
        _text("standing", 24),
        _at("opened_at", nullable=True),
        _at("ended_at", nullable=True),
        _at("confirmed_at", nullable=True),
        _refers("operations", "encounter_id", "encounters"),
        _refers("operations", "location_id", "locations"),
        _refers("operations", "surgeon_id", "staff"),
        _refers("operations", "nurse_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations")),
        sa.UniqueConstraint("code", name=op.f("uq_operations_code")),
    )
    op.create_index("ix_operations_standing", "operations", ["standing", "location_id"])
    op.create_index("ix_operations_encounter", "operations", ["encounter_id"])
    op.create_index("ix_operations_planned", "operations", ["planned_at"])
    open_one = sa.text("standing = 'open'")
    op.create_index(
        "uq_operations_open", "operations", ["location_id"], unique=True, postgresql_where=open_one,
        sqlite_where=open_one,
    )  # fmt: skip
    _events()
    _uses()
    _kept()
    _signatures()
    for table in ("operation_events", "operation_uses", "operation_kept", "operation_signatures"):
        _guard(table)


def _events() -> None:
    op.create_table(
        "operation_events",
        _number("id"),
        _key(),
        _digest("content"),
        _number("operation_id"),
        _text("kind", 24),
        _at("occurred_at"),
        _at("recorded_at"),
        _number("staff_id"),
        _text("device", 200),
        _text("reason", 200),
        _refers("operation_events", "operation_id", "operations"),
        _refers("operation_events", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_events")),
        sa.UniqueConstraint(
            "request_key", "operation_id", "kind", name=op.f("uq_operation_events_request_key_operation_id_kind")
        ),
    )
    op.create_index("ix_operation_events_operation", "operation_events", ["operation_id", "id"])


def _uses() -> None:
    op.create_table(
        "operation_uses",
        _number("id"),
        _number("operation_id"),
        _number("movement_id"),
        sa.Column("drawn", sa.Boolean(), nullable=False),
        _refers("operation_uses", "operation_id", "operations"),
        _refers("operation_uses", "movement_id", "movements"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_uses")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_operation_uses_movement_id")),
    )
    op.create_index(op.f("ix_operation_uses_operation_id"), "operation_uses", ["operation_id"])


def _kept() -> None:
    op.create_table(
        "operation_kept",
        _number("id"),
        _key(),
        _number("operation_id"),
        _number("item_id"),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        _at("kept_at"),
        _number("kept_by_id"),
        _refers("operation_kept", "operation_id", "operations"),
        _refers("operation_kept", "item_id", "items"),
        _refers("operation_kept", "kept_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_kept")),
        sa.UniqueConstraint("request_key", "item_id", name=op.f("uq_operation_kept_request_key_item_id")),
    )
    op.create_index(op.f("ix_operation_kept_operation_id"), "operation_kept", ["operation_id"])


def _signatures() -> None:
    op.create_table(
        "operation_signatures",
        _number("id"),
        _key(),
        _number("operation_id"),
        _text("part", 24),
        sa.Column("turn", sa.Integer(), nullable=False),
        _number("staff_id"),
        _at("signed_at"),
        sa.Column("figures", sa.Text(), nullable=False),
        _digest("digest"),
        _refers("operation_signatures", "operation_id", "operations"),
        _refers("operation_signatures", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operation_signatures")),
        sa.UniqueConstraint("request_key", name=op.f("uq_operation_signatures_request_key")),
    )
    op.create_index("ix_operation_signatures_operation", "operation_signatures", ["operation_id", "id"])


def _guard(table: str) -> None:
    """Rows are written once, whoever writes."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def downgrade() -> None:
    for table in ("operation_signatures", "operation_kept", "operation_uses", "operation_events", "operations"):
        op.drop_table(table)
