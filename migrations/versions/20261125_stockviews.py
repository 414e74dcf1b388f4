"""Stock views and disposal: documents of write-offs and returns, who released a hold, stock found in any direction.

Why: things leave the hospital by a document that one person asks for and another decides; stock is asked for by
product, by serial, and as it was at an instant, and none of these may read the whole of ten years.
Locks: items, movements and holds against writing while their indexes are built: some seconds for each ten million rows
(the one on movements is a few kilobytes). The column on holds is empty: no rewrite.
Wards may be working: on a hospital of some months yes; on one of years choose a quiet hour.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_stockviews"
down_revision = "20261125_licences"
branch_labels = None
depends_on = None


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    _documents()
    _lines()
    op.add_column("holds", sa.Column("release_key", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_holds_release_key"), "holds", ["release_key"], unique=False)
    on_hand, serial = sa.text("quantity > 0"), sa.text("serial <> ''")
    op.create_index(
        "ix_items_on_hand", "items", ["product_id", "location_id"], postgresql_where=on_hand, sqlite_where=on_hand
    )
    op.create_index("ix_items_serial", "items", ["serial"], postgresql_where=serial, sqlite_where=serial)
    op.create_index(
        "ix_movements_recorded",
        "movements",
        ["recorded_at"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    )


def _documents() -> None:
    op.create_table(
        "disposals",
        _number("id"),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        _number("location_id"),
        _number("supplier_id", nullable=True),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("standing", sa.String(length=24), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        _number("asked_by_id"),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        _number("decided_by_id", nullable=True),
        sa.Column("decision", sa.String(length=200), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("decided_key", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_disposals_location_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_disposals_supplier_id")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["staff.id"], name=op.f("fk_disposals_asked_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["staff.id"], name=op.f("fk_disposals_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposals")),
        sa.UniqueConstraint("code", name=op.f("uq_disposals_code")),
        sa.UniqueConstraint("request_key", name=op.f("uq_disposals_request_key")),
    )
    op.create_index("ix_disposals_standing", "disposals", ["kind", "standing"], unique=False)


def _lines() -> None:
    op.create_table(
        "disposal_lines",
        _number("id"),
        _number("disposal_id"),
        sa.Column("line", sa.Integer(), nullable=False),
        _number("item_id"),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("trace_code", sa.String(length=20), nullable=False),
        _number("asked_item_id", nullable=True),
        _number("movement_id", nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_disposal_lines_asks_something")),
        sa.ForeignKeyConstraint(["disposal_id"], ["disposals.id"], name=op.f("fk_disposal_lines_disposal_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_disposal_lines_item_id")),
        sa.ForeignKeyConstraint(["movement_id"], ["movements.id"], name=op.f("fk_disposal_lines_movement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_lines")),
        sa.UniqueConstraint("asked_item_id", name=op.f("uq_disposal_lines_asked_item_id")),
        sa.UniqueConstraint("disposal_id", "line", name=op.f("uq_disposal_lines_disposal_id_line")),
        sa.UniqueConstraint("movement_id", name=op.f("uq_disposal_lines_movement_id")),
    )
    op.create_index(op.f("ix_disposal_lines_item_id"), "disposal_lines", ["item_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_movements_recorded", table_name="movements")
    op.drop_index("ix_items_serial", table_name="items")
    op.drop_index("ix_items_on_hand", table_name="items")
    op.drop_index(op.f("ix_holds_release_key"), table_name="holds")
    op.drop_column("holds", "release_key")
    op.drop_table("disposal_lines")
    op.drop_table("disposals")
