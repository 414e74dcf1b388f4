"""This file is counting: a thing seen or a heap counted, kept with the state of the item the server saw just then.

Nothing is booked by it and nothing waits for it: the line only says what was there, and on which state it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from scanners import Scan
from spd import ledger, stock
from spd.core.occasion import Moment, Occasion
from spd.counting import counters, passes, scope, whole_kit
from spd.counting.acts import flush, get_count, start
from spd.counting.book import books, finding_at, lines_of
from spd.counting.locate import located
from spd.counting.models import Count, CountLine, CountLineItem, CountState, Finding, Round
from spd.counting.moments import is_late, moment
from spd.counting.recorded import Recorded
from spd.counting.refusals import ProductNotInCount, QuantityNeeded, WrongStep
from spd.ledger import ItemKind, ItemStateName, Movement, MovementKind
from spd.places import Location, get_location
from spd.stock import Goods

OPEN = (CountState.PLANNED, CountState.COUNTING, CountState.REVIEW)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen at a place; a quantity where it was counted. `round` is found out where it is not said."""

    occasion: Occasion
    count: str
    location: str
    item: str | Scan
    quantity: int | None = None
    round: Round | None = None


def record(session: Session, said: Seen) -> Recorded:
    """The line on record. A code nobody knows is kept too. Sent again with its key it is told again.

    The label of a sealed kit counts everything in it, a line each, and is answered as one thing.

    Raises: KeyReused, UnknownCount, UnknownLocation, NotInCount, WrongStep, CustodianCounts, SecondCounter, NotAnItem,
    SeveralLots, SeveralHere, ProductNotInCount, QuantityNeeded, Racing.
    """
    count = get_count(session, said.count)
    if (kit := whole_kit.sealed_kit(session, said.item)) and (inside := whole_kit.things(session, count, kit)):
        lines = [_of_kit(session, said, thing) for thing in inside]
        return whole_kit.told(kit, lines)
    place = get_location(session, said.location)
    if done := find_line(session, said.occasion):
        return _told(session, count, place, done, said.occasion, repeated=True)
    scope.place_in(session, count, place)
    _refuse_over(session, count, said.occasion)
    counters.refuse_custodian(session, count, place, said.occasion.staff_id)
    heap = located(session, place, said.item)
    if count.state == CountState.REVIEW and heap:
        counters.refuse_same_counter(session, count, heap[0].item.id, said.occasion)
    number = counters.round_of(session, count, place, said.occasion.staff_id, said.round)
    if heap:
        _refuse_foreign(session, count, heap[0])
    quantity = _quantity(said, place, heap)
    passes.begin(session, count, place, number, said.occasion)
    line = CountLine(
        count_id=count.id, request_key=said.occasion.request_key, content=said.occasion.content, round=number,
        location_id=place.id, said="" if heap else _text(said.item), quantity=quantity,
        occurred_at=said.occasion.occurred_at, recorded_at=said.occasion.recorded_at,
        staff_id=said.occasion.staff_id, device=said.occasion.device,
    )  # fmt: skip
    session.add(line)
    flush(session)
    if heap:
        session.execute(insert(CountLineItem), [_snapshot(line, goods) for goods in heap])
    return _told(session, count, place, line, said.occasion)


def _of_kit(session: Session, said: Seen, thing: Goods) -> Recorded:
    """One thing of a kit, as many as it was sealed with."""
    when = whole_kit.occasion_of(said.occasion, thing)
    return record(session, replace(said, occasion=when, item=thing.item.code, quantity=thing.item.quantity))


def find_line(session: Session, occasion: Occasion) -> CountLine | None:
    """The line on record under this key; None where it is new. Raises: KeyReused."""
    done = session.scalars(select(CountLine).where(CountLine.request_key == occasion.request_key)).one_or_none()
    if done is not None and done.content != occasion.content:
        raise ledger.KeyReused(key=str(occasion.request_key))
    return done


def _refuse_over(session: Session, count: Count, occasion: Occasion) -> None:
    """Begin the count where it waits. Over, it takes only what was counted while it was on, and heard of later."""
    if count.state == CountState.PLANNED:
        start(session, count, occasion.recorded_at)
    # While a line is written the count stays at its step: what is decided is decided of all lines.
    session.refresh(count, with_for_update={"read": True})
    if count.state in OPEN:
        return
    late = is_late(occasion.occurred_at, occasion.recorded_at)
    if not (late and count.submitted_at is not None and occasion.occurred_at <= count.submitted_at):
        raise WrongStep(count=count.code, state=count.state)


