"""This file is `spd period`: the list of an accounting month, its lock, and the closing calendar."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import click
from sqlalchemy.orm import Session

from spd import closing
from spd.cli.acting import acting
from spd.cli.context import as_json, opened, progress, settings, table
from spd.closing import Check, Line, Month
from spd.core import clock
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.jobs import prove
from spd.jobs.proving import keep
from spd.ledger import set_calendar

_MONTH = re.compile(r"\A(19|20)[0-9]{2}-(0[1-9]|1[0-2])\Z")
_CHECKS = [check.value for check in Check]


@click.group()
def period() -> None:
    """Accounting months."""


def _month(session: Session, period: str) -> Month:
    if not _MONTH.match(period):
        raise click.UsageError(f"{period} is no month: YYYY-MM.")
    return closing.month_of(session, period, at=clock.now(), zone=settings().zone)


def _rows(lines: Sequence[Line]) -> list[tuple[object, ...]]:
    return [
        (one.check.value, one.count, one.amount, one.rule.value, one.state, "yes" if one.stops else "", one.reason)
        for one in lines
    ]


def _show(month: str, lines: Sequence[Line], *, as_data: bool) -> None:
    columns = ("check", "open", "amount", "rule", "state", "stops", "reason")
    if as_data:
        rows = [dict(zip(columns, row, strict=True)) | {"stops": bool(row[5])} for row in _rows(lines)]
        click.echo(as_json({"period": month, "checks": rows}))
    else:
        table(f"What must be done before {month} is locked", columns, _rows(lines), right=(1, 2))


@period.command("list")
@click.argument("month")
@click.option("--json", "as_data", is_flag=True, help="Print data only.")
def list_(month: str, as_data: bool) -> None:
    """What is open of MONTH (YYYY-MM). Exit status 1 where something stops the lock."""
    with opened() as database, reading(database) as session:
        lines = closing.checklist(session, _month(session, month))
    _show(month, lines, as_data=as_data)
    if closing.stopping(lines):
        raise SystemExit(1)


@period.command()
@click.argument("month")
@click.option("--as", "staff", default="system", show_default=True, help="Who closes it.")
@click.option("--prove", "proving", is_flag=True, help="Prove the books first; the list asks for a fresh proof.")
@click.option(
    "--let-through", "through", multiple=True, type=click.Choice(_CHECKS), help="A line to let through, with --reason."
)
@click.option("--reason", default="", help="Why lines are let through.")
def close(month: str, staff: str, proving: bool, through: tuple[str, ...], reason: str) -> None:
    """Lock MONTH (YYYY-MM) as its list allows: it takes no more entries, and its totals are kept.

    Differences of price that lay on goods used since are posted to their departments first. Where a line stops the lock
    the list is shown, nothing is done, and the exit status is 2.
    """
    if through and not reason.strip():
        raise click.UsageError("--let-through needs --reason.")
    with opened() as database:
        if proving:
            _prove(database)
        try:
            with transaction(database) as session:
                this = _month(session, month)
                for check in through:
                    said = acting(session, staff, said=["let through", month, check, reason])
                    closing.wave_through(session, said, this, Check(check), reason=reason.strip())
                closing.lock(session, acting(session, staff, said=["close", month]), this)
        except closing.ListOpen:
            with reading(database) as session:
                _show(month, closing.checklist(session, _month(session, month)), as_data=False)
            raise
    click.echo(f"{month} is closed at {clock.now():%Y-%m-%d %H:%M} UTC.")


def _prove(database: Database) -> None:
    begun = clock.now()
    with progress() as report, reading(database) as session:
        found = prove(session, at=clock.now(), tell=lambda done, of: report("prove", done, of))
    with transaction(database) as session:
        keep(session, f"cli-{begun:%Y%m%d%H%M%S}", begun, clock.now(), found)


@period.command()
@click.option("--last-day", type=int, required=True, help="1 to 28, or 31 for the last day of each month.")
@click.option("--from", "from_on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The 1st of a month to come.")
@click.option("--reason", required=True, help="Who decided it, and why.")
@click.option("--as", "staff", default="system", show_default=True, help="Who sets it.")
def calendar(last_day: int, from_on: datetime, reason: str, staff: str) -> None:
    """Say on which day an accounting month ends: with --last-day 25 it runs from the 26th to the 25th."""
    with opened() as database, transaction(database) as session:
        occasion = acting(session, staff, said=["calendar", last_day, str(from_on)])
        set_calendar(session, occasion, last_day=last_day, from_on=from_on.date(), reason=reason)
    click.echo(f"From {from_on:%Y-%m-%d} on an accounting month ends on day {last_day}.")


COMMANDS = (period,)
