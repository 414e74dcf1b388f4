"""Step-down: other costs, revenue and drivers of a month, rules in versions, and where every cent of a run went.

Why: the full cost of a clinical department, and from there of a case, needs what others know and how it was shared out.
Locks: nothing, new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_cost_to_drg"
down_revision = "20261126_statements"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WRITTEN_ONCE = ("cost_tables", "step_rules", "step_downs", "step_cells")
_TABLES = ("cost_inputs", "revenue_inputs", "driver_inputs", "cost_tables", "step_rules", "step_downs", "step_cells")


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
