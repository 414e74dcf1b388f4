"""This file tests a real Synthea export: its figures, and its cost against a sum that knows nothing of our code."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import func, select

from spd.catalog import Price, Product
from spd.core.database import Database
from spd.core.transaction import reading
from spd.encounters import Encounter
from spd.exchange import synthea
from spd.exchange.synthea.hospital import department_code
from spd.ledger import Item, Movement, Posting, verify
from spd.places import Department

SETS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "synthea"
GIVEN = SETS / "unmc_111"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
EXPENSES = ("5001.01", "5101.01")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not GIVEN.is_dir(), reason="the Synthea set is not beside the repository (shared/data/synthea)"),
]


def _expected() -> dict[str, object]:
    expected: dict[str, dict[str, object]] = json.loads((SETS / "expected_totals.json").read_text(encoding="utf-8"))
    return expected["unmc_111"]


def _costs(database: Database, by: object) -> dict[str, Decimal]:
    """The posted expense by the code of an encounter or of a department."""
    column = Posting.encounter_id if by is Encounter else Posting.department_id
    with reading(database) as session:
        rows = session.execute(
            select(by.code, func.sum(Posting.amount))  # type: ignore[attr-defined]
            .join(by, by.id == column)  # type: ignore[attr-defined, arg-type]
            .where(Posting.account.in_(EXPENSES))
            .group_by(by.code)  # type: ignore[attr-defined]
        )
        return {code: Decimal(total) for code, total in rows}


def _by_hand(database: Database) -> dict[str, Decimal]:
    """Each encounter's cost from the CSV files times the prices on record, summed by DuckDB."""
    with reading(database) as session:
        prices = session.execute(select(Product.code, Price.unit_price).join(Price, Price.product_id == Product.id))
        listed = [(code, str(price)) for code, price in prices]
    duck = duckdb.connect()
    duck.execute("CREATE TABLE price (code VARCHAR, price DECIMAL(18, 4))")
    duck.executemany("INSERT INTO price VALUES (?, ?)", listed)
    rows = duck.execute(
        """
        SELECT used.encounter, sum(used.quantity * price.price)
        FROM (SELECT ENCOUNTER AS encounter, 'DEV-' || CODE AS code, 1 AS quantity
              FROM read_csv(?, all_varchar = true)
              UNION ALL
              SELECT ENCOUNTER, 'SUP-' || CODE, QUANTITY::INTEGER FROM read_csv(?, all_varchar = true)) AS used
        JOIN price ON price.code = used.code
        GROUP BY used.encounter
        """,
        [str(GIVEN / "devices.csv"), str(GIVEN / "supplies.csv")],
    ).fetchall()
    return {encounter: Decimal(total) for encounter, total in rows}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # the smaller sets load into both
def test_a_real_export_is_loaded_to_the_last_unit_and_cent(database: Database) -> None:
    report = synthea.load(database, GIVEN, now=NOW)

    expected = _expected()
    told = report.as_json()
    quarantined = told.pop("quarantined")
    cost = told.pop("cost_total")
    assert told == {
        "patients": expected["patients"],
        "encounters": expected["encounters"],
        "devices_used": expected["devices"],
        "supply_rows_used": expected["supplies"],
        "units_used": expected["_supply_quantity_total"],
        "unknown_encounter": 0,
    }
    assert len(quarantined) == expected["_udi"]["gs1_engine_rejects"]  # type: ignore[index]
    assert all(one["reason"].startswith("check-digit") for one in quarantined)

    by_hand = _by_hand(database)
    assert _costs(database, Encounter) == by_hand
    assert Decimal(cost) == sum(by_hand.values())
    with (GIVEN / "encounters.csv").open(encoding="utf-8", newline="") as file:
        home = {row["Id"]: department_code(row["ORGANIZATION"]) for row in csv.DictReader(file)}
    departments: dict[str, Decimal] = defaultdict(Decimal)
    for encounter, total in by_hand.items():
        departments[home[encounter]] += total
    assert _costs(database, Department) == departments

    before = _counts(database)
    assert synthea.load(database, GIVEN, now=NOW).as_json() == report.as_json()
    assert _counts(database) == before
    with reading(database) as session:
        assert verify.problems(session) == []


def _counts(database: Database) -> tuple[int, ...]:
    with reading(database) as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Movement, Item, Posting, Encounter, Product, Price)
        )
