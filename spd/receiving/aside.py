"""This file is pieces put aside: kept with the scan and the reason, so that none is lost, until it is said what became
of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from spd import ledger
from spd.catalog import Product
from spd.core.errors import Conflict, NotFound
from spd.core.occasion import Occasion
from spd.ledger import Item, Movement, MovementKind
from spd.receiving.models import Delivery, DeliveryLine, DeliveryPackage
from spd.receiving.packages import Aside, Bay
from spd.receiving.records import AsideKind, ReceivingException, Resolution

_EACH_COUNTS = (AsideKind.OVER, AsideKind.UNEXPECTED, AsideKind.DAMAGED)
"""Of goods without a serial the same label may be scanned of piece after piece."""
_MAY_BELONG_ELSEWHERE = (AsideKind.OVER, AsideKind.UNEXPECTED, AsideKind.UNKNOWN)


class UnknownAside(NotFound):
    """No piece put aside has this number."""

    code = "unknown-aside"
    say = {
        "zh": "没有收货异常 {number}。刷新列表。",
        "en": "There is no piece put aside under number {number}. Reload the list.",
    }


class AsideResolved(Conflict):
    """Somebody has said what became of it."""

    code = "aside-resolved"
    verdict = "repeat"
    say = {
        "zh": "收货异常 {number} 已处理, 不重复处理。",
        "en": "What became of piece {number} has been said before. Nothing was changed.",
    }


@dataclass(frozen=True, kw_only=True)
class PutAside:
    """A piece put aside, as it is told: what, how many, why, and the other note that it belongs to."""

    number: int
    kind: str
    scan: str
    product: str
    name: str
    name_en: str
    lot: str
    expires_on: date | None
    """As its label says."""
    quantity: int
    other: str
    note: str


def _kind(one: Aside) -> AsideKind:
    """A case that is on another note is known: it is only not expected here."""
    return AsideKind.UNEXPECTED if one.kind is AsideKind.UNKNOWN and one.other_delivery_id else one.kind


def keep(session: Session, occasion: Occasion, bay: Bay, asides: Sequence[Aside]) -> list[int]:
    """Put the pieces on the list; one label already on it is not put there twice. The positions of those that were.

    Raises: Racing.
    """
    there = _open_scans(session, bay.delivery)
    with_others = _with_others(session, bay, asides)
    rows: list[dict[str, Any]] = []
    for line, one in enumerate(with_others):
        kind = _kind(one)
        same = (kind.value, one.piece.raw)
        if same in there and (one.piece.serial or kind not in _EACH_COUNTS):
            continue
        there.add(same)
        rows.append(_row(occasion, bay, one, kind, line))
    if rows:
        try:
            session.execute(insert(ReceivingException), rows)
        except IntegrityError as error:  # the same request at this moment
            raise ledger.Racing() from error
    return [row["line"] for row in rows]


def _row(occasion: Occasion, bay: Bay, one: Aside, kind: AsideKind, line: int) -> dict[str, Any]:
    piece = one.piece
    return {
        "delivery_id": bay.delivery.id,
        "request_key": occasion.request_key,
        "line": line,
        "content": occasion.content,
        "kind": kind.value,
        "scan": piece.raw,
        "scanner": occasion.scanner,
        "product_id": piece.ware.id if piece.ware else None,
        "lot": piece.lot,
        "expires_on": piece.expires_on,
        "quantity": one.quantity,
        "location_id": bay.location.id,
        "other_delivery_id": one.other_delivery_id,
        "note": one.note,
        "said_at": occasion.recorded_at,
        "said_by_id": occasion.staff_id,
        "resolution": "",
        "resolution_note": "",
    }


def _open_scans(session: Session, delivery: Delivery) -> set[tuple[str, bytes]]:
    query = select(ReceivingException.kind, ReceivingException.scan).where(
        ReceivingException.delivery_id == delivery.id, ReceivingException.resolved_at.is_(None)
    )
    return {(kind, bytes(scan)) for kind, scan in session.execute(query)}


def _with_others(session: Session, bay: Bay, asides: Sequence[Aside]) -> list[Aside]:
    """The pieces with the oldest open note of the same supplier that has room for each, where there is one."""
    strays = [one for one in asides if one.kind in _MAY_BELONG_ELSEWHERE]
    room = _room_elsewhere(session, bay, {one.piece.ware.id for one in strays if one.piece.ware})
    cases = _cases_elsewhere(session, bay, {one.piece.arrived.scan.sscc for one in strays if not one.piece.ware})
    found = []
    for one in asides:
        ware, piece = one.piece.ware, one.piece
        other = None
        if one in strays and ware:
            fits = (d for d, lot, free in room.get(ware.id, []) if lot in ("", piece.lot) and free > 0)
            other = next(fits, None)
        elif one in strays:
            other = cases.get(piece.arrived.scan.sscc or "")
        found.append(replace(one, other_delivery_id=other))
    return found


def _room_elsewhere(session: Session, bay: Bay, products: set[int]) -> dict[int, list[tuple[int, str, int]]]:
    """(note, lot, room) of every line of these products on the supplier's other open notes, the oldest first."""
    if not products:
        return {}
    came = (
        select(Item.receipt_line_id, func.sum(Movement.quantity).label("received"))
        .join(Movement, Movement.item_id == Item.id)
        .where(Movement.kind == MovementKind.RECEIVE)
        .group_by(Item.receipt_line_id)
    )
    query = (
        select(DeliveryLine.id, DeliveryLine.product_id, Delivery.id, DeliveryLine.lot, DeliveryLine.quantity)
        .join(Delivery, Delivery.id == DeliveryLine.delivery_id)
        .where(
            Delivery.supplier_id == bay.delivery.supplier_id,
            Delivery.closed_at.is_(None),
            Delivery.id != bay.delivery.id,
            DeliveryLine.product_id.in_(products),
        )
        .order_by(Delivery.announced_at, Delivery.id, DeliveryLine.line)
    )
    lines = session.execute(query).all()
    of_lines = came.where(Item.receipt_line_id.in_([line[0] for line in lines]))
    received = {line_id: quantity for line_id, quantity in session.execute(of_lines)}  # noqa: C416
    found: dict[int, list[tuple[int, str, int]]] = {}
    for line_id, product_id, delivery_id, lot, quantity in lines:
        found.setdefault(product_id, []).append((delivery_id, lot, quantity - int(received.get(line_id, 0))))
    return found


