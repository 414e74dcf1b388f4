"""Files that people import: how their columns are read, what they would change, what they did.

Why: every change of a file is seen before it is made, and what is made is what was seen.
Locks: nothing, new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261125_imports"
down_revision = "20261125_refill_waves"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"))


def upgrade() -> None:
    op.create_table(
        "import_mappings",
        _number("id"),
        _text("kind", 24),
        _text("name", 200),
        sa.Column("columns", sa.Text(), nullable=False),
        _at("saved_at"),
        sa.Column("saved_by_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_mappings")),
        sa.UniqueConstraint("kind", "name", name=op.f("uq_import_mappings_kind_name")),
    )
    op.create_table(
        "import_files",
        _number("id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        _text("kind", 24),
        _text("file_name", 200),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        _at("uploaded_at"),
        _number("uploaded_by_id"),
        _at("previewed_at", nullable=True),
        sa.Column("plan_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("problem", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("created", "changed", "unchanged", "refused")),
        _at("applied_at", nullable=True),
        _number("applied_by_id", nullable=True),
        _to("import_files", "uploaded_by_id", "staff"),
        _to("import_files", "applied_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_files")),
        sa.UniqueConstraint("request_key", name=op.f("uq_import_files_request_key")),
    )
    op.create_table(
        "import_rows",
        _number("id"),
        _number("import_file_id"),
        sa.Column("row", sa.Integer(), nullable=False),
        _text("outcome", 24),
        _text("subject", 200),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("problems", sa.Text(), nullable=False),
        _to("import_rows", "import_file_id", "import_files"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
    )
    op.create_index("ix_import_rows_file", "import_rows", ["import_file_id", "row"], unique=False)


def downgrade() -> None:
    for table in ("import_rows", "import_files", "import_mappings"):
        op.drop_table(table)
