"""The class that a difference of price was posted in is kept with it; of products their kind of material as well;
matches of invoices that are not booked; and where stays lay before their last transfer.

Why: a difference taken back after its department was put into another class went to that class's account and left the
one that bore it. Whether a product was an implant, and its insurance code, were read from the record of changes, all
else from its pasts. Matches that were taken back before their invoice was booked were deleted: as of an instant nobody
knew of them. All days in bed of a stay were those of the department it lay in last: of stays that there are the last
transfer is filled in, of earlier ones what their next message brings.
Locks: differences of price while they are told their classes, one row for each; `product_pasts` is made anew from the
record of changes, which reports as of an instant wait for.
Wards may be working: yes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261127_as_posted"
down_revision = "20261127_told_before"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXTS = {
    "name": 200, "name_en": 200, "specification": 200, "product_class": 24, "charge_code": 40, "insurance_code": 40,
}  # fmt: skip
_FLAGS = ("chargeable", "implant")
_NEW = ("insurance_code", "implant")
_AT_ONCE = 500
_TABLE = "invoice_variances"

_CLASSES = """
UPDATE invoice_variances SET cost_class = coalesce(
    (SELECT coalesce(
        (SELECT past.cost_class FROM department_pasts past
         WHERE past.record_id = department.id AND past.until_at > entry.recorded_at
         ORDER BY past.until_at, past.id LIMIT 1),
        department.cost_class)
     FROM departments department, document_entries entry
     WHERE department.id = invoice_variances.department_id
       AND entry.id = invoice_variances.document_entry_id), '')
"""


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("cost_class", sa.String(length=24), nullable=False, server_default=""))
    _written(_TABLE, lambda: op.execute(_CLASSES))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(_TABLE, "cost_class", server_default=None)
    op.drop_table("product_pasts")
    _product_pasts([*_TEXTS], _FLAGS)
    _matches_stay()
    for table in ("encounters", "encounter_pasts"):
        op.add_column(table, sa.Column("lay_before", sa.Text(), nullable=False, server_default="[]"))
    _fill_last_transfers()
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("encounter_pasts", "lay_before", server_default=None)


def _fill_last_transfers() -> None:
    stays = sa.table(
        "encounters", sa.column("id", sa.BigInteger()), sa.column("moved_at", sa.DateTime(timezone=True)),
        sa.column("moved_from_id", sa.BigInteger()), sa.column("lay_before", sa.Text()),
    )  # fmt: skip
    connection = op.get_bind()
    moved = sa.select(stays).where(stays.c.moved_at.is_not(None), stays.c.moved_from_id.is_not(None))
    rows = [
        {"number": row.id, "told": json.dumps([[row.moved_from_id, _aware(row.moved_at).isoformat()]])}
        for row in connection.execute(moved)
    ]
    change = sa.update(stays).where(stays.c.id == sa.bindparam("number")).values(lay_before=sa.bindparam("told"))
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(change, rows[start : start + _AT_ONCE])


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def downgrade() -> None:
    for table in ("encounter_pasts", "encounters"):
        op.drop_column(table, "lay_before")
    _matches_go()
    op.drop_table("product_pasts")
    _product_pasts([name for name in _TEXTS if name not in _NEW], [name for name in _FLAGS if name not in _NEW])
    op.drop_column(_TABLE, "cost_class")


_MATCHES = "invoice_matches"
_GOES = (
    "EXISTS (SELECT 1 FROM invoices i JOIN invoice_lines l ON l.invoice_id = i.id "
    "WHERE l.id = OLD.line_id AND i.state IN ('entered'))"
)


def _matches_stay() -> None:
    """A match is written once: another takes it back, whether its invoice is booked or not."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE TRIGGER {_MATCHES}_never_deleted BEFORE DELETE ON {_MATCHES} "
            "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {_MATCHES}_never_truncated BEFORE TRUNCATE ON {_MATCHES} "
            "FOR EACH STATEMENT EXECUTE FUNCTION spd_refuse_change()"
        )
        return
    op.execute(f"DROP TRIGGER {_MATCHES}_frozen_delete")
    op.execute(
        f"CREATE TRIGGER {_MATCHES}_no_delete BEFORE DELETE ON {_MATCHES} "
        f"BEGIN SELECT RAISE(ABORT, '{_MATCHES} is append-only'); END"
    )


def _matches_go() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP TRIGGER {_MATCHES}_never_deleted ON {_MATCHES}")
        op.execute(f"DROP TRIGGER {_MATCHES}_never_truncated ON {_MATCHES}")
        return
    op.execute(f"DROP TRIGGER {_MATCHES}_no_delete")
    op.execute(
        f"CREATE TRIGGER {_MATCHES}_frozen_delete BEFORE DELETE ON {_MATCHES} "
        f"WHEN NOT {_GOES} BEGIN SELECT RAISE(ABORT, 'invoice is frozen'); END"
    )


def _written(table: str, change: Callable[[], None]) -> None:
    """Do something to rows that are written once, and let nobody else."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")
        change()
        op.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")
        return
    query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    kept = bind.execute(query, {"table": table}).all()
    for name, _sql in kept:
        op.execute(f"DROP TRIGGER {name}")
    change()
    for _name, sql in kept:
        op.execute(sql)


def _product_pasts(texts: list[str], flags: Any) -> None:
    """The pasts of products, from what is on record of their changes."""
    table = "product_pasts"
    op.create_table(
        table,
        sa.Column("record_id", _NUMBER, nullable=False),
        *(sa.Column(name, sa.String(length=_TEXTS[name]), nullable=False) for name in texts),
        *(sa.Column(name, sa.Boolean(), nullable=False) for name in flags),
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.ForeignKeyConstraint(["record_id"], ["products.id"], name=op.f(f"fk_{table}_record_id")),
    )
    op.create_index(f"ix_{table}_then", table, ["record_id", "until_at"])
    op.create_index(f"ix_{table}_until", table, ["until_at"])
    _keep_what_is_known(table, texts, flags)
    _guard(table)


def _keep_what_is_known(table: str, texts: list[str], flags: Any) -> None:
    """Their pasts: the newest change undone first."""
    columns = [*(sa.column(name, sa.String()) for name in texts), *(sa.column(name, sa.Boolean()) for name in flags)]
    records = sa.table("products", sa.column("id", sa.BigInteger()), *columns)
    changes = sa.table(
        "product_changes", sa.column("id", sa.BigInteger()), sa.column("product_id", sa.BigInteger()),
        sa.column("attribute", sa.String()), sa.column("before", sa.String()),
        sa.column("changed_at", sa.DateTime(timezone=True)), sa.column("request_key", sa.Uuid()),
    )  # fmt: skip
    pasts = sa.table(
        table, sa.column("record_id", sa.BigInteger()), sa.column("until_at", sa.DateTime(timezone=True)),
        sa.column("known", sa.Boolean()), *(sa.column(one.name, one.type) for one in columns),
    )  # fmt: skip
    kept = [*texts, *flags]
    connection = op.get_bind()
    told = sa.select(changes).where(changes.c.attribute.in_(kept)).order_by(changes.c.product_id, changes.c.id.desc())
    rows: list[dict[str, Any]] = []
    for number, its in groupby(connection.execute(told).all(), key=lambda row: row.product_id):
        now = connection.execute(sa.select(records).where(records.c.id == number)).one()
        stood = {name: getattr(now, name) for name in kept}
        mine: list[dict[str, Any]] = []
        until = None
        for _, acts in groupby(its, key=lambda row: row.request_key):
            for row in acts:
                stood[row.attribute] = row.before == "True" if row.attribute in flags else row.before
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
