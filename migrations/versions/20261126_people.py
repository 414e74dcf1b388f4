"""Shared devices and who is on at them; uses whose patient was not known; uses on paper.

Why: wards share devices; people come on with badge and PIN, and a lost device is revoked without losing what it holds.
In an emergency things are used before anybody knows on whom; whose they were is said later. What was written on paper
is entered afterwards, each line once.
Locks: nothing, new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_people"
down_revision = "20261126_operations"
branch_labels = None
depends_on = None

_TABLES = ("enrolled_devices", "enrolment_codes", "device_steps", "pins", "sign_ons",
           "emergency_uses", "emergency_assignments", "re_entries")  # fmt: skip
_WRITTEN_ONCE = ("device_steps", "sign_ons", "emergency_uses", "emergency_assignments", "re_entries")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _digest(name: str, *, nullable: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=32), nullable=nullable)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _table(name: str, *what: object, unique: tuple[str, ...] = ()) -> None:
    op.create_table(
        name,
        _number("id"),
        *what,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        *(sa.UniqueConstraint(one, name=op.f(f"uq_{name}_{one}")) for one in unique),
    )


def upgrade() -> None:
    _devices()
    _people()
    _emergencies()
    _paper()
    for table in _WRITTEN_ONCE:
        _guard(table)


def _devices() -> None:
    _table(
        "enrolled_devices",
        _number("device_id"), _number("location_id", nullable=True), _text("profile", 24), _text("state", 24),
        _digest("digest", nullable=True), _text("queue", 80), _at("enrolled_at", nullable=True),
        _at("seen_at", nullable=True), _at("revoked_at", nullable=True),
        _refers("enrolled_devices", "device_id", "devices"),
        _refers("enrolled_devices", "location_id", "locations"),
        unique=("device_id", "digest"),
    )  # fmt: skip
    op.create_index(op.f("ix_enrolled_devices_queue"), "enrolled_devices", ["queue"])
    _table(
        "enrolment_codes",
        _number("enrolled_id"), _digest("digest"), _number("made_by_id"), _at("made_at"), _at("expires_at"),
        _at("ended_at", nullable=True),
        _refers("enrolment_codes", "enrolled_id", "enrolled_devices"),
        _refers("enrolment_codes", "made_by_id", "staff"),
        unique=("digest",),
    )  # fmt: skip
    op.create_index(op.f("ix_enrolment_codes_enrolled_id"), "enrolment_codes", ["enrolled_id"])
    _table(
        "device_steps",
        _number("enrolled_id"), sa.Column("request_key", sa.Uuid(), nullable=False), _text("act", 24),
        _text("words", 200), _number("staff_id", nullable=True), _at("at"), _text("queue", 80),
        _refers("device_steps", "enrolled_id", "enrolled_devices"),
        _refers("device_steps", "staff_id", "staff"),
        unique=("request_key",),
    )  # fmt: skip
    op.create_index(op.f("ix_device_steps_enrolled_id"), "device_steps", ["enrolled_id"])
    op.create_index(op.f("ix_device_steps_queue"), "device_steps", ["queue"])


def _people() -> None:
    _table(
        "pins", _number("staff_id"), _text("hash", 200), _at("set_at"),
        _refers("pins", "staff_id", "staff"),
        unique=("staff_id",),
    )  # fmt: skip
    _table(
        "sign_ons",
        _number("staff_id"),
        _number("enrolled_id", nullable=True),
        _text("act", 24),
        _at("at"),
        _refers("sign_ons", "staff_id", "staff"),
        _refers("sign_ons", "enrolled_id", "enrolled_devices"),
    )
    op.create_index("ix_sign_ons_person", "sign_ons", ["staff_id", "id"])
    op.create_index("ix_sign_ons_device", "sign_ons", ["enrolled_id", "id"])


def _emergencies() -> None:
    _table(
        "emergency_uses",
        _number("movement_id"), _number("department_id"), _text("tag", 24), _number("staff_id"), _at("used_at"),
        _at("due_at"),
        _refers("emergency_uses", "movement_id", "movements"),
        _refers("emergency_uses", "department_id", "departments"),
        _refers("emergency_uses", "staff_id", "staff"),
        unique=("movement_id",),
    )  # fmt: skip
    op.create_index(op.f("ix_emergency_uses_department_id"), "emergency_uses", ["department_id"])
    _table(
        "emergency_assignments",
        _number("use_id"), _number("encounter_id"), _number("movement_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False), _text("reason", 24), _number("staff_id"), _at("at"),
        _refers("emergency_assignments", "use_id", "emergency_uses"),
        _refers("emergency_assignments", "encounter_id", "encounters"),
        _refers("emergency_assignments", "movement_id", "movements"),
        _refers("emergency_assignments", "staff_id", "staff"),
        unique=("use_id", "movement_id"),
    )  # fmt: skip
    op.create_index("ix_emergency_assignments_request", "emergency_assignments", ["request_key"])
    op.create_index(op.f("ix_emergency_assignments_encounter_id"), "emergency_assignments", ["encounter_id"])


def _paper() -> None:
    _table(
        "re_entries",
        sa.Column("request_key", sa.Uuid(), nullable=False), _text("sheet", 80), _number("department_id"),
        _number("used_by_id"), _number("staff_id"), _number("encounter_id", nullable=True), _text("scanned", 400),
        _at("occurred_at"), _at("recorded_at"), _text("outcome", 24), _number("movement_id", nullable=True),
        _text("rule", 24),
        _refers("re_entries", "department_id", "departments"),
        _refers("re_entries", "used_by_id", "staff"),
        _refers("re_entries", "staff_id", "staff"),
        _refers("re_entries", "encounter_id", "encounters"),
        _refers("re_entries", "movement_id", "movements"),
        unique=("request_key",),
    )  # fmt: skip
    op.create_index("ix_re_entries_ward", "re_entries", ["department_id", "recorded_at"])
    op.create_index("ix_re_entries_sheet", "re_entries", ["sheet"])


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
