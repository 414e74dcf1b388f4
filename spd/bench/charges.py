"""This file is a day of HIS charges of a large hospital, reconciled: all at once, again, and after one late refund.

python -m spd.bench.charges --lines 41000
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import psycopg
from sqlalchemy import func, select

from spd import reconciliation
from spd.bench import load_profile
from spd.bench.postgresql import Server, find_binaries
from spd.core import clock, schema
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.reconciliation import ChargeCase, Ran

LINES, SECONDS = 41_000, 20.0
_MOVEMENTS, _USES = 378, 304  # of a story of the load profile, and how many of them are uses
_ON_THE_SHELVES = 31 * 154
# Of each hundred uses one is not billed, one is billed twice over, one at another price, one a day later, one on
# another patient; and of one charge in a hundred the whole is refunded.
_CHARGE = """
INSERT INTO charge_lines (id, number, refund_of, encounter, department_id, charge_code, item, lot, quantity, unit_price,
                          amount, charged_at, day_on, fingerprint, recorded_at, recorded_by_id)
SELECT n, 'B' || n, '', CASE n %% 100 WHEN 5 THEN 'LP-E0' ELSE e.code END, m.department_id, p.code,
       CASE WHEN i.kind = 'unit' THEN i.code ELSE '' END, CASE WHEN n %% 3 = 0 THEN l.code ELSE '' END, u.quantity,
       u.price, u.quantity * u.price, m.occurred_at + u.late, m.day_on + u.late, sha256(n::text::bytea), now(),
       (SELECT min(id) FROM staff)
FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM movements
      WHERE kind = 'consume' AND encounter_id IS NOT NULL ORDER BY id LIMIT %(lines)s) m
JOIN encounters e ON e.id = m.encounter_id JOIN items i ON i.id = m.item_id
JOIN products p ON p.id = i.product_id JOIN lots l ON l.id = i.lot_id
CROSS JOIN LATERAL (SELECT CASE n %% 100 WHEN 2 THEN 2 ELSE 1 END * m.quantity AS quantity,
                           i.unit_price + CASE n %% 100 WHEN 3 THEN 100 ELSE 0 END AS price,
                           CASE n %% 100 WHEN 4 THEN 1 ELSE 0 END * interval '1 day' AS late) u
WHERE n %% 100 <> 1
"""
_REFUND = """
INSERT INTO charge_lines (id, number, refund_of, encounter, department_id, charge_code, item, lot, quantity, unit_price,
                          amount, charged_at, day_on, fingerprint, recorded_at, recorded_by_id)
SELECT id + 10000000, 'R' || id, number, encounter, department_id, charge_code, item, lot, -quantity, unit_price,
       -amount, charged_at, day_on, sha256(('R' || id)::bytea), now(), recorded_by_id
FROM charge_lines WHERE {which}
"""


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    """How much there was, what it came to, and the seconds: all at once, again, and after one refund that came late."""

    lines: int
    uses: int
    cases: int
    verdicts: dict[str, int]
    seconds: float
    again: float
    refund: float
    refund_opened: int


def furnish(url: str, *, lines: int) -> None:
    """What HIS charged for the uses there are; every product is chargeable."""
    plain = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True, cursor_factory=psycopg.ClientCursor) as connection:
        connection.execute("UPDATE products SET chargeable = true")
        connection.execute(_CHARGE, {"lines": lines})
        connection.execute(_REFUND.format(which="id % 100 = 6"))
        connection.execute("VACUUM ANALYZE")


def measure(url: str) -> Reconciled:
    """Each once: the first, the same again, and with one refund more."""
    database = Database(url)
    first, seconds = _timed(database)
    nothing, again = _timed(database)
    assert (nothing.facts, nothing.opened, nothing.ended) == (0, 0, 0), "run again, it changes nothing"
    plain = url.replace("postgresql+psycopg", "postgresql")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute("ANALYZE")  # as the server itself does within a minute
        connection.execute(_REFUND.format(which="id = 50"))
    late, refund = _timed(database)
    assert late.facts == 1
    with reading(database) as session:
        assert reconciliation.problems(session) == []
        query = select(ChargeCase.verdict, func.count()).where(ChargeCase.ended_at.is_(None)).group_by("verdict")
        verdicts = {verdict: count for verdict, count in session.execute(query)}  # noqa: C416
        lines = session.scalar(select(func.count()).select_from(reconciliation.ChargeLine)) or 0
    database.dispose()
    return Reconciled(
        lines=lines - 1, uses=first.facts - lines + 1, cases=first.opened, verdicts=verdicts, seconds=seconds,
        again=again, refund=refund, refund_opened=late.opened,
    )  # fmt: skip


def _timed(database: Database) -> tuple[Ran, float]:
    begun = time.perf_counter()
    with transaction(database) as session:
        ran = reconciliation.reconcile(session, at=clock.now() + timedelta(minutes=1))
    return ran, time.perf_counter() - begun


def run(lines: int, say: Callable[[str], Any]) -> Reconciled:
    """Load a hospital with so many charges into a server of its own, and measure."""
    server = Server(find_binaries())
    server.start()
    try:
        url = server.url(server.create())
        fresh = Database(url)
        schema.upgrade(fresh)
        fresh.dispose()
        load_profile.load(url, movements=lines * _MOVEMENTS // _USES + _ON_THE_SHELVES, on_hand=2_000, say=say)
        furnish(url, lines=lines)
        return measure(url)
    finally:
        server.stop()


def main() -> None:
    """Measure, and say whether the promise is kept."""
    said = argparse.ArgumentParser(description=__doc__)
    said.add_argument("--lines", type=int, default=LINES)
    got = run(said.parse_args().lines, print)
    print(json.dumps(asdict(got)))
    kept = "kept" if got.seconds <= SECONDS else "MISSED"
    print(f"{kept}: {got.lines:,} lines reconciled in {got.seconds:.1f} s (wanted ≤ {SECONDS:.0f} s)")


if __name__ == "__main__":
    main()
