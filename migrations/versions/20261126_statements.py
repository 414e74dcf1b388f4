"""Statements: what a supplier is owed for a month, line by line, and what was done with it.

Why: finance and supplier agree on one paper, and no line of the journal is settled twice.
Locks: nothing, new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_statements"
down_revision = "20261126_tolerance"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DRAFT = sa.text("state = 'draft'")
_OF_DRAFT = "EXISTS (SELECT 1 FROM statements WHERE id = {row}.statement_id AND state = 'draft')"


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "statements",
        _number("id"),
        _text("code", 80),
        _number("supplier_id"),
        _text("period", 7),
        _text("state", 24),
        sa.Column("version", sa.Integer(), nullable=False),
        _big("lines"),
        _big("exact"),
        _big("total"),
        _at("drafted_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("code", name=op.f("uq_statements_code")),
        _to("statements", "supplier_id", "parties"),
    )
    op.create_index(
        "uq_statements_draft", "statements", ["supplier_id"], unique=True,
        postgresql_where=_DRAFT, sqlite_where=_DRAFT,
    )  # fmt: skip
    op.create_index("ix_statements_state", "statements", ["state"])
    op.create_index(op.f("ix_statements_supplier_id"), "statements", ["supplier_id"])
    op.create_table(
        "statement_lines",
        _number("id"),
        _number("statement_id"),
        sa.Column("line", sa.Integer(), nullable=False),
        _number("posting_id"),
        _number("movement_id"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        _big("unit_price"),
        _big("amount"),
        _big("billed"),
        _text("treatment", 24),
        _number("corrects_id", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_lines")),
        sa.UniqueConstraint("posting_id", name="uq_statement_lines_posting"),
        sa.UniqueConstraint("statement_id", "line", name=op.f("uq_statement_lines_statement_id_line")),
        _to("statement_lines", "statement_id", "statements"),
        _to("statement_lines", "posting_id", "postings"),
        _to("statement_lines", "movement_id", "movements"),
        _to("statement_lines", "corrects_id", "statements"),
    )
    op.create_index(op.f("ix_statement_lines_movement_id"), "statement_lines", ["movement_id"])
    op.create_table(
        "statement_steps",
        _number("id"),
        _number("statement_id"),
        _text("step", 24),
        _text("state_after", 24),
        _big("lines"),
        _big("total"),
        _text("reason", 200),
        _number("staff_id"),
        _at("done_at"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_steps")),
        sa.UniqueConstraint("request_key", "statement_id", name="uq_statement_steps_request"),
        _to("statement_steps", "statement_id", "statements"),
        _to("statement_steps", "staff_id", "staff"),
    )
    op.create_index(op.f("ix_statement_steps_statement_id"), "statement_steps", ["statement_id"])
    _guard()


def _guard() -> None:
    """Steps are written once; lines come and go with a draft alone, and never change."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER statement_steps_append_only BEFORE UPDATE OR DELETE ON statement_steps "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        op.execute(
            "CREATE TRIGGER statement_lines_never_changed BEFORE UPDATE ON statement_lines "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        op.execute(
            f"""CREATE FUNCTION spd_statement_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF {_OF_DRAFT.format(row="NEW")} THEN RETURN NEW; END IF;
                ELSIF {_OF_DRAFT.format(row="OLD")} THEN RETURN OLD; END IF;
                RAISE EXCEPTION 'statement is frozen' USING ERRCODE = 'insufficient_privilege';
            END $$"""
        )
        op.execute(
            "CREATE TRIGGER statement_lines_frozen BEFORE INSERT OR DELETE ON statement_lines "
            "FOR EACH ROW EXECUTE FUNCTION spd_statement_frozen()"
        )
        return
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER statement_steps_no_{event.lower()} BEFORE {event} ON statement_steps "
            "BEGIN SELECT RAISE(ABORT, 'statement_steps is append-only'); END"
        )
    op.execute(
        "CREATE TRIGGER statement_lines_no_update BEFORE UPDATE ON statement_lines "
        "BEGIN SELECT RAISE(ABORT, 'statement_lines is append-only'); END"
    )
    for event, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER statement_lines_frozen_{event.lower()} BEFORE {event} ON statement_lines "
            f"WHEN NOT {_OF_DRAFT.format(row=row)} BEGIN SELECT RAISE(ABORT, 'statement is frozen'); END"
        )


def downgrade() -> None:
    for table in ("statement_steps", "statement_lines", "statements"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION spd_statement_frozen()")
