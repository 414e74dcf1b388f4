"""Groundwork: policies, long work, holds, what a product is admitted and controlled as, goods lost, found, sent back.

Why: what the whole supply side stands on. A loss in the store is no department's cost: its account is of
its own kind.
Locks: products for the moment its columns are added (each with a constant default: no rewrite).
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_groundwork"
down_revision = "20261123_codes"
branch_labels = None
depends_on = None

ACCOUNTS = [
    ("3001", "累计盈余", "Accumulated surplus", "equity"),
    ("4609", "其他收入", "Other income", "income"),
]
ALL, CENTRAL, WARD, ACCRUED, DISPOSAL = "", "1302.01", "1302.02", "2302.01", "5301"
# event, line, class of department, account, debit or credit, names the department, names the supplier
RULES = [
    ("return_supplier_store", 1, ALL, ACCRUED, 1, False, True),
    ("return_supplier_store", 2, ALL, CENTRAL, -1, False, False),
    ("return_supplier_ward", 1, ALL, ACCRUED, 1, False, True),
    ("return_supplier_ward", 2, ALL, WARD, -1, False, False),
    ("loss_store", 1, ALL, DISPOSAL, 1, False, False),
    ("loss_store", 2, ALL, CENTRAL, -1, False, False),
    ("loss_consigned_store", 1, ALL, DISPOSAL, 1, False, False),
    ("loss_consigned_store", 2, ALL, ACCRUED, -1, False, True),
    ("gain_store", 1, ALL, CENTRAL, 1, False, False),
    ("gain_store", 2, ALL, "4609", -1, False, False),
    ("opening_store", 1, ALL, CENTRAL, 1, False, False),
    ("opening_store", 2, ALL, "3001", -1, False, False),
    ("opening_ward", 1, ALL, WARD, 1, False, False),
    ("opening_ward", 2, ALL, "3001", -1, False, False),
    ("loss_ward", 2, ALL, WARD, -1, False, False),
    ("loss_consigned_ward", 2, ALL, ACCRUED, -1, False, True),
    ("gain_ward", 2, ALL, WARD, 1, False, False),
]
for _event, _sign in (("loss_ward", 1), ("loss_consigned_ward", 1), ("gain_ward", -1)):
    RULES += [
        (_event, 1, cost_class, account, _sign, True, False)
        for cost_class, account in (
            ("clinical", "5001.01"),
            ("medical_technology", "5001.01"),
            ("medical_auxiliary", "5001.01"),
            ("administrative", "5101.01"),
        )
    ]
EVENTS = sorted({rule[0] for rule in RULES})


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "policy_values",
        _number("id"),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_values")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_policy_values_name_version")),
    )
    op.create_table(
        "tasks",
        _number("id"),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=24), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
    )
    op.create_table(
        "holds",
        _number("id"),
        _number("item_id"),
        sa.Column("reason", sa.String(length=24), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        _number("placed_by_id"),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        _number("released_by_id", nullable=True),
        sa.Column("release_note", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name=op.f("fk_holds_item_id")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["staff.id"], name=op.f("fk_holds_placed_by_id")),
        sa.ForeignKeyConstraint(["released_by_id"], ["staff.id"], name=op.f("fk_holds_released_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(
        "ix_holds_open", "holds", ["item_id"], unique=False, postgresql_where=sa.text("released_at IS NULL")
    )
    op.create_index("ix_holds_reference", "holds", ["reference"], unique=False)
    op.create_index(op.f("ix_holds_request_key"), "holds", ["request_key"], unique=False)
    for column in (
        sa.Column("ved", sa.String(length=1), nullable=False, server_default="E"),
        sa.Column("control_class", sa.String(length=24), nullable=False, server_default=""),
        sa.Column("attributes", sa.Text(), nullable=False, server_default="{}"),
        sa.Column("admission", sa.String(length=24), nullable=False, server_default="admitted"),
        sa.Column("admitted_until_on", sa.Date(), nullable=True),
    ):
        op.add_column("products", column)
    _rows()


def _rows() -> None:
    bind = op.get_bind()
    bind.execute(
        sa.text("INSERT INTO accounts (code, name, name_en, kind) VALUES (:code, :name, :en, :kind)"),
        [{"code": c, "name": z, "en": e, "kind": k} for c, z, e, k in ACCOUNTS],
    )
    op.execute("UPDATE accounts SET kind = 'disposal' WHERE code = '5301'")
    names = ("event", "line", "cost_class", "account", "sign", "department", "supplier")
    bind.execute(
        sa.text(
            "INSERT INTO posting_rules (event, version, line, cost_class, account, sign, names_department, "
            "names_supplier) VALUES (:event, 1, :line, :cost_class, :account, :sign, :department, :supplier)"
        ),
        [dict(zip(names, rule, strict=True)) for rule in RULES],
    )


def downgrade() -> None:
    bind = op.get_bind()
    bind.execute(sa.text("DELETE FROM posting_rules WHERE event = :event"), [{"event": event} for event in EVENTS])
    bind.execute(sa.text("DELETE FROM accounts WHERE code = :code"), [{"code": row[0]} for row in ACCOUNTS])
    op.execute("UPDATE accounts SET kind = 'expense' WHERE code = '5301'")
    for name in ("admitted_until_on", "admission", "attributes", "control_class", "ved"):
        op.drop_column("products", name)
    for table in ("holds", "tasks", "policy_values"):
        op.drop_table(table)
