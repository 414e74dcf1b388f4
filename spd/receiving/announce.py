"""This file is how delivery notes come on record: announced by the supplier, and amended until something has come."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanners import own
from spd.catalog import NoPrice, Offer, Product, UnknownProduct, offers, products_by_code
from spd.core.errors import Conflict
from spd.core.occasion import Occasion
from spd.parties import Party, get_supplier
from spd.receiving import cases
from spd.receiving.cases import AnnouncedPackage
from spd.receiving.models import Delivery, DeliveryLine, DeliveryPackage, DeliveryVersion
from spd.receiving.notes import DeliveryClosed, get_delivery, lines_received, open_for_receiving


class NoteKnown(Conflict):
    """The supplier's note is there already."""

    code = "note-known"
    verdict = "repeat"
    say = {
        "zh": "送货单 {delivery} 已导入, 不重复导入。",
        "en": "Delivery note {delivery} has been imported before. It was not imported again.",
    }


class NoteReceived(Conflict):
    """Something of the note has come: what it stated stands."""

    code = "note-received"
    say = {
        "zh": "送货单 {delivery} 已开始收货, 不能修改。差异由收货员在单上说明。",
        "en": "Goods of note {delivery} have been received: it cannot be amended. Differences are told at the bay.",
    }


@dataclass(frozen=True, kw_only=True)
class AnnouncedLine:
    """A line of a note; without a price the one agreed with the supplier holds.

    `order` and `order_line` say which order it fulfils; `order_line_id` is that line, once it is found.
    """

    product: str
    quantity: int
    lot: str = ""
    expires_on: date | None = None
    produced_on: date | None = None
    unit_price: Decimal | None = None
    settlement_mode: str | None = None
    order: str = ""
    order_line: int | None = None
    order_line_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Announced:
    """A delivery note as the supplier sent it. `invoices` are the chain's, the maker's first."""

    occasion: Occasion
    code: str
    supplier: str
    lines: Sequence[AnnouncedLine]
    packages: Sequence[AnnouncedPackage] = ()
    slip_number: str = ""
    invoices: Sequence[str] = ()


def announce(session: Session, note: Announced) -> Delivery:
    """The note on record, all received quantities at zero.

    Raises: UnknownSupplier, NoteKnown, UnknownProduct, NoPrice, PackageWrong, SsccTaken.
    """
    supplier = get_supplier(session, note.supplier)
    if session.scalar(select(Delivery.id).where(Delivery.code == note.code)):
        raise NoteKnown(delivery=note.code)
    delivery = Delivery(
        code=note.code,
        label=own.derive("document", f"delivery:{supplier.code}:{note.code}".encode()),
        supplier_id=supplier.id,
        announced_at=note.occasion.recorded_at,
        announced_by_id=note.occasion.staff_id,
        slip_number=note.slip_number,
        invoice_numbers=json.dumps(list(note.invoices), ensure_ascii=False),
        lines=_lines(session, supplier, note),
    )
    session.add(delivery)
    try:
        session.flush()  # its lines' numbers are told to the caller and kept on items
    except IntegrityError as error:  # somebody imports the same note at this moment
        raise NoteKnown(delivery=note.code) from error
    cases.pack(session, delivery, note.packages)
    return delivery


def amend(session: Session, note: Announced) -> Delivery:
    """The note as it says now; what it said before is kept, and the most it ever stated of each lot.

    Asked again with the same key, nothing more is changed.
    Raises: UnknownDelivery, DeliveryClosed, NoteReceived, UnknownProduct, NoPrice, PackageWrong, SsccTaken.
    """
    delivery = get_delivery(session, note.code)
    if was_amended(session, note.occasion):
        return delivery
    if not open_for_receiving(session, delivery):
        raise DeliveryClosed(delivery=delivery.code)
    if any(line.received for line in lines_received(session, delivery)):
        raise NoteReceived(delivery=delivery.code)
    lines = _lines(session, session.get_one(Party, delivery.supplier_id), note)
    most = _most_ever(session, delivery)
    for line in lines:
        line.largest_quantity = max(line.quantity, most.get((line.product_id, line.lot), 0))
    _keep_what_it_said(session, note, delivery)
    delivery.version += 1
    delivery.slip_number = note.slip_number
    delivery.invoice_numbers = json.dumps(list(note.invoices), ensure_ascii=False)
    session.execute(delete(DeliveryPackage).where(DeliveryPackage.delivery_id == delivery.id))
    session.execute(delete(DeliveryLine).where(DeliveryLine.delivery_id == delivery.id))
    session.expire(delivery, ["lines"])
    delivery.lines.extend(lines)
    session.flush()  # its lines' numbers go into its packages
    cases.pack(session, delivery, note.packages)
    return delivery


