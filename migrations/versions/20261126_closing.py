"""Closing: days that wards sign, months with what must be done first, reopening by two, rules in versions.

Why: what is open of a day or a month is settled or has a reason before its figures are final.
Locks: nothing, new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_closing"
down_revision = "20261126_offline"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
DAYS = ("day_closes", "day_remains", "late_arrivals", "missed_days")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(table: str, column: str, other: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}"))


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


def upgrade() -> None:
    _days()
    for table in DAYS:
        _written_once(table)


def _days() -> None:
    op.create_table(
        "day_closes",
        _number("id"), _number("department_id"), sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False), _at("closed_at"), _number("closed_by_id"),
        _text("reason", 200), sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        _to("day_closes", "department_id", "departments"), _to("day_closes", "closed_by_id", "staff"),
        _key("day_closes"), _unique("day_closes", "department_id", "day_on", "version"),
        _unique("day_closes", "request_key"),
    )  # fmt: skip
    op.create_index("ix_day_closes_day", "day_closes", ["day_on"])
    op.create_table(
        "day_remains",
        _number("id"), _number("close_id"), _text("kind", 24), _big("count"),
        _to("day_remains", "close_id", "day_closes"), _key("day_remains"), _unique("day_remains", "close_id", "kind"),
    )  # fmt: skip
    op.create_table(
        "late_arrivals",
        _number("id"), _number("close_id"), _number("movement_id"),
        _to("late_arrivals", "close_id", "day_closes"), _to("late_arrivals", "movement_id", "movements"),
        _key("late_arrivals"), _unique("late_arrivals", "close_id", "movement_id"),
    )  # fmt: skip
    op.create_table(
        "missed_days",
        _number("id"), _number("department_id"), sa.Column("day_on", sa.Date(), nullable=False), _big("open"),
        _at("marked_at"),
        _to("missed_days", "department_id", "departments"), _key("missed_days"),
        _unique("missed_days", "department_id", "day_on"),
    )  # fmt: skip
    op.create_index("ix_missed_days_day", "missed_days", ["day_on"])


def _written_once(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION spd_refuse_change()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def downgrade() -> None:
    for table in reversed(DAYS):
        op.drop_table(table)
