"""Refill: what places ask for, rounds of picking with their totes, what came short or was missing; numbered seals.

Why: wards are brought back to their fixed quantities by picking rounds; what they ask for and did not get is kept.
Locks: dispatches for the moment its column is added (nothing is rewritten).
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_refill_waves"
down_revision = "20261125_recalls"
branch_labels = None
depends_on = None


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "refill_cards",
        _number("id"),
        sa.Column("code", sa.String(length=80), nullable=False),
        _number("location_id"),
        _number("product_id"),
        sa.Column("pack_quantity", sa.BigInteger(), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_refill_cards_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_refill_cards_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refill_cards")),
        sa.UniqueConstraint("code", name=op.f("uq_refill_cards_code")),
        sa.UniqueConstraint("location_id", "product_id", name=op.f("uq_refill_cards_location_id_product_id")),
    )
    op.create_table(
        "refill_requests",
        _number("id"),
        _number("location_id"),
        _number("product_id"),
        sa.Column("pack_quantity", sa.BigInteger(), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("by_card", sa.Boolean(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_refill_requests_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_refill_requests_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refill_requests")),
    )
    op.create_index(
        "uq_refill_requests_open",
        "refill_requests",
        ["location_id", "product_id"],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "waves",
        _number("id"),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        _number("from_location_id"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _number("made_by_id"),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        _number("finished_by_id", nullable=True),
        sa.ForeignKeyConstraint(["finished_by_id"], ["staff.id"], name=op.f("fk_waves_finished_by_id")),
        sa.ForeignKeyConstraint(["from_location_id"], ["locations.id"], name=op.f("fk_waves_from_location_id")),
        sa.ForeignKeyConstraint(["made_by_id"], ["staff.id"], name=op.f("fk_waves_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waves")),
        sa.UniqueConstraint("code", name=op.f("uq_waves_code")),
        sa.UniqueConstraint("request_key", name=op.f("uq_waves_request_key")),
    )
    op.create_index(op.f("ix_waves_finished_at"), "waves", ["finished_at"], unique=False)
    op.create_table(
        "refill_triggers",
        _number("id"),
        _number("request_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("added", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        _number("asked_by_id"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["staff.id"], name=op.f("fk_refill_triggers_asked_by_id")),
        sa.ForeignKeyConstraint(["request_id"], ["refill_requests.id"], name=op.f("fk_refill_triggers_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refill_triggers")),
        sa.UniqueConstraint("request_key", name=op.f("uq_refill_triggers_request_key")),
    )
    op.create_index(op.f("ix_refill_triggers_request_id"), "refill_triggers", ["request_id"], unique=False)
    op.create_table(
        "wave_lines",
        _number("id"),
        _number("wave_id"),
        _number("location_id"),
        _number("product_id"),
        sa.Column("pack_quantity", sa.BigInteger(), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.CheckConstraint("packs > 0", name=op.f("ck_wave_lines_asks_something")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_wave_lines_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_wave_lines_product_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_wave_lines_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave_lines")),
        sa.UniqueConstraint(
            "wave_id", "location_id", "product_id", name=op.f("uq_wave_lines_wave_id_location_id_product_id")
        ),
    )
    op.create_table(
        "wave_totes",
        _number("id"),
        sa.Column("code", sa.String(length=80), nullable=False),
        _number("wave_id"),
        _number("location_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_wave_totes_location_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_wave_totes_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave_totes")),
        sa.UniqueConstraint("code", name=op.f("uq_wave_totes_code")),
        sa.UniqueConstraint("wave_id", "location_id", "number", name=op.f("uq_wave_totes_wave_id_location_id_number")),
    )
    op.create_index(op.f("ix_wave_totes_sealed_at"), "wave_totes", ["sealed_at"], unique=False)
    op.create_table(
        "missing_items",
        _number("id"),
        _number("dispatch_id"),
        _number("item_id"),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        _number("reported_by_id"),
        sa.ForeignKeyConstraint(["dispatch_id"], ["dispatches.id"], name=op.f("fk_missing_items_dispatch_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_missing_items_item_id")),
        sa.ForeignKeyConstraint(["reported_by_id"], ["staff.id"], name=op.f("fk_missing_items_reported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_missing_items")),
        sa.UniqueConstraint("dispatch_id", "item_id", name=op.f("uq_missing_items_dispatch_id_item_id")),
    )
    op.create_index(op.f("ix_missing_items_item_id"), "missing_items", ["item_id"], unique=False)
    op.create_table(
        "shortages",
        _number("id"),
        _number("wave_id"),
        _number("line_id"),
        _number("location_id"),
        _number("product_id"),
        sa.Column("pack_quantity", sa.BigInteger(), nullable=False),
        sa.Column("packs", sa.Integer(), nullable=False),
        sa.Column("delivered", sa.BigInteger(), nullable=False),
        sa.Column("arisen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["line_id"], ["wave_lines.id"], name=op.f("fk_shortages_line_id")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_shortages_location_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_shortages_product_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_shortages_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortages")),
        sa.UniqueConstraint("line_id", name=op.f("uq_shortages_line_id")),
    )
    op.create_index(
        "ix_shortages_open",
        "shortages",
        ["location_id", "product_id"],
        unique=False,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "wave_picks",
        _number("id"),
        _number("wave_id"),
        _number("line_id"),
        sa.Column("position", sa.Integer(), nullable=False),
        _number("item_id", nullable=True),
        _number("picked_item_id", nullable=True),
        sa.Column("picked_at", sa.DateTime(timezone=True), nullable=True),
        _number("tote_id", nullable=True),
        sa.Column("short", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_wave_picks_item_id")),
        sa.ForeignKeyConstraint(["line_id"], ["wave_lines.id"], name=op.f("fk_wave_picks_line_id")),
        sa.ForeignKeyConstraint(["picked_item_id"], ["items.id"], name=op.f("fk_wave_picks_picked_item_id")),
        sa.ForeignKeyConstraint(["tote_id"], ["wave_totes.id"], name=op.f("fk_wave_picks_tote_id")),
        sa.ForeignKeyConstraint(["wave_id"], ["waves.id"], name=op.f("fk_wave_picks_wave_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wave_picks")),
    )
    op.create_index(op.f("ix_wave_picks_item_id"), "wave_picks", ["item_id"], unique=False)
    op.create_index(op.f("ix_wave_picks_line_id"), "wave_picks", ["line_id"], unique=False)
    op.create_index(op.f("ix_wave_picks_picked_item_id"), "wave_picks", ["picked_item_id"], unique=False)
    op.create_index(op.f("ix_wave_picks_tote_id"), "wave_picks", ["tote_id"], unique=False)
    op.create_index("ix_wave_picks_wave", "wave_picks", ["wave_id", "position"], unique=False)
    op.add_column("dispatches", sa.Column("seal", sa.String(length=80), nullable=True))
    op.create_index(op.f("ix_dispatches_seal"), "dispatches", ["seal"], unique=True)


def downgrade() -> None:
    op.drop_index(op.f("ix_dispatches_seal"), table_name="dispatches")
    op.drop_column("dispatches", "seal")
    op.drop_index("ix_wave_picks_wave", table_name="wave_picks")
    op.drop_index(op.f("ix_wave_picks_tote_id"), table_name="wave_picks")
    op.drop_index(op.f("ix_wave_picks_picked_item_id"), table_name="wave_picks")
    op.drop_index(op.f("ix_wave_picks_line_id"), table_name="wave_picks")
    op.drop_index(op.f("ix_wave_picks_item_id"), table_name="wave_picks")
    op.drop_table("wave_picks")
    op.drop_index("ix_shortages_open", table_name="shortages", postgresql_where=sa.text("closed_at IS NULL"))
    op.drop_table("shortages")
    op.drop_index(op.f("ix_missing_items_item_id"), table_name="missing_items")
    op.drop_table("missing_items")
    op.drop_index(op.f("ix_wave_totes_sealed_at"), table_name="wave_totes")
    op.drop_table("wave_totes")
    op.drop_table("wave_lines")
    op.drop_index(op.f("ix_refill_triggers_request_id"), table_name="refill_triggers")
    op.drop_table("refill_triggers")
    op.drop_index(op.f("ix_waves_finished_at"), table_name="waves")
    op.drop_table("waves")
    op.drop_index(
        "uq_refill_requests_open",
        table_name="refill_requests",
        postgresql_where=sa.text("closed_at IS NULL"),
        sqlite_where=sa.text("closed_at IS NULL"),
    )
    op.drop_table("refill_requests")
    op.drop_table("refill_cards")