def _refuse_foreign(session: Session, count: Count, goods: Goods) -> None:
    if not scope.has_product(session, count, goods.item.product_id):
        raise ProductNotInCount(name=goods.name)


def _quantity(said: Seen, place: Location, heap: Sequence[Goods]) -> int:
    """As many as were counted; of what is sealed as many as it holds, since it was seen whole."""
    if said.quantity is not None:
        return said.quantity
    if not heap:
        return 1
    one = heap[0]
    loose = one.item.kind == ItemKind.BULK or one.item.state == ItemStateName.OPEN
    if loose and one.item.quantity > 0 and one.item.location_id == place.id:
        raise QuantityNeeded(name=one.name)
    return max(1, sum(goods.item.quantity for goods in heap))


def _text(item: str | Scan) -> str:
    text = item if isinstance(item, str) else item.code or item.data
    return text[:200]


def _snapshot(line: CountLine, goods: Goods) -> dict[str, Any]:
    item = goods.item
    return {
        "line_id": line.id, "item_id": item.id, "version": item.version, "quantity": item.quantity,
        "location_id": item.location_id, "state": item.state,
    }  # fmt: skip


def _told(
    session: Session, count: Count, place: Location, line: CountLine, occasion: Occasion, *, repeated: bool = False
) -> Recorded:
    counted = lines_of(session, count.id, [line.id])[0]
    goods, finding, booked_at, used_at = None, Finding.UNKNOWN, "", None
    if counted.items:
        book = books(session, count.id, [counted])[counted.id, counted.items[0].item_id]
        item = session.get_one(ledger.Item, book.item_id)
        goods = stock.get_goods(session, item.code)
        nothing = book.quantity == 0 == line.quantity
        refound = _lost_at_a_count(session, goods)
        when = Moment(occasion.day, moment(line.occurred_at, line.recorded_at))
        finding = Finding.OK if nothing else finding_at(book, place.id, goods.until, refound=refound, when=when)
        if finding is Finding.ELSEWHERE:
            booked_at = session.get_one(Location, book.location_id).name
        if finding in (Finding.USED, Finding.GONE):
            used_at = _last_at(session, item.id)
    return Recorded(
        line_id=line.id, count=count.code, location=place.code, round=line.round, finding=finding,
        item=goods.item.code if goods else line.said, product=goods.product_code if goods else "",
        name=goods.name if goods else "", name_en=goods.name_en if goods else "",
        specification=goods.specification if goods else "", lot=goods.lot if goods else "",
        expires_on=goods.expires_on if goods else None, base_unit=goods.base_unit if goods else "",
        kind=goods.item.kind if goods else "", quantity=line.quantity, booked_at=booked_at, used_at=used_at,
        lines=things_counted(session, count, place, line.round), again=_again(session, line, counted.items),
        kept=count.state not in OPEN, repeated=repeated,
    )  # fmt: skip


def _lost_at_a_count(session: Session, goods: Goods) -> bool:
    if goods.item.state != ItemStateName.WRITTEN_OFF:
        return False
    query = select(Movement.kind).where(Movement.item_id == goods.item.id, Movement.sequence == goods.item.version)
    return session.scalar(query) == MovementKind.ADJUST


def _last_at(session: Session, item_id: int) -> datetime | None:
    return session.scalar(
        select(Movement.occurred_at).where(Movement.item_id == item_id).order_by(Movement.sequence.desc()).limit(1)
    )


def things_counted(session: Session, count: Count, place: Location, number: str) -> int:
    """How many things of a place one round has counted; what the book has elsewhere is none of them."""
    here = (CountLine.count_id == count.id) & (CountLine.location_id == place.id) & (CountLine.round == number)
    items = (
        select(func.count(CountLineItem.item_id.distinct()))
        .join(CountLine, CountLine.id == CountLineItem.line_id)
        .where(here, CountLineItem.location_id == place.id)
    )
    return session.scalar(items) or 0


def _again(session: Session, line: CountLine, items: Sequence[CountLineItem]) -> bool:
    if not items:
        return False
    query = (
        select(CountLine.id)
        .join(CountLineItem, CountLineItem.line_id == CountLine.id)
        .where(CountLine.count_id == line.count_id, CountLine.round == line.round, CountLine.id != line.id)
        .where(CountLine.location_id == line.location_id, CountLineItem.item_id == items[0].item_id)
        .limit(1)
    )
    return session.scalar(query) is not None
