"""Using what carries a trace code sells the code; undoing the use brings it back; a second sale raises an alarm."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

import scanners
from scanners.merge import merge
from spd import consumption, stock
from spd.catalog import Packaging, find_packaging, get_product
from spd.trace_codes import Act, Done, TraceCode, TraceEvent, act, open_alarms
from tests import build
from tests.build import Hospital

BOX, OTHER = "81000000000000000010", "81000000000000000028"


@pytest.fixture
def shelf(session: Session, h: Hospital) -> str:
    """Two boxes of reagent on the ward, of a drug code that is bound to the product, both come in."""
    box = find_packaging(session, build.REAGENT_DI)
    assert box is not None
    session.add(
        Packaging(product_id=box.product_id, code=BOX[:7], issuer="NMPA", level="box", base_units=box.base_units)
    )
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 200))
    item = build.receive(session, h, delivery, build.scan(build.REAGENT_DI), count=2)[0]
    act(session, build.occasion(h.keeper), Done(codes=(BOX, OTHER), act=Act.ARRIVE, reference=delivery.code))
    return build.move_to(session, h, [item], h.ward)[0]


def use(session: Session, h: Hospital, code: str, quantity: int = 100) -> consumption.Use:
    scan = scanners.read(code)
    said = consumption.UseScanned(occasion=build.occasion(h.nurse), item=scan, encounter=h.stay.code, quantity=quantity)
    return consumption.record_use(session, said)


def standing(session: Session, code: str) -> str | None:
    return session.scalar(select(TraceCode.standing).where(TraceCode.code == code))


def test_using_a_box_sells_its_trace_code(session: Session, h: Hospital, shelf: str) -> None:
    made = use(session, h, BOX)
    assert (made.item, made.quantity, made.cautions) == (shelf, 100, ())
    assert (standing(session, BOX), standing(session, OTHER)) == ("sold", "in_stock")
    assert open_alarms(session) == []


def test_the_same_box_used_twice_raises_an_alarm_and_says_so(session: Session, h: Hospital, shelf: str) -> None:
    use(session, h, BOX)
    again = use(session, h, BOX)
    assert [(known.code, known.error) for known in again.cautions] == [("sold-twice", "E02")]
    assert [(alarm.code, alarm.reason, on.reference) for alarm, on in open_alarms(session)] == [
        (BOX, "sold-twice", shelf)
    ]
    assert build.problems(session) == []


def test_a_box_used_bit_by_bit_is_sold_once(session: Session, h: Hospital, shelf: str) -> None:
    assert [use(session, h, BOX, 1).cautions for _ in range(3)] == [(), (), ()]
    assert standing(session, BOX) == "sold"
    assert open_alarms(session) == []


def test_undoing_the_use_brings_the_code_back(session: Session, h: Hospital, shelf: str) -> None:
    made = use(session, h, BOX)
    build.reverse(session, h, made.movement_id)
    assert standing(session, BOX) == "in_stock"
    assert use(session, h, BOX).cautions == ()
    assert build.problems(session) == []


def test_a_code_that_never_came_in_is_used_and_told(session: Session, h: Hospital, shelf: str) -> None:
    assert [known.code for known in use(session, h, "81000000000000000036").cautions] == ["never-came-in"]


def test_the_trace_code_beside_the_product_code_of_a_label_is_sold_too(
    session: Session, h: Hospital, shelf: str
) -> None:
    label = merge([build.scan(build.REAGENT_DI), scanners.read(OTHER)])
    said = consumption.UseScanned(occasion=build.occasion(h.nurse), item=label, encounter=h.stay.code, quantity=100)
    consumption.record_use(session, said)
    assert standing(session, OTHER) == "sold"


def test_asked_again_the_use_sells_nothing_more(session: Session, h: Hospital, shelf: str) -> None:
    once = build.occasion(h.nurse)
    said = consumption.UseScanned(occasion=once, item=scanners.read(BOX), encounter=h.stay.code, quantity=100)
    consumption.record_use(session, said)
    assert consumption.record_use(session, said).repeated
    assert session.scalars(select(TraceEvent.code).where(TraceEvent.act == "sell")).all() == [BOX]


def test_a_use_without_a_trace_code_asks_nothing_about_trace_codes(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    asked: list[str] = []
    engine = session.get_bind()

    def heard(connection: object, cursor: object, statement: str, *more: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", heard)
    try:
        build.use(session, h, code)
    finally:
        event.remove(engine, "before_cursor_execute", heard)
    assert asked
    assert [statement for statement in asked if "trace_" in statement] == []


def test_a_trace_code_is_known_by_the_drug_it_opens_with(session: Session, h: Hospital, shelf: str) -> None:
    found = stock.identify(session, [scanners.read(OTHER)])
    assert found.product == get_product(session, "REAGENT")
    assert (found.level, found.base_units) == ("box", 100)
