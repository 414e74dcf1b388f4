"""This file tests devices whose labels are in doubt: set apart with the reason, and never lost."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import select

from scanners import own
from spd.catalog import Lot, Packaging
from spd.core.database import Database
from spd.core.transaction import reading
from spd.exchange import synthea
from spd.ledger import Item, Movement, verify
from tests.exchange.synthea_sets import GOOD, WRONG, device, write

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def _load(database: Database, directory: Path) -> synthea.SyntheaReport:
    return synthea.load(database, directory, now=NOW)


def test_a_wrong_check_digit_is_quarantined_and_the_device_is_used(database: Database, tmp_path: Path) -> None:
    report = _load(database, write(tmp_path, devices=[device(GOOD), device(WRONG)]))
    assert [row for row, _ in report.quarantined] == [3]
    assert report.quarantined[0][1].startswith("check-digit: ")
    assert report.devices_used == 2
    with reading(database) as session:
        assert verify.problems(session) == []


def test_a_wrong_check_digit_gets_no_place_in_the_catalogue(database: Database, tmp_path: Path) -> None:
    _load(database, write(tmp_path, devices=[device(WRONG)]))
    with reading(database) as session:
        codes = set(session.scalars(select(Packaging.code)))
    assert codes == {"DEV-170615005", "SUP-337388004"}


def test_a_doubted_unit_has_our_label_and_keeps_the_text_of_its_own(database: Database, tmp_path: Path) -> None:
    _load(database, write(tmp_path, devices=[device(WRONG)], supplies=["2024-03-01,p1,e1,1,试纸,1"]))
    with reading(database) as session:
        item = session.scalars(select(Item).where(Item.kind == "unit")).one()
        raw = session.scalars(
            select(Movement.raw_scan).where(Movement.item_id == item.id, Movement.raw_scan.is_not(None))
        ).all()
    assert own.is_own(item.code)
    assert item.code.startswith("U")
    assert raw == [WRONG.encode(), WRONG.encode()]  # at the bay, and at the bedside


def test_a_good_unit_goes_under_its_own_identifier_and_serial(database: Database, tmp_path: Path) -> None:
    _load(database, write(tmp_path))
    with reading(database) as session:
        assert session.scalar(select(Item.code).where(Item.kind == "unit")) == "09521234567899.SN1"


def test_one_udi_on_two_devices_is_used_twice_and_the_second_is_quarantined(database: Database, tmp_path: Path) -> None:
    report = _load(database, write(tmp_path, devices=[device(GOOD), device(GOOD, encounter="e2")]))
    assert report.devices_used == 2
    assert [(row, reason.split(":")[0]) for row, reason in report.quarantined] == [(3, "unit-known")]


def test_one_identifier_on_two_products_stays_with_the_first(database: Database, tmp_path: Path) -> None:
    other = device(GOOD.replace("SN1", "SN9"), code="337414009", at="2024-03-01T02:30:00Z")
    report = _load(database, write(tmp_path, devices=[device(GOOD), other]))
    assert report.devices_used == 2
    assert [reason.split(":")[0] for _, reason in report.quarantined] == ["di-of-another-product"]


def test_a_device_that_was_expired_when_it_was_used_is_still_recorded(database: Database, tmp_path: Path) -> None:
    expired = GOOD.replace("(17)300630", "(17)240229")
    report = _load(database, write(tmp_path, devices=[device(expired)]))
    assert report.devices_used == 1
    assert report.quarantined == ((2, "expired: 2024-02-29 was before its use"),)


def test_one_lot_with_two_expiries_does_not_stop_the_run(database: Database, tmp_path: Path) -> None:
    later = GOOD.replace("SN1", "SN3").replace("300630", "310630")
    report = _load(database, write(tmp_path, devices=[device(GOOD), device(later, at="2024-03-01T02:30:00Z")]))
    assert (report.devices_used, report.quarantined) == (2, ())
    with reading(database) as session:
        lots = session.execute(select(Lot.code, Lot.expires_on).where(Lot.code.startswith("A77")))
    assert sorted(map(tuple, lots)) == [("A77", date(2030, 6, 30)), ("A77/3", date(2031, 6, 30))]


def test_a_row_without_udi_is_quarantined_and_used(database: Database, tmp_path: Path) -> None:
    report = _load(database, write(tmp_path, devices=[device("")]))
    assert (report.devices_used, report.quarantined) == (1, ((2, "no-udi: the row has none"),))


def test_doubted_labels_are_judged_the_same_the_second_time(database: Database, tmp_path: Path) -> None:
    given = write(tmp_path, devices=[device(GOOD), device(WRONG), device(GOOD, encounter="e2"), device("")])
    first, second = _load(database, given), _load(database, given)
    assert second.as_json() == first.as_json()
    assert second.new_uses == 0
