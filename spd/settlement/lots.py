"""This file is the three books of a lot (三账): where its goods are, whose they are, and what is owed for them.

Every movement is a line of all three: nothing passes title without a payable, nothing is owed without title.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Select, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from spd import accounting
from spd.catalog import Lot, products_at
from spd.core.columns import Scaled, worth
from spd.core.errors import NotFound
from spd.core.money import ZERO
from spd.ledger import EntryRow, Item, Movement, Posting
from spd.parties import HOSPITAL_ID, Party
from spd.places import INSIDE, Location
from spd.settlement.invoices.matching import booked_matches
from spd.settlement.invoices.models import InvoiceMatch
from spd.stock import standing


class UnknownLot(NotFound):
    """There is no such lot of such a product."""

    code = "unknown-lot"
    say = {"zh": "没有产品 {product} 的批号 {lot}。", "en": "There is no lot {lot} of product {product}."}


@dataclass(frozen=True, kw_only=True)
class LotLine:
    """One movement of a lot in the three books; base units, and yuan for what is owed (above zero: more is owed)."""

    movement_id: int
    day_on: date
    recorded_at: datetime
    kind: str
    event: str
    item: str
    document: str
    supplier: str
    owned: int
    """What the hospital has more, or less, of its own."""
    consigned: int
    """The same of what is another's."""
    owed: Decimal
    """What became owed by it."""
    invoiced: Decimal
    """What of that booked invoices are matched to."""

    @property
    def what(self) -> str:
        """The event of its entry; where it moved no money, what it was."""
        return self.event or self.kind

    @property
    def physical(self) -> int:
        """What is more or less in the house."""
        return self.owned + self.consigned


@dataclass(frozen=True, kw_only=True)
class LotStands:
    """A lot as its goods lie, and as its lines come to: the two are the same."""

    product: str
    name: str
    name_en: str
    base_unit: str
    lot: str
    expires_on: date | None
    owned: int
    consigned: int
    loaner: int
    """Of what is another's, what is on loan."""
    lines: Sequence[LotLine]

    @property
    def physical(self) -> int:
        """What lies in the house."""
        return self.owned + self.consigned

    @property
    def owed(self) -> Decimal:
        """What became owed for it."""
        return sum((line.owed for line in self.lines), ZERO)

    @property
    def invoiced(self) -> Decimal:
        """What of it is invoiced."""
        return sum((line.invoiced for line in self.lines), ZERO)

    @property
    def tie_out(self) -> int:
        """What lies there less what the lines come to: zero."""
        return self.physical - sum(line.physical for line in self.lines)


def _there(at: datetime | None) -> Any:
    return (standing.now() if at is None else standing.as_of(at)).c


@dataclass(frozen=True, kw_only=True)
class LotsSeen:
    """Lots with their products, for a list: `query` selects nothing yet; `product` is asked as `Product` is; `of` is
    by name what they come to: base units, and yuan."""

    query: Select[Any]
    product: Any
    of: dict[str, Any]


def select_lots(at: datetime | None = None) -> LotsSeen:
    """Lots that are in the house, or were at an instant."""
    item = _there(at)
    ours, lent = item.owner_id == HOSPITAL_ID, item.settlement_mode == "loaner"
    value = type_coerce(worth(item.quantity, item.unit_price), BigInteger)

    def of(which: Any, what: Any) -> Any:
        return func.coalesce(func.sum(case((which, what), else_=0)), 0)

    sums = (
        select(
            item.lot_id,
            of(ours, item.quantity).label("owned"),
            of(~ours & ~lent, item.quantity).label("consigned"),
            of(~ours & lent, item.quantity).label("loaner"),
            of(ours, value).label("owned_value"),
            of(~ours, value).label("memo_value"),
        )
        .join(Location, Location.id == item.location_id)
        .where(Location.kind.in_(INSIDE))
        .group_by(item.lot_id)
        .subquery()
    )
    product = products_at(at)
    query = select().select_from(sums).join(Lot, Lot.id == sums.c.lot_id).join(product, product.id == Lot.product_id)
    c = sums.c
    return LotsSeen(query=query, product=product, of={
        "physical": c.owned + c.consigned + c.loaner, "owned": c.owned, "consigned": c.consigned, "loaner": c.loaner,
        "owned_value": type_coerce(c.owned_value, Scaled()), "memo_value": type_coerce(c.memo_value, Scaled()),
    })  # fmt: skip


