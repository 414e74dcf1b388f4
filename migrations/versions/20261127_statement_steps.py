"""What the journal said of a statement's lines is kept with each of its steps.

Why: as of an instant a statement that was drawn again since told its lines and total, and not what the journal said of
them, nor what rounding added.
Locks: nothing for long, a new column that may be empty. Steps that were taken before have none.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_statement_steps"
down_revision = "20261126_pasts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("statement_steps", sa.Column("exact", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("statement_steps", "exact")
