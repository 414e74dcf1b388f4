"""This file is opening stock: what lay in the house before this began, each thing under its code, accountable from now.

The hospital's own goods are entered at what they cost; a consignor's stay the consignor's. The code of a thing follows
from what it is and where it lay, so that the same list given twice opens nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from scanners import own
from spd import accounting, ledger
from spd.accounting import Event
from spd.catalog import Lot, Packaging, ProductClass, SettlementMode, get_or_add_lots
from spd.catalog.service import LotSeen
from spd.core.occasion import Occasion
from spd.ledger import Draft, Item, ItemKind, ItemStateName, Movement, MovementKind, NewItem, Step
from spd.parties import HOSPITAL_ID
from spd.places import WARD_KINDS, End

DOCUMENT = "OPENING"
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class OpeningLine:
    """So much of one lot of one product, from one supplier, in one place. `di`: what its pieces' labels carry."""

    product_id: int
    product_class: str
    chargeable: bool
    lot: str
    expires_on: date | None
    produced_on: date | None
    quantity: int
    serials: tuple[str, ...]
    location_id: int
    location_kind: str
    supplier_id: int
    unit_price: Decimal
    settlement_mode: str
    di: str = ""

    @property
    def owner_id(self) -> int:
        """Whose it is: title passed on receipt, or when the ward signed, or has not passed yet."""
        on_ward = self.location_kind in WARD_KINDS
        passed = self.settlement_mode == SettlementMode.ON_RECEIPT or (
            self.settlement_mode == SettlementMode.ON_ISSUE and on_ward
        )
        return HOSPITAL_ID if passed else self.supplier_id

    @property
    def one_by_one(self) -> bool:
        """Whether every piece has a code of its own."""
        return bool(self.serials) or self.product_class == ProductClass.HIGH_VALUE

    def things(self) -> Iterator[tuple[str, str, int]]:
        """The code, serial and quantity of each thing it is."""
        for serial in self.serials:
            seed = f"opening:{self.product_id}:serial:{serial}"
            yield f"{self.di}.{serial}" if self.di else own.derive("unit", seed.encode()), serial, 1
        if self.serials:
            return
        where = f"opening:{self.product_id}:{self.lot}:{self.location_id}:{self.supplier_id}"
        where += f":{self.settlement_mode}:{self.unit_price.normalize()}"
        if self.one_by_one:
            for piece in range(self.quantity):
                yield own.derive("unit", f"{where}:{piece}".encode()), "", 1
        else:
            yield own.derive("bulk", where.encode()), "", self.quantity


def opened(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """Of these codes those that are on things already, with the quantity each came in with."""
    found: dict[str, int] = {}
    for start in range(0, len(codes), _AT_ONCE):
        query = (
            select(Item.code, func.sum(Movement.quantity))
            .join(Movement, Movement.item_id == Item.id)
            .where(Item.code.in_(codes[start : start + _AT_ONCE]), Movement.kind == MovementKind.RECEIVE)
            .group_by(Item.code)
        )
        found |= {code: int(quantity) for code, quantity in session.execute(query)}
    return found


def unit_identifiers(session: Session) -> dict[int, str]:
    """The device identifier of one piece of each product that has exactly one."""
    query = (
        select(Packaging.product_id, func.min(Packaging.code))
        .where(Packaging.base_units == 1)
        .group_by(Packaging.product_id)
        .having(func.count() == 1)
    )
    return {product_id: code for product_id, code in session.execute(query)}  # noqa: C416


def open_stock(session: Session, occasion: Occasion, lines: Sequence[OpeningLine]) -> int:
    """How many things are now on hand that were not; asked again under its key, as many as the first time.

    Raises: KeyReused, LotDiffers, CodeTaken, Racing.
    """
    if done := ledger.find_done(session, occasion):
        return len(done)
    lots = get_or_add_lots(
        session,
        (
            LotSeen(
                product_id=line.product_id, code=line.lot, expires_on=line.expires_on, produced_on=line.produced_on
            )
            for line in lines
        ),
    )  # fmt: skip
    period = ledger.posting_period(session, occasion.day)
    rules = accounting.load_rules(session, period)
    expected = sum(line.quantity if line.one_by_one else 1 for line in lines)
    draft = Draft(session, occasion, expected=expected)
    for line in lines:
        for code, serial, quantity in line.things():
            item = draft.create(_item(line, lots, code, serial))
            draft.move(item, _step(line, quantity, rules, period))
    if draft.movements:
        draft.write()
    return len(draft.movements)


def _item(line: OpeningLine, lots: Mapping[tuple[int, str], Lot], code: str, serial: str) -> NewItem:
    return NewItem(
        code=code, kind=ItemKind.UNIT if line.one_by_one else ItemKind.BULK, product_id=line.product_id,
        lot_id=lots[(line.product_id, line.lot)].id, serial=serial, unit_price=line.unit_price,
        settlement_mode=line.settlement_mode, supplier_id=line.supplier_id,
    )  # fmt: skip


def _step(line: OpeningLine, quantity: int, rules: accounting.Rules, period: str) -> Step:
    owned = line.owner_id == HOSPITAL_ID
    return Step(
        kind=MovementKind.RECEIVE, quantity=quantity, from_location_id=End.SUPPLIER, to_location_id=line.location_id,
        from_owner_id=line.supplier_id, to_owner_id=line.owner_id, state_after=ItemStateName.AVAILABLE,
        document=DOCUMENT, reason="opening stock",
        entry=_entry(line, quantity, rules, period) if owned else None,
    )  # fmt: skip


def _entry(line: OpeningLine, quantity: int, rules: accounting.Rules, period: str) -> ledger.Entry | None:
    goods = accounting.Goods(
        product_id=line.product_id, product_class=line.product_class, chargeable=line.chargeable,
        amount=quantity * line.unit_price, supplier_id=line.supplier_id,
    )  # fmt: skip
    event = Event.OPENING_WARD if line.location_kind in WARD_KINDS else Event.OPENING_STORE
    return accounting.entry_for(rules, event, goods, period=period)
