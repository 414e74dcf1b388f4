"""This file is finding stock and its views over the load profile, while thirty scans a second are booked.

python -m spd.bench.stock_search --movements 3000000
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import scanners
from scanners import Scan, Unreadable
from spd import accounting
from spd.bench import load_profile, pace
from spd.bench.clients import Measured
from spd.bench.postgresql import Server, find_binaries
from spd.catalog import Lot, Packaging, Product
from spd.core import clock, schema
from spd.core.database import Database
from spd.core.transaction import reading
from spd.ledger import Item
from spd.stock import finding, holders, products_found, slow, standing
from spd.stock.views import By, View

SEARCH_P95_MS = 100
_LEVELS = [180, 90, 30]


def _asked(session: Session) -> list[str]:
    """What people type or scan: words, initials, codes, lots, serials, GTINs, each of things that are there."""
    some = select(Item).where(Item.quantity > 0).order_by(func.hashint8(Item.id)).limit(40)
    items = list(session.scalars(some))
    products = {
        one.id: one for one in session.scalars(select(Product).where(Product.id.in_({i.product_id for i in items})))
    }
    lots = {one.id: one for one in session.scalars(select(Lot).where(Lot.id.in_({i.lot_id for i in items})))}
    packed = select(Packaging).where(Packaging.product_id.in_(products))
    codes = {one.product_id: one.code for one in session.scalars(packed)}
    asked = []
    for item in items:
        product = products[item.product_id]
        asked += [product.name, product.initials.lower(), product.code, f"{product.name} {product.specification[:2]}"]
        asked += [lots[item.lot_id].code, item.code, item.serial or item.code, codes.get(product.id, product.code)]
    return asked


def _scan(text: str) -> Scan | None:
    try:
        return scanners.read(text)
    except Unreadable:
        return None


def _timed(name: str, asked: Sequence[Any], ask: Callable[[Session, Any], Any], database: Database) -> Measured:
    times = []
    begun = time.perf_counter()
    for one in asked:
        start = time.perf_counter()
        with reading(database) as session:
            ask(session, one)
        times.append(time.perf_counter() - start)
    return Measured.of(name, 1, time.perf_counter() - begun, times)


def _views(database: Database) -> list[Measured]:
    now = clock.now()
    on = now.date()

    def summed(session: Session, said: tuple[By, Any]) -> None:
        by, at = said
        there = standing.now() if at is None else standing.as_of(at)
        rows = View(there=there, on=on, levels=_LEVELS, use_days=30).table(by)
        session.execute(select(func.count(), func.sum(rows.c.value)).select_from(rows)).one()

    def dead(session: Session, days: int) -> None:
        rows = View(there=standing.now(), on=on, levels=_LEVELS, use_days=days).table(By.PLACE_PRODUCT)
        long = slow.lies_too_long(rows, at=now, idle_days=days, cover_days=180)
        session.execute(select(rows).where(long)).all()

    found = [
        _timed(f"view by {by}", [(by, None)] * 5, summed, database)
        for by in (By.PLACE, By.PRODUCT, By.PLACE_PRODUCT, By.PLACE_LOT)
    ]
    found += [
        _timed(f"as of {days} days ago", [(By.PLACE, now - timedelta(days=days))] * 3, summed, database)
        for days in (1, 30)
    ]
    found.append(_timed("slow and dead, 90 days", [90] * 3, dead, database))
    found.append(_timed("inventory accounts", [None] * 5, lambda session, _: accounting.booked(session), database))
    return found


def _listed(session: Session, text: str, on: date) -> None:
    """A page of the list of what was found: how many products match, and the first fifty with what is on hand."""
    scan = _scan(text)
    things = finding.things(session, text, scan, None)
    finding.lots(session, text, scan, None)
    meant = products_found.meant(session, text, scan, is_thing=bool(things))
    session.scalar(select(func.count()).select_from(Product).where(meant))
    measured = products_found.measures(on=on, departments=None)
    columns = (one.label(name) for name, one in measured.items())
    query = select(Product.code, *columns).where(meant).order_by(products_found.best_first(text)).limit(50)
    session.execute(query).all()


def measure(url: str, say: Callable[[str], None]) -> list[Measured]:
    """Every figure, the searches while scans are booked."""
    database = Database(url)
    on = clock.now().date()
    with reading(database) as session:
        asked = _asked(session)
        products = list(session.scalars(select(Product).order_by(func.hashint8(Product.id)).limit(100)))
    found: list[Measured] = []

    def ask() -> None:
        found.append(_timed("search", asked * 3, lambda s, text: finding.find(s, text, _scan(text), on=on), database))
        found.append(_timed("search, listed", asked * 3, lambda s, text: _listed(s, text, on), database))
        found.append(_timed("who holds", products, lambda s, one: holders.who_holds(s, one, on=on), database))

    with pace.scanning(url) as scans:
        booked = scans.since("scans", ask)
    say(f"scans booked meanwhile: {booked.per_second:.1f} a second, p95 {booked.p95:.1f} ms")
    found += _views(database)
    database.dispose()
    return found


def main() -> None:
    """Load a hospital into a server of its own, and measure."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--movements", type=int, default=3_000_000)
    movements = said.parse_args().movements
    server = Server(find_binaries())
    server.start()
    try:
        url = server.url(server.create())
        fresh = Database(url)
        schema.upgrade(fresh)
        fresh.dispose()
        loaded = load_profile.load(url, movements=movements, money=True, say=print)
        print(json.dumps(asdict(loaded)))
        for row in measure(url, print):
            print(f"{row.name:26} n={row.count:4} p50 {row.p50:8.1f} ms  p95 {row.p95:8.1f} ms  p99 {row.p99:8.1f} ms")
            if row.name.startswith("search"):
                print(f"{'promise: ' + row.name + ' p95':26} {'kept' if row.p95 <= SEARCH_P95_MS else 'broken'}")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
