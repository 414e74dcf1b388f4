"""Closing: days that wards sign, months with what must be done first, reopening by two, rules in versions.

Why: what is open of a day or a month is settled or has a reason before its figures are final.
Locks: nothing, new tables.
Wards may be working: yes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "20261126_closing"
down_revision = "20261126_money"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RULES = ("posting_rules", "chart_accounts")
CENTRAL, WARD, PENDING = "1302.01", "1302.02", "1902"
# event, then (account, debit or credit); None is the department's expense
THROUGH: dict[str, list[tuple[str | None, int]]] = {
    "loss_store": [(PENDING, 1), (CENTRAL, -1), ("5301", 1), (PENDING, -1)],
    "loss_ward": [(PENDING, 1), (WARD, -1), (None, 1), (PENDING, -1)],
    "gain_store": [(CENTRAL, 1), (PENDING, -1), (PENDING, 1), ("4609", -1)],
    "gain_ward": [(WARD, 1), (PENDING, -1), (PENDING, 1), (None, -1)],
}
DONATIONS: dict[str, list[tuple[str | None, int]]] = {
    "donation_store": [(CENTRAL, 1), ("4603", -1)],
    "donation_ward": [(WARD, 1), ("4603", -1)],
}
EXPENSE = [
    ("clinical", "5001.01"), ("medical_technology", "5001.01"), ("medical_auxiliary", "5001.01"),
    ("administrative", "5101.01"),
]  # fmt: skip
MONTHS = ("period_steps", "closed_totals")
LISTS = ("closing_waivers", "closing_checked")
DAYS = ("day_closes", "day_remains", "late_arrivals", "missed_days")


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, NUMBER, nullable=nullable)


def _big(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _at(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _to(table: str, column: str, other: str, key: str = "id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.{key}"], name=op.f(f"fk_{table}_{column}"))


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}"))


_TOTALS = sa.table(
    "closed_totals", *(sa.column(name) for name in ("id", "period", "account", "department", "amount", "lines"))
)
_TOTALS_NOW = sa.table(
    "closed_totals",
    *(sa.column(name) for name in ("id", "period", "version", "account", "department", "amount", "lines")),
)
_STEPS = sa.text(
    """
    INSERT INTO period_steps (period, step, version, closed_through, last_movement_id, as_of, role, reason, done_at,
                              done_by_id)
    SELECT closed.period, 'closed', 1, closed.period, coalesce(kept.last_movement_id, 0),
           CASE WHEN (SELECT max(recorded_at) FROM entries WHERE entries.period = closed.period) > closed.closed_at
                THEN (SELECT max(recorded_at) FROM entries WHERE entries.period = closed.period)
                ELSE closed.closed_at END,
           '', '', closed.closed_at, closed.closed_by_id
    FROM closed_periods AS closed
    LEFT JOIN kept_closings AS kept ON kept.period = closed.period AND kept.version = 1
    ORDER BY closed.period
    """
)
_PERIODS = sa.text(
    """
    INSERT INTO closed_periods (period, closed_at, closed_by_id)
    SELECT period, done_at, done_by_id FROM period_steps AS step
    WHERE step.step = 'closed' AND step.period <= (SELECT closed_through FROM period_steps ORDER BY id DESC LIMIT 1)
      AND step.version = (SELECT max(version) FROM period_steps AS other
                          WHERE other.period = step.period AND other.step = 'closed')
    """
)


def upgrade() -> None:
    _days()
    _months()
    _lists()
    _rules()
    _donations()
    for table in (*DAYS, *MONTHS, *LISTS):
        _written_once(table)


def _donations() -> None:
    op.create_table(
        "donations",
        _number("id"), _text("code", 80), _text("donor", 200), _number("supplier_id"), _number("product_id"),
        _text("lot", 80), sa.Column("expires_on", sa.Date(), nullable=True), _big("quantity"), _big("unit_price"),
        _number("location_id"), _text("note", 200), _text("state", 24), _at("asked_at"), _number("asked_by_id"),
        sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False), _at("decided_at", nullable=True),
        _number("decided_by_id", nullable=True), sa.Column("decided_key", sa.Uuid(), nullable=True),
        _text("decision", 200), sa.Column("period", sa.String(length=7), nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_donations_gives_something")),
        _to("donations", "supplier_id", "parties"), _to("donations", "product_id", "products"),
        _to("donations", "location_id", "locations"), _to("donations", "asked_by_id", "staff"),
        _to("donations", "decided_by_id", "staff"), _key("donations"), _unique("donations", "code"),
        _unique("donations", "request_key"), _unique("donations", "decided_key"),
    )  # fmt: skip


def _rules() -> None:
    """What holds becomes version 1; version 2 passes losses and finds through 1902 and knows donations.

    It holds at once where nothing was posted yet, else from the month after the last one posted to.
    """
    bind = op.get_bind()
    op.create_table(
        "rule_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False), _text("note", 200), _at("made_at"),
        _number("made_by_id", nullable=True), sa.Column("request_key", sa.Uuid(), nullable=True),
        sa.Column("from_period", sa.String(length=7), nullable=True), _at("active_at", nullable=True),
        _number("active_by_id", nullable=True),
        _to("rule_versions", "made_by_id", "staff"), _to("rule_versions", "active_by_id", "staff"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_rule_versions")), _unique("rule_versions", "request_key"),
    )  # fmt: skip
    op.create_table(
        "chart_accounts",
        _number("id"), sa.Column("version", sa.Integer(), nullable=False), _text("code", 16), _text("name", 200),
        _text("name_en", 200), _text("kind", 24),
        _to("chart_accounts", "version", "rule_versions", "number"), _key("chart_accounts"),
        _unique("chart_accounts", "version", "code"),
    )  # fmt: skip
    last = bind.execute(sa.text("SELECT max(period) FROM entries")).scalar()
    begins = "" if last is None else f"{int(last[:4]) + int(last[5:]) // 12:04d}-{int(last[5:]) % 12 + 1:02d}"
    for number, based_on, since in ((1, 0, ""), (2, 1, begins)):
        bind.execute(
            sa.text(
                "INSERT INTO rule_versions (number, based_on, note, made_at, from_period, active_at) VALUES "
                "(:number, :based_on, '', CURRENT_TIMESTAMP, :since, CURRENT_TIMESTAMP)"
            ),
            {"number": number, "based_on": based_on, "since": since},
        )
        bind.execute(
            sa.text(
                "INSERT INTO chart_accounts (version, code, name, name_en, kind) "
                "SELECT :number, code, name, name_en, kind FROM accounts ORDER BY code"
            ),
            {"number": number},
        )
    _second_version()
    if bind.dialect.name == "postgresql":
        op.drop_constraint("fk_posting_rules_account", "posting_rules", type_="foreignkey")
    else:
        _without_foreign_key()
    _freeze_rules()


def _without_foreign_key() -> None:
    """A draft may name an account that comes to be with its activation. SQLite makes the table anew."""
    with op.batch_alter_table("posting_rules") as table:
        table.drop_constraint("fk_posting_rules_account", type_="foreignkey")


def _second_version() -> None:
    bind = op.get_bind()
    kept = ", ".join(f"'{event}'" for event in THROUGH)
    bind.execute(
        sa.text(
            "INSERT INTO posting_rules (event, version, line, cost_class, account, sign, names_department, "  # noqa: S608
            "names_supplier) SELECT event, 2, line, cost_class, account, sign, names_department, names_supplier "
            f"FROM posting_rules WHERE version = 1 AND event NOT IN ({kept}) ORDER BY id"
        )
    )
    rows = []
    for event, lines in {**THROUGH, **DONATIONS}.items():
        for number, (account, sign) in enumerate(lines, 1):
            for cost_class, of_class in [("", account)] if account else EXPENSE:
                rows.append(
                    {
                        "event": event, "line": number, "cost_class": cost_class, "account": of_class, "sign": sign,
                        "department": account is None, "no": False,
                    }
                )  # fmt: skip
    bind.execute(
        sa.text(
            "INSERT INTO posting_rules (event, version, line, cost_class, account, sign, names_department, "
            "names_supplier) VALUES (:event, 2, :line, :cost_class, :account, :sign, :department, :no)"
        ),
        rows,
    )


def _freeze_rules() -> None:
    """The accounts and lines of a version that holds stay; a version that was activated stays as it is."""
    active = "EXISTS (SELECT 1 FROM rule_versions WHERE number = {row}.version AND active_at IS NOT NULL)"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION spd_rules_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP <> 'INSERT' AND {active.format(row='OLD')} OR TG_OP <> 'DELETE' AND "
            f"{active.format(row='NEW')} THEN RAISE EXCEPTION 'the version of the rules holds' "
            "USING ERRCODE = 'insufficient_privilege'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )
        op.execute(
            "CREATE FUNCTION spd_version_frozen() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF OLD.active_at IS NOT NULL THEN RAISE EXCEPTION 'the version of the rules holds' "
            "USING ERRCODE = 'insufficient_privilege'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
        )
        for table in RULES:
            op.execute(
                f"CREATE TRIGGER {table}_frozen BEFORE INSERT OR UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION spd_rules_frozen()"
            )
        op.execute(
            "CREATE TRIGGER rule_versions_frozen BEFORE UPDATE OR DELETE ON rule_versions "
            "FOR EACH ROW EXECUTE FUNCTION spd_version_frozen()"
        )
        return
    for table in RULES:
        for event, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
            op.execute(
                f"CREATE TRIGGER {table}_frozen_{event.lower()} BEFORE {event} ON {table} "
                f"WHEN {active.format(row=row)} BEGIN SELECT RAISE(ABORT, 'the version of the rules holds'); END"
            )
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER rule_versions_frozen_{event.lower()} BEFORE {event} ON rule_versions "
            "WHEN OLD.active_at IS NOT NULL BEGIN SELECT RAISE(ABORT, 'the version of the rules holds'); END"
        )


def _thaw_rules() -> None:
    """Version 1 is what holds again; where something was posted by a later one, its accounts stay."""
    if op.get_bind().dialect.name == "postgresql":
        for table in (*RULES, "rule_versions"):
            op.execute(f"DROP TRIGGER {table}_frozen ON {table}")
        for function in ("spd_rules_frozen", "spd_version_frozen"):
            op.execute(f"DROP FUNCTION {function}()")
    else:
        for table in RULES:
            for event in ("insert", "update", "delete"):
                op.execute(f"DROP TRIGGER {table}_frozen_{event}")
        for event in ("update", "delete"):
            op.execute(f"DROP TRIGGER rule_versions_frozen_{event}")
    op.execute("DELETE FROM posting_rules WHERE version > 1")
    if op.get_bind().dialect.name == "postgresql":
        op.create_foreign_key(op.f("fk_posting_rules_account"), "posting_rules", "accounts", ["account"], ["code"])
    else:
        with op.batch_alter_table("posting_rules") as table:
            table.create_foreign_key(op.f("fk_posting_rules_account"), "accounts", ["account"], ["code"])
    op.drop_table("chart_accounts")
    op.drop_table("rule_versions")


def _lists() -> None:
    op.create_table(
        "closing_waivers",
        _number("id"), _text("period", 7), _text("check", 24), _big("count"), _big("amount"), _text("reason", 200),
        _at("waived_at"), _number("waived_by_id"), sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        _to("closing_waivers", "waived_by_id", "staff"), _key("closing_waivers"),
        _unique("closing_waivers", "request_key"),
    )  # fmt: skip
    op.create_index("ix_closing_waivers_period", "closing_waivers", ["period", "check"])
    op.create_table(
        "closing_checked",
        _number("id"), _number("step_id"), _text("check", 24), _big("count"), _big("amount"), _text("rule", 24),
        _text("reason", 200),
        _to("closing_checked", "step_id", "period_steps"), _key("closing_checked"),
        _unique("closing_checked", "step_id", "check"),
    )  # fmt: skip


def _months() -> None:
    """A month is closed, opened again and closed again: steps take the place of one row for each closed month."""
    bind = op.get_bind()
    op.create_table(
        "period_steps",
        _number("id"), _text("period", 7), _text("step", 24), sa.Column("version", sa.Integer(), nullable=False),
        _text("closed_through", 7), _big("last_movement_id"), _at("as_of"), _at("until_at", nullable=True),
        _text("role", 24), _text("reason", 200), _at("done_at"), _number("done_by_id"),
        sa.Column("request_key", sa.Uuid(), nullable=True),
        sa.Column("content", sa.LargeBinary(length=32), nullable=True),
        _to("period_steps", "done_by_id", "staff"), _key("period_steps"), _unique("period_steps", "request_key"),
    )  # fmt: skip
    op.create_index("ix_period_steps_period", "period_steps", ["period"])
    op.execute(_STEPS)
    rows = [row._asdict() for row in bind.execute(sa.select(_TOTALS).order_by(_TOTALS.c.id))]
    op.drop_table("closed_totals")
    _totals(versioned=True)
    if rows:
        bind.execute(sa.insert(_TOTALS_NOW), [row | {"version": 1} for row in rows])
        _count_on("closed_totals")
    _open_months("period_steps", "closed_through", "period_steps ORDER BY id DESC LIMIT 1")
    op.drop_table("closed_periods")


def _totals(*, versioned: bool) -> None:
    columns: list[sa.schema.SchemaItem] = [_number("id"), _text("period", 7)]
    if versioned:
        columns.append(sa.Column("version", sa.Integer(), nullable=False))
    columns += [
        _text("account", 16), _text("department", 80), _big("amount"), _big("lines"),
        _to("closed_totals", "account", "accounts", "code"), _key("closed_totals"),
    ]  # fmt: skip
    if versioned:
        columns.append(_unique("closed_totals", "period", "version", "account", "department"))
    else:
        columns.append(_to("closed_totals", "period", "closed_periods", "period"))
        columns.append(_unique("closed_totals", "period", "account", "department"))
    op.create_table("closed_totals", *columns)


def _count_on(table: str) -> None:
    """Numbers go on after the rows that were put there with theirs."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")  # noqa: S608