def three_books(session: Session, product: str, lot: str, at: datetime | None = None) -> LotStands:
    """A lot with every movement that changed one of its books, the earliest first; as it is, or was at an instant.

    Raises: UnknownLot.
    """
    goods = products_at(at)
    named = (goods.code, goods.name, goods.name_en, goods.base_unit)
    query = select(Lot, *named).join(goods, goods.id == Lot.product_id)
    known = session.execute(query.where(goods.code == product, Lot.code == lot)).one_or_none()
    if known is None:
        raise UnknownLot(product=product, lot=lot)
    of, its = known.Lot, known
    owned, consigned, loaner = session.execute(_lying(of.id, at)).one()
    rows = session.execute(_moved(session, of.id, at)).all()
    return LotStands(
        product=its.code, name=its.name, name_en=its.name_en, base_unit=its.base_unit, lot=of.code,
        expires_on=of.expires_on, owned=int(owned or 0), consigned=int(consigned or 0), loaner=int(loaner or 0),
        lines=[_line(row) for row in rows],
    )  # fmt: skip


def _lying(lot: int, at: datetime | None) -> Select[Any]:
    item = _there(at)
    ours, lent = item.owner_id == HOSPITAL_ID, item.settlement_mode == "loaner"
    sums = (func.sum(case((which, item.quantity), else_=0)) for which in (ours, ~ours, ~ours & lent))
    inside = Location.kind.in_(INSIDE)
    return select(*sums).join(Location, Location.id == item.location_id).where(item.lot_id == lot, inside)


_ORIGIN = aliased(Location)
_GOAL = aliased(Location)


def _moved(session: Session, lot: int, at: datetime | None) -> Select[Any]:
    """The movements of a lot that changed how much is in the house, whose it is, or what is owed."""
    left, came = _ORIGIN.kind.in_(INSIDE), _GOAL.kind.in_(INSIDE)
    accrued = accounting.accrued_accounts(session)
    owed = (
        select(
            EntryRow.movement_id, Posting.party_id,
            func.sum(type_coerce(Posting.amount, BigInteger)).label("posted"),
            func.coalesce(func.sum(_matched(at)), 0).label("invoiced"),
        )
        .join(Posting, (Posting.entry_id == EntryRow.id) & Posting.account.in_(accrued))
        .join(Movement, Movement.id == EntryRow.movement_id)
        .join(Item, (Item.id == Movement.item_id) & (Item.lot_id == lot))
        .group_by(EntryRow.movement_id, Posting.party_id)
        .subquery()
    )  # fmt: skip

    def change(who: Any, owner: Any) -> Any:
        return case((came & who(Movement.to_owner_id), Movement.quantity), else_=0) - case(
            (left & who(owner), Movement.quantity), else_=0
        )

    owned = change(lambda column: column == HOSPITAL_ID, Movement.from_owner_id)
    consigned = change(lambda column: column != HOSPITAL_ID, Movement.from_owner_id)
    query: Any = (
        select(
            Movement.id, Movement.day_on, Movement.recorded_at, Movement.kind, func.coalesce(EntryRow.event, ""),
            Item.code, Movement.document, func.coalesce(Party.code, ""), owned, consigned,
            type_coerce(-func.coalesce(owed.c.posted, 0), Scaled()),
            type_coerce(func.coalesce(owed.c.invoiced, 0), Scaled()),
        )
        .join(Item, Item.id == Movement.item_id)
        .join(_ORIGIN, _ORIGIN.id == Movement.from_location_id)
        .join(_GOAL, _GOAL.id == Movement.to_location_id)
        .outerjoin(EntryRow, EntryRow.movement_id == Movement.id)
        .outerjoin(owed, owed.c.movement_id == Movement.id)
        .outerjoin(Party, Party.id == owed.c.party_id)
        .where(Item.lot_id == lot, or_(owned != 0, consigned != 0, owed.c.posted.is_not(None)))
        .order_by(Movement.recorded_at, Movement.id)
    )  # fmt: skip
    whole: Select[Any] = query if at is None else query.where(Movement.recorded_at <= at)
    return whole


def _matched(at: datetime | None) -> Any:
    """What booked invoices are, or were matched to of a posting, as a column beside it."""
    amount = func.sum(type_coerce(InvoiceMatch.accrued, BigInteger))
    query = booked_matches(select(amount), at).where(InvoiceMatch.posting_id == Posting.id)
    return query.correlate(Posting).scalar_subquery()


def _line(row: Any) -> LotLine:
    number, day, at, kind, event, item, document, supplier, owned, consigned, owed, invoiced = row
    return LotLine(
        movement_id=number, day_on=day, recorded_at=at, kind=kind, event=event, item=item, document=document,
        supplier=supplier, owned=int(owned), consigned=int(consigned), owed=owed, invoiced=invoiced,
    )  # fmt: skip
