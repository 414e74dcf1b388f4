"""How stays, their groups and bills, departments, weights, rates, revenue and drivers stood until they were told anew.

Why: a report as of an instant took cost of then, and stays, groups, weights and departments as they are now: a merge, a
transfer or another group that was told later changed what had been printed.
Locks: nothing, new tables only.
Wards may be working: yes.

How they stood before this migration was not kept: as of earlier instants they are as this migration found them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_pasts"
down_revision = "20261126_bedside_rules"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = (
    "encounter_pasts", "department_pasts", "drg_weight_pasts", "drg_rate_pasts", "revenue_input_pasts",
    "driver_input_pasts", "grouping_pasts", "case_revenue_pasts",
)  # fmt: skip


def _at(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int = 200, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _past(table: str, of: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("record_id", _NUMBER, nullable=False),
        *columns,
        sa.Column("id", _NUMBER, nullable=False),
        _at("until_at"),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["record_id"], [f"{of}.id"], name=op.f(f"fk_{table}_record_id")),
    )
    op.create_index(f"ix_{table}_then", table, ["record_id", "until_at"])


def upgrade() -> None:
    _past(
        "encounter_pasts", "encounters",
        _text("encounter_class", 24),
        sa.Column("department_id", _NUMBER, nullable=False),
        _at("admitted_at"),
        _at("discharged_at", nullable=True),
        _text("drg_code", 16, nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        _at("merged_at", nullable=True),
        sa.Column("merged_into_id", _NUMBER, nullable=True),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_encounter_pasts_department_id")
        ),
    )  # fmt: skip
    _past(
        "department_pasts", "departments",
        _text("name"), _text("name_en"), _text("cost_class", 24), _text("campus"),
        sa.Column("retired", sa.Boolean(), nullable=False),
    )  # fmt: skip
    _past("drg_weight_pasts", "drg_weights", _text("name"), sa.Column("weight", sa.BigInteger(), nullable=False))
    _past("drg_rate_pasts", "drg_rates", sa.Column("rate", sa.BigInteger(), nullable=False))
    _past("grouping_pasts", "groupings", _text("code", 80), _text("status"))
    for told in ("revenue_input", "driver_input", "case_revenue"):
        _past(f"{told}_pasts", f"{told}s", sa.Column("amount", sa.BigInteger(), nullable=False))
    for table in _TABLES:
        _guard(table)


def _guard(table: str) -> None:
    """Rows are written once, whoever writes."""
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
    for table in reversed(_TABLES):
        op.drop_table(table)
