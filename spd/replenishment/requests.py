"""This file is asking for a refill: by hand with a reason, or by the card of an empty bin; merged with what is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanners import own
from spd.catalog import Product, get_product
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Occasion
from spd.ledger import KeyReused, Racing
from spd.places import Location, get_location
from spd.replenishment.models import RefillCard, RefillRequest, RefillTrigger
from spd.replenishment.needs import position
from spd.replenishment.receiver import NotYourWard
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import FixedQuantity

CARD, HAND = "card", "hand"


class UnknownCard(NotFound):
    """No bin has this card."""

    code = "unknown-card"
    error = "E01"
    say = {
        "zh": "没有空箱卡 {card}。扫描货箱上的卡。",
        "en": "There is no bin card {card}. Scan the card in the bin.",
    }


class AboveUpper(Refused):
    """More is asked for than the place may hold."""

    code = "above-upper"
    error = "E12"
    say = {
        "zh": "定数上限为 {upper} 包, 不能申请 {packs} 包。改数量, 或申请调整定数。",
        "en": "The upper limit is {upper} packs, {packs} were asked for. Ask for less, or have the limit raised.",
    }


@dataclass(frozen=True, kw_only=True)
class ToAsk:
    """Somebody asks for packs of a product for a place, and says why."""

    occasion: Occasion
    location: str
    product: str
    packs: int
    reason: str = ""
    departments: frozenset[int] | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is on the list now. `added`: whether this changed it; a card scanned again does not."""

    location: str
    location_name: str
    location_name_en: str
    product: str
    name: str
    name_en: str
    packs: int
    pack_quantity: int
    added: bool
    repeated: bool = False


@dataclass(frozen=True, kw_only=True)
class _Want:
    occasion: Occasion
    place: Location
    product: Product
    kind: str
    packs: int
    pack_quantity: int
    reason: str = ""


def ask(session: Session, said: ToAsk) -> Asked:
    """The packs on the place's refill list; merged with what is asked for already.

    Raises: KeyReused, UnknownLocation, UnknownProduct, NotYourWard, AboveUpper.
    """
    place, product = get_location(session, said.location), get_product(session, said.product)
    if done := _done(session, said.occasion):
        return _told(session, done, repeated=True)
    if said.departments is not None and place.department_id not in said.departments:
        raise NotYourWard(location=place.code)
    level = fixed_quantities.at(session, place.id, product.id)
    if level is not None and said.packs > level.upper:
        raise AboveUpper(upper=level.upper, packs=said.packs)
    size = level.pack_quantity if level else 1
    want = _Want(
        occasion=said.occasion, place=place, product=product, kind=HAND, packs=said.packs, pack_quantity=size,
        reason=said.reason,
    )  # fmt: skip
    return _ask(session, want)


def scan_card(session: Session, occasion: Occasion, code: str) -> Asked:
    """The bin of this card on the refill list, once: scanned again before it is filled, nothing changes.

    Raises: UnknownCard, KeyReused.
    """
    card = find_card(session, code)
    if card is None:
        raise UnknownCard(card=code)
    if done := _done(session, occasion):
        return _told(session, done, repeated=True)
    place, product = session.get_one(Location, card.location_id), session.get_one(Product, card.product_id)
    level = fixed_quantities.at(session, place.id, product.id)
    want = _Want(
        occasion=occasion,
        place=place,
        product=product,
        kind=CARD,
        packs=card.packs,
        pack_quantity=level.pack_quantity if level else card.pack_quantity,
    )
    return _ask(session, want)


def find_card(session: Session, code: str) -> RefillCard | None:
    """The bin card with this code."""
    return session.scalars(select(RefillCard).where(RefillCard.code == code)).one_or_none()


