"""This file is builders of orders: a buyer, somebody who approves, an order in any state, a note of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from spd import ordering, receiving
from spd.ordering import Order, ToOrder, Wanted
from spd.receiving import Delivery
from spd.staff import Grant, Staff
from tests import build
from tests.build import Hospital


@dataclass
class Buying:
    """A hospital that orders."""

    h: Hospital
    buyer: Staff
    chief: Staff
    rep: Staff


def buying(session: Session, h: Hospital) -> Buying:
    """Two buyers, and somebody who acts for the maker of gauze."""
    people = [Staff(code="buyer", name="采购员"), Staff(code="chief", name="采购主管"), Staff(code="rep", name="代表")]
    session.add_all(people)
    session.flush()  # their numbers go into the grants
    buyer, chief, rep = people
    session.add_all([Grant(staff_id=buyer.id, role="buyer"), Grant(staff_id=chief.id, role="buyer")])
    session.add(Grant(staff_id=rep.id, role="supplier", supplier_id=h.gauzes.id))
    session.flush()  # so that they are there
    return Buying(h=h, buyer=buyer, chief=chief, rep=rep)


def to_order(b: Buying, *lines: tuple[str, int], supplier: str = "SUP-GAUZE", **more: Any) -> ToOrder:
    """An order of (product, base units) as it is asked for."""
    wanted = [Wanted(product=product, quantity=quantity) for product, quantity in lines]
    return ToOrder(supplier=supplier, location=b.h.store.code, lines=wanted, **more)


def placed(session: Session, b: Buying, *lines: tuple[str, int], **more: Any) -> Order:
    """A draft."""
    return ordering.place(session, build.occasion(b.buyer), [to_order(b, *lines, **more)])[0]


def stepped(session: Session, b: Buying, order: Order, *steps: str) -> Order:
    """The order after these steps: the buyer's, but the chief decides."""
    for step in steps:
        who = b.chief if step in ("approve", "refuse") else b.buyer
        ordering.decide(session, build.occasion(who), order, step, reason="because")
    return order


def sent(session: Session, b: Buying, *lines: tuple[str, int], **more: Any) -> Order:
    """An order at the supplier's."""
    return stepped(session, b, placed(session, b, *lines, **more), "submit", "approve", "send")


def noted(
    session: Session, b: Buying, order: Order | None, *lines: tuple[str, int], code: str = "DN-1", **more: Any
) -> Delivery:
    """A note of (product, base units), each of an order, by its supplier."""
    delivery, _known = ordering.announce(
        session, note_of(b, order, *lines, code=code, **more), suppliers=frozenset({b.h.gauzes.id})
    )
    return delivery


def note_of(
    b: Buying, order: Order | None, *lines: tuple[str, int], code: str = "DN-1", lot: str = "L1", **more: Any
) -> receiving.Announced:
    """The same as it is said."""
    more.setdefault("occasion", build.occasion(b.rep))
    said = [
        receiving.AnnouncedLine(product=product, quantity=quantity, lot=lot, order=order.code if order else "")
        for product, quantity in lines
    ]
    return receiving.Announced(code=code, supplier=b.h.gauzes.code, lines=said, **more)


def came(session: Session, b: Buying, delivery: Delivery, boxes: int, *, lot: str = "L1") -> None:
    """So many boxes of gauze of a note, received by the storekeeper."""
    build.receive(session, b.h, delivery, build.scan(build.GAUZE_DI, lot=lot), count=boxes)


SOON = build.TODAY + timedelta(days=5)


def furnish(session: Session, h: Hospital) -> tuple[str, str]:
    """An order of stents partly announced, and its note with a case of serials: their numbers."""
    b = buying(session, h)
    order = sent(session, b, ("STENT", 5), supplier="SUP-STENT")
    said = receiving.Announced(
        occasion=build.occasion(b.rep),
        code="DN-STENT",
        supplier="SUP-STENT",
        lines=[receiving.AnnouncedLine(product="STENT", quantity=2, lot="L1", order=order.code)],
        packages=[receiving.AnnouncedPackage(line=1, quantity=2, serials=("S1", "S2"))],
        slip_number="SX-1",
        invoices=("F-1", "F-2", "F-3"),
    )
    ordering.announce(session, said)
    return order.code, "DN-STENT"
