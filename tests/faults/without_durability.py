"""This file is the counter-proof, run by hand: with commits that do not wait for the disk, kills lose scans.

    python -m tests.faults.without_durability

The check that finds nothing in `test_kill.py` must find something here; it exits 0 if it does.
"""

from __future__ import annotations

import sys
import time

import psycopg

from spd.bench.postgresql import Server, find_binaries
from spd.core import schema
from spd.core.database import Database
from tests.faults.serving import Devices, Web, complaints, open_ward
from tests.faults.shooting import under_fire

SCANS, KILLS, CLIENTS = 2000, 10, 16


def main() -> int:
    """Scan under fire with synchronous_commit off, and say what was lost."""
    cluster = Server(find_binaries())
    cluster.start()
    web = None
    try:
        database = Database(cluster.url(cluster.create()))
        schema.upgrade(database)
        _, codes = open_ward(database, SCANS)
        database.dispose()
        web = Web(database).start()  # it starts, as the setting is still right; then the setting is changed
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(f'ALTER ROLE "{cluster.user}" SET synchronous_commit = off')
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'spd_%'")
        devices = Devices(web.port)

        def shoot() -> None:
            cluster.kill()
            cluster.start()

        began = time.monotonic()
        kills = under_fire(devices, codes, shoot, kills=KILLS, clients=CLIENTS)
        found = complaints(database, devices, SCANS)
        database.dispose()
        print(f"{SCANS} scans, {kills} kills, {devices.unanswered} unanswered, {time.monotonic() - began:.1f} s")
        print("\n".join(found) or "nothing was lost: this check proves nothing")
        return 0 if any("lost" in complaint for complaint in found) else 1
    finally:
        if web is not None:
            web.close()
        cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
