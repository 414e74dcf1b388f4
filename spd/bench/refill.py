"""This file is refill at a large hospital's size: what 400 places need, and the packs of a morning's wave.

python -m spd.bench.refill --movements 3000000
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import psycopg
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import replenishment
from spd.bench import load_profile
from spd.bench.postgresql import Server, find_binaries
from spd.catalog import Lot
from spd.core import clock, schema
from spd.core.database import Database
from spd.core.ids import request_key
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import reading, transaction
from spd.ledger import Item
from spd.places import Location
from spd.replenishment import ToMakeWave, ToPick, turns
from spd.replenishment.models import WavePick
from spd.staff import Staff

PROPOSAL_SECONDS, WAVE_SECONDS = 5.0, 5.0
PACKS = 4_000
_KEPT = 150
"""Products of which a place has a fixed quantity."""
_SIZE = 15
_LEVELS = f"""
INSERT INTO fixed_quantities (location_id, product_id, version, pack_quantity, lower, upper, valid_from_at, set_by_id,
                              approved_by_id, reason, request_key, content)
SELECT l.id, p.id, 1, {_SIZE}, 1, 3, now(), s.id, s.id, '', gen_random_uuid(), sha256('x')
FROM locations l, (SELECT min(id) AS id FROM staff) s,
     LATERAL (SELECT id FROM products WHERE product_class = 'low_value'
              ORDER BY hashint8(id * 1000 + l.id) LIMIT %(kept)s) p
WHERE l.kind IN ('ward', 'theatre')
"""
# Copies of a pack that is there: for each place and product two packs, or none for one in `every`; ten in the store.
_PACKS = """
INSERT INTO items
SELECT nextval('items_id_seq'), 'F' || nextval('items_id_seq'), 'pack', f.product_id, t.id, '', i.unit_price,
       i.settlement_mode, i.supplier_id, NULL, NULL, now() - f.id %% 90 * interval '1 day', %(size)s,
       {place}, 1, 'available', 1, sha256('x')
FROM {wanted} f
JOIN LATERAL (SELECT * FROM items WHERE kind = 'pack' LIMIT 1) i ON true
CROSS JOIN generate_series(1, {each}) n
JOIN LATERAL (SELECT id FROM lots WHERE product_id = f.product_id AND expires_on > current_date + 7
              ORDER BY hashint8(id + n + f.id) LIMIT 1) t ON true
"""
_ON_WARDS = _PACKS.format(place="f.location_id", each=2, wanted="fixed_quantities") + " WHERE f.id %% %(every)s <> 0"
_IN_STORE = _PACKS.format(
    place="(SELECT min(id) FROM locations WHERE kind = 'store')",
    each=10,
    wanted="(SELECT product_id, min(id) AS id FROM fixed_quantities GROUP BY product_id)",
)
_PLAIN = """
SELECT f.location_id, f.product_id, f.upper - coalesce(h.packs, 0)
FROM fixed_quantities f
LEFT JOIN (SELECT i.location_id, i.product_id, sum(i.quantity) / %(size)s AS packs FROM items i
           JOIN lots t ON t.id = i.lot_id
           WHERE i.state = 'available' AND (t.expires_on IS NULL OR t.expires_on >= current_date)
           GROUP BY 1, 2) h ON h.location_id = f.location_id AND h.product_id = f.product_id