def _cases_elsewhere(session: Session, bay: Bay, codes: set[str | None]) -> dict[str, int]:
    """The supplier's other open notes that list these cases."""
    query = (
        select(DeliveryPackage.sscc, Delivery.id)
        .join(Delivery, Delivery.id == DeliveryPackage.delivery_id)
        .where(
            DeliveryPackage.sscc.in_([code for code in codes if code]),
            Delivery.supplier_id == bay.delivery.supplier_id,
            Delivery.closed_at.is_(None),
            Delivery.id != bay.delivery.id,
        )
    )
    return {code: delivery_id for code, delivery_id in session.execute(query) if code}


def find_told(session: Session, occasion: Occasion) -> list[PutAside] | None:
    """What was put aside under this key; None where nothing was. Raises: KeyReused."""
    known = select(ReceivingException.content).where(ReceivingException.request_key == occasion.request_key)
    contents = set(session.scalars(known))
    if not contents:
        return None
    if contents != {occasion.content}:
        raise ledger.KeyReused(key=str(occasion.request_key))
    return told(session, ReceivingException.request_key == occasion.request_key)


_OTHER = aliased(Delivery)


def told(session: Session, which: Any) -> list[PutAside]:
    """Pieces put aside, as they are told, in the order they came."""
    query = (
        select(ReceivingException, Product.code, Product.name, Product.name_en, _OTHER.code)
        .outerjoin(Product, Product.id == ReceivingException.product_id)
        .outerjoin(_OTHER, _OTHER.id == ReceivingException.other_delivery_id)
        .where(which)
        .order_by(ReceivingException.id)
    )
    return [
        PutAside(
            number=row.id,
            kind=row.kind,
            scan=row.scan.decode("utf-8", "replace"),
            product=code or "",
            name=name or "",
            name_en=name_en or "",
            lot=row.lot,
            expires_on=row.expires_on,
            quantity=row.quantity,
            other=other_code or "",
            note=row.note,
        )
        for row, code, name, name_en, other_code in session.execute(query)
    ]


def get_open(session: Session, number: int) -> ReceivingException:
    """The piece with this number that waits. Raises: UnknownAside, AsideResolved."""
    found = session.get(ReceivingException, number)
    if found is None:
        raise UnknownAside(number=number)
    if found.resolution:
        raise AsideResolved(number=number)
    return found


def resolve(
    session: Session,
    occasion: Occasion,
    number: int,
    resolution: Resolution,
    *,
    note: str = "",
    on_note: int | None = None,
) -> ReceivingException:
    """Say what became of a piece put aside, and on which note it was received; the same again changes nothing.

    Raises: UnknownAside, AsideResolved.
    """
    found = session.get(ReceivingException, number)
    if found is not None and found.resolution == resolution.value:
        return found
    found = get_open(session, number)
    mine = session.execute(
        update(ReceivingException)
        .where(ReceivingException.id == number, ReceivingException.resolution == "")
        .values(
            resolution=resolution.value,
            resolution_note=note,
            **({} if on_note is None else {"other_delivery_id": on_note}),
            resolved_at=occasion.recorded_at,
            resolved_by_id=occasion.staff_id,
        )
        .execution_options(synchronize_session=False)
    )
    if int(mine.rowcount) != 1:  # type: ignore[attr-defined]
        raise AsideResolved(number=number)
    session.refresh(found)
    return found
