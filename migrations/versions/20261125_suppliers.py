"""Two indexes for the suppliers' own pages: goods that are not the hospital's, and what a party is owed.

Why: a supplier asks for its own few rows among all items and postings.
Locks: items and postings against writing while the indexes are built.
Wards may be working: no.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_suppliers"
down_revision = "20261125_packing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_items_consigned", "items", ["owner_id"], postgresql_where=sa.text("owner_id <> 1"))
    op.create_index(
        "ix_postings_party", "postings", ["party_id", "period"], postgresql_where=sa.text("party_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_postings_party", table_name="postings")
    op.drop_index("ix_items_consigned", table_name="items")
