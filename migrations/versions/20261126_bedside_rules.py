"""A lot keeps the instant it is good until, a stay what its patient must not get, a use photographs of its label.

Why: a label that names an hour (GS1 7003, HIBC) was read by its day alone; latex and magnets were checked by nobody;
of an implant that was typed in by hand nothing showed what its label said.
Locks: lots and encounters for the moment a column without a default, or with a constant one, is added.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_bedside_rules"
down_revision = "20261126_figures"
branch_labels = None
depends_on = None


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _at(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """The columns, and the two tables."""
    op.add_column("lots", _at("expires_at", nullable=True))
    op.add_column("encounters", sa.Column("alerts", sa.String(length=200), nullable=False, server_default=""))
    hours = sa.text("expires_at IS NOT NULL")
    op.create_index("ix_lots_expires_at", "lots", ["expires_at"], postgresql_where=hours, sqlite_where=hours)
    op.create_table(
        "encounter_alerts",
        _number("id"),
        _number("encounter_id"),
        sa.Column("alerts", sa.String(length=200), nullable=False),
        _at("told_at"),
        _number("told_by_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _refers("encounter_alerts", "encounter_id", "encounters"),
        _refers("encounter_alerts", "told_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter_alerts")),
        sa.UniqueConstraint("request_key", name=op.f("uq_encounter_alerts_request_key")),
    )
    op.create_index(op.f("ix_encounter_alerts_encounter_id"), "encounter_alerts", ["encounter_id"])
    op.create_table(
        "label_photos",
        _number("id"),
        _number("movement_id"),
        _number("attachment_id"),
        _at("added_at"),
        _number("added_by_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _refers("label_photos", "movement_id", "movements"),
        _refers("label_photos", "attachment_id", "attachments"),
        _refers("label_photos", "added_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_photos")),
        sa.UniqueConstraint("request_key", name=op.f("uq_label_photos_request_key")),
    )
    op.create_index(op.f("ix_label_photos_movement_id"), "label_photos", ["movement_id"])
    for table in ("encounter_alerts", "label_photos"):
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
    """Without them."""
    for table in ("label_photos", "encounter_alerts"):
        op.drop_table(table)
    op.drop_index("ix_lots_expires_at", "lots")
    op.drop_column("encounters", "alerts")
    op.drop_column("lots", "expires_at")
