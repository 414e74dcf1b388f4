"""Registration numbers of products as their certificates have them, and who agreed what with a supplier, and when.

Why: a number typed with a space was "not on record" at the bedside, since licences are kept without; and agreements
could not be written down by anybody, so that nothing told who did.
Locks: products while their numbers are mended, some thousand rows; agreements for two columns, which is an instant.
Wards may be working: yes.

Going back, mended numbers stay: they name the same certificates.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "20261126_buying"
down_revision = "20261126_people"
branch_labels = None
depends_on = None

_PRODUCTS = sa.table("products", sa.column("id", sa.Integer), sa.column("registration_number", sa.String))


def upgrade() -> None:
    _mend()
    with op.batch_alter_table("agreements") as table:
        table.add_column(sa.Column("set_at", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("set_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
        table.create_foreign_key(op.f("fk_agreements_set_by_id"), "staff", ["set_by_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("agreements") as table:
        table.drop_constraint(op.f("fk_agreements_set_by_id"), type_="foreignkey")
        table.drop_column("set_by_id")
        table.drop_column("set_at")


def _mend() -> None:
    bind, number = op.get_bind(), _PRODUCTS.c.registration_number
    for row in bind.execute(sa.select(_PRODUCTS).where(number != "")).all():
        plain = _plain(row.registration_number)
        if plain != row.registration_number:
            bind.execute(sa.update(_PRODUCTS).where(_PRODUCTS.c.id == row.id).values(registration_number=plain))


def _plain(number: str) -> str:
    """Without spaces, in half width; of a device without the 号 that some write behind."""
    plain = "".join(unicodedata.normalize("NFKC", number).split())
    return plain.removesuffix("号") if "械注" in plain or "械备" in plain else plain
