"""What was changed of suppliers and manufacturers, and by whom.

Why: they were only imported; buyers now add, rename and retire them, and what they were before has to be told.
Locks: nothing, one new table.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_parties"
down_revision = "20261126_judged"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "party_changes",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("party_id", _NUMBER, nullable=False),
        sa.Column("attribute", sa.String(length=24), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_party_changes")),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_party_changes_party_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_party_changes_staff_id")),
    )
    op.create_index(op.f("ix_party_changes_party_id"), "party_changes", ["party_id"])
    _guard("party_changes")


def _guard(table: str) -> None:
    """Let nobody change what is written."""
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
    op.drop_table("party_changes")
