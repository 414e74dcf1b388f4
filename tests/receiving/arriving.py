"""This file is goods arriving at the bay in tests: notes with cases, scans that are put aside or held."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from scanners import Scan
from spd import receiving
from spd.receiving import Arrived, Delivered, Delivery, DeliveryPackage
from tests import build
from tests.build import Hospital

PALLET, CASE_1, CASE_2 = "069012340000000017", "069012340000000024", "069012340000000031"


def sscc(code: str) -> Scan:
    """What a reader makes of the label of a case or pallet."""
    return Scan(raw=f"(00){code}", kind="gs1", data=f"00{code}", sscc=code)


def gauze(lot: str = "L1", **more: Any) -> Scan:
    """A case of fifty boxes of gauze."""
    return build.scan(build.GAUZE_CASE_DI, lot=lot, **more)


def arrive(session: Session, h: Hospital, delivery: Delivery, *scans: Scan | Arrived, **said: Any) -> receiving.Receipt:
    """Scans at the bay: what the note does not take is put aside."""
    said.setdefault("occasion", build.occasion(h.keeper))
    said.setdefault("aside", True)
    said.setdefault("location", h.store.code)
    arrivals = [one if isinstance(one, Arrived) else Arrived(scan=one) for one in scans]
    return receiving.receive(session, Delivered(delivery=delivery.code, arrivals=arrivals, **said))


def received(session: Session, delivery: Delivery) -> list[int]:
    """What has come of each line."""
    return [line.received for line in receiving.lines_received(session, delivery)]


def listed(session: Session, delivery: Delivery, code: str | None, line: int, quantity: int, **more: Any) -> None:
    """A case that the note lists."""
    session.add(
        DeliveryPackage(
            delivery_id=delivery.id, sscc=code, delivery_line_id=delivery.lines[line].id if quantity else None,
            quantity=quantity, **more,
        )
    )  # fmt: skip
    session.flush()  # its cases name it


def pallet(session: Session, h: Hospital) -> Delivery:
    """A note of a hundred boxes of gauze and two stents: a pallet of a case of gauze and a case of both."""
    delivery = receiving.announce(
        session,
        receiving.Announced(
            occasion=build.occasion(h.keeper),
            code=f"P-{h.gauzes.id}-{h.store.id}",
            supplier=h.gauzes.code,
            lines=[
                receiving.AnnouncedLine(product="GAUZE", quantity=100),
                receiving.AnnouncedLine(
                    product="STENT", quantity=2, unit_price=build.Decimal(8600), settlement_mode="on_use"
                ),
            ],
        ),
    )
    listed(session, delivery, PALLET, 0, 0)
    outer = session.query(DeliveryPackage).filter_by(delivery_id=delivery.id, sscc=PALLET).one().id
    ends = date(2028, 9, 30)
    listed(session, delivery, CASE_1, 0, 50, parent_id=outer, lot="L1", expires_on=ends)
    listed(session, delivery, CASE_2, 0, 0, parent_id=outer)
    mixed = session.query(DeliveryPackage).filter_by(delivery_id=delivery.id, sscc=CASE_2).one().id
    listed(session, delivery, None, 0, 50, parent_id=mixed, lot="L2", expires_on=ends)
    listed(
        session, delivery, None, 1, 2, parent_id=mixed, lot="S1", expires_on=ends, di=build.STENT_DI,
        serials='["A1", "A2"]',
    )  # fmt: skip
    return delivery
