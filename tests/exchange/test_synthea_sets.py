"""This file tests small Synthea sets: what they become, and what is refused before anything is written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import consumption
from spd.consumption import UseScanned as Scanned
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.core.transaction import reading
from spd.encounters import Encounter
from spd.exchange import refusals, synthea
from spd.ledger import Item, Movement, verify
from spd.places import Department, Location
from tests.exchange.synthea_sets import GOOD, ROWS, device, write

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def _load(database: Database, directory: Path) -> synthea.SyntheaReport:
    return synthea.load(database, directory, now=NOW)


def _count(database: Database, table: type) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_the_figures_of_a_small_set(database: Database, tmp_path: Path) -> None:
    cost = synthea.price_of("170615005", device=True) + 50 * synthea.price_of("337388004", device=False)
    assert _load(database, write(tmp_path)).as_json() == {
        "patients": 2,
        "encounters": 2,
        "devices_used": 1,
        "supply_rows_used": 1,
        "units_used": 50,
        "quarantined": [],
        "unknown_encounter": 0,
        "cost_total": f"{cost:.2f}",
    }


def test_fifty_come_out_of_one_pack_and_part_of_a_second(database: Database, tmp_path: Path) -> None:
    _load(database, write(tmp_path))
    with reading(database) as session:
        packs = session.execute(
            select(Item.quantity, Item.state).where(Item.kind == "pack").order_by(Item.id)
        ).all()  # fmt: skip
    assert [tuple(pack) for pack in packs] == [(0, "consumed"), (30, "open"), (40, "available")]


def test_what_is_left_of_an_opened_pack_is_used_before_more_is_sent(database: Database, tmp_path: Path) -> None:
    _load(database, write(tmp_path, supplies=["2024-03-01,p1,e1,7,试纸,50", "2024-03-01,p1,e1,7,试纸,35"]))
    with reading(database) as session:
        assert session.scalars(select(Item.quantity).where(Item.kind == "pack").order_by(Item.id)).all() == [0, 0, 35]


def test_rows_that_say_the_same_are_uses_of_their_own(database: Database, tmp_path: Path) -> None:
    report = _load(database, write(tmp_path, supplies=["2024-03-01,p1,e1,7,试纸,5"] * 3))
    assert (report.supply_rows_used, report.units_used) == (3, 15)


def test_a_set_that_has_grown_brings_only_what_is_new(database: Database, tmp_path: Path) -> None:
    _load(database, write(tmp_path))
    grown = _load(database, write(tmp_path, supplies=[*ROWS["supplies"], "2024-03-03,p2,e2,337388004,试纸,30"]))
    assert (grown.new_uses, grown.units_used) == (1, 80)


def test_a_run_that_broke_off_is_finished_by_the_next(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = write(tmp_path, supplies=[f"2024-03-0{day},p2,e2,7,试纸,{day * 7}" for day in (2, 3, 4)])
    asked: list[str] = []

    def breaks(session: Session, use: consumption.UseScanned) -> consumption.Use:
        asked.append(use.item)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return consumption.record_use(session, use)

    monkeypatch.setattr("spd.exchange.synthea.loading.BATCH", 1)
    monkeypatch.setattr(
        "spd.exchange.synthea.loading.consumption", SimpleNamespace(record_use=breaks, UseScanned=Scanned)
    )
    with pytest.raises(KeyboardInterrupt):
        _load(database, given)
    monkeypatch.undo()
    assert _load(database, given).as_json()["units_used"] == 63
    with reading(database) as session:
        assert verify.problems(session) == []
        used = session.scalars(select(func.sum(Movement.quantity)).where(Movement.kind == "consume")).one()
    assert used == 63 + 1


def test_only_organisations_with_encounters_become_departments(database: Database, tmp_path: Path) -> None:
    _load(database, write(tmp_path))
    with reading(database) as session:
        assert set(session.scalars(select(Department.name))) == {"河东门诊", "河西门诊"}
        wards = session.scalars(select(Location.label).where(Location.kind == "ward")).all()
    assert all(label and label.startswith("L") for label in wards)


def test_encounters_keep_their_class_and_nobody_keeps_a_name(database: Database, tmp_path: Path) -> None:
    _load(database, write(tmp_path))
    with reading(database) as session:
        stays = session.scalars(select(Encounter).order_by(Encounter.code)).all()
    assert [stay.encounter_class for stay in stays] == ["ambulatory", "inpatient"]
    assert all(stay.patient_name[1] == "*" and stay.wristband and stay.wristband[0] == "W" for stay in stays)


def test_a_use_outside_its_encounter_is_put_at_the_nearest_end(database: Database, tmp_path: Path) -> None:
    early = device(GOOD, at="2024-02-20T00:00:00Z")
    _load(database, write(tmp_path, devices=[early], supplies=["2024-05-01,p1,e1,7,试纸,1"]))
    with reading(database) as session:
        used = session.scalars(
            select(Movement.occurred_at).where(Movement.kind == "consume").order_by(Movement.id)
        ).all()  # fmt: skip
    assert used == [datetime(2024, 3, 1, 1, tzinfo=UTC), datetime(2024, 3, 1, 3, tzinfo=UTC)]


def test_a_row_of_an_unknown_encounter_is_counted_and_listed(database: Database, tmp_path: Path) -> None:
    rows = [*ROWS["supplies"], "2024-03-01,p1,nowhere,337388004,试纸,9"]
    report = _load(database, write(tmp_path, devices=[device(GOOD, encounter="gone")], supplies=rows))
    assert report.unknown == (("devices.csv", 2, "gone"), ("supplies.csv", 3, "nowhere"))
    assert report.as_json()["unknown_encounter"] == 2
    assert (report.devices_used, report.units_used) == (0, 50)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk", "gb18030"])
def test_sets_saved_on_chinese_machines_are_read(database: Database, tmp_path: Path, encoding: str) -> None:
    _load(database, write(tmp_path, encoding=encoding))
    with reading(database) as session:
        assert "河东门诊" in set(session.scalars(select(Department.name)))


@pytest.mark.parametrize(
    ("refused", "change", "names"),
    [
        (refusals.MissingColumns, {"headers": {"supplies": "DATE,PATIENT,ENCOUNTER,CODE,DESCRIPTION,QTY"}}, "QUANTITY"),
        (refusals.DuplicateRows, {"encounters": [ROWS["encounters"][0]] * 2}, "2, 3"),
        (refusals.BadValue, {"supplies": ["2024-03-01,p1,e1,7,试纸,many"]}, "many"),
        (refusals.BadValue, {"supplies": ["2024-03-01,p1,e1,7,试纸,0"]}, "QUANTITY"),
        (refusals.BadValue, {"encounters": ["e1,yesterday,,p1,o1,ambulatory"]}, "yesterday"),
        (refusals.NotATable, {"devices": ["2024-03-01T02:00:00Z,,p1"]}, "2"),
        (refusals.EmptyFile, {"patients": []}, "patients.csv"),
        (refusals.WrongEncoding, {"encoding": "utf-16"}, "patients.csv"),
    ],
)  # fmt: skip
def test_a_set_that_cannot_be_read_is_refused_and_nothing_is_written(
    database: Database, tmp_path: Path, refused: type[Refusal], change: dict[str, object], names: str
) -> None:
    with pytest.raises(refused) as caught:
        _load(database, write(tmp_path, **change))  # type: ignore[arg-type]
    assert names in caught.value.sentence("zh")
    assert names in caught.value.sentence("en")
    assert (_count(database, Department), _count(database, Encounter), _count(database, Item)) == (0, 0, 0)


def test_a_set_without_one_of_its_files_is_refused(database: Database, tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "devices.csv").unlink()
    with pytest.raises(refusals.NoSuchFile):
        _load(database, tmp_path)


def test_prices_follow_from_the_code_alone() -> None:
    assert synthea.price_of("170615005", device=True) == Decimal(10_000 + 170615005 % 489_999) / 100
    assert synthea.price_of("337388004", device=False) == Decimal(1 + 337388004 % 4_999) / 100
