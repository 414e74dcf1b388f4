"""The tolerance of counts has a value for each class: what a hospital set for all of them becomes that of each.

Why: one tolerance for all lets much pass of what is dear, or has gauze counted again for one piece.
Locks: nothing; three rows are added where a hospital had set the policy.
Wards may be working: yes.

Going back, the added rows stay, as every value of a policy does: nobody asks for them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_tolerance"
down_revision = "20261126_charges"
branch_labels = None
depends_on = None


_COPY = """
    INSERT INTO policy_values (name, version, value, reason, set_at, set_by_id)
    SELECT CAST(:new AS varchar(200)), 1, value, reason, set_at, set_by_id
    FROM policy_values
    WHERE name = 'count.tolerance_permille'
      AND version = (SELECT max(version) FROM policy_values WHERE name = 'count.tolerance_permille')
      AND NOT EXISTS (SELECT 1 FROM policy_values WHERE name = :new)
"""


def upgrade() -> None:
    for name in ("a", "b", "c"):
        op.execute(sa.text(_COPY).bindparams(new=f"count.tolerance_{name}_permille"))


def downgrade() -> None:
    """Values of policies are never deleted."""
