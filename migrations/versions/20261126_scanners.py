"""Pieces put aside keep which scanner read them; prints of labels keep the key of the act that made them.

Why: a scanner that sends `~` for the separator, or a text around every code, was read again as if it sent neither; and
a request for labels that was sent again, its answer lost, counted as another print.
Locks: receiving_exceptions and label_prints, for a moment each: columns are added, and an index.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_scanners"
down_revision = "20261126_parties"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("receiving_exceptions", sa.Column("scanner", sa.String(80), nullable=False, server_default=""))
    op.add_column("label_prints", sa.Column("request_key", sa.Uuid(), nullable=True))
    op.add_column("label_prints", sa.Column("content", sa.LargeBinary(length=32), nullable=True))
    op.create_index(op.f("ix_label_prints_request_key"), "label_prints", ["request_key"])


def downgrade() -> None:
    op.drop_index(op.f("ix_label_prints_request_key"), table_name="label_prints")
    op.drop_column("label_prints", "content")
    op.drop_column("label_prints", "request_key")
    op.drop_column("receiving_exceptions", "scanner")