WHERE coalesce(h.packs, 0) <= f.lower
"""


@dataclass(frozen=True, kw_only=True)
class Refilled:
    """Seconds for the list of every place, the same in plain SQL, a wave with its picks; milliseconds for a pick."""

    places: int
    levels: int
    lines: int
    packs: int
    proposal: float
    plain: float
    wave: float
    pick_p50: float
    pick_p95: float

    @property
    def ratio(self) -> float:
        """How many times plain SQL the list took."""
        return self.proposal / self.plain


def furnish(url: str, *, every: int, kept: int = _KEPT) -> None:
    """Fixed quantities of every ward for `kept` products, two packs there of all but one product in `every`, ten of
    each in the store.
    """
    plain = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(_LEVELS, {"kept": kept})
        for statement in (_ON_WARDS, _IN_STORE):
            connection.execute(statement, {"size": _SIZE, "every": every})
        connection.execute("VACUUM ANALYZE")


def measure(url: str, *, rounds: int = 5, picks: int = 100) -> Refilled:
    """The list by the best of some rounds, one wave of all of it, some picks."""
    database, on = Database(url), clock.now().date()
    plain_url = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain_url) as connection:
        plain = _best(lambda: connection.execute(_PLAIN, {"size": _SIZE}).fetchall(), rounds)
        levels = connection.execute("SELECT count(*), count(DISTINCT location_id) FROM fixed_quantities").fetchone()
    with reading(database) as session:
        lines = replenishment.needs(session, on=on)
        proposal = _best(lambda: replenishment.needs(session, on=on), rounds)
        store = session.scalars(select(Location.code).where(Location.kind == "store").order_by(Location.id)).first()
        staff = session.scalars(select(Staff.id).limit(1)).one()
    begun = time.perf_counter()
    with transaction(database) as session:
        asked = ToMakeWave(occasion=_occasion(staff), store=str(store))
        code = replenishment.make_wave(session, asked).code
    wave = time.perf_counter() - begun
    times = _pick(database, code, staff, picks)
    packs = _proposed(database)
    database.dispose()
    assert levels is not None
    return Refilled(
        places=levels[1],
        levels=levels[0],
        lines=len(lines),
        packs=packs,
        proposal=proposal,
        plain=plain,
        wave=wave,
        pick_p50=times[len(times) // 2],
        pick_p95=times[len(times) * 95 // 100],
    )


def _pick(database: Database, code: str, staff: int, count: int) -> list[float]:
    """Milliseconds of each pick, what to take next read with it, sorted."""
    times = []
    for _ in range(count):
        begun = time.perf_counter()
        with transaction(database) as session:
            occasion = _occasion(staff)
            turn = turns.next_pick(session, replenishment.get_wave(session, code), on=occasion.day)
            assert turn is not None
            assert turn.item is not None
            replenishment.pick(session, ToPick(occasion=occasion, wave=code, item=turn.item))
        times.append((time.perf_counter() - begun) * 1000)
    return sorted(times)


def _proposed(database: Database) -> int:
    """The packs of the wave; none of them expires after one that was left, of the same product."""
    with reading(database) as session:
        chosen = session.scalars(select(WavePick.item_id).where(WavePick.item_id.is_not(None))).all()
        assert len(chosen) == len(set(chosen)), "a pack is proposed once"
        assert _first_expired(session), "a later expiry was proposed while an earlier one was left"
        return len(chosen)


def _first_expired(session: Session) -> bool:
    taken = select(WavePick.item_id).where(WavePick.item_id.is_not(None))
    rows: Any = session.execute(
        select(Item.product_id, Lot.expires_on, Item.id.in_(taken).label("taken"))
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Location.kind == "store", Item.kind == "pack", Item.quantity == _SIZE, Item.state != "held")
        .where(Item.state.in_(("available", "reserved")), Lot.expires_on >= clock.now().date())
        .where(Item.location_id == select(Location.id).where(Location.kind == "store").order_by(Location.id).limit(1)
               .scalar_subquery())
    )  # fmt: skip
    last: dict[int, Any] = {}
    left: dict[int, Any] = {}
    for product, expires_on, is_taken in rows:
        if is_taken:
            last[product] = max(last.get(product, expires_on), expires_on)
        else:
            left[product] = min(left.get(product, expires_on), expires_on)
    return all(last[product] <= left[product] for product in last if product in left)


def _best(ask: Callable[[], Any], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        ask()
        times.append(time.perf_counter() - begun)
    return min(times)


def _occasion(staff: int) -> Occasion:
    now = clock.now()
    key = request_key(now)
    return Occasion(
        request_key=key, staff_id=staff, occurred_at=now, recorded_at=now, day=now.date(), device="bench",
        content=digest_of(str(key)),
    )  # fmt: skip


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
        load_profile.load(url, movements=movements, say=print)
        furnish(url, every=44)
        got = measure(url)
        print(json.dumps(asdict(got) | {"ratio": got.ratio}))
        for what, reached, wanted in (
            (f"refill list of {got.places} places", got.proposal, PROPOSAL_SECONDS),
            (f"a wave of {got.packs:,} packs", got.wave, WAVE_SECONDS),
        ):
            print(f"{'kept' if reached <= wanted else 'MISSED'}: {what} in {reached:.2f} s (wanted ≤ {wanted:.0f} s)")
    finally:
        server.stop()


if __name__ == "__main__":
    main()
