"""Matches of a booked invoice can be taken back, and a payment reversed: each by a row that undoes another.

Why: a match that was wrong stays in the journal until what it posted is posted in red.
Locks: invoice_matches and payments for the moment a column without default is added and its index made.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_unmatching"
down_revision = "20261126_offline"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ADDED = (
    ("invoice_matches", "undoes_id", "uq_invoice_matches_undoes"),
    ("payments", "reverses_id", "uq_payments_reverses"),
)


def upgrade() -> None:
    for table, column, index in _ADDED:
        op.add_column(table, sa.Column(column, _NUMBER, nullable=True))
        op.create_index(index, table, [column], unique=True)


def downgrade() -> None:
    """What was taken back stays taken back: its rows are sums of the journal."""
    for table, column, index in _ADDED:
        op.drop_index(index, table_name=table)
        op.drop_column(table, column)
