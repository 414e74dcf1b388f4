"""This file is the limit of the machine: the bedside write as one call inside the server, same tables, same rows.

It judges nothing and hashes nothing of ours; no honest program can be faster than this.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import psycopg

FUNCTION = """
CREATE FUNCTION bench_use(the_item bigint, the_key uuid) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    it items%ROWTYPE; lo locations%ROWTYPE; m bigint; e bigint; stay bigint; digest bytea; month text;
BEGIN
    UPDATE items SET quantity = 0, location_id = 3, owner_id = 1, state = 'consumed', version = version + 1
    WHERE id = the_item AND state = 'available' AND quantity >= 1 RETURNING * INTO it;
    IF NOT FOUND THEN RETURN NULL; END IF;
    SELECT l.* INTO lo FROM locations l JOIN movements p ON p.to_location_id = l.id
    WHERE p.item_id = the_item AND p.sequence = it.version - 1;
    SELECT id INTO stay FROM encounters WHERE department_id = lo.department_id LIMIT 1;
    digest := sha256(the_key::text::bytea);
    m := nextval('movements_id_seq'); e := nextval('entries_id_seq');
    INSERT INTO requests VALUES (the_key, digest, 1, 'bench', now());
    INSERT INTO movements VALUES (m, the_key, 1, the_item, it.version, 'consume', 1, lo.id, 3, it.supplier_id, 1,
        'consumed', lo.department_id, stay, '', '', now(), now(), current_date, 1, 'bench', digest, NULL, digest,
        it.head, digest);
    UPDATE items SET head = digest WHERE id = the_item;
    INSERT INTO entries VALUES (e, m, 'use_consigned', to_char(now(), 'YYYY-MM'), current_date, now(), digest);
    month := to_char(now(), 'YYYY-MM');
    INSERT INTO postings
    SELECT nextval('postings_id_seq'), e, line, account, sign * it.unit_price, month,
           CASE line WHEN 3 THEN lo.department_id END, CASE line WHEN 2 THEN it.supplier_id END,
           CASE line WHEN 3 THEN stay END, 1, 'high_value', true
    FROM (VALUES (1, '1302.02', 1), (2, '2302.01', -1), (3, '5001.01', 1), (4, '1302.02', -1))
         AS v(line, account, sign);
    INSERT INTO outbox (topic, movement_id, payload, created_at, attempts) VALUES ('charge', m, '{}', now(), 0);
    RETURN m;
END $$;
CREATE TABLE bench_queue (number bigserial PRIMARY KEY, item_id bigint NOT NULL);
CREATE SEQUENCE bench_next;
CREATE FUNCTION bench_use_next() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE due bigint := nextval('bench_next');
BEGIN RETURN (SELECT bench_use(item_id, gen_random_uuid()) FROM bench_queue WHERE number = due); END $$;
"""


@dataclass(frozen=True, kw_only=True)
class PgBench:
    """What pgbench measured."""

    per_second: float
    p50: float
    p95: float
    p99: float


def install(url: str) -> None:
    """Put the call into the database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(FUNCTION)


def queue(url: str, codes: list[str]) -> None:
    """The items that the next calls take, in order."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("TRUNCATE bench_queue RESTART IDENTITY; ALTER SEQUENCE bench_next RESTART")
        connection.execute(
            "INSERT INTO bench_queue (item_id) SELECT items.id FROM unnest(%s::text[]) WITH ORDINALITY AS c(code, n) "
            "JOIN items USING (code) ORDER BY n",
            [codes],
        )


def pgbench(binaries: Path, server_url: str, *, clients: int, transactions: int) -> PgBench:
    """The call made by pgbench, a client in C, over so many connections."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "use.sql"
        script.write_text("SELECT bench_use_next();\n", encoding="ascii")
        done = subprocess.run(
            [
                str(binaries / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2)),
                "-t", str(transactions // clients), "-f", str(script), "-l", "--log-prefix", str(Path(folder) / "log"),
                server_url,
            ],
            capture_output=True, text=True, check=True, cwd=folder,
        )  # fmt: skip
        times = sorted(
            int(line.split()[2]) / 1000 for log in Path(folder).glob("log*") for line in log.read_text().splitlines()
        )
    rate = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert rate, done.stdout
    return PgBench(
        per_second=float(rate.group(1)),
        p50=times[len(times) // 2],
        p95=times[int(len(times) * 0.95)],
        p99=times[int(len(times) * 0.99)],
    )
