"""What the hospital sterilised: kits and loaner sets by load, and loads that failed.

Why: a kit and the trays of a loaner set are sterile until a day of their own, which no label of what is in them says;
a load whose indicator was not right must be found again, whatever was of it.
Locks: nothing, new tables only.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_sterility"
down_revision = "20261127_statement_steps"
branch_labels = None
depends_on = None

_TABLES = ("sterilisations", "sterile_lot_failures")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "sterilisations",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        _number("kit_id", nullable=True),
        _number("set_id", nullable=True),
        sa.Column("lot", sa.String(length=80), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        _number("done_by_id"),
        sa.CheckConstraint("(kit_id IS NULL) <> (set_id IS NULL)", name=op.f("ck_sterilisations_of_one_thing")),
        _refers("sterilisations", "kit_id", "kits"),
        _refers("sterilisations", "set_id", "loaner_sets"),
        _refers("sterilisations", "done_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sterilisations")),
        sa.UniqueConstraint("request_key", "line", name=op.f("uq_sterilisations_request_key_line")),
    )
    op.create_index("ix_sterilisations_kit", "sterilisations", ["kit_id", "id"])
    op.create_index("ix_sterilisations_set", "sterilisations", ["set_id", "id"])
    op.create_index("ix_sterilisations_lot", "sterilisations", ["lot"])
    op.create_table(
        "sterile_lot_failures",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("lot", sa.String(length=80), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        _number("said_by_id"),
        _refers("sterile_lot_failures", "said_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sterile_lot_failures")),
        sa.UniqueConstraint("request_key", name=op.f("uq_sterile_lot_failures_request_key")),
        sa.UniqueConstraint("lot", name=op.f("uq_sterile_lot_failures_lot")),
    )
    for table in _TABLES:
        _guard(table)


def _guard(table: str) -> None:
    """Rows are written once, whoever writes."""
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
    for table in _TABLES:
        op.drop_table(table)
