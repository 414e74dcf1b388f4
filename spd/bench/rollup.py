"""This file is a month's department roll-up over many movements: our query against the same in plain SQL."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from spd import costing
from spd.core import clock
from spd.core.database import Database
from spd.core.transaction import reading
from spd.ledger import period_of

_PLAIN = """
SELECT department_id, product_class, chargeable, sum(amount) FROM postings
WHERE period = %s AND account IN ('5001.01', '5101.01', '5301')
GROUP BY department_id, product_class, chargeable ORDER BY 1, 2, 3
"""

# Movements with their entries and postings, written by the server itself: enough to weigh a report, no true chains.
_FILL = """
INSERT INTO requests SELECT gen_random_uuid(), sha256(n::text::bytea), 1, 'fill', now() FROM generate_series(1, 1) n;
INSERT INTO movements
SELECT nextval('movements_id_seq'), (SELECT key FROM requests WHERE device = 'fill'), 10 + n,
       (SELECT min(id) FROM items), 1000000 + n, 'consume', 1,
       (SELECT min(id) FROM locations WHERE kind = 'ward'), 3, 1, 1, 'consumed', d.id, NULL, '', '', now(), now(),
       current_date, 1, 'fill', NULL, NULL, NULL, sha256('a'), sha256('a')
FROM generate_series(1, %(count)s) n
JOIN LATERAL (SELECT id FROM departments ORDER BY id OFFSET n %% 60 LIMIT 1) d ON true;
INSERT INTO entries
SELECT nextval('entries_id_seq'), id, 'use_ward',
       to_char(current_date - (id %% 12)::int * interval '1 month', 'YYYY-MM'), current_date, now(), sha256('a')
FROM movements WHERE device = 'fill';
INSERT INTO postings
SELECT nextval('postings_id_seq'), e.id, l.line, l.account, l.sign * 35000, e.period,
       CASE l.line WHEN 1 THEN m.department_id END, NULL, NULL, 1,
       (ARRAY['high_value', 'low_value', 'reagent'])[1 + e.id %% 3], e.id %% 2 = 0
FROM entries e JOIN movements m ON m.id = e.movement_id AND m.device = 'fill',
     (VALUES (1, '5001.01', 1), (2, '1302.02', -1)) AS l(line, account, sign);
"""


@dataclass(frozen=True, kw_only=True)
class RollUp:
    """Seconds for the same answer over so many movements."""

    movements: int
    ours: float
    plain: float

    @property
    def ratio(self) -> float:
        """How many times plain SQL it took."""
        return self.ours / self.plain


def measure(database: Database, url: str, *, movements: int, rounds: int = 5) -> RollUp:
    """The best of some rounds each, after the server has gathered statistics."""
    fill(url, movements)
    period = period_of(clock.now().date())
    with psycopg.connect(url) as connection, reading(database) as session:

        def plainly() -> int:
            return len(connection.execute(_PLAIN, (period,)).fetchall())

        def ours() -> int:
            return len(costing.roll_up(session, period))

        assert plainly() == ours() > 0, "both must give the same rows"
        return RollUp(movements=movements, ours=_best(ours, rounds), plain=_best(plainly, rounds))


def fill(url: str, movements: int) -> None:
    """So many movements with their money, over the last twelve months."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in _FILL.split(";\n"):
            if statement.strip():
                connection.execute(statement, {"count": movements} if "%(" in statement else {})
        connection.execute("VACUUM ANALYZE")


def _best(ask: Callable[[], int], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        ask()
        times.append(time.perf_counter() - start)
    return min(times)
