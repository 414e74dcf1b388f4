"""This file tests importing reference data: what is made, changed, left, and what is wrong with which cell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from scanners import own
from spd.catalog import Packaging, Price, Product
from spd.encounters import DrgWeight, Encounter
from spd.exchange import refusals
from spd.exchange.imports import ImportReport, columns_of, import_table, kinds
from spd.exchange.tables import read
from spd.parties import Party
from spd.places import Department, Location
from spd.receiving import Delivery, get_delivery
from tests import build
from tests.build import Hospital


def _import(session: Session, h: Hospital, kind: str, text: str, **how: Any) -> ImportReport:
    return import_table(session, kind, read(text.encode(), file="t.csv"), build.occasion(h.keeper), **how)


def _told(report: ImportReport) -> tuple[int, int, int]:
    assert report.problems == ()
    return report.created, report.updated, report.unchanged


def _number_after_builders(session: Session) -> None:
    """The builders number their products themselves, of which PostgreSQL's sequence knows nothing."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT setval('products_id_seq', 1000)"))


def _wrong(report: ImportReport) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.code) for problem in report.problems]


def test_suppliers_are_made_changed_and_left(session: Session, h: Hospital) -> None:
    text = "code,name,name_en\nSUP-NEW,新来的,New\nSUP-STENT,改名器械,\nSUP-GAUZE,棉纱制品,Gauze Ltd\n"
    assert _told(_import(session, h, "suppliers", text)) == (1, 1, 1)
    changed = session.scalars(select(Party).where(Party.code == "SUP-STENT")).one()
    assert (changed.name, changed.name_en) == ("改名器械", "Stents Ltd")  # an empty cell leaves what is there
    assert _told(_import(session, h, "suppliers", text)) == (0, 0, 3)


def test_a_dry_run_tells_the_same_and_writes_nothing(session: Session, h: Hospital) -> None:
    text = "code,name\nSUP-NEW,新来的\nSUP-STENT,改名\n"
    report = _import(session, h, "parties", text, dry_run=True)
    assert (_told(report), report.written) == ((1, 1, 0), False)
    assert session.scalar(select(Party.id).where(Party.code == "SUP-NEW")) is None
    assert session.scalar(select(Party.name).where(Party.code == "SUP-STENT")) == "心脉器械"


def test_one_bad_row_keeps_all_others_out(session: Session, h: Hospital) -> None:
    report = _import(session, h, "parties", "code,name,kind\nA,甲,supplier\nB,乙,shop\n,丙,\nA,丁,\nC,,\n")
    assert _wrong(report) == [
        (3, "kind", "bad-value"),
        (4, "code", "missing-value"),
        (5, "code", "duplicate-rows"),
        (6, "name", "missing-value"),
    ]
    assert (report.created, report.written) == (0, False)
    assert session.scalar(select(Party.id).where(Party.code == "A")) is None
    assert report.as_json("zh")["problems"][0]["sentence"] == (
        "文件 t.csv 第 3 行 kind 列的值“shop”不可用。应为: 以下之一: supplier, manufacturer。"
    )


def test_the_hospital_itself_is_not_imported(session: Session, h: Hospital) -> None:
    assert _wrong(_import(session, h, "parties", "code,name\nHOSPITAL,别人\n")) == [(2, "code", "not-for-import")]
    assert _wrong(_import(session, h, "locations", "code,name,kind\nPATIENT,患者,ward\n")) == [
        (2, "code", "not-for-import")
    ]


def test_a_department_may_stand_before_the_one_above_it(session: Session, h: Hospital) -> None:
    text = "code,name,cost_class,parent\nICU-A,重症一组,clinical,ICU\nICU,重症,clinical,\n"
    assert _told(_import(session, h, "departments", text)) == (2, 0, 0)
    upper = session.scalars(select(Department).where(Department.code == "ICU")).one()
    assert session.scalar(select(Department.parent_id).where(Department.code == "ICU-A")) == upper.id
    assert _told(_import(session, h, "departments", text)) == (0, 0, 2)
    moved = _import(session, h, "departments", "code,parent\nICU,CARD\n")
    assert _told(moved) == (0, 1, 0)


def test_no_department_is_inside_itself(session: Session, h: Hospital) -> None:
    text = "code,name,cost_class,parent\nA,甲,clinical,B\nB,乙,clinical,A\nC,丙,clinical,NONE\n"
    assert [code for _, _, code in _wrong(_import(session, h, "departments", text))] == ["unknown-reference"] * 3


def test_a_location_gets_a_shelf_label_of_ours_where_it_brings_none(session: Session, h: Hospital) -> None:
    text = "code,name,kind,department,label\nW1,一病区,ward,CARD,\nW2,二病区,ward,SURG,L-OWN\n"
    assert _told(_import(session, h, "locations", text)) == (2, 0, 0)
    label = session.scalar(select(Location.label).where(Location.code == "W1"))
    assert label is not None
    assert own.is_own(label)
    taken = _import(session, h, "locations", "code,name,kind,label\nW3,三病区,ward,L-OWN\n")
    assert _wrong(taken) == [(2, "label", "code-taken-by-another")]


