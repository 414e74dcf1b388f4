"""What stands out is told apart by payer; a case comes on the worklist once, however it is grouped.

Why: what stood out by a second payer's groups was dropped as known, and a case that was grouped anew stood on the
worklist twice.
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

_REVIEWS, _KEY = "usage_reviews", "uq_usage_reviews_subject"
_APART = """
UPDATE usage_reviews SET apart = group_code WHERE subject NOT IN ('case', 'special') OR EXISTS (
    SELECT 1 FROM usage_reviews earlier
    WHERE earlier.period = usage_reviews.period AND earlier.payer = usage_reviews.payer
    AND earlier.subject = usage_reviews.subject AND earlier.of = usage_reviews.of AND earlier.id < usage_reviews.id)
"""


def upgrade() -> None:
    op.add_column(_REVIEWS, sa.Column("apart", sa.String(length=80), nullable=False, server_default=""))
    op.execute(_APART)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(_REVIEWS, "apart", server_default=None)
    _keyed(["period", "payer", "subject", "apart", "of"])


def downgrade() -> None:
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
