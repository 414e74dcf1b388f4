"""This file is goods given to the hospital: put on hand under their codes at a fair or nominal price, as income.

Who records a gift does not agree to it: a second person does, and then the goods are there and the income is booked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Uuid, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from scanners import own
from spd import accounting, ledger
from spd.accounting import Event
from spd.catalog import Product, ProductClass, SettlementMode, get_or_add_lots, get_product
from spd.catalog.service import LotSeen
from spd.core.base import Base
from spd.core.columns import Code, Digest, Id, Instant, Money, Name, Quantity, UtcDateTime, Word
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import Draft, ItemKind, ItemStateName, KeyReused, Movement, MovementKind, NewItem, Step
from spd.ledger.verify import Problem
from spd.parties import HOSPITAL_ID, get_supplier
from spd.places import INSIDE, WARD_KINDS, End, Location, LocationKind, get_location
from spd.stock.until import Until, is_expired

MOST_PIECES = 500


class DonationState(StrEnum):
    """How far a gift is."""

    ASKED = "asked"
    TAKEN = "taken"
    REFUSED = "refused"


class Donation(Base):
    """So much of one lot of one product given to the hospital, and where it is to lie."""

    __tablename__ = "donations"
    __table_args__ = (CheckConstraint("quantity > 0", name="gives_something"),)

    id: Mapped[Id]
    code: Mapped[Code] = mapped_column(unique=True)
    donor: Mapped[Name]
    """As the paper names them."""
    supplier_id: Mapped[int] = mapped_column(ForeignKey("parties.id"))
    """Whose goods they are by origin: whom a recall or a question goes to."""
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    lot: Mapped[Code]
    expires_on: Mapped[date | None] = mapped_column(Date())
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money]
    """Fair, or nominal."""
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id"))
    note: Mapped[Name]
    state: Mapped[Word]
    asked_at: Mapped[Instant]
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    request_key: Mapped[UUID] = mapped_column(Uuid(), unique=True)
    content: Mapped[Digest]
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime())
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_key: Mapped[UUID | None] = mapped_column(Uuid(), unique=True)
    decision: Mapped[Name] = mapped_column(default="")
    period: Mapped[str | None] = mapped_column(String(7))
    """The month its income is of."""


class UnknownDonation(NotFound):
    """There is no such gift."""

    code = "unknown-donation"
    say = {"zh": "没有捐赠单 {donation}。", "en": "There is no donation {donation}."}


class DonationDecided(Conflict):
    """Somebody has decided already."""

    code = "donation-decided"
    say = {"zh": "捐赠单 {donation} 已处理。", "en": "Donation {donation} is decided already."}


class BadDonation(Refused):
    """A gift lies in a store or on a ward, has a price, and is not expired; coded pieces come in small numbers."""

    code = "bad-donation"
    say = {
        "zh": "捐赠物资须存放于库房或病区, 单价大于零, 未过期; 逐件编码的每单不超过 {most} 件。",
        "en": "A gift lies in a store or ward, has a price and has not expired; at most {most} coded pieces.",
    }


@dataclass(frozen=True, kw_only=True)
class DonationSaid:
    """What is given, by whom, at which price, and where it is to lie."""

    occasion: Occasion
    donor: str
    supplier: str
    product: str
    lot: str
    quantity: int
    unit_price: Decimal
    location: str
    expires_on: date | None = None
    note: str = ""


def record(session: Session, said: DonationSaid) -> Donation:
    """The gift on record, waiting for a second person; asked again with its key, the same.

    Raises: KeyReused, UnknownProduct, UnknownParty, UnknownLocation, BadDonation.
    """
    when = said.occasion
    done = session.scalars(select(Donation).where(Donation.request_key == when.request_key)).one_or_none()
    if done is not None:
        if done.content != when.content:
            raise KeyReused(key=when.request_key)
        return done
    product, supplier = get_product(session, said.product), get_supplier(session, said.supplier)
    place = get_location(session, said.location)
    many = _one_by_one(product) and said.quantity > MOST_PIECES
    expired = is_expired(Until(said.expires_on), when.moment)
    lies = place.kind in INSIDE and place.kind != LocationKind.TRANSIT
    if many or expired or not lies or said.unit_price <= 0 or said.quantity <= 0:
        raise BadDonation(most=MOST_PIECES)
    number = (session.scalar(select(func.max(Donation.id))) or 0) + 1
    row = Donation(
        code=f"DON-{when.day:%Y%m%d}-{number}", donor=said.donor, supplier_id=supplier.id, product_id=product.id,
        lot=said.lot, expires_on=said.expires_on, quantity=said.quantity, unit_price=said.unit_price,
        location_id=place.id, note=said.note, state=DonationState.ASKED.value, asked_at=when.recorded_at,
        asked_by_id=when.staff_id, request_key=when.request_key, content=when.content,
    )  # fmt: skip
    session.add(row)
    session.flush()  # its number is told
    return row


def get_donation(session: Session, code: str) -> Donation:
    """The gift with this number. Raises: UnknownDonation."""
    row = session.scalars(select(Donation).where(Donation.code == code)).one_or_none()
    if row is None:
        raise UnknownDonation(donation=code)
    return row


def decide(session: Session, occasion: Occasion, code: str, *, takes: bool, note: str = "") -> Donation:
    """The gift taken, its goods on hand and the income booked, or refused; asked again with its key, the same.

    Raises: UnknownDonation, SamePerson, DonationDecided, LotDiffers, NoRule, PeriodClosed, Racing.
    """
    row = get_donation(session, code)
    if row.state != DonationState.ASKED:
        if row.decided_key == occasion.request_key:
            return row
        raise DonationDecided(donation=code)
    refuse_same_person(row.asked_by_id, occasion.staff_id)
    period = ledger.posting_period(session, occasion.day) if takes else None
    values = {
        "state": (DonationState.TAKEN if takes else DonationState.REFUSED).value, "decided_at": occasion.recorded_at,
        "decided_by_id": occasion.staff_id, "decided_key": occasion.request_key, "decision": note, "period": period,
    }  # fmt: skip
    mine = update(Donation).where(Donation.id == row.id, Donation.state == DonationState.ASKED).values(**values)
    if session.execute(mine.returning(Donation.id)).first() is None:
        raise DonationDecided(donation=code)
    if period is not None:
        _put_down(session, occasion, row, period)
    session.refresh(row)
    return row


def _put_down(session: Session, occasion: Occasion, row: Donation, period: str) -> None:
    product, place = session.get_one(Product, row.product_id), session.get_one(Location, row.location_id)
    seen = LotSeen(product_id=product.id, code=row.lot, expires_on=row.expires_on, produced_on=None)
    lot = get_or_add_lots(session, [seen])[product.id, row.lot]
    parts = [1] * row.quantity if _one_by_one(product) else [row.quantity]
    draft = Draft(session, occasion, expected=len(parts))
    for number, quantity in enumerate(parts, 1):
        kind = ItemKind.UNIT if _one_by_one(product) else ItemKind.BULK
        new = NewItem(
            code=own.derive(kind.value, f"donation:{row.code}:{number}".encode()), kind=kind, product_id=product.id,
            lot_id=lot.id, unit_price=row.unit_price, settlement_mode=SettlementMode.ON_RECEIPT,
            supplier_id=row.supplier_id,
        )  # fmt: skip
        draft.move(draft.create(new), _step(session, row, product, place, quantity, period))
    draft.write()


def _step(session: Session, row: Donation, product: Product, place: Location, quantity: int, period: str) -> Step:
    event = Event.DONATION_WARD if place.kind in WARD_KINDS else Event.DONATION_STORE
    goods = accounting.Goods(
        product_id=product.id, product_class=product.product_class, chargeable=product.chargeable,
        amount=quantity * row.unit_price, supplier_id=row.supplier_id,
    )  # fmt: skip
    return Step(
        kind=MovementKind.RECEIVE, quantity=quantity, from_location_id=End.SUPPLIER, to_location_id=place.id,
        from_owner_id=row.supplier_id, to_owner_id=HOSPITAL_ID, state_after=ItemStateName.AVAILABLE,
        document=row.code, reason="donation",
        entry=accounting.entry_for(accounting.load_rules(session, period), event, goods, period=period),
    )  # fmt: skip


def _one_by_one(product: Product) -> bool:
    return product.product_class == ProductClass.HIGH_VALUE


def problems(session: Session) -> list[Problem]:
    """Gifts that are taken and whose goods did not come in as they say; an empty list is the proof."""
    came = (
        select(Movement.document, func.sum(Movement.quantity).label("quantity"))
        .where(Movement.kind == MovementKind.RECEIVE, Movement.document.like("DON-%"))
        .group_by(Movement.document)
        .subquery()
    )
    query = (
        select(Donation.code, Donation.state, Donation.quantity, func.coalesce(came.c.quantity, 0))
        .outerjoin(came, came.c.document == Donation.code)
        .order_by(Donation.id)
    )
    return [
        Problem(
            check="donations", table="donations", row=code, says=f"is {state} with {quantity}, {int(there)} came in"
        )
        for code, state, quantity, there in session.execute(query)
        if there != (quantity if state == DonationState.TAKEN else 0)
    ]
