"""Theatre: loaner sets with their lists, and the counts by which they come and go.

Why: what a supplier brings for an operation is counted in and out by two people, and a set closes only when all that
came was used, taken out or lost.
Locks: nothing that is there; three new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_theatre"
down_revision = "20261126_encounters"
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


def upgrade() -> None:
    op.create_table(
        "loaner_sets",
        _number("id"),
        _text("code", 80),
        _text("name", 200),
        _number("supplier_id"),
        _number("location_id"),
        _text("representative", 200),
        _text("card", 80),
        _number("encounter_id", nullable=True),
        _text("operation", 80),
        _text("standing", 24),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        _at("listed_at"),
        _number("listed_by_id"),
        _at("ended_at", nullable=True),
        _number("ended_by_id", nullable=True),
        sa.Column("ended_key", sa.Uuid(), nullable=True),
        _refers("loaner_sets", "supplier_id", "parties"),
        _refers("loaner_sets", "location_id", "locations"),
        _refers("loaner_sets", "encounter_id", "encounters"),
        _refers("loaner_sets", "listed_by_id", "staff"),
        _refers("loaner_sets", "ended_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loaner_sets")),
        sa.UniqueConstraint("code", name=op.f("uq_loaner_sets_code")),
        sa.UniqueConstraint("request_key", name=op.f("uq_loaner_sets_request_key")),
    )
    op.create_index("ix_loaner_sets_standing", "loaner_sets", ["standing", "location_id"])
    _lines()
    op.create_table(
        "loaner_counts",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _number("set_id"),
        _text("way", 24),
        _at("counted_at"),
        _number("counted_by_id"),
        _number("seen_by_id"),
        _text("note", 200),
        _refers("loaner_counts", "set_id", "loaner_sets"),
        _refers("loaner_counts", "counted_by_id", "staff"),
        _refers("loaner_counts", "seen_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loaner_counts")),
        sa.UniqueConstraint("request_key", name=op.f("uq_loaner_counts_request_key")),
    )
    op.create_index(op.f("ix_loaner_counts_set_id"), "loaner_counts", ["set_id"])
    _guard("loaner_counts")


def _lines() -> None:
    op.create_table(
        "loaner_lines",
        _number("id"),
        _number("set_id"),
        sa.Column("line", sa.Integer(), nullable=False),
        _number("product_id"),
        _text("lot", 80),
        _text("serial", 80),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("listed", sa.BigInteger(), nullable=False),
        sa.Column("brought", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        _number("item_id", nullable=True),
        sa.Column("came", sa.Integer(), nullable=True),
        _refers("loaner_lines", "set_id", "loaner_sets"),
        _refers("loaner_lines", "product_id", "products"),
        _refers("loaner_lines", "item_id", "items"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_loaner_lines")),
        sa.UniqueConstraint("set_id", "line", name=op.f("uq_loaner_lines_set_id_line")),
    )
    op.create_index("ix_loaner_lines_item", "loaner_lines", ["item_id", "came"])


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
    op.drop_table("loaner_counts")
    op.drop_table("loaner_lines")
    op.drop_table("loaner_sets")
