"""Merges of patients are found by the patient's number.

Why: two numbers turn out to be one person, and what was used on either is the survivor's.
Locks: the events of stays, while the index is made.
Wards may be working: yes.
"""

from __future__ import annotations

from alembic import op

revision = "20261126_the_bedside"
down_revision = "20261126_buying"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The index."""
    op.create_index("ix_encounter_events_patient", "encounter_events", ["patient"])


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_encounter_events_patient", "encounter_events")