def make_cards(session: Session, occasion: Occasion, levels: Sequence[FixedQuantity]) -> list[RefillCard]:
    """A card for each of these fixed quantities; those made before are kept, with what their bin holds now."""
    places = {level.location_id for level in levels}
    query = select(RefillCard).where(RefillCard.location_id.in_(places))
    known = {(card.location_id, card.product_id): card for card in session.scalars(query)}
    cards = []
    for level in levels:
        card = known.get((level.location_id, level.product_id))
        if card is None:
            card = RefillCard(
                code=own.derive("document", f"refill-card:{level.location_id}:{level.product_id}".encode()),
                location_id=level.location_id,
                product_id=level.product_id,
                made_at=occasion.recorded_at,
            )
            session.add(card)
        card.pack_quantity, card.packs = level.pack_quantity, level.upper - level.lower
        cards.append(card)
    session.flush()  # their codes are printed
    return cards


def open_requests(session: Session, location_ids: Sequence[int]) -> list[RefillRequest]:
    """What these places have asked for and not been given, the oldest first."""
    here = RefillRequest.location_id.in_(location_ids) & RefillRequest.closed_at.is_(None)
    return list(session.scalars(select(RefillRequest).where(here).order_by(RefillRequest.id)))


def _done(session: Session, occasion: Occasion) -> RefillTrigger | None:
    mine = RefillTrigger.request_key == occasion.request_key
    done = session.scalars(select(RefillTrigger).where(mine)).one_or_none()
    if done is not None and done.content != occasion.content:
        raise KeyReused(key=str(occasion.request_key))
    return done


def _ask(session: Session, want: _Want) -> Asked:
    request, added = _open(session, want)
    trigger = RefillTrigger(
        request_id=request.id,
        request_key=want.occasion.request_key,
        content=want.occasion.content,
        kind=want.kind,
        packs=want.packs,
        added=added,
        reason=want.reason,
        asked_at=want.occasion.recorded_at,
        asked_by_id=want.occasion.staff_id,
    )
    session.add(trigger)
    _write(session)
    return _told(session, trigger)


def _open(session: Session, want: _Want) -> tuple[RefillRequest, bool]:
    """The one open request of the place and product, and whether this changed it.

    By hand, what is asked comes on top of what is coming; a card asks for its bin, once until it is filled.
    """
    here = (RefillRequest.location_id == want.place.id) & (RefillRequest.product_id == want.product.id)
    found = session.scalars(select(RefillRequest).where(here, RefillRequest.closed_at.is_(None))).one_or_none()
    if found is None:
        found = RefillRequest(
            location_id=want.place.id,
            product_id=want.product.id,
            pack_quantity=want.pack_quantity,
            packs=want.packs,
            delivered=0,
            by_card=want.kind == CARD,
            by_hand=want.kind == HAND,
            reason=want.reason,
            asked_at=want.occasion.recorded_at,
        )
        session.add(found)
        _write(session)  # its number goes into the trigger
        return found, True
    if want.kind == CARD and found.by_card:
        return found, False
    due = position(session, want.place.id, want.product.id, when=want.occasion.moment)[1] if want.kind == HAND else 0
    packs = -(-(found.delivered + due) // found.pack_quantity) + want.packs
    found.packs = max(found.packs, packs)
    found.by_card, found.by_hand = found.by_card or want.kind == CARD, found.by_hand or want.kind == HAND
    found.reason = want.reason or found.reason
    return found, True


def _write(session: Session) -> None:
    """Two who ask for the same at once: one of them asks again, and finds the other's. Raises: Racing."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Racing() from error


def _told(session: Session, trigger: RefillTrigger, *, repeated: bool = False) -> Asked:
    request = session.get_one(RefillRequest, trigger.request_id)
    place, product = session.get_one(Location, request.location_id), session.get_one(Product, request.product_id)
    return Asked(
        location=place.code,
        location_name=place.name,
        location_name_en=place.name_en,
        product=product.code,
        name=product.name,
        name_en=product.name_en,
        packs=trigger.packs if repeated else request.packs,
        pack_quantity=request.pack_quantity,
        added=trigger.added,
        repeated=repeated,
    )