def test_products_come_with_their_packagings(session: Session, h: Hospital) -> None:
    _number_after_builders(session)
    said = (
        "code,name,base_unit,product_class,chargeable,box_code,box_units,case_code,case_units\n"
        "SWAB,棉签,包,low_value,否,6901234000047,20,16901234000044,400\n"
    )
    assert _told(_import(session, h, "products", said)) == (1, 0, 0)
    product = session.scalars(select(Product).where(Product.code == "SWAB")).one()
    rows = session.execute(
        select(Packaging.code, Packaging.level, Packaging.base_units).where(Packaging.product_id == product.id)
    )
    assert {tuple(row) for row in rows} == {("06901234000047", "box", 20), ("16901234000044", "case", 400)}
    assert _told(_import(session, h, "products", said)) == (0, 0, 1)
    assert _told(_import(session, h, "products", said.replace(",400", ",200"))) == (0, 1, 0)


@pytest.mark.parametrize(
    ("cells", "column", "code"),
    [
        ("6901234000048,20", "box_code", "bad-value"),
        (f"{build.GAUZE_DI},20", "box_code", "code-taken-by-another"),
        ("6901234000047,", "box_units", "missing-value"),
        ("6901234000047,0", "box_units", "bad-value"),
    ],
)
def test_a_packaging_that_cannot_be_is_named(session: Session, h: Hospital, cells: str, column: str, code: str) -> None:
    text = f"code,name,base_unit,product_class,box_code,box_units\nSWAB,棉签,包,low_value,{cells}\n"
    assert _wrong(_import(session, h, "products", text)) == [(2, column, code)]


def test_one_packaging_code_on_two_rows_is_refused(session: Session, h: Hospital) -> None:
    text = (
        "code,name,base_unit,product_class,unit_code\n"
        "A,甲,个,low_value,6901234000047\nB,乙,个,low_value,06901234000047\n"
    )
    assert _wrong(_import(session, h, "products", text)) == [(3, "unit_code", "code-taken-by-another")]


def test_a_new_price_stands_beside_the_old(session: Session, h: Hospital) -> None:
    text = "product,supplier,unit_price,settlement_mode,valid_from_on\nSTENT,SUP-STENT,7900.50,on_use,2026/4/1\n"
    assert _told(_import(session, h, "prices", text)) == (1, 0, 0)
    prices = session.scalars(select(Price).where(Price.product_id == 1).order_by(Price.valid_from_on)).all()
    assert [(price.unit_price, price.valid_from_on) for price in prices] == [
        (Decimal(8600), date(2025, 1, 1)),
        (Decimal("7900.5"), date(2026, 4, 1)),
    ]


@pytest.mark.parametrize("price", ["-1", "1.00001", "NaN", "abc", "1e20"])
def test_a_price_is_exact_and_not_negative(session: Session, h: Hospital, price: str) -> None:
    text = f"product,supplier,unit_price,settlement_mode,valid_from_on\nSTENT,SUP-STENT,{price},on_use,2026-04-01\n"
    assert _wrong(_import(session, h, "prices", text)) == [(2, "unit_price", "bad-value")]


def test_encounters_are_kept_with_masked_names_and_the_hospitals_time(session: Session, h: Hospital) -> None:
    text = (
        "code,patient,patient_name,department,admitted_at,discharged_at,drg_code\n"
        "E-9,P9,欧阳小明,CARD,2026/3/1 8:30,,FM19\nE-1,P-E-1,,CARD,,2026-03-02T10:00:00+08:00,\n"
    )
    assert _told(_import(session, h, "encounters", text)) == (1, 1, 0)
    stay = session.scalars(select(Encounter).where(Encounter.code == "E-9")).one()
    assert stay.patient_name == "欧*明"
    assert stay.admitted_at.isoformat() == "2026-03-01T00:30:00+00:00"
    assert stay.wristband is not None
    assert own.is_own(stay.wristband)
    assert h.stay.discharged_at is not None


STAYS = "code,patient,wristband,department,admitted_at,discharged_at\n"
FIRST, NEXT = "E-1,P-E-1,W-1,CARD,,2026-03-02 08:00\n", "E-9,P-E-1,W-1,CARD,2026-03-02 09:00,\n"


def _bands(session: Session, *codes: str) -> dict[str, str | None]:
    session.expire_all()
    return {code: session.scalars(select(Encounter.wristband).where(Encounter.code == code)).one() for code in codes}


