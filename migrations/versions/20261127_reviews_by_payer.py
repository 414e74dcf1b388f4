"""What stands out is told apart by payer; a case comes on the worklist once, however it is grouped. Services without a
unit cost are kept with the run that left them out.

Why: what stood out by a second payer's groups was dropped as known, and a case that was grouped anew stood on the
worklist twice. Bottom-up costing left services without a unit cost out without a word.
Cases that stand there twice already stay, each with what was said to it.
Locks: the worklist of usage review, shortly.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261127_reviews_by_payer"
down_revision = "20261127_as_posted"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REVIEWS, _KEY = "usage_reviews", "uq_usage_reviews_subject"
_APART = """
UPDATE usage_reviews SET apart = group_code WHERE subject NOT IN ('case', 'special') OR EXISTS (
    SELECT 1 FROM usage_reviews earlier
    WHERE earlier.period = usage_reviews.period AND earlier.payer = usage_reviews.payer
    AND earlier.subject = usage_reviews.subject AND earlier.of = usage_reviews.of AND earlier.id < usage_reviews.id)
"""
_UNPRICED = "unpriced_services"


def upgrade() -> None:
    op.add_column(_REVIEWS, sa.Column("apart", sa.String(length=80), nullable=False, server_default=""))
    op.execute(_APART)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(_REVIEWS, "apart", server_default=None)
    _keyed(["period", "payer", "subject", "apart", "of"])
    op.create_table(
        _UNPRICED,
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("run_id", _NUMBER, nullable=False),
        sa.Column("service", sa.String(length=80), nullable=False),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_UNPRICED}")),
        sa.UniqueConstraint("run_id", "service", name=op.f(f"uq_{_UNPRICED}_run_id_service")),
        sa.ForeignKeyConstraint(["run_id"], ["case_runs.id"], name=op.f(f"fk_{_UNPRICED}_run_id")),
    )
    _guard(_UNPRICED)


def downgrade() -> None:
    op.drop_table(_UNPRICED)
    _keyed(["period", "subject", "group_code", "of"])
    op.drop_column(_REVIEWS, "apart")


def _keyed(columns: list[str]) -> None:
    """What may stand there once. SQLite makes the table anew, for which nothing may name its rows meanwhile."""
    bind = op.get_bind()
    if bind.dialect.name == "postgresql":
        op.drop_constraint(_KEY, _REVIEWS, type_="unique")
        op.create_unique_constraint(_KEY, _REVIEWS, columns)
        return
    query = sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    kept = bind.execute(query, {"table": "review_acts"}).all()
    for name, _sql in kept:
        op.execute(f"DROP TRIGGER {name}")
    op.execute("CREATE TABLE review_acts_kept AS SELECT * FROM review_acts")
    op.execute("DELETE FROM review_acts")
    with op.batch_alter_table(_REVIEWS) as table:
        table.drop_constraint(_KEY, type_="unique")
        table.create_unique_constraint(_KEY, columns)
    op.execute("INSERT INTO review_acts SELECT * FROM review_acts_kept")
    op.execute("DROP TABLE review_acts_kept")
    for _name, sql in kept:
        op.execute(sql)


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
