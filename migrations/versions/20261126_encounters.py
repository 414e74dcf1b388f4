"""Events of stays, ward modes by product and ward, packs that were opened, charges that come before the use.

Why: where a patient is follows from what was told of them, in whatever order it comes; wards differ in how they use
what they open and in whether they charge first.
Locks: encounters for the moment their columns are added (constant defaults: no rewrite), and against writing while one
index is made on them.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_encounters"
down_revision = "20261126_reports"
branch_labels = None
depends_on = None

_WRITTEN_ONCE = ("encounter_events", "ward_mode_changes", "opened_items", "charge_uses")
_INSTANT = sa.DateTime(timezone=True)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.add_column("encounters", sa.Column("cancelled", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("encounters", sa.Column("moved_at", _INSTANT, nullable=True))
    op.add_column("encounters", _number("moved_from_id", nullable=True))
    op.add_column("encounters", sa.Column("merged_at", _INSTANT, nullable=True))
    op.add_column("encounters", _number("merged_into_id", nullable=True))
    op.create_index(op.f("ix_encounters_merged_into_id"), "encounters", ["merged_into_id"])
    _events()
    _ward_modes()
    _opened()
    _charge_uses()
    for table in _WRITTEN_ONCE:
        _guard(table)


def _events() -> None:
    op.create_table(
        "encounter_events",
        _number("id"),
        _number("sequence"),
        _text("source", 24),
        _text("message", 80),
        _text("kind", 24),
        _text("encounter", 80),
        sa.Column("occurred_at", _INSTANT, nullable=False),
        _text("department", 80),
        _text("bed", 24),
        _text("wristband", 80),
        _text("patient", 80),
        _text("patient_name", 200),
        _text("encounter_class", 24),
        _text("survivor", 80),
        _text("cancels", 80),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", _INSTANT, nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _number("received_by_id"),
        sa.CheckConstraint("kind <> 'merge' OR survivor <> ''", name=op.f("ck_encounter_events_merges_into_something")),
        _refers("encounter_events", "received_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter_events")),
        sa.UniqueConstraint("sequence", name=op.f("uq_encounter_events_sequence")),
        sa.UniqueConstraint("source", "message", name=op.f("uq_encounter_events_source_message")),
    )
    op.create_index(op.f("ix_encounter_events_encounter"), "encounter_events", ["encounter"])
    op.create_index("ix_encounter_events_survivor", "encounter_events", ["survivor"])
    op.create_index("ix_encounter_events_wristband", "encounter_events", ["wristband"])
    op.create_table(
        "encounter_event_troubles",
        _number("id"),
        _number("event_id"),
        _text("reason", 24),
        sa.Column("since_at", _INSTANT, nullable=False),
        sa.Column("ended_at", _INSTANT, nullable=True),
        sa.Column("set_aside_at", _INSTANT, nullable=True),
        _number("set_aside_by_id", nullable=True),
        _text("set_aside_reason", 200),
        _refers("encounter_event_troubles", "event_id", "encounter_events"),
        _refers("encounter_event_troubles", "set_aside_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter_event_troubles")),
        sa.UniqueConstraint("event_id", name=op.f("uq_encounter_event_troubles_event_id")),
    )
    op.create_index("ix_encounter_event_troubles_open", "encounter_event_troubles", ["ended_at", "set_aside_at"])
    turns = op.create_table(
        "encounter_event_turns",
        _number("id"),
        _number("taken"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounter_event_turns")),
    )
    op.bulk_insert(turns, [{"id": 1, "taken": 0}])


def _ward_modes() -> None:
    op.create_table(
        "ward_modes",
        _number("id"),
        _number("product_id"),
        _number("department_id"),
        _text("opening", 24),
        sa.Column("open_days", sa.Integer(), nullable=False),
        _text("charging", 24),
        sa.CheckConstraint("product_id <> 0 OR department_id <> 0", name=op.f("ck_ward_modes_said_of_something")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_modes")),
        sa.UniqueConstraint("product_id", "department_id", name=op.f("uq_ward_modes_product_id_department_id")),
    )
    op.create_table(
        "ward_mode_changes",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _number("product_id"),
        _number("department_id"),
        _text("opening", 24),
        sa.Column("open_days", sa.Integer(), nullable=False),
        _text("charging", 24),
        _text("reason", 200),
        sa.Column("set_at", _INSTANT, nullable=False),
        _number("set_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_mode_changes")),
        sa.UniqueConstraint("request_key", name=op.f("uq_ward_mode_changes_request_key")),
    )


def _opened() -> None:
    op.create_table(
        "opened_items",
        _number("id"),
        _number("item_id"),
        _text("request_key", 80),
        _number("department_id", nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("good_until_on", sa.Date(), nullable=True),
        _number("opened_by_id"),
        _refers("opened_items", "item_id", "items"),
        _refers("opened_items", "department_id", "departments"),
        _refers("opened_items", "opened_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opened_items")),
    )
    op.create_index("ix_opened_items_item", "opened_items", ["item_id", "id"])


def _charge_uses() -> None:
    op.create_table(
        "charge_uses",
        _number("id"),
        _number("charge_line_id"),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        _number("movement_id"),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("linked_at", _INSTANT, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_charge_uses_confirms_something")),
        _refers("charge_uses", "charge_line_id", "charge_lines"),
        _refers("charge_uses", "movement_id", "movements"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_uses")),
        sa.UniqueConstraint("charge_line_id", "ordinal", name=op.f("uq_charge_uses_charge_line_id_ordinal")),
        sa.UniqueConstraint("charge_line_id", "movement_id", name=op.f("uq_charge_uses_charge_line_id_movement_id")),
    )
    op.create_index(op.f("ix_charge_uses_movement_id"), "charge_uses", ["movement_id"])


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
    for table in ("charge_uses", "opened_items", "ward_mode_changes", "ward_modes"):
        op.drop_table(table)
    for table in ("encounter_event_turns", "encounter_event_troubles", "encounter_events"):
        op.drop_table(table)
    op.drop_index(op.f("ix_encounters_merged_into_id"), table_name="encounters")
    for column in ("merged_into_id", "merged_at", "moved_from_id", "moved_at", "cancelled"):
        op.drop_column("encounters", column)
