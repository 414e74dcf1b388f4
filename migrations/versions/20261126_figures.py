"""Figures as of an instant, statements of chosen days, and how long each supplier waits for its money.

Why: what stood in a case of charges and uses was forgotten with the case, and no earlier figure could be told again;
statements reached through a month only; one policy said for all suppliers when invoices fall due; reports on what other
systems tell could be told anew only.
Locks: statements, for as long as two empty columns take; else nothing, three new tables.
Wards may be working: yes.

What cases held that ended before is not known: for instants before the last of these ends the figures are refused.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_figures"
down_revision = "20261126_the_bedside"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("charge_past_facts", "supplier_terms", "kept_figures")


def upgrade() -> None:
    op.create_table(
        "charge_past_facts",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("case_id", _NUMBER, nullable=False),
        sa.Column("charge_line_id", _NUMBER, nullable=True),
        sa.Column("movement_id", _NUMBER, nullable=True),
        sa.Column("department_id", _NUMBER, nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charge_past_facts")),
        sa.ForeignKeyConstraint(["case_id"], ["charge_cases.id"], name=op.f("fk_charge_past_facts_case_id")),
        sa.ForeignKeyConstraint(
            ["charge_line_id"], ["charge_lines.id"], name=op.f("fk_charge_past_facts_charge_line_id")
        ),
        sa.ForeignKeyConstraint(["movement_id"], ["movements.id"], name=op.f("fk_charge_past_facts_movement_id")),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"], name=op.f("fk_charge_past_facts_department_id")),
    )
    op.create_index(op.f("ix_charge_past_facts_case_id"), "charge_past_facts", ["case_id"])
    op.create_index("ix_charge_past_facts_day", "charge_past_facts", ["day_on", "department_id"])
    op.create_table(
        "supplier_terms",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("supplier_id", _NUMBER, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by_id", _NUMBER, nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplier_terms")),
        sa.ForeignKeyConstraint(["supplier_id"], ["parties.id"], name=op.f("fk_supplier_terms_supplier_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["staff.id"], name=op.f("fk_supplier_terms_set_by_id")),
        sa.UniqueConstraint("supplier_id", "version", name=op.f("uq_supplier_terms_supplier_id_version")),
        sa.UniqueConstraint("request_key", name=op.f("uq_supplier_terms_request_key")),
        sa.CheckConstraint("days >= 0", name=op.f("ck_supplier_terms_not_before")),
    )
    op.create_index("ix_supplier_terms_from", "supplier_terms", ["supplier_id", "from_on"])
    op.create_table(
        "kept_figures",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("report", sa.String(length=24), nullable=False),
        sa.Column("asked", sa.String(length=200), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("figures", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", _NUMBER, nullable=False),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_figures")),
        sa.ForeignKeyConstraint(["made_by_id"], ["staff.id"], name=op.f("fk_kept_figures_made_by_id")),
        sa.UniqueConstraint("report", "asked", "version", name=op.f("uq_kept_figures_report_asked_version")),
    )
    for column in ("since_on", "until_on"):
        op.add_column("statements", sa.Column(column, sa.Date(), nullable=True))
    for table in _TABLES:
        _guard(table)


def _guard(table: str) -> None:
    """Let nobody change what is written."""
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
    for column in ("until_on", "since_on"):
        op.drop_column("statements", column)
    for table in _TABLES:
        op.drop_table(table)
