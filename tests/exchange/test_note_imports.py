"""This file tests importing delivery notes with their orders, papers and cases, and what is received by them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import receiving
from spd.exchange.imports import ImportReport, Plan, import_table, plan_table, read_table
from spd.exchange.tables import read
from spd.ledger import Item
from spd.receiving import Delivery, DeliveryVersion, get_delivery, packages_of
from tests import build
from tests.build import Hospital
from tests.exchange import books
from tests.exchange.test_imports import _told, _wrong
from tests.ordering import given
from tests.ordering.given import Buying
from tests.receiving.arriving import arrive, received, sscc

PALLET, CASE_1, CASE_2 = "069012340000000016", "069012340000000023", "069012340000000030"
HEAD = "note_number,supplier,product,quantity,lot,order,sscc"


@pytest.fixture
def b(session: Session, h: Hospital) -> Buying:
    return given.buying(session, h)


def _import(session: Session, b: Buying, text: str, **how: Any) -> ImportReport:
    return import_table(session, "deliveries", _table(text), build.occasion(b.buyer), **how)


def _plan(session: Session, b: Buying, text: str) -> Plan:
    return plan_table(session, "deliveries", _table(text), build.occasion(b.buyer))


def _table(text: str) -> Any:
    return read(text.encode(), file="t.csv")


def _changes(plan: Plan) -> list[tuple[int, str, list[tuple[str, str, str]]]]:
    return [
        (row.row, row.outcome.value, [(one.column, one.before, one.after) for one in row.fields]) for row in plan.rows
    ]


def test_a_workbook_brings_a_note_that_is_received_by_one_scan_of_its_pallet(
    session: Session, b: Buying, tmp_path: Path
) -> None:
    order = given.sent(session, b, ("GAUZE", 100), ("REAGENT", 40))
    file = tmp_path / "送货单.xlsx"
    file.write_bytes(
        books.as_text(
            [
                ["送货单号", "供应商编码", "采购订单号", "品规编码", "数量", "批号", "失效日期", "箱码", "托盘码",
                 "随货同行单号", "第一票发票号", "第二票发票号"],
                ["DN-9", "SUP-GAUZE", order.code, "GAUZE", "50", "L1", "2028-09-30", f"(00){CASE_1}", PALLET, "SX-9",
                 "24010001", "24029999"],
                ["DN-9", "SUP-GAUZE", order.code, "GAUZE", "50", "L1", "2028-09-30", CASE_2, PALLET, "", "", ""],
                ["DN-9", "SUP-GAUZE", order.code, "REAGENT", "40", "R1", "2027-01-31", CASE_2, PALLET, "", "", ""],
            ]
        )
    )  # fmt: skip
    table = read_table("deliveries", file)
    assert _told(import_table(session, "deliveries", table, build.occasion(b.buyer))) == (3, 0, 0)
    note = get_delivery(session, "DN-9")
    assert (note.slip_number, note.invoices) == ("SX-9", ["24010001", "24029999"])
    assert [(line.lot, line.quantity) for line in note.lines] == [("L1", 100), ("R1", 40)]
    assert all(line.order_line_id for line in note.lines)
    receipt = arrive(session, b.h, note, sscc(PALLET))
    told = sorted((item.product, item.lot, item.quantity) for item in receipt.items)
    assert told == [("GAUZE", "L1", 100), ("REAGENT", "R1", 40)]
    assert received(session, note) == [100, 40]
    receiving.close_delivery(session, build.occasion(b.h.keeper), note.code)  # the second scan: the card “complete”
    assert build.problems(session) == []
    assert _told(import_table(session, "deliveries", table, build.occasion(b.buyer))) == (0, 0, 3)


def test_serials_of_a_case_are_received_as_pieces(session: Session, b: Buying) -> None:
    text = f"{HEAD},serials\nDN-1,SUP-STENT,STENT,2,L1,,{CASE_1},A1 A2\nDN-1,SUP-STENT,STENT,1,L1,,,A3\n"
    assert _told(_import(session, b, text)) == (2, 0, 0)
    note = get_delivery(session, "DN-1")
    arrive(session, b.h, note, sscc(CASE_1))
    codes = session.scalars(select(Item.code).order_by(Item.code))
    assert list(codes) == [f"{build.STENT_DI}.A1", f"{build.STENT_DI}.A2"]
    assert [package.quantity for package in packages_of(session, note)] == [2, 1]


def test_a_number_of_cases_gets_labels_of_ours(session: Session, b: Buying) -> None:
    _import(session, b, "note_number,supplier,product,quantity,lot,cases\nDN-1,SUP-GAUZE,GAUZE,100,L1,3\n")
    packages = packages_of(session, get_delivery(session, "DN-1"))
    assert [package.quantity for package in packages] == [34, 33, 33]
    assert len({package.sscc for package in packages}) == 3


def test_no_file_announces_more_than_its_order_has_open_in_one_note_or_in_two(session: Session, b: Buying) -> None:
    order = given.sent(session, b, ("GAUZE", 100))
    given.noted(session, b, order, ("GAUZE", 30))
    text = f"{HEAD}\nDN-2,SUP-GAUZE,GAUZE,50,L1,{order.code},\nDN-3,SUP-GAUZE,GAUZE,20,L1,{order.code},\n"
    assert _told(_import(session, b, text, dry_run=True)) == (2, 0, 0)
    over = text + f"DN-4,SUP-GAUZE,GAUZE,1,L1,{order.code},\n"
    assert _wrong(_import(session, b, over)) == [(4, "quantity", "more-than-open")]
    assert session.scalar(select(func.count()).select_from(Delivery)) == 1
    assert _told(_import(session, b, text)) == (2, 0, 0)
    assert _wrong(_import(session, b, f"{HEAD}\nDN-5,SUP-GAUZE,GAUZE,1,L1,{order.code},\n")) == [
        (2, "quantity", "more-than-open")
    ]


def test_what_is_wrong_with_order_papers_or_case_is_told_by_row_and_column(session: Session, b: Buying) -> None:
    draft = given.placed(session, b, ("GAUZE", 10))
    order = given.sent(session, b, ("GAUZE", 10))
    given.noted(session, b, None, ("GAUZE", 5), code="DN-0",
                packages=[receiving.AnnouncedPackage(line=1, quantity=5, sscc=PALLET)])  # fmt: skip
    rows = [
        f"A,SUP-GAUZE,GAUZE,1,L1,{draft.code},,",
        "B,SUP-GAUZE,GAUZE,1,L1,PO-NONE,,",
        f"C,SUP-GAUZE,REAGENT,1,L1,{order.code},,",
        f"D,SUP-STENT,STENT,1,L1,{order.code},,",
        f"E,SUP-GAUZE,GAUZE,1,L1,,{PALLET},",
        f"F,SUP-GAUZE,GAUZE,1,L1,,{CASE_1},",
        f"G,SUP-GAUZE,GAUZE,1,L1,,{CASE_1},",
        f"H,SUP-GAUZE,GAUZE,1,L1,,{CASE_2[:-1]}1,",
        f"I,SUP-GAUZE,GAUZE,1,L1,,{CASE_2},SX-1",
        f"I,SUP-GAUZE,REAGENT,1,L1,,{CASE_2},SX-2",
        f"J,SUP-GAUZE,GAUZE,1,L1,,{CASE_2},",
        f"J,SUP-GAUZE,GAUZE,1,L1,,{CASE_2},",
    ]
    wrong = _wrong(_import(session, b, "\n".join([f"{HEAD},slip_number", *rows]) + "\n"))
    assert wrong == [
        (2, "order", "order-not-open"),
        (3, "order", "unknown-order"),
        (4, "order", "not-on-order"),
        (5, "order", "unknown-order"),
        (6, "sscc", "sscc-taken"),
        (8, "sscc", "sscc-taken"),
        (9, "sscc", "bad-value"),
        (11, "slip_number", "rows-differ"),
        (13, "sscc", "duplicate-rows"),
    ]


def test_a_note_on_record_is_amended_where_the_file_says_otherwise_and_an_empty_cell_leaves_it(
    session: Session, b: Buying
) -> None:
    order = given.sent(session, b, ("GAUZE", 100))
    first = (
        f"{HEAD},slip_number,own_invoice\nDN-1,SUP-GAUZE,GAUZE,60,L1,{order.code},{CASE_1},SX-1,\n"
        f"DN-1,SUP-GAUZE,GAUZE,20,L2,{order.code},,,\n"
    )
    _import(session, b, first)
    again = "note_number,supplier,product,quantity,lot,slip_number,maker_invoice,own_invoice\n"
    again += "DN-1,SUP-GAUZE,GAUZE,40,L2,,M-1,F-1\n"
    assert _changes(_plan(session, b, again)) == [
        (2, "changed", [("quantity", "20", "40"), ("maker_invoice", "", "M-1"), ("own_invoice", "", "F-1")])
    ]
    assert _told(_import(session, b, again)) == (0, 1, 0)
    note = get_delivery(session, "DN-1")
    assert (note.slip_number, note.invoices) == ("SX-1", ["M-1", "F-1"])
    assert [(line.lot, line.quantity) for line in note.lines] == [("L1", 60), ("L2", 40)]
    assert all(line.order_line_id for line in note.lines)
    assert [(package.sscc, package.quantity) for package in packages_of(session, note)] == [(CASE_1, 60)]
    assert session.scalar(select(func.count()).select_from(DeliveryVersion)) == 1
    assert _told(_import(session, b, again)) == (0, 0, 1)
    more = again.replace("GAUZE,40", "GAUZE,41")
    assert _wrong(_import(session, b, more)) == [(2, "quantity", "more-than-open")]


def test_cases_come_to_a_note_on_record_later(session: Session, b: Buying) -> None:
    _import(session, b, "note_number,supplier,product,quantity,lot\nDN-1,SUP-GAUZE,GAUZE,100,L1\n")
    text = "note_number,supplier,product,quantity,sscc\n"
    text += f"DN-1,SUP-GAUZE,GAUZE,50,{CASE_1}\nDN-1,SUP-GAUZE,GAUZE,50,{CASE_2}\n"
    plan = _plan(session, b, text)
    assert _changes(plan)[0] == (2, "changed", [("sscc", "", f"{CASE_1} {CASE_2}")])
    _import(session, b, text)
    note = get_delivery(session, "DN-1")
    arrive(session, b.h, note, sscc(CASE_2))
    assert received(session, note) == [50]


def test_what_has_begun_to_come_is_not_amended_by_a_file(session: Session, b: Buying) -> None:
    text = "note_number,supplier,product,quantity,lot,slip_number\nDN-1,SUP-GAUZE,GAUZE,10,L1,SX-1\n"
    _import(session, b, text)
    given.came(session, b, get_delivery(session, "DN-1"), 1)
    assert _told(_import(session, b, text)) == (0, 0, 1)
    assert _wrong(_import(session, b, text.replace("SX-1", "SX-2"))) == [(2, "slip_number", "note-received")]