def was_amended(session: Session, occasion: Occasion) -> bool:
    """Whether a note was amended under this key before."""
    key = occasion.request_key
    return session.scalar(select(DeliveryVersion.id).where(DeliveryVersion.request_key == key)) is not None


def _most_ever(session: Session, delivery: Delivery) -> dict[tuple[int, str], int]:
    """The most the note ever stated of each product and lot, in any version."""
    most = {(line.product_id, line.lot): line.largest_quantity for line in delivery.lines}
    before = select(DeliveryVersion.said).where(DeliveryVersion.delivery_id == delivery.id)
    for said in session.scalars(before):
        for line in json.loads(said)["lines"]:
            key = (line["product_id"], line["lot"])
            most[key] = max(most.get(key, 0), line["largest_quantity"])
    return most


def _keep_what_it_said(session: Session, note: Announced, delivery: Delivery) -> None:
    packages = session.scalars(select(DeliveryPackage).where(DeliveryPackage.delivery_id == delivery.id))
    said = {
        "slip_number": delivery.slip_number,
        "invoices": delivery.invoices,
        "lines": [_row(line) for line in delivery.lines],
        "packages": [_row(package) for package in packages],
    }
    session.add(
        DeliveryVersion(
            delivery_id=delivery.id,
            version=delivery.version,
            said=json.dumps(said, ensure_ascii=False, default=str),
            amended_at=note.occasion.recorded_at,
            amended_by_id=note.occasion.staff_id,
            request_key=note.occasion.request_key,
        )
    )


def _row(thing: DeliveryLine | DeliveryPackage) -> dict[str, Any]:
    return {column.key: getattr(thing, column.key) for column in thing.__table__.columns}


def find_same(session: Session, note: Announced) -> Delivery | None:
    """The note on record that says exactly this, so that a program that asks again is answered, not refused."""
    known = session.scalars(select(Delivery).where(Delivery.code == note.code)).one_or_none()
    if known is None or known.supplier_id != get_supplier(session, note.supplier).id:
        return None
    if (known.slip_number, known.invoices) != (note.slip_number, list(note.invoices)):
        return None
    if len(known.lines) != len(note.lines) or not cases.same(session, known, note.packages):
        return None
    products = _products(session, note)
    same = (_says(products, line, said) for line, said in zip(known.lines, note.lines, strict=True))
    return known if all(same) else None


def _says(products: dict[str, Product], line: DeliveryLine, said: AnnouncedLine) -> bool:
    """Whether a line on record is the one announced; what was left open then is whatever was agreed."""
    kept = (line.product_id, line.quantity, line.lot, line.expires_on, line.produced_on, line.order_line_id)
    return (
        kept
        == (products[said.product].id, said.quantity, said.lot, said.expires_on, said.produced_on, said.order_line_id)
        and said.unit_price in (None, line.unit_price)
        and said.settlement_mode in (None, line.settlement_mode)
    )


def _products(session: Session, note: Announced) -> dict[str, Product]:
    """The products of a note, by code. Raises: UnknownProduct."""
    found = products_by_code(session, list(dict.fromkeys(line.product for line in note.lines)))
    for line in note.lines:
        if line.product not in found or found[line.product].retired:
            raise UnknownProduct(product=line.product)
    return found


def _lines(session: Session, supplier: Party, note: Announced) -> list[DeliveryLine]:
    products = _products(session, note)
    agreed = offers(
        session, on=note.occasion.day, product_ids=[p.id for p in products.values()], supplier_id=supplier.id
    )
    lines = []
    for number, said in enumerate(note.lines, 1):
        product = products[said.product]
        price, mode = _price(said, agreed.get(product.id), supplier, product, note.occasion.day)
        lines.append(
            DeliveryLine(
                line=number, product_id=product.id, lot=said.lot, expires_on=said.expires_on,
                produced_on=said.produced_on, quantity=said.quantity, unit_price=price, settlement_mode=mode,
                order_line_id=said.order_line_id,
            )
        )  # fmt: skip
    return lines


def _price(
    said: AnnouncedLine, agreed: list[Offer] | None, supplier: Party, product: Product, day: date
) -> tuple[Decimal, str]:
    """The price and settlement of a line: as stated, else as agreed. Raises: NoPrice."""
    price, mode = said.unit_price, said.settlement_mode
    if price is not None and mode is not None:
        return price, mode
    if not agreed:
        raise NoPrice(supplier=supplier.name, product=product.name, day=day.isoformat())
    return agreed[0].unit_price if price is None else price, mode or agreed[0].settlement_mode
