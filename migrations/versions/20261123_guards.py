"""Guards in the database itself: what is written once stays, an entry balances, a closed month takes no more.

Why: the rules that prove the books must hold whoever writes, our own code included.
Locks: nothing worth naming, triggers on empty tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261123_guards"
down_revision = "20261123_the_house"
branch_labels = None
depends_on = None

APPEND_ONLY = ("requests", "movements", "entries", "postings", "closed_periods", "closed_totals")

POSTGRESQL_UP = [
    """CREATE FUNCTION spd_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege'; END $$""",
    # All lines of an entry come in one statement, so each statement's lines weigh nothing, and so does every entry.
    """CREATE FUNCTION spd_weigh_entries() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM added GROUP BY entry_id HAVING sum(amount) <> 0) THEN
            RAISE EXCEPTION 'entry does not sum to zero' USING ERRCODE = 'check_violation';
        END IF;
        RETURN NULL;
    END $$""",
    """CREATE TRIGGER postings_balance AFTER INSERT ON postings REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION spd_weigh_entries()""",
    """CREATE FUNCTION spd_refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT 1 FROM closed_periods WHERE period >= NEW.period) THEN
            RAISE EXCEPTION 'period % is closed', NEW.period USING ERRCODE = 'check_violation';
        END IF;
        RETURN NEW;
    END $$""",
    """CREATE TRIGGER entries_open_period BEFORE INSERT ON entries
    FOR EACH ROW EXECUTE FUNCTION spd_refuse_closed()""",
]

SQLITE_UP = [
    # Lines first, their entry last: it is weighed when it comes, and takes no line after.
    """CREATE TRIGGER entries_balance BEFORE INSERT ON entries
    WHEN (SELECT coalesce(sum(amount), 0) <> 0 FROM postings WHERE entry_id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'entry does not sum to zero'); END""",
    """CREATE TRIGGER postings_before_entry BEFORE INSERT ON postings
    WHEN EXISTS (SELECT 1 FROM entries WHERE id = NEW.entry_id)
    BEGIN SELECT RAISE(ABORT, 'entry does not sum to zero'); END""",
    """CREATE TRIGGER entries_open_period BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM closed_periods WHERE period >= NEW.period)
    BEGIN SELECT RAISE(ABORT, 'period is closed'); END""",
]


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in POSTGRESQL_UP if postgresql else SQLITE_UP:
        op.execute(sa.text(statement))
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(
                f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION spd_refuse_change()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_never_truncated BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION spd_refuse_change()"
            )
        else:
            for event in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
                )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table in APPEND_ONLY:
        if postgresql:
            op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
            op.execute(f"DROP TRIGGER {table}_never_truncated ON {table}")
        else:
            op.execute(f"DROP TRIGGER {table}_no_update")
            op.execute(f"DROP TRIGGER {table}_no_delete")
    if postgresql:
        op.execute("DROP TRIGGER postings_balance ON postings")
        op.execute("DROP TRIGGER entries_open_period ON entries")
        for function in ("spd_weigh_entries", "spd_refuse_closed", "spd_refuse_change"):
            op.execute(f"DROP FUNCTION {function}()")
    else:
        for trigger in ("entries_balance", "postings_before_entry", "entries_open_period"):
            op.execute(f"DROP TRIGGER {trigger}")
