"""How products, suppliers, other costs and physicians stood until they were told anew, and drafts until drawn again.

Why: a report as of an instant named products and suppliers, and put stock into classes, as they are called and classed
now; what was told of other costs and of physicians before was gone, and so were the lines of a draft drawn again.
Locks: nothing, new tables only; what was changed of products and suppliers is read once.
Wards may be working: yes.

Of products and suppliers all that was changed so far is on record, and is kept from there. Of the others, how they
stood before this migration was not kept: as of earlier instants they are as this migration found them.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261127_told_before"
down_revision = "20261127_sterility"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLES = ("product_pasts", "party_pasts", "cost_input_pasts", "case_physician_pasts", "statement_lines_before")
_AT_ONCE = 500


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, _NUMBER, nullable=nullable)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int = 200) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}"))


def _past(table: str, of: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        _number("record_id"),
        *columns,
        _number("id"),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _refers(table, "record_id", of),
    )
    op.create_index(f"ix_{table}_then", table, ["record_id", "until_at"])


def upgrade() -> None:
    _past(
        "product_pasts", "products",
        _text("name"), _text("name_en"), _text("specification"), _text("product_class", 24),
        _text("charge_code", 40), sa.Column("chargeable", sa.Boolean(), nullable=False),
    )  # fmt: skip
    op.create_index("ix_product_pasts_until", "product_pasts", ["until_at"])
    _past("party_pasts", "parties", _text("name"), _text("name_en"))
    _past("cost_input_pasts", "cost_inputs", _big("amount"))
    _past("case_physician_pasts", "case_physicians", _text("physician", 80))
    table = "statement_lines_before"
    op.create_table(
        table,
        _number("id"), _number("statement_id"), _number("drawn_id"), sa.Column("line", sa.Integer(), nullable=False),
        _number("posting_id"), _number("movement_id"), sa.Column("quantity", sa.Integer(), nullable=False),
        _big("unit_price"), _big("amount"), _big("billed"), _text("treatment", 24),
        _number("corrects_id", nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        _refers(table, "statement_id", "statements"), _refers(table, "drawn_id", "statement_steps"),
        _refers(table, "posting_id", "postings"), _refers(table, "movement_id", "movements"),
        _refers(table, "corrects_id", "statements"),
    )  # fmt: skip
    op.create_index(op.f(f"ix_{table}_drawn_id"), table, ["drawn_id"])
    texts = ("name", "name_en", "specification", "product_class", "charge_code")
    _keep_what_is_known("product", "products", [*(sa.column(name, sa.String()) for name in texts), _CHARGEABLE])
    _keep_what_is_known("party", "parties", [sa.column(name, sa.String()) for name in texts[:2]])
    for one in _TABLES:
        _guard(one)


_CHARGEABLE = sa.column("chargeable", sa.Boolean())


def _keep_what_is_known(one: str, table: str, columns: list[sa.ColumnClause[Any]]) -> None:
    """Their pasts, from what is on record of their changes: the newest undone first."""
    of = f"{one}_id"
    records = sa.table(table, sa.column("id", sa.BigInteger()), *columns)
    changes = sa.table(
        f"{one}_changes", sa.column("id", sa.BigInteger()), sa.column(of, sa.BigInteger()),
        sa.column("attribute", sa.String()), sa.column("before", sa.String()),
        sa.column("changed_at", sa.DateTime(timezone=True)), sa.column("request_key", sa.Uuid()),
    )  # fmt: skip
    pasts = sa.table(
        f"{one}_pasts", sa.column("record_id", sa.BigInteger()), sa.column("until_at", sa.DateTime(timezone=True)),
        sa.column("known", sa.Boolean()), *(sa.column(each.name, each.type) for each in columns),
    )  # fmt: skip
    kept = [each.name for each in columns]
    connection = op.get_bind()
    told = sa.select(changes).where(changes.c.attribute.in_(kept)).order_by(changes.c[of], changes.c.id.desc())
    rows: list[dict[str, Any]] = []
    for number, its in groupby(connection.execute(told).all(), key=lambda row: getattr(row, of)):
        now = connection.execute(sa.select(records).where(records.c.id == number)).one()
        stood = {name: getattr(now, name) for name in kept}
        mine: list[dict[str, Any]] = []
        until = None
        for _, acts in groupby(its, key=lambda row: row.request_key):
            for row in acts:
                stood[row.attribute] = row.before == "True" if row.attribute == "chargeable" else row.before
                at = row.changed_at
            # none ends before an earlier one, whatever the clocks of two who changed it said
            until = at if until is None else min(until, at)
            mine.append({"record_id": number, "until_at": until, "known": True, **stood})
        rows += reversed(mine)
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(sa.insert(pasts), rows[start : start + _AT_ONCE])


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
