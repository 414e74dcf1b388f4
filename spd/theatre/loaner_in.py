"""This file is a loaner set coming in: counted by two people, held against its list, accountable from then on.

It is the supplier's and stays so: nothing is owed. What came before and went again comes back under its own code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import update
from sqlalchemy.orm import Session

from scanners import own
from spd import ledger, licensing
from spd.catalog import Product, get_or_add_lots, get_price
from spd.catalog.service import LotSeen
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import Draft, ItemKind, ItemState, ItemStateName, MovementKind, NewItem, Step
from spd.licensing import Act, Wanted
from spd.places import End
from spd.stock import deny_list
from spd.stock.deny_list import Arriving
from spd.stock.loaned import LOANER, LoanerCount, LoanerLine, LoanerSet, SetStanding, get_set, lines_of
from spd.stock.safety import refuse_expired, refuse_recalled
from spd.stock.until import NEVER, Until, until_of
from spd.theatre.pieces import Counted, Seen, hear
from spd.theatre.refusals import CountDiffers, NothingCounted, SetEnded

Key = tuple[int, str, str]
"""A product, its lot, its serial."""


@dataclass(frozen=True, kw_only=True)
class CountedIn:
    """What two people counted of a set that has come. `as_counted`: also where the list says otherwise."""

    occasion: Occasion
    set: str
    pieces: Sequence[Counted]
    seen_by_id: int
    as_counted: bool = False
    note: str = ""
    override: int | None = None
    """A permission, where something stands against a licence."""
    departments: frozenset[int] | None = None


@dataclass
class _Tray:
    """What was counted of one line."""

    quantity: int = 0
    di: str = ""
    raw: bytes | None = None
    until: Until = NEVER


@dataclass
class _Coming:
    """A set while it is taken in."""

    said: CountedIn
    loaned: LoanerSet
    products: dict[int, Product]
    lines: dict[Key, LoanerLine]
    trays: dict[Key, _Tray] = field(default_factory=dict)


def count_in(session: Session, said: CountedIn) -> tuple[LoanerSet, bool]:
    """The set in the hospital's hands as counted, and whether it was before.

    Raises: KeyReused, UnknownSet, SetEnded, SamePerson, UnknownItem, LotUnread, NothingCounted, CountDiffers, NoPrice,
    Expired, Recalled, Unlicensed, LotDiffers, CodeTaken, Moved, Racing.
    """
    loaned = get_set(session, said.set, departments=said.departments)
    if ledger.find_done(session, said.occasion):
        return loaned, True
    if loaned.standing != SetStanding.LISTED:
        raise SetEnded(set=loaned.code, standing=loaned.standing)
    refuse_same_person(said.occasion.staff_id, said.seen_by_id)
    coming = _heard(session, said, loaned)
    _judge(session, coming)
    _take_in(session, coming)
    _begin(session, loaned)
    session.add(count_of(said.occasion, loaned, "in", said.seen_by_id, said.note))
    session.flush()  # the lines name their items before the set is read again
    session.refresh(loaned)
    return loaned, False


def _begin(session: Session, loaned: LoanerSet) -> None:
    """The set is in, once, whoever gives it up at the same moment. Raises: SetEnded."""
    begun = update(LoanerSet).where(LoanerSet.id == loaned.id, LoanerSet.standing == SetStanding.LISTED)
    if session.execute(begun.values(standing=SetStanding.IN).returning(LoanerSet.id)).first() is None:
        raise SetEnded(set=loaned.code, standing=loaned.standing)


def count_of(when: Occasion, loaned: LoanerSet, way: str, seen_by_id: int, note: str) -> LoanerCount:
    """The count as it is kept."""
    return LoanerCount(
        request_key=when.request_key, set_id=loaned.id, way=way, counted_at=when.recorded_at,
        counted_by_id=when.staff_id, seen_by_id=seen_by_id, note=note,
    )  # fmt: skip


def _heard(session: Session, said: CountedIn, loaned: LoanerSet) -> _Coming:
    """What was counted, line by line. Raises: UnknownItem, LotUnread, NothingCounted, CountDiffers, NoPrice."""
    known = lines_of(session, loaned)
    coming = _Coming(
        said=said, loaned=loaned, products={one.product.id: one.product for one in known},
        lines={(one.line.product_id, one.line.lot, one.line.serial): one.line for one in known},
    )  # fmt: skip
    extra: dict[Key, Seen] = {}
    for seen in hear(session, said.pieces):
        if seen.product is None:
            raise ledger.UnknownItem(item=seen.code)
        key = _key(coming, seen)
        tray = coming.trays.setdefault(key, _Tray())
        tray.quantity += seen.quantity
        tray.di, tray.raw = tray.di or seen.di, tray.raw or seen.raw
        if seen.scan is not None and tray.until.at is None:
            tray.until = until_of(seen.scan, said.occasion.zone)
        coming.products[seen.product.id] = seen.product
        if key not in coming.lines:
            extra.setdefault(key, seen)
    if not coming.trays:
        raise NothingCounted()
    _refuse_different(coming)
    for key, seen in extra.items():
        coming.lines[key] = _line_beside(session, coming, key, seen)
    return coming


def _key(coming: _Coming, seen: Seen) -> Key:
    """The line a piece is on. A label with a serial and no lot is of the line with that serial."""
    assert seen.product is not None
    if seen.serial and not seen.lot:
        for key in coming.lines:
            if (key[0], key[2]) == (seen.product.id, seen.serial):
                return key
    return seen.product.id, seen.lot, seen.serial


def _refuse_different(coming: _Coming) -> None:
    """Raises: CountDiffers."""
    if coming.said.as_counted and coming.said.note:
        return
    listed = {key: line.listed for key, line in coming.lines.items()}
    counted = {key: tray.quantity for key, tray in coming.trays.items()}
    off = {key: counted.get(key, 0) - listed.get(key, 0) for key in {**listed, **counted}}
    if any(off.values()):
        told = {key: f"{coming.products[key[0]].code} {key[2] or key[1]} × {abs(much)}" for key, much in off.items()}
        raise CountDiffers(
            missing="; ".join(told[key] for key, much in off.items() if much < 0) or "–",
            extra="; ".join(told[key] for key, much in off.items() if much > 0) or "–",
        )


def _line_beside(session: Session, coming: _Coming, key: Key, seen: Seen) -> LoanerLine:
    """A line for what came beside the list. Raises: LotUnread, NoPrice."""
    product, loaned = coming.products[key[0]], coming.loaned
    price = get_price(session, product, loaned.supplier_id, on=coming.said.occasion.day).unit_price
    line = LoanerLine(
        set_id=loaned.id, line=len(coming.lines) + 1, product_id=product.id, lot=key[1], serial=key[2],
        expires_on=seen.expires_on, listed=0, brought=0, unit_price=price,
    )  # fmt: skip
    session.add(line)
    return line


def _judge(session: Session, coming: _Coming) -> None:
    """Refuse what must not come in, whoever brings it. Raises: Expired, Recalled, Unlicensed."""
    when = coming.said.occasion.moment
    denied = deny_list.in_force(session, coming.products)
    for key in coming.trays:
        line = coming.lines[key]
        refuse_expired(Until(line.expires_on, coming.trays[key].until.at), when)
        if denied:
            arriving = Arriving(product_id=key[0], lot=key[1], serial=key[2], expires_on=line.expires_on)
            refuse_recalled(denied, arriving)
    supplier = coming.loaned.supplier_id
    wanted = [Wanted(supplier_id=supplier, product_id=product) for product in {key[0] for key in coming.trays}]
    licensing.refuse_unlicensed(session, wanted, on=when.day, act=Act.RECEIVE, override=coming.said.override)


def _take_in(session: Session, coming: _Coming) -> None:
    """Raises: LotDiffers, CodeTaken, Moved, Racing."""
    lots = get_or_add_lots(
        session,
        (
            LotSeen(
                product_id=key[0], code=key[1], expires_on=coming.lines[key].expires_on, expires_at=tray.until.at
            )
            for key, tray in coming.trays.items()
        ),
    )  # fmt: skip
    draft = Draft(session, coming.said.occasion, expected=len(coming.trays))
    put: list[tuple[LoanerLine, ItemState]] = []
    for key, tray in coming.trays.items():
        lot_id = lots[key[:2]].id
        item = _again(session, coming, key, tray, lot_id) or draft.create(_new(coming, key, tray, lot_id))
        put.append((coming.lines[key], draft.move(item, _step(coming, tray))))
    draft.write()
    for line, item in put:  # only now are there items to name
        line.brought, line.item_id, line.came = item.quantity, item.id, item.version
        line.unit_price = item.unit_price


def _new(coming: _Coming, key: Key, tray: _Tray, lot_id: int) -> NewItem:
    line = coming.lines[key]
    return NewItem(
        code=_code(coming, line, tray),
        kind=ItemKind.UNIT if tray.quantity == 1 else ItemKind.BULK,
        product_id=key[0],
        lot_id=lot_id,
        serial=key[2],
        unit_price=line.unit_price,
        settlement_mode=LOANER,
        supplier_id=coming.loaned.supplier_id,
    )


def _code(coming: _Coming, line: LoanerLine, tray: _Tray) -> str:
    if line.serial:
        return f"{tray.di}.{line.serial}"
    return own.derive("unit" if tray.quantity == 1 else "bulk", f"{coming.loaned.code}:{line.line}".encode())


def _again(session: Session, coming: _Coming, key: Key, tray: _Tray, lot_id: int) -> ItemState | None:
    """The thing, where it was lent before and went back. Raises: CodeTaken."""
    if not key[2]:
        return None
    code = f"{tray.di}.{key[2]}"
    found = ledger.find_item_state(session, code)
    if found is None:
        return None
    same = (key[0], lot_id, LOANER, coming.loaned.supplier_id)
    as_lent = (found.product_id, found.lot_id, found.settlement_mode, found.supplier_id)
    if as_lent != same or found.quantity or found.state != ItemStateName.RETURNED:
        raise ledger.CodeTaken(item=code)
    return found


def _step(coming: _Coming, tray: _Tray) -> Step:
    return Step(
        kind=MovementKind.RECEIVE, quantity=tray.quantity, from_location_id=End.SUPPLIER,
        to_location_id=coming.loaned.location_id, from_owner_id=coming.loaned.supplier_id,
        to_owner_id=coming.loaned.supplier_id, state_after=ItemStateName.AVAILABLE, document=coming.loaned.code,
        raw_scan=tray.raw,
    )  # fmt: skip
