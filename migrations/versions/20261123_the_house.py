"""The house: every table of the first floor.

Why: the first migration; there is nothing before it.
Locks: nothing, all tables are new.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_the_house"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_accounts")),
    )
    op.create_table(
        "departments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("cost_class", sa.String(length=24), nullable=False),
        sa.Column("campus", sa.String(length=200), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["departments.id"], name=op.f("fk_departments_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_departments")),
        sa.UniqueConstraint("code", name=op.f("uq_departments_code")),
    )
    op.create_table(
        "drg_rates",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("region", sa.String(length=24), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("rate", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drg_rates")),
        sa.UniqueConstraint("region", "year", name=op.f("uq_drg_rates_region_year")),
    )
    op.create_table(
        "drg_weights",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("region", sa.String(length=24), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("drg_code", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("weight", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drg_weights")),
        sa.UniqueConstraint("region", "year", "drg_code", name=op.f("uq_drg_weights_region_year_drg_code")),
    )
    op.create_table(
        "job_runs",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("job", sa.String(length=24), nullable=False),
        sa.Column("period", sa.String(length=24), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_runs")),
        sa.UniqueConstraint("job", "period", name=op.f("uq_job_runs_job_period")),
    )
    op.create_table(
        "parties",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("code", name=op.f("uq_parties_code")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("badge", sa.String(length=80), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=24), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("session_stamp", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("badge", name=op.f("uq_staff_badge")),
        sa.UniqueConstraint("code", name=op.f("uq_staff_code")),
    )
    op.create_table(
        "closed_periods",
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["closed_by_id"], ["staff.id"], name=op.f("fk_closed_periods_closed_by_id")),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_closed_periods")),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_deliveries_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("code", name=op.f("uq_deliveries_code")),
        sa.UniqueConstraint("label", name=op.f("uq_deliveries_label")),
    )
    op.create_index(op.f("ix_deliveries_supplier_id"), "deliveries", ["supplier_id"], unique=False)
    op.create_table(
        "encounters",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("wristband", sa.String(length=80), nullable=True),
        sa.Column("patient", sa.String(length=80), nullable=False),
        sa.Column("patient_name", sa.String(length=200), nullable=False),
        sa.Column("bed", sa.String(length=24), nullable=False),
        sa.Column("encounter_class", sa.String(length=24), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("discharged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("drg_code", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_encounters_department_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_encounters")),
        sa.UniqueConstraint("code", name=op.f("uq_encounters_code")),
        sa.UniqueConstraint("wristband", name=op.f("uq_encounters_wristband")),
    )
    op.create_index("ix_encounters_active", "encounters", ["department_id", "discharged_at"], unique=False)
    op.create_index("ix_encounters_drg", "encounters", ["drg_code", "discharged_at"], unique=False)
    op.create_index(op.f("ix_encounters_patient"), "encounters", ["patient"], unique=False)
    op.create_table(
        "grants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_grants_department_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_grants_staff_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_grants_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint(
            "staff_id",
            "role",
            "department_id",
            "supplier_id",
            name=op.f("uq_grants_staff_id_role_department_id_supplier_id"),
        ),
    )
    op.create_index(op.f("ix_grants_staff_id"), "grants", ["staff_id"], unique=False)
    op.create_table(
        "locations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("label", sa.String(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_locations_department_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["locations.id"], name=op.f("fk_locations_parent_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_locations")),
        sa.UniqueConstraint("code", name=op.f("uq_locations_code")),
        sa.UniqueConstraint("label", name=op.f("uq_locations_label")),
    )
    op.create_table(
        "posting_rules",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("cost_class", sa.String(length=24), nullable=False),
        sa.Column("account", sa.String(length=16), nullable=False),
        sa.Column("sign", sa.Integer(), nullable=False),
        sa.Column("names_department", sa.Boolean(), nullable=False),
        sa.Column("names_supplier", sa.Boolean(), nullable=False),
        sa.CheckConstraint("sign IN (1, -1)", name=op.f("ck_posting_rules_debit_or_credit")),
        sa.ForeignKeyConstraint(["account"], ["accounts.code"], name=op.f("fk_posting_rules_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting_rules")),
        sa.UniqueConstraint(
            "event", "version", "line", "cost_class", name=op.f("uq_posting_rules_event_version_line_cost_class")
        ),
    )
    op.create_table(
        "products",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("initials", sa.String(length=80), nullable=False),
        sa.Column("specification", sa.String(length=200), nullable=False),
        sa.Column("base_unit", sa.String(length=24), nullable=False),
        sa.Column("product_class", sa.String(length=24), nullable=False),
        sa.Column("chargeable", sa.Boolean(), nullable=False),
        sa.Column("implant", sa.Boolean(), nullable=False),
        sa.Column("cold_chain", sa.Boolean(), nullable=False),
        sa.Column("charge_code", sa.String(length=40), nullable=False),
        sa.Column("insurance_code", sa.String(length=40), nullable=False),
        sa.Column("registration_number", sa.String(length=60), nullable=False),
        sa.Column("manufacturer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["manufacturer_id"], ["parties.id"], name=op.f("fk_products_manufacturer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("code", name=op.f("uq_products_code")),
    )
    op.create_index(op.f("ix_products_initials"), "products", ["initials"], unique=False)
    op.create_table(
        "requests",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_requests_staff_id")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_requests")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_tokens_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    op.create_table(
        "closed_totals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("account", sa.String(length=16), nullable=False),
        sa.Column("department", sa.String(length=80), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("lines", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.code"], name=op.f("fk_closed_totals_account")),
        sa.ForeignKeyConstraint(["period"], ["closed_periods.period"], name=op.f("fk_closed_totals_period")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_totals")),
        sa.UniqueConstraint("period", "account", "department", name=op.f("uq_closed_totals_period_account_department")),
    )
    op.create_table(
        "delivery_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot", sa.String(length=80), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("settlement_mode", sa.String(length=24), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_delivery_lines_states_something")),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_lines_delivery_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_delivery_lines_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_lines")),
        sa.UniqueConstraint("delivery_id", "line", name=op.f("uq_delivery_lines_delivery_id_line")),
    )
    op.create_table(
        "dispatches",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("from_location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["from_location_id"], ["locations.id"], name=op.f("fk_dispatches_from_location_id")),
        sa.ForeignKeyConstraint(["to_location_id"], ["locations.id"], name=op.f("fk_dispatches_to_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatches")),
        sa.UniqueConstraint("code", name=op.f("uq_dispatches_code")),
    )
    op.create_index(op.f("ix_dispatches_to_location_id"), "dispatches", ["to_location_id"], unique=False)
    op.create_table(
        "lots",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("produced_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_lots_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("product_id", "code", name=op.f("uq_lots_product_id_code")),
    )
    op.create_index(op.f("ix_lots_code"), "lots", ["code"], unique=False)
    op.create_table(
        "packagings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("issuer", sa.String(length=24), nullable=False),
        sa.Column("level", sa.String(length=24), nullable=False),
        sa.Column("base_units", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("base_units > 0", name=op.f("ck_packagings_holds_something")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_packagings_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packagings")),
        sa.UniqueConstraint("code", name=op.f("uq_packagings_code")),
    )
    op.create_index(op.f("ix_packagings_product_id"), "packagings", ["product_id"], unique=False)
    op.create_table(
        "prices",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("settlement_mode", sa.String(length=24), nullable=False),
        sa.Column("valid_from_on", sa.Date(), nullable=False),
        sa.Column("valid_to_on", sa.Date(), nullable=True),
        sa.CheckConstraint("unit_price >= 0", name=op.f("ck_prices_not_negative")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_prices_product_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_prices_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
        sa.UniqueConstraint(
            "product_id", "supplier_id", "valid_from_on", name=op.f("uq_prices_product_id_supplier_id_valid_from_on")
        ),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("serial", sa.String(length=80), nullable=False),
        sa.Column("unit_price", sa.BigInteger(), nullable=False),
        sa.Column("settlement_mode", sa.String(length=24), nullable=False),
        sa.Column("supplier_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("receipt_line_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_items_not_negative")),
        sa.ForeignKeyConstraint(["location_id"], ["locations.id"], name=op.f("fk_items_location_id")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_items_lot_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["parties.id"], name=op.f("fk_items_owner_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["items.id"], name=op.f("fk_items_parent_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_items_product_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_items_supplier_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("code", name=op.f("uq_items_code")),
    )
    op.create_index("ix_items_lot", "items", ["lot_id"], unique=False)
    op.create_index(op.f("ix_items_parent_id"), "items", ["parent_id"], unique=False)
    op.create_index("ix_items_place", "items", ["location_id", "product_id", "state"], unique=False)
    op.create_index(op.f("ix_items_receipt_line_id"), "items", ["receipt_line_id"], unique=False)
    op.create_table(
        "movements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("from_location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_location_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("to_owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state_after", sa.String(length=24), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("encounter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("document", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("raw_scan", sa.LargeBinary(), nullable=True),
        sa.Column("reverses_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("entry_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("previous_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_movements_moves_something")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_movements_department_id")),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounters.id"], name=op.f("fk_movements_encounter_id")),
        sa.ForeignKeyConstraint(["from_location_id"], ["locations.id"], name=op.f("fk_movements_from_location_id")),
        sa.ForeignKeyConstraint(["from_owner_id"], ["parties.id"], name=op.f("fk_movements_from_owner_id")),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_movements_item_id")),
        sa.ForeignKeyConstraint(
            ["request_key"],
            ["requests.key"],
            name=op.f("fk_movements_request_key"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["reverses_id"], ["movements.id"], name=op.f("fk_movements_reverses_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_movements_staff_id")),
        sa.ForeignKeyConstraint(["to_location_id"], ["locations.id"], name=op.f("fk_movements_to_location_id")),
        sa.ForeignKeyConstraint(["to_owner_id"], ["parties.id"], name=op.f("fk_movements_to_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movements")),
        sa.UniqueConstraint("item_id", "sequence", name="uq_movements_sequence"),
        sa.UniqueConstraint("request_key", "line", name="uq_movements_request"),
        sa.UniqueConstraint("reverses_id", name="uq_movements_reverses"),
    )
    op.create_index("ix_movements_day", "movements", ["day_on", "kind", "department_id"], unique=False)
    op.create_index(
        "ix_movements_document", "movements", ["document"], unique=False, postgresql_where=sa.text("document <> ''")
    )
    op.create_index(
        "ix_movements_encounter",
        "movements",
        ["encounter_id"],
        unique=False,
        postgresql_where=sa.text("encounter_id IS NOT NULL"),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["movement_id"],
            ["movements.id"],
            name=op.f("fk_entries_movement_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("movement_id", name="uq_entries_movement"),
    )
    op.create_index("ix_entries_period", "entries", ["period"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("topic", sa.String(length=24), nullable=False),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["movements.id"], name=op.f("fk_outbox_movement_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_waiting", "outbox", ["topic", "sent_at"], unique=False)
    op.create_table(
        "postings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("department_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("party_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("encounter_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("product_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("product_class", sa.String(length=24), nullable=False),
        sa.Column("chargeable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.code"], name=op.f("fk_postings_account")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_postings_department_id")),
        sa.ForeignKeyConstraint(["encounter_id"], ["encounters.id"], name=op.f("fk_postings_encounter_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name=op.f("fk_postings_entry_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["party_id"], ["parties.id"], name=op.f("fk_postings_party_id")),
        sa.ForeignKeyConstraint(["product_id"], ["products.id"], name=op.f("fk_postings_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_postings")),
        sa.UniqueConstraint("entry_id", "line", name="uq_postings_line"),
    )
    op.create_index(
        "ix_postings_encounter",
        "postings",
        ["encounter_id"],
        unique=False,
        postgresql_where=sa.text("encounter_id IS NOT NULL"),
    )
    op.create_index(
        "ix_postings_rollup",
        "postings",
        ["period", "account", "department_id", "product_class", "chargeable"],
        unique=False,
        postgresql_include=["amount"],
    )


def downgrade() -> None:
    op.drop_index("ix_postings_rollup", table_name="postings", postgresql_include=["amount"])
    op.drop_index("ix_postings_encounter", table_name="postings", postgresql_where=sa.text("encounter_id IS NOT NULL"))
    op.drop_table("postings")
    op.drop_index("ix_outbox_waiting", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index("ix_entries_period", table_name="entries")
    op.drop_table("entries")
    op.drop_index(
        "ix_movements_encounter", table_name="movements", postgresql_where=sa.text("encounter_id IS NOT NULL")
    )
    op.drop_index("ix_movements_document", table_name="movements", postgresql_where=sa.text("document <> ''"))
    op.drop_index("ix_movements_day", table_name="movements")
    op.drop_table("movements")
    op.drop_index(op.f("ix_items_receipt_line_id"), table_name="items")
    op.drop_index("ix_items_place", table_name="items")
    op.drop_index(op.f("ix_items_parent_id"), table_name="items")
    op.drop_index("ix_items_lot", table_name="items")
    op.drop_table("items")
    op.drop_table("prices")
    op.drop_index(op.f("ix_packagings_product_id"), table_name="packagings")
    op.drop_table("packagings")
    op.drop_index(op.f("ix_lots_code"), table_name="lots")
    op.drop_table("lots")
    op.drop_index(op.f("ix_dispatches_to_location_id"), table_name="dispatches")
    op.drop_table("dispatches")
    op.drop_table("delivery_lines")
    op.drop_table("closed_totals")
    op.drop_table("tokens")
    op.drop_table("requests")
    op.drop_index(op.f("ix_products_initials"), table_name="products")
    op.drop_table("products")
    op.drop_table("posting_rules")
    op.drop_table("locations")
    op.drop_index(op.f("ix_grants_staff_id"), table_name="grants")
    op.drop_table("grants")
    op.drop_index(op.f("ix_encounters_patient"), table_name="encounters")
    op.drop_index("ix_encounters_drg", table_name="encounters")
    op.drop_index("ix_encounters_active", table_name="encounters")
    op.drop_table("encounters")
    op.drop_index(op.f("ix_deliveries_supplier_id"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_table("closed_periods")
    op.drop_table("staff")
    op.drop_table("parties")
    op.drop_table("job_runs")
    op.drop_table("drg_weights")
    op.drop_table("drg_rates")
    op.drop_table("departments")
    op.drop_table("accounts")
