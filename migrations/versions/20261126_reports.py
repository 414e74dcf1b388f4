"""Reports that answer at once and as ever: what a closed month cost and held, in the cells that reports ask for.

Why: a month of millions of movements is asked for again and again after it is closed; its figures no longer change.
Locks: nothing, new tables; months closed before are summed up once, which reads their postings.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_reports"
down_revision = "20261126_statements"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WRITTEN_ONCE = ("kept_closings", "closed_cells", "closed_stock")

_CLOSINGS = """
    INSERT INTO kept_closings (period, version, last_movement_id)
    SELECT period, 1, (SELECT coalesce(max(id), 0) FROM movements WHERE recorded_at <= closed_at) FROM closed_periods
"""
_CELLS = """
    INSERT INTO closed_cells (period, version, account, department_id, product_class, chargeable, amount, lines)
    SELECT period, 1, account, department_id, product_class, chargeable, sum(amount), count(*) FROM postings
    WHERE period IN (SELECT period FROM closed_periods)
    GROUP BY period, account, department_id, product_class, chargeable
"""


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    _closings()
    for table in WRITTEN_ONCE:
        _write_once(table)
    op.execute(_CLOSINGS)
    op.execute(_CELLS)


def _closings() -> None:
    op.create_table(
        "kept_closings",
        _number("id"),
        _text("period", 7),
        _whole("version"),
        _big("last_movement_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_closings")),
        sa.UniqueConstraint("period", "version", name=op.f("uq_kept_closings_period_version")),
    )
    op.create_table(
        "closed_cells",
        _number("id"),
        _text("period", 7),
        _whole("version"),
        _text("account", 16),
        _number("department_id", nullable=True),
        _text("product_class", 24),
        sa.Column("chargeable", sa.Boolean(), nullable=False),
        _big("amount"),
        _big("lines"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_cells")),
        _to("closed_cells", "department_id", "departments"),
    )
    op.create_index("ix_closed_cells_period", "closed_cells", ["period", "account"])
    op.create_table(
        "closed_stock",
        _number("id"),
        _text("period", 7),
        _whole("version"),
        _number("department_id"),
        _text("product_class", 24),
        _text("part", 24),
        _big("quantity"),
        _big("amount"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_stock")),
        _to("closed_stock", "department_id", "departments"),
    )
    op.create_index("ix_closed_stock_period", "closed_stock", ["period"])


def _write_once(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION spd_refuse_change()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def downgrade() -> None:
    for table in reversed(WRITTEN_ONCE):
        op.drop_table(table)
