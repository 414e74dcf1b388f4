"""This file is builders of refill: fixed quantities, packs of a lot with a day, waves and what is done in them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import packing, policies, replenishment
from spd.catalog import Lot
from spd.ledger import Item
from spd.places import Location
from spd.replenishment import Need, Picked, Wave
from spd.replenishment.models import WaveTote
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import Level, ToSettle
from tests import build
from tests.build import Hospital

STENT, GAUZE, REAGENT = 1, 2, 3


def level(
    session: Session, h: Hospital, at: Location | None = None, *, product: int = GAUZE, pack: int = 10, lower: int = 1,
    upper: int = 4,
) -> None:  # fmt: skip
    """A fixed quantity; of gauze in the ward unless said otherwise."""
    here = Level(
        location_id=(at or h.ward).id, product_id=product, pack_quantity=pack, lower=lower, upper=upper
    )  # fmt: skip
    said = ToSettle(occasion=build.occasion(h.keeper), levels=[here], asked_by_id=h.nurse.id)
    fixed_quantities.settle(session, said)


def packs(
    session: Session, h: Hospital, number: int, *, expires: date | None = None, size: int = 10,
    at: Location | None = None,
) -> list[str]:  # fmt: skip
    """Packs of gauze of a lot of their own, that expires on a day; in the store unless said otherwise."""
    lot = f"X{next(build._numbers)}"
    cases = -(-number * size // 50)
    delivery = build.note(session, h, h.gauzes, ("GAUZE", cases * 50))
    code = build.scan(build.GAUZE_CASE_DI, lot=lot, expires_on=expires)
    bulk = build.receive(session, h, delivery, code, count=cases)[0]
    asked = packing.PacksAsked(occasion=build.occasion(h.keeper), sources=[bulk], quantity=size, count=number)
    return build.move_to(session, h, [p.code for p in packing.make_packs(session, asked).packs], at or h.store)


def expire(session: Session, code: str) -> str:
    """The pack, which has been lying there until its lot expired yesterday."""
    lot_id = session.scalars(select(Item.lot_id).where(Item.code == code)).one()
    session.execute(update(Lot).where(Lot.id == lot_id).values(expires_on=build.TODAY - timedelta(days=1)))
    return code


def needs(session: Session, **more: Any) -> list[Need]:
    """The refill list today."""
    return replenishment.needs(session, on=build.TODAY, **more)


def wave(session: Session, h: Hospital, *places: Location) -> Wave:
    """A wave of all that is needed; at these places only, where some are named."""
    asked = replenishment.ToMakeWave(
        occasion=build.occasion(h.keeper), store=h.store.code, locations=[place.code for place in places]
    )
    return replenishment.make_wave(session, asked)


def pick(session: Session, h: Hospital, made: Wave, item: str) -> Picked:
    """One pack scanned in a wave."""
    return replenishment.pick(
        session, replenishment.ToPick(occasion=build.occasion(h.keeper), wave=made.code, item=item)
    )


def seal(session: Session, h: Hospital, code: str, *, number: str = "") -> replenishment.Sent:
    """A tote closed."""
    return replenishment.seal(session, replenishment.ToSeal(occasion=build.occasion(h.keeper), tote=code, seal=number))


def sign(session: Session, h: Hospital, tote: str, at: Location | None = None, **more: Any) -> replenishment.Signed:
    """A tote signed for; in the ward unless said otherwise."""
    said = replenishment.ToSign(
        occasion=build.occasion(h.nurse), dispatch=tote, location=(at or h.ward).code, **more
    )  # fmt: skip
    return replenishment.sign(session, said)


def tote_of(session: Session, made: Wave, place: Location) -> str:
    """The code of a place's first tote in a wave."""
    mine = (WaveTote.wave_id == made.id) & (WaveTote.location_id == place.id)
    return session.scalars(select(WaveTote.code).where(mine).order_by(WaveTote.number)).first() or ""


def policy(session: Session, h: Hospital, name: str, value: Any) -> None:
    """A policy of the hospital's own."""
    policies.settle(session, build.occasion(h.keeper), name, value)