def test_a_band_of_the_patients_number_goes_to_the_next_stay_of_a_list(session: Session, h: Hospital) -> None:
    assert _wrong(_import(session, h, "encounters", STAYS + NEXT)) == [(2, "wristband", "code-taken-by-another")]
    assert _told(_import(session, h, "encounters", STAYS + NEXT + FIRST)) == (1, 1, 0)
    bands = _bands(session, "E-1", "E-9")
    assert bands["E-9"] == "W-1"
    assert own.is_own(bands["E-1"] or "")
    assert _told(_import(session, h, "encounters", STAYS + FIRST + NEXT)) == (0, 0, 2)
    assert _bands(session, "E-1", "E-9") == bands
    third = "E-10,P-E-1,W-1,CARD,2026-03-02 10:00,\n"
    assert _wrong(_import(session, h, "encounters", STAYS + third)) == [(2, "wristband", "code-taken-by-another")]
    both = "code,wristband\nE-9,W-2\nE-2,W-1\n"  # of two who are here: none has the other's, not for a moment
    assert [row for row, _, _ in _wrong(_import(session, h, "encounters", both))] == [2, 3]


def test_groups_have_weights_and_rates_by_region_and_year(session: Session, h: Hospital) -> None:
    weights = "region,year,drg_code,name,weight\n示范,2026,FM19,支架植入,2.4\n示范,2027,FM19,支架植入,2.5\n"
    assert _told(_import(session, h, "drg-weights", weights)) == (1, 1, 0)
    assert session.scalars(select(DrgWeight.weight).order_by(DrgWeight.year)).all() == [Decimal("2.4"), Decimal("2.5")]
    assert _told(_import(session, h, "drg-rates", "region,year,rate\n示范,2026,11800\n示范,2027,12000\n")) == (1, 0, 1)


NOTES = (
    "note_number,supplier,product,quantity,lot,expires_on,unit_price,settlement_mode\n"
    "N-77,SUP-STENT,STENT,2,L1,2028-09-30,,\nN-77,SUP-STENT,STENT,3,L2,2028-10-31,,\n"
    "N-78,SUP-GAUZE,GAUZE,500,G1,,3.60,on_receipt\n"
)


def test_the_rows_of_one_number_are_one_delivery_note(session: Session, h: Hospital) -> None:
    assert _told(_import(session, h, "deliveries", NOTES)) == (3, 0, 0)
    note = get_delivery(session, "N-77")
    assert [(line.lot, line.quantity, line.unit_price) for line in note.lines] == [
        ("L1", 2, Decimal(8600)),
        ("L2", 3, Decimal(8600)),
    ]
    assert get_delivery(session, "N-78").lines[0].unit_price == Decimal("3.6")
    assert _told(_import(session, h, "deliveries", NOTES)) == (0, 0, 3)
    assert session.scalar(select(func.count()).select_from(Delivery)) == 2


def test_another_note_under_a_known_number_is_refused(session: Session, h: Hospital) -> None:
    _import(session, h, "deliveries", NOTES)
    assert _wrong(_import(session, h, "deliveries", NOTES.replace("STENT,STENT,2", "STENT,SCREW,2"))) == [
        (2, "note_number", "code-taken-by-another")
    ]
    other = "note_number,supplier,product,quantity\nN-77,SUP-GAUZE,GAUZE,9\n"
    assert _wrong(_import(session, h, "deliveries", other)) == [(2, "note_number", "code-taken-by-another")]


def test_what_is_wrong_with_a_note_is_told_by_row(session: Session, h: Hospital) -> None:
    text = (
        "note_number,supplier,product,quantity\nA,SUP-STENT,STENT,1\nA,SUP-GAUZE,GAUZE,1\nB,SUP-STENT,STENT,1\n"
        "B,SUP-STENT,STENT,2\nC,SUP-STENT,GAUZE,1\nD,NOBODY,STENT,1\nE,SUP-STENT,STENT,none\n"
    )
    assert _wrong(_import(session, h, "deliveries", text)) == [
        (3, "note_number", "code-taken-by-another"),
        (5, "product", "duplicate-rows"),
        (6, "", "no-price"),
        (7, "supplier", "unknown-reference"),
        (8, "quantity", "bad-value"),
    ]
    assert session.scalar(select(func.count()).select_from(Delivery)) == 0


def test_columns_that_are_not_ours_are_told(session: Session, h: Hospital) -> None:
    assert _import(session, h, "parties", "code,name,phone\nA,甲,1\n").ignored_columns == ("phone",)


def test_a_table_without_its_key_is_refused(session: Session, h: Hospital) -> None:
    with pytest.raises(refusals.MissingColumns):
        _import(session, h, "prices", "product,unit_price\nSTENT,1\n")


def test_an_unknown_kind_is_refused_with_those_there_are(session: Session, h: Hospital) -> None:
    with pytest.raises(refusals.UnknownKind) as caught:
        _import(session, h, "people", "code\nA\n")
    assert "drg-weights" in caught.value.sentence("en")


def test_every_kind_says_its_columns() -> None:
    assert all("code" in columns_of(kind) or len(columns_of(kind)) >= 2 for kind in kinds())
