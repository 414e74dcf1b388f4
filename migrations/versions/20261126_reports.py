"""Reports that answer at once and as ever: what a closed month cost and held, in the cells that reports ask for.

Why: a month of millions of movements is asked for again and again after it is closed; its figures no longer change.
Locks: nothing, new tables; months closed before are summed up once, which reads their postings.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_reports"
down_revision = "20261126_cost_to_drg"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WRITTEN_ONCE = ("kept_closings", "closed_cells", "closed_stock", "budget_releases")
_OPEN = "EXISTS (SELECT 1 FROM budget_versions WHERE id = {row}.version_id AND approved_at IS NULL)"

_CLOSINGS = """
    INSERT INTO kept_closings (period, version, last_movement_id)
    SELECT period, 1, (SELECT coalesce(max(id), 0) FROM movements WHERE recorded_at <= closed_at) FROM closed_periods
"""
_CELLS = """
    INSERT INTO closed_cells (period, version, account, department_id, product_class, chargeable, amount, lines)
    SELECT period, 1, account, department_id, product_class, chargeable, sum(amount), count(*) FROM postings
    WHERE period IN (SELECT period FROM closed_periods)
    GROUP BY period, account, department_id, product_class, chargeable
"""


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    _closings()
    _budgets()
    _saved()
    for table in WRITTEN_ONCE:
        _write_once(table)
    op.execute(_CLOSINGS)
    op.execute(_CELLS)


def _closings() -> None:
    op.create_table(
        "kept_closings",
        _number("id"),
        _text("period", 7),
        _whole("version"),
        _big("last_movement_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_closings")),
        sa.UniqueConstraint("period", "version", name=op.f("uq_kept_closings_period_version")),
    )
    op.create_table(
        "closed_cells",
        _number("id"),
        _text("period", 7),
        _whole("version"),
        _text("account", 16),
        _number("department_id", nullable=True),
        _text("product_class", 24),
        sa.Column("chargeable", sa.Boolean(), nullable=False),
        _big("amount"),
        _big("lines"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_cells")),
        _to("closed_cells", "department_id", "departments"),
    )
    op.create_index("ix_closed_cells_period", "closed_cells", ["period", "account"])
    op.create_table(
        "closed_stock",
        _number("id"),
        _text("period", 7),
        _whole("version"),
        _number("department_id"),
        _text("product_class", 24),
        _text("part", 24),
        _big("quantity"),
        _big("amount"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_stock")),
        _to("closed_stock", "department_id", "departments"),
    )
    op.create_index("ix_closed_stock_period", "closed_stock", ["period"])


def _budgets() -> None:
    op.create_table(
        "budget_versions",
        _number("id"),
        _whole("number"),
        _text("from_period", 7),
        _text("note", 200),
        _at("made_at"),
        _number("made_by_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        _number("approved_by_id", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_versions")),
        sa.UniqueConstraint("number", name=op.f("uq_budget_versions_number")),
        sa.UniqueConstraint("request_key", name="uq_budget_versions_request"),
        _to("budget_versions", "made_by_id", "staff"),
        _to("budget_versions", "approved_by_id", "staff"),
    )
    op.create_table(
        "budget_lines",
        _number("id"),
        _number("version_id"),
        _number("department_id"),
        _text("product_class", 24),
        _text("basis", 24),
        _big("amount"),
        _at("set_at"),
        _number("set_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_lines")),
        sa.UniqueConstraint(
            "version_id", "department_id", "product_class", "basis",
            name=op.f("uq_budget_lines_version_id_department_id_product_class_basis"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_budget_lines_not_negative")),
        _to("budget_lines", "version_id", "budget_versions"),
        _to("budget_lines", "department_id", "departments"),
        _to("budget_lines", "set_by_id", "staff"),
    )  # fmt: skip
    op.create_table(
        "budget_releases",
        _number("id"),
        _text("period", 7),
        _number("department_id"),
        _text("reason", 200),
        _at("released_at"),
        _number("released_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_budget_releases")),
        sa.UniqueConstraint("period", "department_id", name=op.f("uq_budget_releases_period_department_id")),
        _to("budget_releases", "department_id", "departments"),
        _to("budget_releases", "released_by_id", "staff"),
    )
    op.create_table(
        "workloads",
        _number("id"),
        _text("period", 7),
        _number("department_id"),
        _text("measure", 24),
        _big("amount"),
        _at("told_at"),
        _number("told_by_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workloads")),
        sa.UniqueConstraint(
            "period", "department_id", "measure", name=op.f("uq_workloads_period_department_id_measure")
        ),
        _to("workloads", "department_id", "departments"),
        _to("workloads", "told_by_id", "staff"),
    )
    _freeze_approved()


def _saved() -> None:
    op.create_table(
        "saved_reports",
        _number("id"),
        _text("name", 200),
        _text("report", 24),
        sa.Column("said", sa.Text(), nullable=False),
        _text("months", 24),
        _text("format", 24),
        _text("schedule", 24),
        sa.Column("recipients", sa.Text(), nullable=False),
        sa.Column("to_folder", sa.Boolean(), nullable=False),
        _text("language", 24),
        _number("owner_id"),
        _at("saved_at"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_reports")),
        sa.UniqueConstraint("request_key", name="uq_saved_reports_request"),
        _to("saved_reports", "owner_id", "staff"),
    )
    op.create_index(op.f("ix_saved_reports_owner_id"), "saved_reports", ["owner_id"])


def _freeze_approved() -> None:
    """Lines come, go and change with a draft alone; what is approved stays."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"""CREATE FUNCTION spd_budget_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'INSERT' THEN
                    IF {_OPEN.format(row="NEW")} THEN RETURN NEW; END IF;
                ELSIF {_OPEN.format(row="OLD")} THEN RETURN OLD; END IF;
                RAISE EXCEPTION 'budget is approved' USING ERRCODE = 'insufficient_privilege';
            END $$"""
        )
        op.execute(
            "CREATE TRIGGER budget_lines_frozen BEFORE INSERT OR DELETE ON budget_lines "
            "FOR EACH ROW EXECUTE FUNCTION spd_budget_frozen()"
        )
        op.execute(
            "CREATE TRIGGER budget_lines_never_changed BEFORE UPDATE ON budget_lines "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        return
    op.execute(
        "CREATE TRIGGER budget_lines_no_update BEFORE UPDATE ON budget_lines "
        "BEGIN SELECT RAISE(ABORT, 'budget_lines is append-only'); END"
    )
    for event, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
        op.execute(
            f"CREATE TRIGGER budget_lines_frozen_{event.lower()} BEFORE {event} ON budget_lines "
            f"WHEN NOT {_OPEN.format(row=row)} BEGIN SELECT RAISE(ABORT, 'budget is approved'); END"
        )


def _write_once(table: str) -> None:
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
    for table in ("saved_reports", "workloads", "budget_releases", "budget_lines", "budget_versions"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION spd_budget_frozen()")
    for table in ("closed_stock", "closed_cells", "kept_closings"):
        op.drop_table(table)
