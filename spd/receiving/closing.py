"""This file is finishing a note: every difference named, accepted with a reason, and the note closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import policies
from spd.catalog import Lot, Product
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.ledger import Item, Movement, MovementKind
from spd.receiving import aside
from spd.receiving.models import Delivery
from spd.receiving.notes import get_delivery, lines_received, open_for_receiving
from spd.receiving.records import ReceivingException

SHORT = "short"
NEAR = "near"


class DifferenceUnexplained(Refused):
    """What came is not what the note states, and nobody has said why."""

    code = "difference-unexplained"
    say = {
        "zh": "与送货单有 {count} 处差异。填写原因后再完成收货。",
        "en": "{count} differences from the note. Give the reason, then finish.",
    }


@dataclass(frozen=True, kw_only=True)
class Difference:
    """How a note differs from what came: short, near its expiry, or the kind of a piece put aside.

    quantity: what the note states, or what was put aside; received: what of it was received.
    """

    kind: str
    product: str
    name: str
    name_en: str
    lot: str
    expires_on: date | None
    quantity: int
    received: int


def differences(session: Session, delivery: Delivery, *, on: date) -> list[Difference]:
    """Every difference of a note: what is short, what was put aside and waits, what came near its expiry."""
    short = [
        Difference(
            kind=SHORT,
            product=line.product,
            name=line.name,
            name_en=line.name_en,
            lot=line.lot,
            expires_on=line.expires_on,
            quantity=line.quantity,
            received=line.received,
        )
        for line in lines_received(session, delivery)
        if line.received < line.quantity
    ]
    return [*short, *_aside(session, delivery), *_near(session, delivery, on)]


def _aside(session: Session, delivery: Delivery) -> list[Difference]:
    waiting = (ReceivingException.delivery_id == delivery.id) & ReceivingException.resolved_at.is_(None)
    return [
        Difference(
            kind=one.kind,
            product=one.product,
            name=one.name or one.scan[:80],
            name_en=one.name_en or one.scan[:80],
            lot=one.lot,
            expires_on=None,
            quantity=one.quantity,
            received=0,
        )
        for one in aside.told(session, waiting)
    ]


def _near(session: Session, delivery: Delivery, on: date) -> list[Difference]:
    """What was received although few days of life are left."""
    until = on + timedelta(days=policies.get(session, "expiry.receipt_days"))
    query = (
        select(Product.code, Product.name, Product.name_en, Lot.code, Lot.expires_on, func.sum(Movement.quantity))
        .select_from(Item)
        .join(Movement, (Movement.item_id == Item.id) & (Movement.kind == MovementKind.RECEIVE))
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .where(Item.receipt_line_id.in_([line.id for line in delivery.lines]), Lot.expires_on <= until)
        .group_by(Product.code, Product.name, Product.name_en, Lot.code, Lot.expires_on)
        .order_by(Lot.expires_on, Product.code)
    )
    return [
        Difference(
            kind=NEAR,
            product=code,
            name=name,
            name_en=name_en,
            lot=lot,
            expires_on=expires_on,
            quantity=int(quantity),
            received=int(quantity),
        )
        for code, name, name_en, lot, expires_on, quantity in session.execute(query)
    ]


def close_delivery(session: Session, occasion: Occasion, code: str, *, reason: str = "") -> list[Difference]:
    """Finish the note; how it differs from what came. Closing a closed note changes nothing.

    What was near its expiry when it came is told, and needs no reason: it was received. What was put aside stays on its
    own list until it is said what became of it.

    Raises: UnknownDelivery, DifferenceUnexplained.
    """
    delivery = get_delivery(session, code)
    is_open = open_for_receiving(session, delivery)
    found = differences(session, delivery, on=occasion.day)
    if is_open:
        unexplained = sum(one.kind != NEAR for one in found)
        if unexplained and not reason:
            raise DifferenceUnexplained(count=unexplained)
        delivery.closed_at = occasion.recorded_at
        delivery.reason = reason
        session.flush()  # so that a refusal by the database comes here, where it has a name
    return found
