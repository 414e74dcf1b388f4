"""Accounts: accruals taken back over the turn of a month, beside the goods; what a view of HIS showed and is not kept.

Why: hospitals that accrue at a month's end and take it back on the first day need an account and rules for it; a line
of HIS that cannot be kept must not stop those after it.
Locks: posting_rules and chart_accounts for a moment; every version of the rules gets the new events.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_accounts"
down_revision = "20261126_buying"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ACCOUNT = (
    "1302.08",
    "库存物品—卫生材料—暂估冲回",
    "Inventory: accruals taken back",
    "asset",
)
# event: account, debit or credit, whether it names the supplier
RULES = {
    "accrual_back": [("1302.08", 1, True), ("2302.01", -1, True)],
    "accrual_again": [("1302.08", 1, True), ("2302.01", -1, True)],
    "accrual_billed": [("1302.08", 1, True), ("1301", -1, True)],
}
FROZEN = ("posting_rules", "chart_accounts")
ONCE = ("accrual_runs", "accrual_turns")


def upgrade() -> None:
    op.create_table(
        "accrual_runs",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", NUMBER, nullable=False),
        sa.Column("takes_back", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_accrual_runs_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accrual_runs")),
        sa.UniqueConstraint("period", name=op.f("uq_accrual_runs_period")),
    )
    op.create_table(
        "accrual_turns",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("run_id", NUMBER, nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("supplier_id", NUMBER, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", NUMBER, nullable=True),
        sa.Column("document_entry_id", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["accrual_runs.id"], name=op.f("fk_accrual_turns_run_id")),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_accrual_turns_supplier_id")),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"], name=op.f("fk_accrual_turns_invoice_id")),
        sa.ForeignKeyConstraint(
            ["document_entry_id"], ["document_entries.id"], name=op.f("fk_accrual_turns_document_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accrual_turns")),
    )
    for column in ("run_id", "invoice_id"):
        op.create_index(op.f(f"ix_accrual_turns_{column}"), "accrual_turns", [column])
    for table in ONCE:
        _written_once(table)
    _thawed(_add_rules)
    op.create_table(
        "charge_rejects",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("code", sa.String(length=80), nullable=False),
        sa.Column("zh", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("how", sa.String(length=24), nullable=False),
        sa.Column("settled_by_id", NUMBER, nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["settled_by_id"], ["staff.id"], name=op.f("fk_charge_rejects_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_rejects")),
        sa.UniqueConstraint("digest", name=op.f("uq_charge_rejects_digest")),
    )
    op.create_index("ix_charge_rejects_open", "charge_rejects", ["settled_at", "first_at"])


def _add_rules() -> None:
    bind = op.get_bind()
    code, name, name_en, kind = ACCOUNT
    said = {"code": code, "name": name, "name_en": name_en, "kind": kind}
    there = bind.execute(sa.text("SELECT count(*) FROM accounts WHERE code = :code"), {"code": code}).scalar()
    if not there:
        bind.execute(
            sa.text("INSERT INTO accounts (code, name, name_en, kind) VALUES (:code, :name, :name_en, :kind)"), said
        )
    versions = [row[0] for row in bind.execute(sa.text("SELECT number FROM rule_versions ORDER BY number"))]
    for version in versions:
        known = sa.text("SELECT count(*) FROM chart_accounts WHERE version = :version AND code = :code")
        if not bind.execute(known, {"version": version, "code": code}).scalar():
            bind.execute(
                sa.text(
                    "INSERT INTO chart_accounts (version, code, name, name_en, kind) "
                    "VALUES (:version, :code, :name, :name_en, :kind)"
                ),
                said | {"version": version},
            )
        rows = [
            {"event": event, "version": version, "line": line, "account": account, "sign": sign, "supplier": supplier}
            for event, lines in RULES.items()
            for line, (account, sign, supplier) in enumerate(lines, 1)
        ]
        bind.execute(
            sa.text(
                "INSERT INTO posting_rules (event, version, line, cost_class, account, sign, names_department, "
                "names_supplier) VALUES (:event, :version, :line, '', :account, :sign, :no, :supplier)"
            ),
            [row | {"no": False} for row in rows],
        )


def _thawed(change: object) -> None:
    """Do something to versions that hold, and freeze them again."""
    assert callable(change)
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        for table in FROZEN:
            op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_frozen")
        change()
        for table in FROZEN:
            op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_frozen")
        return
    query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    kept = [row for table in FROZEN for row in bind.execute(query, {"table": table})]
    for name, _sql in kept:
        op.execute(f"DROP TRIGGER {name}")
    change()
    for _name, sql in kept:
        op.execute(sql)


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
    """What was taken back stays in the journal; its account stays where it was posted to."""
    op.drop_table("charge_rejects")
    _thawed(_drop_rules)
    for table in reversed(ONCE):
        op.drop_table(table)


def _drop_rules() -> None:
    bind = op.get_bind()
    for event in RULES:
        bind.execute(sa.text("DELETE FROM posting_rules WHERE event = :event"), {"event": event})
    said = {"code": ACCOUNT[0]}
    bind.execute(sa.text("DELETE FROM chart_accounts WHERE code = :code"), said)
    if not bind.execute(sa.text("SELECT count(*) FROM postings WHERE account = :code"), said).scalar():
        bind.execute(sa.text("DELETE FROM accounts WHERE code = :code"), said)
