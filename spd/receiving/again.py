"""This file is a piece put aside that is received after all: on another note of the supplier, or on its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from spd import ledger
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.places import Location
from spd.receiving import aside
from spd.receiving.models import Delivery
from spd.receiving.notes import get_delivery
from spd.receiving.packages import Arrived, Delivered
from spd.receiving.receive import Receipt, receive
from spd.receiving.records import AsideKind, ReceivingException, Resolution

_PIECES = (AsideKind.UNKNOWN.value,)
"""Counted as scanned: nobody knew how many base units each is."""


class OtherSupplier(Refused):
    """The note is another supplier's."""

    code = "other-supplier"
    error = "E10"
    say = {
        "zh": "送货单 {delivery} 属于另一供应商, 不能并入。",
        "en": "Note {delivery} is another supplier's, so this cannot be joined to it.",
    }


@dataclass(frozen=True, kw_only=True)
class TakenIn:
    """A piece put aside, its label read again, and the note it is received on; empty is its own."""

    occasion: Occasion
    number: int
    arrived: Arrived
    delivery: str = ""
    location: str = ""


def take_in(session: Session, said: TakenIn) -> Receipt:
    """Receive a piece that was put aside; its line on the list is done with. All of it, or with a refusal nothing.

    Raises: UnknownAside, AsideResolved, OtherSupplier, and what `receive` raises.
    """
    row = session.get(ReceivingException, said.number)
    if row is None:
        raise aside.UnknownAside(number=said.number)
    own_note = session.get_one(Delivery, row.delivery_id)
    target = get_delivery(session, said.delivery) if said.delivery else own_note
    if target.supplier_id != own_note.supplier_id:
        raise OtherSupplier(delivery=target.code)
    done = ledger.find_done(session, said.occasion) is not None
    if not done:
        aside.get_open(session, said.number)
    arrived = said.arrived if row.kind in _PIECES else replace(said.arrived, quantity=row.quantity)
    if arrived.scan.sscc and not arrived.scan.di:
        arrived = said.arrived
    receipt = receive(
        session,
        Delivered(
            occasion=said.occasion,
            delivery=target.code,
            location=said.location or session.get_one(Location, row.location_id).code,
            arrivals=[arrived],
        ),
    )
    if not done:
        resolution = Resolution.ADDED if target.id == own_note.id else Resolution.JOINED
        aside.resolve(session, said.occasion, said.number, resolution, on_note=target.id)
    return receipt
