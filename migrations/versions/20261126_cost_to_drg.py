"""Cost to the DRG: step-down of departments, what payers pay for groups, cases costed by several methods.

Why: the full cost of a clinical department, and from there of a case, needs what others know and how it was shared out.
Locks: nothing, new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_cost_to_drg"
down_revision = "20261126_invoices"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_GROUPS = ("payment_groups", "payment_terms", "outlier_bands", "group_standards", "service_unit_costs")
_RUNS = ("case_runs", "case_lines", "case_rests")
_WRITTEN_ONCE = ("cost_tables", "step_rules", "step_downs", "step_cells", *_GROUPS, "stay_rolls", *_RUNS, "review_acts")
_TABLES = (
    "cost_inputs", "revenue_inputs", "driver_inputs", "cost_tables", "step_rules", "step_downs", "step_cells", *_GROUPS,
    "groupings", "case_revenues", "case_services", "stay_costs", "stay_rolls", *_RUNS,
    "usage_reviews", "review_acts", "case_physicians",
)  # fmt: skip


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _big(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _int(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _digest(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(length=32), nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def _pk(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _uq(table: str, *columns: str, name: str = "") -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=name or op.f(f"uq_{table}_{'_'.join(columns)}"))


def _not_negative(table: str) -> sa.CheckConstraint:
    return sa.CheckConstraint("amount >= 0", name=op.f(f"ck_{table}_not_negative"))


def upgrade() -> None:
    _inputs()
    _versions()
    _step_down()
    _payers()
    _cases()
    _case_runs()
    _reviews()
    _guard()


def _inputs() -> None:
    op.create_table(
        "cost_inputs", _number("id"), _text("period", 7), _number("department_id"), _text("item", 24), _big("amount"),
        _pk("cost_inputs"), _uq("cost_inputs", "period", "department_id", "item"), _not_negative("cost_inputs"),
        _to("cost_inputs", "department_id", "departments"),
    )  # fmt: skip
    op.create_table(
        "revenue_inputs", _number("id"), _text("period", 7), _number("department_id"), _number("ordered_by_id"),
        _text("setting", 24), _text("kind", 24), _big("amount"), _pk("revenue_inputs"),
        _uq("revenue_inputs", "period", "department_id", "ordered_by_id", "setting", "kind"),
        _not_negative("revenue_inputs"), _to("revenue_inputs", "department_id", "departments"),
        _to("revenue_inputs", "ordered_by_id", "departments"),
    )  # fmt: skip
    op.create_table(
        "driver_inputs", _number("id"), _text("period", 7), _text("driver", 24), _number("department_id"),
        _big("amount"), _pk("driver_inputs"), _uq("driver_inputs", "period", "driver", "department_id"),
        _not_negative("driver_inputs"), _to("driver_inputs", "department_id", "departments"),
    )  # fmt: skip


def _versions() -> None:
    op.create_table(
        "cost_tables", _number("id"), _text("kind", 24), _text("scope", 80), _text("valid_from", 7), _int("version"),
        _digest("digest"), _int("rows"), _at("set_at"), _number("set_by_id"), _pk("cost_tables"),
        _uq("cost_tables", "kind", "scope", "version"), _to("cost_tables", "set_by_id", "staff"),
    )  # fmt: skip


def _step_down() -> None:
    op.create_table(
        "step_rules", _number("id"), _number("table_id"), _int("level"), _number("department_id", nullable=True),
        _text("driver", 24), _pk("step_rules"), _to("step_rules", "table_id", "cost_tables"),
        _to("step_rules", "department_id", "departments"),
    )  # fmt: skip
    op.create_index("ix_step_rules_table", "step_rules", ["table_id"])
    op.create_table(
        "step_downs", _number("id"), _text("period", 7), _int("version"), _number("rules_id", nullable=True),
        _big("posted"), _big("imported"), _big("total"), _digest("digest"), _at("made_at"), _number("made_by_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False), _digest("content"), _pk("step_downs"),
        _uq("step_downs", "period", "version"), _uq("step_downs", "request_key", name="uq_step_downs_request"),
        _to("step_downs", "rules_id", "cost_tables"), _to("step_downs", "made_by_id", "staff"),
    )  # fmt: skip
    op.create_table(
        "step_cells", _number("id"), _number("step_down_id"), _int("level"), _text("item", 24), _number("source_id"),
        _number("target_id"), _big("amount"), _text("driver", 24), _big("weight"), _big("of_weight"),
        _pk("step_cells"), _uq("step_cells", "step_down_id", "level", "item", "source_id", "target_id"),
        _to("step_cells", "step_down_id", "step_downs"), _to("step_cells", "source_id", "departments"),
        _to("step_cells", "target_id", "departments"),
    )  # fmt: skip


def _payers() -> None:
    op.create_table(
        "payment_groups", _number("id"), _number("table_id"), _text("code", 80), _text("name", 200),
        _big("weight", nullable=True), _big("mean_fee", nullable=True), _pk("payment_groups"),
        _uq("payment_groups", "table_id", "code"), _to("payment_groups", "table_id", "cost_tables"),
    )  # fmt: skip
    op.create_table(
        "payment_terms", _number("id"), _number("table_id"), _big("rate"), _big("coefficient"), _pk("payment_terms"),
        _uq("payment_terms", "table_id"), _to("payment_terms", "table_id", "cost_tables"),
    )  # fmt: skip
    op.create_table(
        "outlier_bands", _number("id"), _number("table_id"), _big("weight_from"), _big("low_below"),
        _big("high_above"), _text("low_pays", 24), _text("high_pays", 24), _pk("outlier_bands"),
        _uq("outlier_bands", "table_id", "weight_from"), _to("outlier_bands", "table_id", "cost_tables"),
    )  # fmt: skip
    op.create_table(
        "group_standards", _number("id"), _number("table_id"), _text("code", 80), _big("standard"),
        _pk("group_standards"), _uq("group_standards", "table_id", "code"),
        _to("group_standards", "table_id", "cost_tables"),
    )  # fmt: skip
    op.create_table(
        "service_unit_costs", _number("id"), _number("table_id"), _text("service", 80), _big("unit_cost"),
        _pk("service_unit_costs"), _uq("service_unit_costs", "table_id", "service"),
        _to("service_unit_costs", "table_id", "cost_tables"),
    )  # fmt: skip


def _cases() -> None:
    op.create_table(
        "groupings", _number("id"), _number("encounter_id"), _text("region", 24), _int("year"), _text("method", 24),
        _text("code", 80), _text("status", 200), _pk("groupings"),
        _uq("groupings", "encounter_id", "region", "year", "method"), _to("groupings", "encounter_id", "encounters"),
    )  # fmt: skip
    op.create_index("ix_groupings_payer", "groupings", ["region", "year", "method", "code"])
    op.create_table(
        "case_revenues", _number("id"), _number("encounter_id"), _text("period", 7), _number("department_id"),
        _text("kind", 24), _big("amount"), _pk("case_revenues"),
        _uq("case_revenues", "encounter_id", "period", "department_id", "kind"), _not_negative("case_revenues"),
        _to("case_revenues", "encounter_id", "encounters"), _to("case_revenues", "department_id", "departments"),
    )  # fmt: skip
    op.create_index("ix_case_revenues_period", "case_revenues", ["period", "department_id"])
    op.create_table(
        "case_services", _number("id"), _number("encounter_id"), _text("period", 7), _text("service", 80),
        _big("quantity"), _pk("case_services"), _uq("case_services", "encounter_id", "period", "service"),
        _to("case_services", "encounter_id", "encounters"),
    )  # fmt: skip
    op.create_index("ix_case_services_period", "case_services", ["period"])
    op.create_table(
        "stay_costs", _number("encounter_id"), _text("period", 7), _number("department_id"),
        sa.Column("chargeable", sa.Boolean(), nullable=False), _big("amount"),
        sa.PrimaryKeyConstraint("encounter_id", "period", "department_id", "chargeable", name=op.f("pk_stay_costs")),
        _to("stay_costs", "encounter_id", "encounters"), _to("stay_costs", "department_id", "departments"),
    )  # fmt: skip
    op.create_index("ix_stay_costs_period", "stay_costs", ["period"])
    op.create_table(
        "stay_rolls", _number("id"), _big("through_posting"), _at("rolled_at"), _pk("stay_rolls"),
        _uq("stay_rolls", "through_posting"),
    )  # fmt: skip


def _case_runs() -> None:
    op.create_table(
        "case_runs", _number("id"), _text("period", 7), _text("method", 24), _text("driver", 24), _int("version"),
        _number("step_down_id", nullable=True), _number("tables_id", nullable=True), _big("cases"), _big("lines"),
        _big("total"), _big("assigned"), _big("unassigned"), _digest("digest"), _at("made_at"),
        _number("made_by_id"), sa.Column("request_key", sa.Uuid(), nullable=False), _digest("content"),
        _pk("case_runs"), _uq("case_runs", "period", "method", "version"),
        _uq("case_runs", "request_key", name="uq_case_runs_request"), _to("case_runs", "step_down_id", "step_downs"),
        _to("case_runs", "tables_id", "cost_tables"), _to("case_runs", "made_by_id", "staff"),
    )  # fmt: skip
    op.create_table(
        "case_lines", _number("id"), _number("run_id"), _number("encounter_id"), _text("item", 24), _big("amount"),
        _pk("case_lines"), _uq("case_lines", "run_id", "encounter_id", "item"),
        _to("case_lines", "run_id", "case_runs"), _to("case_lines", "encounter_id", "encounters"),
    )  # fmt: skip
    op.create_table(
        "case_rests", _number("id"), _number("run_id"), _number("department_id", nullable=True), _text("why", 24),
        _big("amount"), _pk("case_rests"), _to("case_rests", "run_id", "case_runs"),
        _to("case_rests", "department_id", "departments"),
    )  # fmt: skip
    op.create_index("ix_case_rests_run", "case_rests", ["run_id"])


def _reviews() -> None:
    op.create_table(
        "usage_reviews", _number("id"), _text("period", 7), _text("payer", 80), _text("subject", 24),
        _text("group_code", 80), _text("of", 80), _number("encounter_id", nullable=True),
        _number("department_id", nullable=True), _number("product_id", nullable=True), _big("cases"), _big("peers"),
        _big("value"), _big("median"), _big("deviation"), _big("score", nullable=True), _text("why", 24),
        _text("verdict", 24), _int("version"), _at("found_at"), _pk("usage_reviews"),
        _uq("usage_reviews", "period", "subject", "group_code", "of", name="uq_usage_reviews_subject"),
        _to("usage_reviews", "encounter_id", "encounters"), _to("usage_reviews", "department_id", "departments"),
        _to("usage_reviews", "product_id", "products"),
    )  # fmt: skip
    op.create_index("ix_usage_reviews_verdict", "usage_reviews", ["verdict", "period"])
    op.create_table(
        "review_acts", _number("id"), _number("review_id"), _text("verdict", 24), _text("note", 200),
        _number("staff_id"), _at("done_at"), sa.Column("request_key", sa.Uuid(), nullable=False), _digest("content"),
        _pk("review_acts"), _uq("review_acts", "request_key", name="uq_review_acts_request"),
        _to("review_acts", "review_id", "usage_reviews"), _to("review_acts", "staff_id", "staff"),
    )  # fmt: skip
    op.create_index(op.f("ix_review_acts_review_id"), "review_acts", ["review_id"])
    op.create_table(
        "case_physicians", _number("id"), _number("encounter_id"), _text("physician", 80), _pk("case_physicians"),
        _uq("case_physicians", "encounter_id"), _to("case_physicians", "encounter_id", "encounters"),
    )  # fmt: skip
    op.create_index("ix_case_physicians_physician", "case_physicians", ["physician"])


def _guard() -> None:
    """What is in force, and what was reckoned, is written once."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in _WRITTEN_ONCE:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
            )
            continue
        for event in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
