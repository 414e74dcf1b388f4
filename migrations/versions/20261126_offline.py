"""What devices did without network: their events, one verdict each, gaps in their numbers, and disputes.

Why: what was done while the network was away is booked exactly once, and what the rules refuse is kept for people.
Locks: nothing, new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_offline"
down_revision = "20261126_theatre"
branch_labels = None
depends_on = None

_TABLES = ("device_chains", "device_events", "event_verdicts", "device_gaps", "disputes", "dispute_steps")
_WRITTEN_ONCE = ("device_events", "event_verdicts", "dispute_steps")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _hash(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=32), nullable=False)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _table(name: str, *what: object, unique: tuple[str, ...] = ()) -> None:
    op.create_table(
        name,
        _number("id"),
        *what,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        *([sa.UniqueConstraint(*unique, name=op.f(f"uq_{name}_{'_'.join(unique)}"))] if unique else []),
    )


def upgrade() -> None:
    _events()
    _disputes()
    for table in _WRITTEN_ONCE:
        _guard(table)


def _events() -> None:
    _table(
        "device_chains", _text("device", 80), _big("last_sequence"), _hash("last_hash"), _at("seen_at"),
        unique=("device",),
    )  # fmt: skip
    _table(
        "device_events",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        _text("device", 80), _big("sequence"), _text("kind", 24), sa.Column("payload", sa.Text(), nullable=False),
        _at("clock_at"), _big("offset_ms"), _at("occurred_at"), _at("received_at"), _number("staff_id"),
        _number("brought_by_id"), _number("department_id", nullable=True), _text("flags", 200),
        _hash("previous_hash"), _hash("hash"),
        _refers("device_events", "staff_id", "staff"),
        _refers("device_events", "brought_by_id", "staff"),
        _refers("device_events", "department_id", "departments"),
        unique=("event_id",),
    )  # fmt: skip
    op.create_index("ix_device_events_order", "device_events", ["device", "sequence"])
    op.create_index(op.f("ix_device_events_department_id"), "device_events", ["department_id"])
    _table(
        "event_verdicts",
        _number("event_id"), _text("verdict", 24), _text("code", 80),
        sa.Column("sentence_zh", sa.Text(), nullable=False), sa.Column("sentence_en", sa.Text(), nullable=False),
        _at("judged_at"),
        _refers("event_verdicts", "event_id", "device_events"),
        unique=("event_id",),
    )  # fmt: skip
    _table(
        "device_gaps",
        _text("device", 80), _big("sequence"), _at("opened_at"), _at("closed_at", nullable=True),
        sa.Column("came", sa.Boolean(), nullable=False), _number("closed_by_id", nullable=True), _text("reason", 200),
        _refers("device_gaps", "closed_by_id", "staff"),
        unique=("device", "sequence"),
    )  # fmt: skip
    op.create_index("ix_device_gaps_open", "device_gaps", ["closed_at", "device"])


def _disputes() -> None:
    _table(
        "disputes",
        _number("event_id"), _text("code", 80), _text("kind", 24), _number("department_id", nullable=True),
        _text("scanned", 400), _text("state", 24), _number("owner_id", nullable=True), _at("opened_at"),
        _text("resolution", 24), _at("resolved_at", nullable=True),
        _refers("disputes", "event_id", "device_events"),
        _refers("disputes", "department_id", "departments"),
        _refers("disputes", "owner_id", "staff"),
        unique=("event_id",),
    )  # fmt: skip
    op.create_index("ix_disputes_open", "disputes", ["state", "department_id"])
    _table(
        "dispute_steps",
        _number("dispute_id"), sa.Column("request_key", sa.Uuid(), nullable=False), _text("act", 24),
        _text("words", 200), _number("staff_id"), _at("at"),
        _refers("dispute_steps", "dispute_id", "disputes"),
        _refers("dispute_steps", "staff_id", "staff"),
        unique=("request_key",),
    )  # fmt: skip
    op.create_index(op.f("ix_dispute_steps_dispute_id"), "dispute_steps", ["dispute_id"])


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
    for table in reversed(_TABLES):
        op.drop_table(table)
