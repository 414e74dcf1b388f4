"""This file is /receiving-exceptions: pieces that arrived and were not received, and what became of each."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from functools import partial
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import reading
from api.fields import Page, Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.receipts import PutAsideOut, ReceiptOut, may_receive
from scanners import Scan
from scanners.merge import merge
from spd import receiving
from spd.catalog.mapping import one_package
from spd.core import clock
from spd.core.occasion import Occasion
from spd.parties import Party
from spd.receiving import AsideKind, Delivery, ReceivingException, Resolution
from spd.receiving.aside import told

bp = Noun("receiving-exceptions", "What arrived and was not received.")


class ReceivingExceptionsAsked(Page):
    """Which pieces: those that wait unless asked otherwise."""

    open = fields.Boolean(load_default=True)
    delivery = Text(load_default=None)
    kind = fields.String(load_default=None, validate=validate.OneOf([kind.value for kind in AsideKind]))


class ReceivingExceptionOut(PutAsideOut):
    """A piece put aside, since when, and what became of it."""

    delivery = fields.String()
    supplier = fields.String()
    said_at = fields.AwareDateTime()
    resolution = fields.String()
    resolution_note = fields.String()
    resolved_at = fields.AwareDateTime(allow_none=True)


class ReceivingExceptionsOut(Schema):
    """A page of pieces."""

    exceptions = fields.List(fields.Nested(ReceivingExceptionOut))
    next = fields.Integer(allow_none=True)


class AsideResolvedIn(Write):
    """What became of a piece: it went back with the supplier, or was scanned by mistake."""

    resolution = fields.String(
        required=True, validate=validate.OneOf([Resolution.RETURNED.value, Resolution.MISTAKE.value])
    )
    note = Text(load_default="", shortest=0)


class AsideTakenInIn(Write):
    """Receive it after all: on another note of the supplier, or on its own, which takes it now."""

    delivery = Text(load_default="", shortest=0, metadata={"description": "Empty: its own note."})
    location = Text(load_default="", shortest=0, metadata={"description": "Empty: where it was scanned."})
    lot = Text(load_default=None, allow_none=True, longest=80)
    expires_on = fields.Date(load_default=None, allow_none=True)


def _rows(session: Session, query: Any) -> list[dict[str, Any]]:
    found: list[Any] = list(session.execute(query))
    by_number = {one.number: one for one in told(session, ReceivingException.id.in_([row[0].id for row in found]))}
    return [
        asdict(by_number[row.id])
        | {
            "delivery": note,
            "supplier": supplier,
            "said_at": row.said_at,
            "resolution": row.resolution,
            "resolution_note": row.resolution_note,
            "resolved_at": row.resolved_at,
        }
        for row, note, supplier in found
    ]


def _asked() -> Any:
    return (
        select(ReceivingException, Delivery.code, Party.code)
        .join(Delivery, Delivery.id == ReceivingException.delivery_id)
        .join(Party, Party.id == Delivery.supplier_id)
        .order_by(ReceivingException.id)
    )


@bp.get("")
@bp.arguments(ReceivingExceptionsAsked, location="query")
@bp.response(200, ReceivingExceptionsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The pieces put aside, oldest first."""
    query = _asked().where(ReceivingException.id > asked["after"]).limit(asked["limit"] + 1)
    waits = ReceivingException.resolved_at
    query = query.where(waits.is_(None) if asked["open"] else waits.is_not(None))
    if asked["delivery"]:
        query = query.where((Delivery.code == asked["delivery"]) | (Delivery.label == asked["delivery"]))
    if asked["kind"]:
        query = query.where(ReceivingException.kind == asked["kind"])
    rows = read(lambda session: _rows(session, query))
    return paged("exceptions", rows, asked["limit"], lambda row: int(row["number"]))


def resolved(session: Session, when: Occasion, number: int, what: Resolution, note: str) -> ReceivingException:
    """What became of it, by somebody who did not buy it. Raises: BuyerReceives, and what resolving raises."""
    _refuse_buyer(session, number, when)
    return receiving.resolve(session, when, number, what, note=note)


def _refuse_buyer(session: Session, number: int, when: Occasion, on_note: str = "") -> None:
    """Raises: BuyerReceives, of the piece's own note unless another is named."""
    row = session.get(ReceivingException, number)
    if row is not None:
        may_receive(session, on_note or session.get_one(Delivery, row.delivery_id).code, when)


@bp.post("/<int:number>/resolve")
@bp.arguments(AsideResolvedIn)
@bp.response(200, ReceivingExceptionOut)
def resolve(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Say what became of a piece. Saying the same again changes nothing."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        resolved(session, when, number, Resolution(said["resolution"]), said["note"])
        return _rows(session, _asked().where(ReceivingException.id == number))[0]

    return write(when, act)


@bp.post("/<int:number>/receive")
@bp.arguments(AsideTakenInIn)
@bp.response(201, ReceiptOut)
def take_in(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Receive a piece that was put aside. Safe to send again with the same key."""
    taken = receiving.TakenIn(
        occasion=occasion(said),
        number=number,
        arrived=arrived_again(number, lot=said["lot"], expires_on=said["expires_on"]),
        delivery=said["delivery"],
        location=said["location"],
    )
    return asdict(write(taken.occasion, lambda session: taken_in(session, taken)))


def taken_in(session: Session, taken: receiving.TakenIn) -> receiving.Receipt:
    """Receive it, by somebody who did not buy it. Raises: BuyerReceives, and what receiving raises."""
    _refuse_buyer(session, taken.number, taken.occasion, taken.delivery)
    return receiving.take_in(session, taken)


def arrived_again(number: int, *, lot: str | None = None, expires_on: date | None = None) -> receiving.Arrived:
    """The label of a piece put aside, read again. Raises: UnknownAside, Unreadable."""

    def ask(session: Session) -> tuple[Scan, str, date | None] | None:
        row = session.get(ReceivingException, number)
        return None if row is None else (_read_again(session, row), row.lot, row.expires_on)

    found = read(ask)
    if found is None:
        raise receiving.UnknownAside(number=number)
    scan, known_lot, known_expiry = found
    return receiving.Arrived(scan=scan, lot=lot or known_lot or None, expires_on=expires_on or known_expiry)


def _read_again(session: Session, row: ReceivingException) -> Scan:
    """The label by the habits of the scanner that read it when it was put aside."""
    scanner = reading.look_up(session, row.scanner, at=clock.now())
    raw = row.scan.decode("utf-8", "surrogateescape")
    codes = [scanner.read(part) for part in raw.split("\n") if part]
    one = codes[0] if len(codes) == 1 else merge(codes, same=partial(one_package, session))
    return replace(one, raw=raw)
