"""Pieces put aside keep which scanner read them, so that they are read again by its habits.

Why: a scanner that sends `~` for the separator, or a text around every code, was read again as if it sent neither.
Locks: receiving_exceptions, for a moment: a column with a default is added.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_scanners"
down_revision = "20261126_buying"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receiving_exceptions", sa.Column("scanner", sa.String(80), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("receiving_exceptions", "scanner")
