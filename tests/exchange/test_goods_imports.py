"""This file tests importing products with all that is known of them, licences, and opening stock."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanners import own
from spd import opening
from spd.catalog import Product
from spd.catalog.changes import ProductChange
from spd.catalog.control_classes import CONTROL_CLASSES
from spd.catalog.initials import initials_of
from spd.exchange.imports import Outcome, Plan, import_table, plan_table
from spd.exchange.tables import read
from spd.ledger import Item, Movement
from spd.licensing import Licence, LicenceProduct
from spd.parties import HOSPITAL_ID
from tests import build
from tests.build import TODAY, Hospital
from tests.exchange import books
from tests.exchange.test_imports import _import, _number_after_builders, _told, _wrong
from tests.licensing import papers


def _plan(session: Session, h: Hospital, kind: str, text: str) -> Plan:
    return plan_table(session, kind, read(text.encode(), file="t.csv"), build.occasion(h.keeper))


def _changes(plan: Plan) -> list[tuple[int, str, list[tuple[str, str, str]]]]:
    return [
        (row.row, row.outcome.value, [(one.column, one.before, one.after) for one in row.fields]) for row in plan.rows
    ]


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("冠脉支架", "GMZJ"),
        ("一次性使用输液器(5mL)", "YCXSYSYQ5ML"),
        ("ＰＴＣＡ球囊", "PTCAQN"),
        ("3-0 可吸收线", "30KXSX"),
        ("重组人凝血酶", "CZRNXM"),
        ("", ""),
    ],
)
def test_initials_are_what_a_name_is_searched_by(name: str, initials: str) -> None:
    assert initials_of(name) == initials


def test_the_eighteen_classes_are_found_by_key_and_by_either_name(session: Session, h: Hospital) -> None:
    assert len(CONTROL_CLASSES) == 18
    for key, names in CONTROL_CLASSES.items():
        for said in (key, *names, names[0].replace("（", "(")):
            _import(session, h, "products", f"code,control_class\nGAUZE,{said}\n")
            assert session.scalar(select(Product.control_class).where(Product.code == "GAUZE")) == key


def test_a_product_comes_with_all_that_is_known_of_it(session: Session, h: Hospital) -> None:
    _number_after_builders(session)
    maker = papers.maker(session)
    text = (
        "code,name,base_unit,product_class,ved,control_class,attributes,registration_number,manufacturer,cold_chain\n"
        "DES,药物洗脱支架,枚,高值,V,血管支架,直径=3.0；长度=18,国械注准 2021 3 13 0647号,MAKER,否\n"
    )
    assert _told(_import(session, h, "products", text)) == (1, 0, 0)
    made = session.scalars(select(Product).where(Product.code == "DES")).one()
    assert (made.initials, made.ved, made.control_class) == ("YWXTZJ", "V", "stent")
    assert json.loads(made.attributes) == {"直径": "3.0", "长度": "18"}
    assert (made.registration_number, made.manufacturer_id, made.product_class) == (
        papers.NUMBER,
        maker.id,
        "high_value",
    )
    assert _told(_import(session, h, "products", text)) == (0, 0, 1)


def test_initials_follow_a_name_that_changes_and_not_those_that_are_said(session: Session, h: Hospital) -> None:
    assert _told(_import(session, h, "products", "code,name\nGAUZE,医用纱布块\n")) == (0, 1, 0)
    gauze = session.scalars(select(Product).where(Product.code == "GAUZE")).one()
    assert gauze.initials == "YYSBK"
    _import(session, h, "products", "code,name,initials\nGAUZE,纱布,SB9\n")
    assert gauze.initials == "SB9"
    _import(session, h, "products", "code,name,specification\nGAUZE,纱布,5x5\n")
    assert (gauze.initials, gauze.specification) == ("SB9", "5x5")


def test_what_an_import_changes_of_a_product_is_kept_with_who_and_when(session: Session, h: Hospital) -> None:
    _number_after_builders(session)
    said = "code,name,base_unit,product_class,box_code,box_units,specification\n"
    _import(session, h, "products", f"{said}SWAB,棉签,包,low_value,6901234000047,20,\nGAUZE,大纱布,,,,,8层\n")
    query = select(ProductChange.attribute, ProductChange.before, ProductChange.after, ProductChange.staff_id)
    assert [tuple(row) for row in session.execute(query.order_by(ProductChange.id))] == [
        ("code", "", "SWAB", h.keeper.id),
        ("packaging", "", "06901234000047 · 20", h.keeper.id),
        ("name", "纱布块", "大纱布", h.keeper.id),
        ("specification", "", "8层", h.keeper.id),
    ]


def test_the_unit_of_what_was_moved_stays(session: Session, h: Hospital) -> None:
    text = "code,base_unit\nGAUZE,包\n"
    assert _told(_import(session, h, "products", text, dry_run=True)) == (0, 1, 0)
    build.gauze(session, h)
    assert _wrong(_import(session, h, "products", text)) == [(2, "base_unit", "unit-fixed")]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("ved", "X"), ("control_class", "血管"), ("attributes", "直径"), ("attributes", '{"a": [1]}'),
        ("registration_number", "国械注准20212130647"), ("registration_number", "沪械注 12"), ("product_class", "贵"),
        ("manufacturer", "NOBODY"),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_is_named(session: Session, h: Hospital, column: str, value: str) -> None:
    quoted = '"' + value.replace('"', '""') + '"'
    report = _import(session, h, "products", f"code,{column}\nGAUZE,{quoted}\n")
    assert [(row, where) for row, where, _ in _wrong(report)] == [(2, column)]


def test_the_number_of_what_is_no_device_is_kept_without_spaces(session: Session, h: Hospital) -> None:
    _import(session, h, "products", "code,registration_number\nGAUZE,沪卫消证字(2020) 第0001号\n")
    number = session.scalar(select(Product.registration_number).where(Product.code == "GAUZE"))
    assert number == "沪卫消证字(2020)第0001号"


def test_a_plan_tells_every_field_before_and_after(session: Session, h: Hospital) -> None:
    text = (
        "code,name,specification,chargeable,manufacturer,box_code,box_units\n"
        f"GAUZE,纱布块,8层,是,,{build.GAUZE_DI},1\nSTENT,冠脉支架,,,,,\nNEW,新,,,,,\n"
    )
    plan = _plan(session, h, "products", text)
    assert _changes(plan) == [
        (2, "changed", [("specification", "", "8层"), ("chargeable", "no", "yes")]),
        (3, "unchanged", []),
        (4, "refused", []),
    ]
    assert [(problem.row, problem.column) for problem in plan.problems] == [(4, "base_unit"), (4, "product_class")]
    assert _changes(_plan(session, h, "products", f"code,box_code,box_units\nGAUZE,{build.GAUZE_DI},2\n"))[0][2] == [
        ("box_units", "1 (box)", "2 (box)")
    ]


def test_a_plan_of_the_same_file_is_the_same_until_the_data_change(session: Session, h: Hospital) -> None:
    text = "code,name\nGAUZE,纱布\n"
    first = _plan(session, h, "products", text)
    assert _plan(session, h, "products", text).digest == first.digest
    session.scalars(select(Product).where(Product.code == "GAUZE")).one().name = "大纱布"
    session.flush()  # the plan reads the database
    assert _plan(session, h, "products", text).digest != first.digest
    assert _plan(session, h, "products", text.replace("纱布", "布")).digest != first.digest


def test_prices_tell_the_codes_they_are_of(session: Session, h: Hospital) -> None:
    text = "product,supplier,unit_price,settlement_mode,valid_from_on\nSTENT,SUP-STENT,7900.50,消耗结算,2026年4月1日\n"
    assert _changes(_plan(session, h, "prices", text))[0][2] == [
        ("product", "", "STENT"),
        ("supplier", "", "SUP-STENT"),
        ("valid_from_on", "", "2026-04-01"),
        ("unit_price", "", "7900.50"),
        ("settlement_mode", "", "on_use"),
    ]


LICENCES = (
    "kind,number,holder,grantee,valid_from_on,valid_to_on,device_classes,products,authority\n"
    "营业执照,9131,SUP-STENT,,2020-01-01,长期,,,\n"
    "经营许可证,沪食药监械经营许20200001,SUP-STENT,,2022-01-01,2026-12-31,三类,,\n"
    "注册证,国械注准20213130647,,,2021-05-01,2026-04-30,,,\n"
    "授权书,A-1,MAKER,SUP-STENT,2026-01-01,2026-12-31,,STENT SCREW,\n"
)


def _licences(session: Session) -> list[tuple[Any, ...]]:
    query = select(Licence.kind, Licence.number, Licence.valid_to_on, Licence.device_classes)
    return [tuple(row) for row in session.execute(query.where(Licence.withdrawn_at.is_(None)).order_by(Licence.id))]


def test_licences_come_from_a_file_and_stand_when_it_comes_again(session: Session, h: Hospital) -> None:
    papers.maker(session)
    assert _told(_import(session, h, "licences", LICENCES)) == (4, 0, 0)
    assert _licences(session) == [
        ("business", "9131", None, ""),
        ("operation", "沪食药监械经营许20200001", date(2026, 12, 31), "3"),
        ("registration", papers.NUMBER, date(2026, 4, 30), "3"),
        ("authorisation", "A-1", date(2026, 12, 31), ""),
    ]
    assert sorted(session.scalars(select(LicenceProduct.product_id))) == [1, 4]
    assert _told(_import(session, h, "licences", LICENCES)) == (0, 0, 4)


def test_a_renewal_in_a_file_stands_beside_and_a_correction_replaces(session: Session, h: Hospital) -> None:
    papers.maker(session)
    _import(session, h, "licences", LICENCES)
    renewal = "kind,number,valid_from_on,valid_to_on\n注册证,国械注准20213130647,2026-05-01,2031-04-30\n"
    assert _told(_import(session, h, "licences", renewal)) == (1, 0, 0)
    wrong = (
        "kind,number,holder,grantee,valid_from_on,valid_to_on,products\n"
        "授权书,A-1,MAKER,SUP-STENT,2026-01-01,2026-06-30,STENT SCREW\n"
    )
    assert _changes(_plan(session, h, "licences", wrong))[0][2] == [("valid_to_on", "2026-12-31", "2026-06-30")]
    assert _told(_import(session, h, "licences", wrong)) == (0, 1, 0)
    assert len(_licences(session)) == 5
    withdrawn = session.scalars(select(Licence).where(Licence.withdrawn_at.is_not(None))).one()
    assert (withdrawn.number, withdrawn.valid_to_on, withdrawn.withdrawn_reason) == (
        "A-1", date(2026, 12, 31), "import: t.csv",
    )  # fmt: skip
    right = session.scalars(select(Licence).where(Licence.number == "A-1", Licence.withdrawn_at.is_(None))).one()
    named = select(LicenceProduct.product_id).where(LicenceProduct.licence_id == right.id)
    assert sorted(session.scalars(named)) == [1, 4]
    assert right.subject == withdrawn.subject


def test_what_is_wrong_with_a_licence_is_told_by_row_and_column(session: Session, h: Hospital) -> None:
    text = (
        "kind,number,holder,grantee,valid_from_on,valid_to_on\n"
        "营业执照,1,,,2020-01-01,\n"
        "注册证,123,,,2020-01-01,\n"
        "注册证,国械注准20212130647,,,2020-01-01,\n"
        "营业执照,2,NOBODY,,2020-01-01,\n"
        "营业执照,3,SUP-STENT,,2020-01-01,2019-01-01\n"
        "驾照,4,SUP-STENT,,2020-01-01,\n"
        "营业执照,5,SUP-STENT,,,\n"
        "营业执照,6,SUP-STENT,,2020-01-01,\n"
        "营业执照,6,SUP-STENT,,2020-01-01,\n"
        "营业执照,7,HOSPITAL,,2020-01-01,\n"
    )
    assert _wrong(_import(session, h, "licences", text)) == [
        (2, "holder", "holder-missing"),
        (3, "number", "bad-registration-number"),
        (4, "number", "registration-contradicts"),
        (5, "holder", "unknown-reference"),
        (6, "valid_to_on", "ends-before-it-begins"),
        (7, "kind", "bad-value"),
        (8, "valid_from_on", "missing-value"),
        (10, "number", "duplicate-rows"),
        (11, "holder", "unknown-reference"),
    ]
    assert _licences(session) == []


STOCK = (
    "product,location,supplier,lot,expires_on,quantity,serials,unit_price,settlement_mode\n"
    "GAUZE,STORE,SUP-GAUZE,G1,2028-01-31,120,,,\n"
    "GAUZE,CARD-W,SUP-GAUZE,G1,2028-01-31,30,,3.40,on_receipt\n"
    "STENT,CARD-W,SUP-STENT,L1,2028-09-30,,SN1 SN2,,\n"
    "SCREW,STORE,SUP-STENT,S1,2029-01-31,3,,310,on_receipt\n"
    "REAGENT,STORE,SUP-GAUZE,R1,2026-09-30,100,,,\n"
)


def test_opening_stock_is_on_hand_under_its_codes_and_in_the_books(session: Session, h: Hospital) -> None:
    assert _told(_import(session, h, "opening-stock", STOCK)) == (5, 0, 0)
    items = session.scalars(select(Item).order_by(Item.id)).all()
    assert [(item.kind, item.quantity, item.owner_id == HOSPITAL_ID) for item in items] == [
        ("bulk", 120, True), ("bulk", 30, True), ("unit", 1, False), ("unit", 1, False), ("unit", 1, True),
        ("unit", 1, True), ("unit", 1, True), ("bulk", 100, False),
    ]  # fmt: skip
    assert [item.code for item in items[2:4]] == [f"{build.STENT_DI}.SN1", f"{build.STENT_DI}.SN2"]
    assert all(own.is_own(item.code) for item in (*items[:2], *items[4:]))
    assert build.postings(session, "opening_store")[:2] == [("1302.01", Decimal(420)), ("3001", Decimal(-420))]
    assert build.postings(session, "opening_ward") == [("1302.02", Decimal(102)), ("3001", Decimal(-102))]
    assert build.balance(session, "2302.01") == 0
    assert build.problems(session) == []


def test_what_was_opened_is_used_like_anything_else(session: Session, h: Hospital) -> None:
    _import(session, h, "opening-stock", STOCK)
    build.use(session, h, f"{build.STENT_DI}.SN1")
    assert build.balance(session, "2302.01") == Decimal(-8600)
    assert build.problems(session) == []


def test_the_same_list_opens_nothing_twice(session: Session, h: Hospital) -> None:
    _import(session, h, "opening-stock", STOCK)
    before = session.scalar(select(func.count()).select_from(Movement))
    assert _told(_import(session, h, "opening-stock", STOCK)) == (0, 0, 5)
    assert session.scalar(select(func.count()).select_from(Movement)) == before
    more = _import(session, h, "opening-stock", STOCK.replace(",120,", ",150,").replace("SN1 SN2", "SN1 SN3"))
    assert _wrong(more) == [(2, "quantity", "opened-otherwise"), (4, "quantity", "opened-otherwise")]


def test_asked_again_under_its_key_stock_is_opened_once(session: Session, h: Hospital) -> None:
    line = opening.OpeningLine(
        product_id=2, product_class="low_value", chargeable=False, lot="G1", expires_on=None, produced_on=None,
        quantity=5, serials=(), location_id=h.store.id, location_kind="store", supplier_id=h.gauzes.id,
        unit_price=Decimal("3.5"), settlement_mode="on_receipt",
    )  # fmt: skip
    asked = build.occasion(h.keeper)
    assert opening.open_stock(session, asked, [line]) == 1
    assert opening.open_stock(session, asked, [line]) == 1
    assert session.scalar(select(func.sum(Item.quantity))) == 5


def test_what_is_wrong_with_opening_stock_is_told_by_row(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    lot = session.scalar(select(Item.code).limit(1))
    assert lot
    text = (
        "product,location,supplier,lot,expires_on,quantity,serials\n"
        "NOTHING,STORE,SUP-GAUZE,A,,1,\n"
        "GAUZE,PATIENT,SUP-GAUZE,A,,1,\n"
        "GAUZE,STORE,NOBODY,A,,1,\n"
        "GAUZE,STORE,SUP-STENT,A,,1,\n"
        "GAUZE,STORE,SUP-GAUZE,A,,,\n"
        "STENT,STORE,SUP-STENT,A,,3,S1 S2\n"
        "STENT,STORE,SUP-STENT,A,,,S1 S1\n"
        "GAUZE,STORE,SUP-GAUZE,B,2028-01-01,1,\n"
        "GAUZE,CARD-W,SUP-GAUZE,B,2028-02-01,1,\n"
        "GAUZE,STORE,SUP-GAUZE,B,,2,\n"
        "STENT,STORE,SUP-STENT,Z,,20000,\n"
        ",STORE,SUP-GAUZE,A,,1,\n"
    )
    assert _wrong(_import(session, h, "opening-stock", text)) == [
        (2, "product", "unknown-reference"),
        (3, "location", "unknown-reference"),
        (4, "supplier", "unknown-reference"),
        (5, "", "no-price"),
        (6, "quantity", "missing-value"),
        (7, "quantity", "bad-value"),
        (8, "serials", "duplicate-rows"),
        (10, "expires_on", "lot-differs"),
        (11, "lot", "duplicate-rows"),
        (12, "quantity", "bad-value"),
        (13, "product", "missing-value"),
    ]


def test_title_on_the_ward_has_passed_and_in_the_store_has_not(session: Session, h: Hospital) -> None:
    text = (
        "product,location,supplier,lot,quantity,unit_price,settlement_mode\n"
        "REAGENT,CARD-W,SUP-GAUZE,R1,10,1.5,出库结算\nREAGENT,STORE,SUP-GAUZE,R1,10,1.5,出库结算\n"
    )
    assert _told(_import(session, h, "opening-stock", text)) == (2, 0, 0)
    assert list(session.scalars(select(Item.owner_id).order_by(Item.id))) == [HOSPITAL_ID, h.gauzes.id]
    assert build.problems(session) == []


def test_every_kind_is_read_from_a_workbook_too(session: Session, h: Hospital) -> None:
    rows = [line.split(",") for line in STOCK.splitlines()]
    table = read(books.as_text(rows), file="期初.xlsx")
    report = import_table(session, "opening-stock", table, build.occasion(h.keeper))
    assert _told(report) == (5, 0, 0)
    plan = plan_table(session, "opening-stock", table, build.occasion(h.keeper))
    assert {row.outcome for row in plan.rows} == {Outcome.UNCHANGED}
    assert TODAY