def _open_months(name: str, column: str, source: str) -> None:
    """The trigger that refuses entries in closed months asks this table from now on."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION spd_refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "  # noqa: S608
            f"IF NEW.period <= (SELECT {column} FROM {source}) THEN "
            "RAISE EXCEPTION 'period % is closed', NEW.period USING ERRCODE = 'check_violation'; "
            "END IF; RETURN NEW; END $$"
        )
        return
    op.execute("DROP TRIGGER entries_open_period")
    op.execute(
        "CREATE TRIGGER entries_open_period BEFORE INSERT ON entries "  # noqa: S608
        f"WHEN NEW.period <= (SELECT {column} FROM {source}) BEGIN SELECT RAISE(ABORT, 'period is closed'); END"
    )


def _days() -> None:
    op.create_table(
        "day_closes",
        _number("id"), _number("department_id"), sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False), _at("closed_at"), _number("closed_by_id"),
        _text("reason", 200), sa.Column("request_key", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        _to("day_closes", "department_id", "departments"), _to("day_closes", "closed_by_id", "staff"),
        _key("day_closes"), _unique("day_closes", "department_id", "day_on", "version"),
        _unique("day_closes", "request_key"),
    )  # fmt: skip
    op.create_index("ix_day_closes_day", "day_closes", ["day_on"])
    op.create_table(
        "day_remains",
        _number("id"), _number("close_id"), _text("kind", 24), _big("count"),
        _to("day_remains", "close_id", "day_closes"), _key("day_remains"), _unique("day_remains", "close_id", "kind"),
    )  # fmt: skip
    op.create_table(
        "late_arrivals",
        _number("id"), _number("close_id"), _number("movement_id"),
        _to("late_arrivals", "close_id", "day_closes"), _to("late_arrivals", "movement_id", "movements"),
        _key("late_arrivals"), _unique("late_arrivals", "close_id", "movement_id"),
    )  # fmt: skip
    op.create_table(
        "missed_days",
        _number("id"), _number("department_id"), sa.Column("day_on", sa.Date(), nullable=False), _big("open"),
        _at("marked_at"),
        _to("missed_days", "department_id", "departments"), _key("missed_days"),
        _unique("missed_days", "department_id", "day_on"),
    )  # fmt: skip
    op.create_index("ix_missed_days_day", "missed_days", ["day_on"])


def _written_once(table: str) -> None:
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


def downgrade() -> None:
    """A month that is open again was never closed; of one closed more than once the last closing stays."""
    bind = op.get_bind()
    op.drop_table("donations")
    _thaw_rules()
    for table in reversed(LISTS):
        op.drop_table(table)
    op.create_table(
        "closed_periods",
        _text("period", 7), _at("closed_at"), _number("closed_by_id"), _to("closed_periods", "closed_by_id", "staff"),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_closed_periods")),
    )  # fmt: skip
    op.execute(_PERIODS)
    newest = {
        row.period: row.version
        for row in bind.execute(
            sa.text(
                "SELECT period, max(version) AS version FROM period_steps WHERE step = 'closed' AND period IN "
                "(SELECT period FROM closed_periods) GROUP BY period"
            )
        )
    }
    rows = [row._asdict() for row in bind.execute(sa.select(_TOTALS_NOW).order_by(_TOTALS_NOW.c.id))]
    rows = [row for row in rows if newest.get(row["period"]) == row.pop("version")]
    op.drop_table("closed_totals")
    _totals(versioned=False)
    if rows:
        bind.execute(sa.insert(_TOTALS), rows)
        _count_on("closed_totals")
    _open_months("closed_periods", "max(period)", "closed_periods")
    op.drop_table("period_steps")
    for table in ("closed_periods", "closed_totals"):
        _written_once(table)
    for table in reversed(DAYS):
        op.drop_table(table)
