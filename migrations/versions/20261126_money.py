"""Matches and payments that take others back; bed-days and revenue of departments stand in one table.

Why: a match that was wrong stays in the journal until what it posted is posted in red; and budgets, step-down and
indicators asked two tables for one figure. What was told for budgets moves to the drivers of departments; where both
had a figure, that of the drivers holds, by which cost was shared already.
Locks: invoice_matches and payments for the moment a column without default is added and its index made.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_money"
down_revision = "20261126_offline"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ADDED = (
    ("invoice_matches", "undoes_id", "uq_invoice_matches_undoes"),
    ("payments", "reverses_id", "uq_payments_reverses"),
)
_MOVE = """
    INSERT INTO driver_inputs (period, driver, department_id, amount)
    SELECT period, measure, department_id, amount FROM workloads w
    WHERE NOT EXISTS (
        SELECT 1 FROM driver_inputs d
        WHERE d.period = w.period AND d.driver = w.measure AND d.department_id = w.department_id
    )
"""
_BACK = """
    INSERT INTO workloads (period, department_id, measure, amount, told_at, told_by_id)
    SELECT period, department_id, driver, amount, CURRENT_TIMESTAMP, (SELECT min(id) FROM staff) FROM driver_inputs
    WHERE driver IN ('bed_days', 'revenue')
"""


def upgrade() -> None:
    for table, column, index in _ADDED:
        op.add_column(table, sa.Column(column, _NUMBER, nullable=True))
        op.create_index(index, table, [column], unique=True)
    op.execute(_MOVE)
    op.drop_table("workloads")


def downgrade() -> None:
    """What was taken back stays so: its rows are sums of the journal. Who told a figure is not known any more."""
    for table, column, index in _ADDED:
        op.drop_index(index, table_name=table)
        op.drop_column(table, column)
    op.create_table(
        "workloads",
        sa.Column("id", _NUMBER, nullable=False), sa.Column("period", sa.String(7), nullable=False),
        sa.Column("department_id", _NUMBER, nullable=False), sa.Column("measure", sa.String(24), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by_id", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workloads")),
        sa.UniqueConstraint(
            "period", "department_id", "measure", name=op.f("uq_workloads_period_department_id_measure")
        ),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_workloads_department_id")),
        sa.ForeignKeyConstraint(["told_by_id"], ["staff.id"], name=op.f("fk_workloads_told_by_id")),
    )  # fmt: skip
    op.execute(_BACK)
