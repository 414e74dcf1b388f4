"""Documents in the journal: invoices, what they are matched to, payments; and the closing calendar.

Why: an invoice, a payment and a price difference are money without goods, and must stand in the same journal.
Locks: entries and postings for the moment two columns stop being mandatory and one is added. On PostgreSQL the check of
entries reads them once (a second for ten million).
Wards may be working: better not.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_invoices"
down_revision = "20261126_statements"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = (
    "document_entries", "closing_calendars", "invoice_lines", "invoice_steps", "invoice_variances", "payments",
    "payment_parts",
)  # fmt: skip
_OPEN = (
    "EXISTS (SELECT 1 FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id "
    "WHERE l.id = {row}.line_id AND i.state {states})"
)
_COLUMN = "document_entry_id INTEGER"
_OF_ONE = (
    ", CONSTRAINT ck_entries_of_one CHECK ((movement_id IS NULL) <> (document_entry_id IS NULL))"
    ", CONSTRAINT fk_entries_document_entry_id FOREIGN KEY(document_entry_id) REFERENCES document_entries (id) "
    "DEFERRABLE INITIALLY DEFERRED"
)
_STANDING = sa.text("state <> 'withdrawn'")

ACCOUNTS = [
    ("1212", "应收账款—医保", "Receivable from the insurer", "asset"),
    ("1214", "预付账款", "Prepayments to suppliers", "asset"),
    ("1302.09", "库存物品—卫生材料—价差", "Inventory: price differences of goods on hand", "asset"),
    ("6101", "事业预算收入", "Budget income", "budget"),
]
EXPENSE = [
    ("clinical", "5001.01"), ("medical_technology", "5001.01"), ("medical_auxiliary", "5001.01"),
    ("administrative", "5101.01"),
]  # fmt: skip
# event, then (account, debit or credit, names the supplier); None is the department's expense
RULES = {
    "invoice": [("1301", 1, True), ("2302.02", -1, True)],
    "invoice_matched": [("2302.01", 1, True), ("1301", -1, True)],
    "accrual_red": [("1302.09", 1, False), ("2302.01", -1, True)],
    "invoice_goods": [("1302.09", 1, False), ("1301", -1, True)],
    "variance_on_hand": [("1302.09", 1, False), ("1301", -1, True)],
    "variance_used": [(None, 1, False), ("1301", -1, True)],
    "variance_released": [(None, 1, False), ("1302.09", -1, False)],
    "pay_bank": [("2302.02", 1, True), ("1002", -1, False), ("7201", 1, False), ("8001", -1, False)],
    "pay_quota": [("2302.02", 1, True), ("1011", -1, False), ("7201", 1, False), ("8001", -1, False)],
    "pay_ahead": [("1214", 1, True), ("1002", -1, False), ("7201", 1, False), ("8001", -1, False)],
    "pay_from_ahead": [("2302.02", 1, True), ("1214", -1, True)],
    "pay_insurer": [("2302.02", 1, True), ("1212", -1, False), ("7201", 1, False), ("6101", -1, False)],
}


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _on(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Date(), nullable=nullable)


def _hash(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=32), nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "document_entries",
        _number("id"), sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        _text("kind", 24), sa.Column("document_id", sa.Integer(), nullable=False), _text("document", 80),
        _text("reason", 200), _at("occurred_at"), _at("recorded_at"), _on("day_on"), _number("staff_id"),
        _text("device", 200), _hash("entry_digest"), _hash("previous_hash"), _hash("hash"),
        sa.ForeignKeyConstraint(
            ["request_key"], ["requests.key"], name=op.f("fk_document_entries_request_key"), initially="DEFERRED",
            deferrable=True,
        ),
        _to("document_entries", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_entries")),
        sa.UniqueConstraint("request_key", "line", name="uq_document_entries_request"),
    )  # fmt: skip
    op.create_index("ix_document_entries_document", "document_entries", ["kind", "document_id"])
    op.create_table(
        "closing_calendars",
        _number("id"), _on("from_on"), sa.Column("last_day", sa.Integer(), nullable=False), _text("reason", 200),
        _at("set_at"), _number("set_by_id"),
        _to("closing_calendars", "set_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing_calendars")),
        sa.UniqueConstraint("from_on", name=op.f("uq_closing_calendars_from_on")),
    )  # fmt: skip
    _open_the_journal()
    _invoices()
    _payments()
    _guard()
    _rows()


def _open_the_journal() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("entries", "movement_id", nullable=True)
        op.alter_column("postings", "product_id", nullable=True)
        op.add_column("entries", _number("document_entry_id", nullable=True))
        op.create_foreign_key(
            op.f("fk_entries_document_entry_id"), "entries", "document_entries", ["document_entry_id"], ["id"],
            initially="DEFERRED", deferrable=True,
        )  # fmt: skip
        op.create_check_constraint(
            op.f("ck_entries_of_one"), "entries", "(movement_id IS NULL) <> (document_entry_id IS NULL)"
        )
    else:
        # SQLite has no way to make a column optional but to copy the table; its manual allows this one instead.
        _in_schema("entries", "movement_id INTEGER NOT NULL", "movement_id INTEGER")
        _in_schema("postings", "product_id INTEGER NOT NULL", "product_id INTEGER")
        op.execute("ALTER TABLE entries ADD COLUMN document_entry_id INTEGER")
        _in_schema("entries", _COLUMN, _COLUMN + _OF_ONE)
    there = sa.text("document_entry_id IS NOT NULL")
    op.create_index(
        "uq_entries_document", "entries", ["document_entry_id"], unique=True, postgresql_where=there, sqlite_where=there
    )


def _in_schema(table: str, before: str, after: str) -> None:
    """A column's text in SQLite's own schema, changed in place. Source: sqlite.org/lang_altertable.html, section 8."""
    bind = op.get_bind()
    version = bind.exec_driver_sql("PRAGMA schema_version").scalar_one()
    bind.exec_driver_sql("PRAGMA writable_schema=ON")
    changed = bind.exec_driver_sql(
        "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ? AND instr(sql, ?) > 0",
        (before, after, table, before),
    )
    assert changed.rowcount == 1, f"{table} is not as it was left"
    bind.exec_driver_sql(f"PRAGMA schema_version={version + 1}")
    bind.exec_driver_sql("PRAGMA writable_schema=RESET")


def _invoices() -> None:
    op.create_table(
        "invoices",
        _number("id"), _text("code", 80), _number("supplier_id"), _text("number", 80), _text("first_number", 80),
        _text("delivery_note", 80), _on("issued_on"), _on("received_on"), _on("due_on"), _text("note", 200),
        _text("state", 24), sa.Column("version", sa.Integer(), nullable=False), _big("lines"), _big("total"),
        _big("paid"), _at("recorded_at"),
        _to("invoices", "supplier_id", "parties"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("code", name=op.f("uq_invoices_code")),
    )  # fmt: skip
    op.create_index(
        "uq_invoices_number", "invoices", ["supplier_id", "number"], unique=True, postgresql_where=_STANDING,
        sqlite_where=_STANDING,
    )  # fmt: skip
    op.create_index("ix_invoices_state", "invoices", ["state"])
    op.create_table(
        "invoice_lines",
        _number("id"), _number("invoice_id"), sa.Column("line", sa.Integer(), nullable=False),
        _number("product_id", nullable=True), _text("name", 200), _text("lot", 80),
        sa.Column("quantity", sa.Integer(), nullable=False), _big("unit_price"), _big("amount"),
        _to("invoice_lines", "invoice_id", "invoices"), _to("invoice_lines", "product_id", "products"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint("invoice_id", "line", name=op.f("uq_invoice_lines_invoice_id_line")),
    )  # fmt: skip
    op.create_table(
        "invoice_matches",
        _number("id"), _number("line_id"), _number("posting_id"), sa.Column("quantity", sa.Integer(), nullable=False),
        _big("accrued"), _big("billed"), _at("matched_at"), _number("staff_id"),
        _to("invoice_matches", "line_id", "invoice_lines"), _to("invoice_matches", "posting_id", "postings"),
        _to("invoice_matches", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_matches")),
    )  # fmt: skip
    op.create_index(op.f("ix_invoice_matches_line_id"), "invoice_matches", ["line_id"])
    op.create_index(op.f("ix_invoice_matches_posting_id"), "invoice_matches", ["posting_id"])
    op.create_table(
        "invoice_variances",
        _number("id"), _number("match_id"), _number("department_id", nullable=True),
        sa.Column("on_hand", sa.Boolean(), nullable=False), _big("amount"), _number("document_entry_id"),
        _to("invoice_variances", "match_id", "invoice_matches"),
        _to("invoice_variances", "department_id", "departments"),
        _to("invoice_variances", "document_entry_id", "document_entries"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_variances")),
    )  # fmt: skip
    op.create_index(op.f("ix_invoice_variances_match_id"), "invoice_variances", ["match_id"])
    op.create_table(
        "invoice_steps",
        _number("id"), _number("invoice_id"), _text("step", 24), _text("state_after", 24), _text("reason", 200),
        _number("staff_id"), _at("done_at"), sa.Column("request_key", sa.Uuid(), nullable=False), _hash("content"),
        _to("invoice_steps", "invoice_id", "invoices"), _to("invoice_steps", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_steps")),
        sa.UniqueConstraint("request_key", "invoice_id", name="uq_invoice_steps_request"),
    )  # fmt: skip
    op.create_index(op.f("ix_invoice_steps_invoice_id"), "invoice_steps", ["invoice_id"])


def _payments() -> None:
    op.create_table(
        "payments",
        _number("id"), _text("code", 80), _number("supplier_id"), _text("way", 24), _big("amount"), _on("paid_on"),
        _text("reference", 80), _number("staff_id"), _at("recorded_at"),
        sa.Column("request_key", sa.Uuid(), nullable=False), _hash("content"),
        _to("payments", "supplier_id", "parties"), _to("payments", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("code", name=op.f("uq_payments_code")),
        sa.UniqueConstraint("request_key", name=op.f("uq_payments_request_key")),
    )  # fmt: skip
    op.create_index(op.f("ix_payments_supplier_id"), "payments", ["supplier_id"])
    op.create_table(
        "payment_parts",
        _number("id"), _number("payment_id"), _number("invoice_id"), _big("amount"),
        _to("payment_parts", "payment_id", "payments"), _to("payment_parts", "invoice_id", "invoices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_parts")),
        sa.UniqueConstraint("payment_id", "invoice_id", name=op.f("uq_payment_parts_payment_id_invoice_id")),
    )  # fmt: skip
    op.create_index(op.f("ix_payment_parts_invoice_id"), "payment_parts", ["invoice_id"])


def _guard() -> None:
    """What is written once stays; a match goes again only while its invoice is not booked, and never changes."""
    kept = _OPEN.format(row="{row}", states="IN ('entered')")
    taken = _OPEN.format(row="{row}", states="IN ('entered', 'booked', 'paid')")
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION spd_refuse_change()"
            )
        op.execute(
            "CREATE TRIGGER invoice_matches_never_changed BEFORE UPDATE ON invoice_matches "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        op.execute(
            f"""CREATE FUNCTION spd_invoice_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF {taken.format(row="NEW")} THEN RETURN NEW; END IF;
                ELSIF {kept.format(row="OLD")} THEN RETURN OLD; END IF;
                RAISE EXCEPTION 'invoice is frozen' USING ERRCODE = 'insufficient_privilege';
            END $$"""
        )
        op.execute(
            "CREATE TRIGGER invoice_matches_frozen BEFORE INSERT OR DELETE ON invoice_matches "
            "FOR EACH ROW EXECUTE FUNCTION spd_invoice_frozen()"
        )
        return
    for table in APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
    op.execute(
        "CREATE TRIGGER invoice_matches_no_update BEFORE UPDATE ON invoice_matches "
        "BEGIN SELECT RAISE(ABORT, 'invoice_matches is append-only'); END"
    )
    for event, row, may in (("INSERT", "NEW", taken), ("DELETE", "OLD", kept)):
        op.execute(
            f"CREATE TRIGGER invoice_matches_frozen_{event.lower()} BEFORE {event} ON invoice_matches "
            f"WHEN NOT {may.format(row=row)} BEGIN SELECT RAISE(ABORT, 'invoice is frozen'); END"
        )


def _rows() -> None:
    bind = op.get_bind()
    bind.execute(
        sa.text("INSERT INTO accounts (code, name, name_en, kind) VALUES (:code, :name, :en, :kind)"),
        [{"code": c, "name": z, "en": e, "kind": k} for c, z, e, k in ACCOUNTS],
    )
    rows = []
    for event, lines in RULES.items():
        for number, (account, sign, supplier) in enumerate(lines, 1):
            for cost_class, of_class in [("", account)] if account else EXPENSE:
                rows.append(
                    {
                        "event": event, "line": number, "cost_class": cost_class, "account": of_class, "sign": sign,
                        "department": account is None, "supplier": supplier,
                    }
                )  # fmt: skip
    bind.execute(
        sa.text(
            "INSERT INTO posting_rules (event, version, line, cost_class, account, sign, names_department, "
            "names_supplier) VALUES (:event, 1, :line, :cost_class, :account, :sign, :department, :supplier)"
        ),
        rows,
    )


def downgrade() -> None:
    """Only where no document was entered: what such an entry says cannot be kept without its table."""
    bind = op.get_bind()
    postgresql = bind.dialect.name == "postgresql"
    for event in RULES:
        bind.execute(sa.text("DELETE FROM posting_rules WHERE event = :event"), {"event": event})
    for code, *_ in ACCOUNTS:
        bind.execute(sa.text("DELETE FROM accounts WHERE code = :code"), {"code": code})
    for table in (
        "payment_parts",
        "payments",
        "invoice_steps",
        "invoice_variances",
        "invoice_matches",
        "invoice_lines",
    ):
        op.drop_table(table)
    op.drop_table("invoices")
    op.drop_index("uq_entries_document", table_name="entries")
    if postgresql:
        op.execute("DROP FUNCTION spd_invoice_frozen()")
        op.drop_constraint(op.f("ck_entries_of_one"), "entries", type_="check")
        op.drop_column("entries", "document_entry_id")
        op.alter_column("entries", "movement_id", nullable=False)
        op.alter_column("postings", "product_id", nullable=False)
    else:
        _in_schema("entries", _COLUMN + _OF_ONE, _COLUMN)
        op.execute("ALTER TABLE entries DROP COLUMN document_entry_id")
        _in_schema("entries", "movement_id INTEGER", "movement_id INTEGER NOT NULL")
        _in_schema("postings", "product_id INTEGER", "product_id INTEGER NOT NULL")
    op.drop_table("closing_calendars")
    op.drop_table("document_entries")
