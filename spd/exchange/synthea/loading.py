"""This file is loading a Synthea export: its encounters, then devices and supplies replayed in the order of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import consumption, receiving
from spd.catalog import Lot, Packaging, Product
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.exchange.synthea import catalogue, hospital
from spd.exchange.synthea.acts import Replay, key_of
from spd.exchange.synthea.catalogue import Ware
from spd.exchange.synthea.files import SyntheaSet, Used, read_set
from spd.exchange.synthea.labels import Judge, Label
from spd.exchange.synthea.report import SyntheaReport, report, rows_done
from spd.exchange.synthea.supply import Stock, deliver, receive, supply
from spd.ledger import Item, Movement

BATCH = 100
"""Rows in one transaction: what is interrupted goes on from there when it is run again."""

_SHANGHAI = ZoneInfo("Asia/Shanghai")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """The set, its products, and every row that is used, in the order of time."""

    given: SyntheaSet
    wares: dict[str, Ware]
    rows: list[tuple[datetime, Used]]
    labels: dict[str, Label]
    staff_id: int
    zone: ZoneInfo


def load(
    database: Database,
    directory: Path,
    *,
    now: datetime,
    zone: ZoneInfo = _SHANGHAI,
    progress: Progress | None = None,
) -> SyntheaReport:
    """Put a Synthea export on record, every row once: what has been loaded before is left as it is.

    Each act happens at the time of its encounter; `now` tells whose encounter is still open.

    Raises: NoSuchFile, EmptyFile, TooLarge, WrongEncoding, NotATable, MissingColumns, DuplicateRows, BadValue, before
    anything is written.
    """
    tell = progress or _silent
    given = read_set(directory)
    with transaction(database) as session:
        plan, new_encounters = _prepare(session, given, now=now, zone=zone, progress=tell)
    new_uses = _replay(database, plan, tell)
    with reading(database) as session:
        judged = [(row, plan.labels[row.key]) for row in given.devices if row.key in plan.labels]
        return report(session, given, judged, new_encounters=new_encounters, new_uses=new_uses)


def _silent(_what: str, _done: int, _of: int) -> None:
    """Progress that nobody watches."""


def _prepare(
    session: Session, given: SyntheaSet, *, now: datetime, zone: ZoneInfo, progress: Progress
) -> tuple[_Plan, int]:
    staff_id = hospital.add_staff(session)
    departments = hospital.add_departments(session, given)
    added = hospital.add_encounters(session, given, departments, now=now, progress=progress)
    used = [row for row in (*given.devices, *given.supplies) if row.encounter in given.visits]
    rows = sorted(((row.moment(given.visits[row.encounter]), row) for row in used), key=_in_time)
    wares = catalogue.wares_of(used)
    catalogue.add_products(session, wares)
    judge = _judge(session, [row for _, row in rows if row.udi is not None], wares)
    labels = {
        row.key: judge.label_of(row, catalogue.code_of(row), at.astimezone(zone).date())
        for at, row in rows
        if row.udi is not None
    }
    good = {label.scan.di: label for label in labels.values() if label.good and label.scan and label.scan.di}
    catalogue.bind(session, {di: judge.bound[di] for di in good})
    return _Plan(given=given, wares=wares, rows=rows, labels=labels, staff_id=staff_id, zone=zone), added


def _in_time(timed: tuple[datetime, Used]) -> tuple[datetime, str, int]:
    at, row = timed
    return at, row.file, row.row


def _judge(session: Session, devices: Sequence[Used], wares: dict[str, Ware]) -> Judge:
    """A judge who knows what the books know: bound identifiers, lots, and units that others have brought in."""
    judge = Judge()
    packagings = select(Packaging.code, Product.code).join(Product, Product.id == Packaging.product_id)
    for di, product in session.execute(packagings):
        judge.bound[di] = product
    lots = select(Product.code, Lot.code, Lot.expires_on).join(Product, Product.id == Lot.product_id)
    for product, lot, expires_on in session.execute(lots.where(Product.code.startswith("DEV-"))):
        if product in wares:
            judge.lots[(product, lot)] = expires_on
    ours = {key_of(row, "receive") for row in devices}
    first = select(Item.code, Movement.request_key).join(Movement, Movement.item_id == Item.id)
    units = first.where(Movement.sequence == 1, Item.serial != "")
    judge.units.update(code for code, key in session.execute(units) if key not in ours)
    return judge


def _replay(database: Database, plan: _Plan, progress: Progress) -> int:
    """Every row not yet on record, in batches; how many."""
    with reading(database) as session:
        done = rows_done(session, [row for _, row in plan.rows])
        stock = Stock.on_hand(session)
    left = [(at, row) for at, row in plan.rows if row.key not in done]
    for start in range(0, len(left), BATCH):
        with transaction(database) as session:
            for at, row in left[start : start + BATCH]:
                _use(session, plan, stock, Replay(row=row, at=at, staff_id=plan.staff_id, zone=plan.zone))
        progress("uses", min(start + BATCH, len(left)), len(left))
    return len(left)


def _use(session: Session, plan: _Plan, stock: Stock, replay: Replay) -> None:
    row = replay.row
    ware = plan.wares[catalogue.code_of(row)]
    ward = hospital.ward_code(plan.given.visits[row.encounter].organization)
    if row.udi is None:
        drawn = supply(session, replay, stock, ware, ward)
    else:
        scan = plan.labels[row.key].for_receiving(ware.code)
        code = receive(session, replay, ware, receiving.Arrived(scan=scan), 1)
        deliver(session, replay, [code], ward)
        drawn = [(code, 1)]
    for number, (code, quantity) in enumerate(drawn):
        use = consumption.UseScanned(
            occasion=replay.occasion(f"use:{number}"),
            item=code,
            encounter=row.encounter,
            quantity=quantity,
            raw_scan=(row.udi if row.udi else code).encode(),
        )
        consumption.record_use(session, use)
