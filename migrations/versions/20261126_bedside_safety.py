"""The bedside: what was caught, what could not be scanned, what planned procedures ask for.

Why: every interception is kept with its severity and what became of it; labels that do not scan reach whoever can fix
them; side and size are held against the plan.
Locks: nothing that is there; three new tables and an index on a small one.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_bedside_safety"
down_revision = "20261125_imports"
branch_labels = None
depends_on = None

_WRITTEN_ONCE = ("interceptions", "planned_procedures")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    _interceptions()
    _unscanned()
    op.create_table(
        "planned_procedures",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _number("encounter_id"),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        _number("said_by_id"),
        _refers("planned_procedures", "encounter_id", "encounters"),
        _refers("planned_procedures", "said_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_procedures")),
        sa.UniqueConstraint("request_key", name=op.f("uq_planned_procedures_request_key")),
    )
    op.create_index("ix_planned_procedures_encounter", "planned_procedures", ["encounter_id", "id"])
    for table in _WRITTEN_ONCE:
        _guard(table)


def _interceptions() -> None:
    to = {
        "staff_id": "staff", "item_id": "items", "product_id": "products", "location_id": "locations",
        "department_id": "departments", "encounter_id": "encounters", "movement_id": "movements",
        "approved_by_id": "staff",
    }  # fmt: skip
    op.create_table(
        "interceptions",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        _number("staff_id"),
        sa.Column("device", sa.String(length=200), nullable=False),
        *(_number(name, nullable=True) for name in to if name != "staff_id"),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.CheckConstraint("severity BETWEEN 0 AND 4", name=op.f("ck_interceptions_severity_known")),
        *(_refers("interceptions", name, table) for name, table in to.items()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interceptions")),
        sa.UniqueConstraint("request_key", "rule", name="uq_interceptions_scan"),
    )
    op.create_index("ix_interceptions_day", "interceptions", ["day_on", "rule"])
    op.create_index("ix_interceptions_department", "interceptions", ["department_id", "day_on"])


def _unscanned() -> None:
    op.create_table(
        "unscanned",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.String(length=24), nullable=False) for name in ("reason", "page", "role")),
        _number("department_id", nullable=True),
        _number("item_id", nullable=True),
        _number("staff_id"),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=True),
        _number("fixed_by_id", nullable=True),
        sa.Column("fixed_key", sa.Uuid(), nullable=True),
        _refers("unscanned", "department_id", "departments"),
        _refers("unscanned", "item_id", "items"),
        _refers("unscanned", "staff_id", "staff"),
        _refers("unscanned", "fixed_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unscanned")),
        sa.UniqueConstraint("request_key", name=op.f("uq_unscanned_request_key")),
    )
    op.create_index("ix_unscanned_open", "unscanned", ["role", "fixed_at"])
    op.create_index("ix_unscanned_day", "unscanned", ["day_on"])


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
    op.drop_table("planned_procedures")
    op.drop_table("unscanned")
    op.drop_table("interceptions")
