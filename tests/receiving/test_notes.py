"""Delivery notes: announced once, compared with what came, closed with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from spd import receiving
from spd.catalog import NoPrice, Price, UnknownProduct
from spd.core.errors import Refusal
from spd.parties import UnknownSupplier
from spd.receiving import Announced, AnnouncedLine, DifferenceUnexplained, NoteKnown
from tests import build
from tests.build import Hospital


def announce(session: Session, h: Hospital, *lines: AnnouncedLine, supplier: str = "SUP-GAUZE") -> receiving.Delivery:
    said = Announced(occasion=build.occasion(h.keeper), code="N-X", supplier=supplier, lines=lines)
    return receiving.announce(session, said)


def test_received_starts_at_nothing(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100), ("REAGENT", 200))
    assert [(line.quantity, line.received) for line in receiving.lines_received(session, delivery)] == [
        (100, 0),
        (200, 0),
    ]


def test_received_rises_with_each_scan(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100), ("REAGENT", 200))
    for received in (50, 100):
        build.receive(session, h, delivery, build.scan(build.GAUZE_CASE_DI))
        assert [line.received for line in receiving.lines_received(session, delivery)] == [received, 0]


def test_received_is_what_came_whatever_happened_to_it_since(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    code = build.receive(session, h, delivery, build.scan(build.GAUZE_CASE_DI))[0]
    use = build.use(session, h, code, encounter=None, department="CARD", quantity=20)
    assert receiving.lines_received(session, delivery)[0].received == 50
    build.reverse(session, h, use.movement_id)
    assert receiving.lines_received(session, delivery)[0].received == 50


def test_without_a_price_the_one_in_force_on_the_day_holds(session: Session, h: Hospital) -> None:
    dearer = {"product_id": 2, "supplier_id": h.gauzes.id, "settlement_mode": "on_use"}
    session.add(Price(unit_price=Decimal("3.6"), valid_from_on=build.TODAY, **dearer))
    session.add(Price(unit_price=Decimal("9"), valid_from_on=build.TODAY + timedelta(days=1), **dearer))
    line = announce(session, h, AnnouncedLine(product="GAUZE", quantity=1)).lines[0]
    assert (line.unit_price, line.settlement_mode) == (Decimal("3.6"), "on_use")


def test_a_price_that_has_ended_no_longer_holds(session: Session, h: Hospital) -> None:
    session.query(Price).filter_by(product_id=2).update({"valid_to_on": build.TODAY - timedelta(days=1)})
    with pytest.raises(NoPrice):
        announce(session, h, AnnouncedLine(product="GAUZE", quantity=1))


@pytest.mark.parametrize(
    ("refusal", "product", "supplier"),
    [
        (UnknownSupplier, "GAUZE", "NOBODY"),
        (UnknownSupplier, "GAUZE", "HOSPITAL"),
        (UnknownProduct, "NOTHING", "SUP-GAUZE"),
        (NoPrice, "STENT", "SUP-GAUZE"),
    ],
)
def test_a_note_that_names_what_there_is_not_is_refused(
    session: Session, h: Hospital, refusal: type[Refusal], product: str, supplier: str
) -> None:
    with pytest.raises(refusal) as refused:
        announce(session, h, AnnouncedLine(product=product, quantity=1), supplier=supplier)
    assert all(refused.value.sentence(language) for language in ("zh", "en"))


def test_a_note_is_imported_once(session: Session, h: Hospital) -> None:
    build.note(session, h, h.gauzes, ("GAUZE", 50), code="N-1")
    with pytest.raises(NoteKnown):
        build.note(session, h, h.gauzes, ("GAUZE", 50), code="N-1")


def test_what_came_short_is_named_and_needs_a_reason(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 100))
    build.receive(session, h, delivery, build.scan(build.GAUZE_CASE_DI))
    with pytest.raises(DifferenceUnexplained):
        receiving.close_delivery(session, build.occasion(h.keeper), delivery.code)
    short = receiving.close_delivery(session, build.occasion(h.keeper), delivery.code, reason="one case was torn")
    assert [(line.product, line.quantity, line.received) for line in short] == [("GAUZE", 100, 50)]
    assert (delivery.closed_at, delivery.reason) == (build.NOW, "one case was torn")


def test_a_note_received_in_full_closes_without_a_word(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    build.receive(session, h, delivery, build.scan(build.GAUZE_CASE_DI))
    assert receiving.close_delivery(session, build.occasion(h.keeper), delivery.code) == []


def test_closing_again_changes_nothing(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    receiving.close_delivery(session, build.occasion(h.keeper), delivery.code, reason="nothing came")
    later = build.occasion(h.keeper, at=build.NOW + timedelta(hours=1))
    receiving.close_delivery(session, later, delivery.code, reason="another")
    assert (delivery.closed_at, delivery.reason) == (build.NOW, "nothing came")


def test_a_closed_note_takes_no_more(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    receiving.close_delivery(session, build.occasion(h.keeper), delivery.code, reason="late")
    with pytest.raises(receiving.DeliveryClosed):
        build.receive(session, h, delivery, build.scan(build.GAUZE_CASE_DI))


def test_goods_are_counted_on_the_line_of_their_lot(session: Session, h: Hospital) -> None:
    delivery = announce(
        session,
        h,
        AnnouncedLine(product="GAUZE", quantity=50, lot="A"),
        AnnouncedLine(product="GAUZE", quantity=100, lot="B", expires_on=date(2027, 1, 1)),
    )
    build.receive(session, h, delivery, build.scan(build.GAUZE_CASE_DI, lot="B", expires_on=None), count=2)
    assert [(line.lot, line.received) for line in receiving.lines_received(session, delivery)] == [("A", 0), ("B", 100)]
