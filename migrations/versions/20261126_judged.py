"""How far the events of a device are judged stands with its chain.

Why: what is ready to be judged was looked for among all that a device ever brought, so that a batch took longer the
longer a device had served. What is there begins at nothing: the next batch of each device looks once more at all.
Locks: device_chains for the moment a column with a constant default is added.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_judged"
down_revision = "20261126_accounts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "device_chains", sa.Column("judged_through", sa.BigInteger(), nullable=False, server_default=sa.text("0"))
    )


def downgrade() -> None:
    op.drop_column("device_chains", "judged_through")
