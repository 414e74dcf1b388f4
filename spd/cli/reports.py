"""This file is `spd trace` and `spd cost`: where things went, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from spd import costing, ledger, tracing
from spd.cli.context import as_json, opened, settings, table
from spd.core import clock
from spd.core.transaction import reading
from spd.exchange.spreadsheet import write_sheet

MONTH = click.option("--month", required=True, metavar="YYYY-MM", callback=lambda _c, _p, value: _month(value))
JSON = click.option("--json", "as_data", is_flag=True, help="Print data only.")
AS_OF = click.option(
    "--as-of", "at", metavar="INSTANT", callback=lambda _c, _p, value: _instant(value),
    help="By what was known then: 2026-04-03T08:00:00+08:00.",
)  # fmt: skip
XLSX = click.option("--xlsx", type=click.Path(dir_okay=False, path_type=Path), help="Write a spreadsheet.")


def _month(value: str) -> str:
    year, _, month = value.partition("-")
    if not (len(year) == 4 and len(month) == 2 and value.replace("-", "").isdigit() and 1 <= int(month) <= 12):
        raise click.BadParameter(f"{value!r} is no month; an example is 2026-03.")
    return value


def _instant(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise click.BadParameter(f"{value!r} is no instant with its zone; an example is 2026-04-03T08:00:00+08:00.")
    return at


@click.command()
@click.argument("code", required=False)
@click.option("--lot", help="Where everything of this lot is.")
@JSON
def trace(code: str | None, lot: str | None, as_data: bool) -> None:
    """The life of CODE, or of everything of a lot."""
    if (code is None) == (lot is None):
        raise click.UsageError("Give a code, or --lot.")
    with opened() as database, reading(database) as session:
        found: Any = tracing.trace_item(session, code) if code else tracing.trace_lot(session, lot or "")
    if as_data:
        click.echo(as_json(asdict(found) if code else [asdict(one) for one in found]))
    elif code:
        _show_chain(found)
    else:
        for one in found:
            _show_lot(one)


def _show_chain(chain: tracing.Chain) -> None:
    click.echo(f"{chain.code}  {chain.name} {chain.specification}  lot {chain.lot}  {chain.state}")
    rows = [
        (
            f"{hop.occurred_at:%Y-%m-%d %H:%M}",
            hop.kind,
            hop.quantity,
            f"{hop.from_name} → {hop.to_name}",
            hop.to_owner,
            hop.staff,
            hop.encounter,
            hop.cost or None,
        )
        for hop in chain.hops
    ]
    table("", ("when (UTC)", "what", "how many", "where", "owner", "who", "encounter", "cost"), rows, right=(2, 7))


def _show_lot(lot: tracing.LotTrace) -> None:
    sums = f"received {lot.received} = on hand {lot.on_hand} + used {lot.used} + lost {lot.lost}"
    click.echo(f"{lot.product} {lot.name}  lot {lot.lot}: {sums}, unexplained {lot.unexplained}")
    table("", ("place", "name", "quantity"), [(p.location, p.name, p.quantity) for p in lot.places], right=(2,))


@click.group()
def cost() -> None:
    """What was used costs."""


@cost.command()
@MONTH
@AS_OF
@JSON
@XLSX
def departments(month: str, at: datetime | None, as_data: bool, xlsx: Path | None) -> None:
    """A month's cost by department, class, and chargeable or not."""
    with opened() as database, reading(database) as session:
        rows = costing.by_department(session, costing.Filter(period=month, at=at))
    _answer(Asked("department cost", month, at), costing.DepartmentCost, rows, as_data, xlsx)


@cost.command()
@MONTH
@AS_OF
@JSON
@XLSX
def encounters(month: str, at: datetime | None, as_data: bool, xlsx: Path | None) -> None:
    """A month's cost by encounter."""
    with opened() as database, reading(database) as session:
        rows = costing.by_encounter(session, month, limit=1_000_000, at=at)
    _answer(Asked("encounter cost", month, at), costing.EncounterCost, rows, as_data, xlsx)


@cost.command()
@MONTH
@click.option("--region", help="Whose weights and rate; the first there is, if left out.")
@AS_OF
@JSON
@XLSX
def drgs(month: str, region: str | None, at: datetime | None, as_data: bool, xlsx: Path | None) -> None:
    """The cases discharged in a month, by DRG: cost, payment, margin."""
    with opened() as database, reading(database) as session:
        since, until = ledger.instants_of(session, month, settings().zone)
        cases = costing.Discharges(since=since, until=until, year=int(month[:4]), region=region, at=at)
        rows = costing.by_drg(session, cases)
    _answer(Asked("drg cost", month, at), costing.DrgCost, rows, as_data, xlsx)


SHOWN = {
    "department cost": ("department", "name", "high_value", "low_value", "reagent", "chargeable", "total"),
    "encounter cost": ("encounter", "department", "drg_code", "chargeable", "total"),
    "drg cost": ("drg_code", "cases", "total", "mean", "weight", "payment", "margin"),
}
"""What fits a terminal; --json and --xlsx have every column."""


@dataclass(frozen=True)
class Asked:
    """Which report, of which month, as of when."""

    title: str
    month: str
    at: datetime | None


def _answer(asked: Asked, shape: Any, rows: Sequence[Any], as_data: bool, xlsx: Path | None) -> None:
    title, month = asked.title, asked.month
    names = [f.name for f in fields(shape) if f.name != "id"]
    values = [[getattr(row, name) for name in names] for row in rows]
    totals = sum((row.total for row in rows), Decimal(0))
    if xlsx is not None:
        write_sheet(
            xlsx,
            title=title,
            month=month,
            as_of=asked.at or clock.now(),
            columns=names,
            rows=values,
            zone=settings().zone,
        )
        click.echo(f"{len(rows)} rows in {xlsx}", err=True)
    if as_data:
        data = [dict(zip(names, row, strict=True)) for row in values]
        click.echo(as_json({"month": month, "rows": data, "total": totals}))
    elif xlsx is None:
        kept = [names.index(name) for name in SHOWN[title]]
        narrow = [[row[number] for number in kept] for row in values]
        numbers = [n for n, value in enumerate(narrow[0] if narrow else ()) if isinstance(value, Decimal | int)]
        table(f"{title} {month}: {totals:,.2f}", SHOWN[title], narrow, right=numbers)


COMMANDS = (trace, cost)
