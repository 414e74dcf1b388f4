"""This file is what each scan says: a unit, a case of any level, or a package whose contents the note lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from decimal import Decimal, InvalidOperation

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd.catalog import Packaging, Product
from spd.catalog.mapping import find_level
from spd.core.occasion import Occasion
from spd.receiving.models import Delivery, DeliveryPackage
from spd.receiving.packages import Arrived, PackageReceived, Piece, Ware
from spd.receiving.records import ReceivedPackage
from spd.stock.until import until_of

_AT_ONCE = 500
_CONTENT = "02"  # GS1: the trade items in a logistic unit, whose count is in (37)
Known = dict[str, tuple[int, Ware]]


@dataclass
class Heard:
    """What the scans of one act say, and the packages of the note that are received by it."""

    pieces: list[Piece] = field(default_factory=list)
    packages: list[int] = field(default_factory=list)


def hear(session: Session, delivery: Delivery, arrivals: Iterable[Arrived], *, zone: tzinfo = UTC) -> Heard:
    """What was scanned, in the order scanned; what nobody knows is a piece without a product. Hours are read by `zone`.

    Raises: PackageReceived.
    """
    told = list(arrivals)
    known = _known(session, {one.scan.di for one in told if one.scan.di})
    cases = _Cases(session, delivery) if any(_case_code(one) for one in told) else None
    heard = Heard()
    for number, arrived in enumerate(told):
        if cases is not None and (case := cases.find(_case_code(arrived))):
            heard.pieces += _contents(cases, case, arrived, number, heard)
        else:
            heard.pieces.append(_piece(arrived, number, known, zone))
    return heard


def note_packages(session: Session, occasion: Occasion, packages: list[int]) -> None:
    """Keep that these packages were received, so that none is twice."""
    if packages:
        rows = [
            {"package_id": one, "request_key": occasion.request_key, "received_at": occasion.recorded_at}
            for one in packages
        ]
        session.execute(insert(ReceivedPackage), rows)


def ware_of(product: Product) -> Ware:
    """A product as the bay needs it."""
    low, high = _own_range(product.attributes) if product.cold_chain else (None, None)
    return Ware(
        id=product.id,
        code=product.code,
        name=product.name,
        name_en=product.name_en,
        product_class=product.product_class,
        chargeable=product.chargeable,
        cold_chain=product.cold_chain,
        low=low,
        high=high,
    )


def _own_range(attributes: str) -> tuple[int | None, int | None]:
    """The temperatures a product may arrive at by its own attributes, degrees as text: `temperature_low`, `_high`."""
    said = json.loads(attributes or "{}")
    return _tenths(said.get("temperature_low")), _tenths(said.get("temperature_high"))


def _tenths(degrees: object) -> int | None:
    try:
        return int(Decimal(str(degrees)) * 10) if degrees is not None else None
    except (InvalidOperation, ValueError):
        return None


def _known(session: Session, codes: Iterable[str]) -> Known:
    """The base units and product of each device identifier, at whatever level of packaging."""
    carriers = sorted(codes)
    found: Known = {}
    wares: dict[int, Ware] = {}
    for start in range(0, len(carriers), _AT_ONCE):
        query = (
            select(Packaging.code, Packaging.base_units, Product)
            .join(Product, Product.id == Packaging.product_id)
            .where(Packaging.code.in_(carriers[start : start + _AT_ONCE]))
        )
        for code, base_units, product in session.execute(query):
            ware = wares.setdefault(product.id, ware_of(product))
            found[code] = (base_units, ware)
    for code in carriers:
        if code not in found and (level := find_level(session, code)):  # a level that nobody has bound yet
            found[code] = (level.base_units, ware_of(session.get_one(Product, level.product_id)))
    return found


def _piece(arrived: Arrived, number: int, known: Known, zone: tzinfo) -> Piece:
    scan = arrived.scan
    until = until_of(scan, zone)
    doubt = scan.doubt if arrived.lot is None else None
    certain = scan.doubt is None  # what was keyed from the label by eye stands in place of what may be misread
    base_units, ware = known.get(scan.di or "", (1, None))
    inside = scan.quantity or 1 if any(ai == _CONTENT for ai, _ in scan.elements) else 1
    return Piece(
        number=number,
        arrived=arrived,
        ware=ware,
        quantity=arrived.quantity or base_units * inside * arrived.count,
        lot=((scan.lot if certain else None) or arrived.lot or ""),
        expires_on=until.day or arrived.expires_on,
        expires_at=until.at,
        produced_on=scan.produced_on,
        serial=(scan.serial or "") if certain else "",
        di=scan.di or "",
        doubt=doubt,
    )


def _case_code(arrived: Arrived) -> str:
    """What a case or pallet of a note is known by: its SSCC, or a label of ours."""
    scan = arrived.scan
    return scan.sscc or (scan.code or "" if scan.kind == "document" else "")


class _Cases:
    """The cases and pallets of a note, what is in each, and which have been received."""

    def __init__(self, session: Session, delivery: Delivery) -> None:
        rows = session.scalars(
            select(DeliveryPackage).where(DeliveryPackage.delivery_id == delivery.id).order_by(DeliveryPackage.id)
        ).all()
        received = select(ReceivedPackage.package_id).join(
            DeliveryPackage, DeliveryPackage.id == ReceivedPackage.package_id
        )
        self.received = set(session.scalars(received.where(DeliveryPackage.delivery_id == delivery.id)))
        self._by_code = {row.sscc: row for row in rows if row.sscc}
        self._inside: dict[int, list[DeliveryPackage]] = {}
        for row in rows:
            if row.parent_id is not None:
                self._inside.setdefault(row.parent_id, []).append(row)
        self._products = {line.id: line.product_id for line in delivery.lines}
        products = select(Product).where(Product.id.in_(set(self._products.values())))
        self._wares = {product.id: ware_of(product) for product in session.scalars(products)}
        self._units = self._unit_codes(session)

    def find(self, code: str) -> DeliveryPackage | None:
        """The case with this code."""
        return self._by_code.get(code) if code else None

    def within(self, case: DeliveryPackage) -> Iterator[DeliveryPackage]:
        """The case and everything packed in it."""
        yield case
        for inner in self._inside.get(case.id, ()):
            yield from self.within(inner)

    def ware(self, case: DeliveryPackage) -> Ware | None:
        """What lies in a case directly."""
        return self._wares.get(self._products.get(case.delivery_line_id or 0, 0))

    def di(self, case: DeliveryPackage, ware: Ware | None) -> str:
        """The device identifier of one piece in a case, as stated or as the catalogue has it."""
        return case.di or (self._units.get(ware.id, "") if ware else "")

    def _unit_codes(self, session: Session) -> dict[int, str]:
        query = select(Packaging.product_id, Packaging.code).where(
            Packaging.product_id.in_(self._wares), Packaging.base_units == 1
        )
        found: dict[int, str] = {}
        for product_id, code in session.execute(query.order_by(Packaging.id)):
            found.setdefault(product_id, code)
        return found


def _contents(cases: _Cases, case: DeliveryPackage, arrived: Arrived, number: int, heard: Heard) -> Iterator[Piece]:
    """Everything in a case that has not been received."""
    fresh = [one for one in cases.within(case) if one.id not in cases.received]
    if not any(one.quantity for one in fresh):
        raise PackageReceived(package=case.sscc)
    for one in fresh:
        cases.received.add(one.id)
        heard.packages.append(one.id)
        ware = cases.ware(one)
        serials = one.serial_list or ([""] if one.quantity else [])
        for serial in serials:
            yield Piece(
                number=number,
                arrived=arrived,
                ware=ware,
                quantity=one.quantity // len(serials),
                lot=one.lot,
                expires_on=one.expires_on,
                produced_on=one.produced_on,
                serial=serial,
                di=cases.di(one, ware),
                line_id=one.delivery_line_id,
            )
