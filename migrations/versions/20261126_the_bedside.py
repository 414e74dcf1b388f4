"""Merges of patients are found by the patient's number; costly things written on paper are entered by two.

Why: two numbers turn out to be one person, and what was used on either is the survivor's. A line of paper that is typed
wrong books a costly thing on the wrong patient: two enter it, and only what both say is booked.
Locks: the events of stays while the index is made; three columns are added to entries from paper.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_the_bedside"
down_revision = "20261126_scanners"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)


def upgrade() -> None:
    """The index and the columns."""
    op.create_index("ix_encounter_events_patient", "encounter_events", ["patient"])
    op.add_column("re_entries", _number("item_id"))
    op.add_column("re_entries", sa.Column("quantity", sa.Integer(), nullable=True))
    op.add_column("re_entries", _number("first_id"))
    op.create_index("uq_re_entries_first_id", "re_entries", ["first_id"], unique=True)


def downgrade() -> None:
    """Without them."""
    op.drop_index("uq_re_entries_first_id", "re_entries")
    for column in ("first_id", "quantity", "item_id"):
        op.drop_column("re_entries", column)
    op.drop_index("ix_encounter_events_patient", "encounter_events")
