"""This file is drawing up a document: what is asked for is judged, written down, and held until it is decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from scanners import Scan, own
from spd import ledger, stock
from spd.core.occasion import Occasion
from spd.disposal.models import Disposal, DisposalLine, Kind, Standing, Why
from spd.disposal.refusals import AlreadyAsked, MixedPlaces, WholeOnly
from spd.ledger import ItemKind, ItemStateName
from spd.stock import Goods, NotEnough, OtherDepartment, holds
from spd.stock.holds import HoldReason

_HOLDS = {Kind.WRITE_OFF: HoldReason.WRITE_OFF, Kind.RETURN: HoldReason.RETURN}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One thing that is to go, or so much of it; no quantity is all of it."""

    item: str | Scan
    quantity: int | None = None

    @property
    def trace_code(self) -> str:
        """The 20-digit code read with it, where there was one."""
        return "" if isinstance(self.item, str) else self.item.trace_code or ""


@dataclass(frozen=True, kw_only=True)
class ToDispose:
    """What is asked for: things at one place, and why they are to go."""

    occasion: Occasion
    kind: Kind
    lines: Sequence[Asked]
    reason: Why
    note: str = ""
    departments: frozenset[int] | None = None
    """Those the person acts for; None is everywhere."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line as it was judged."""

    goods: Goods
    quantity: int
    trace_code: str
    opened: bool

    @property
    def whole(self) -> bool:
        """Whether all of the thing is to go."""
        return self.quantity == self.goods.item.quantity


def find_drawn(session: Session, occasion: Occasion) -> Disposal | None:
    """The document drawn up before under this key. Raises: KeyReused."""
    ledger.find_done(session, occasion)
    found = session.scalars(select(Disposal).where(Disposal.request_key == occasion.request_key)).one_or_none()
    if found is not None and found.content != occasion.content:
        raise ledger.KeyReused(key=occasion.request_key)
    return found


def draw_up(
    session: Session, asked: ToDispose, judge: Callable[[Line], None], *, supplier_id: int | None = None
) -> Disposal:
    """The document, its whole things on hold; of what is asked for in part the rest stays in use.

    Raises: UnknownItem, NotAnItem, SeveralLots, AlreadyUsed, Gone, OtherDepartment, MixedPlaces, WholeOnly, NotEnough,
    what `judge` raises, AlreadyAsked, Moved, Racing.
    """
    lines = judged(session, asked)
    for line in lines:
        judge(line)
    _refuse_asked(session, lines)
    occasion = asked.occasion
    document = Disposal(
        code=own.derive("document", f"{asked.kind}:{occasion.request_key}".encode()),
        kind=asked.kind,
        location_id=lines[0].goods.item.location_id,
        supplier_id=supplier_id,
        reason=asked.reason,
        note=asked.note,
        standing=Standing.ASKED,
        asked_at=occasion.recorded_at,
        asked_by_id=occasion.staff_id,
        request_key=occasion.request_key,
        content=occasion.content,
    )
    session.add(document)
    _write(session, document, lines)
    whole = [line.goods.item for line in lines if line.whole]
    holds.place(session, occasion, whole, holds.Why(reason=_HOLDS[asked.kind], reference=document.code))
    return document


def _write(session: Session, document: Disposal, lines: Sequence[Line]) -> None:
    try:
        session.flush()  # its lines name it by number; asked for twice at once, one is refused here
        session.add_all(
            DisposalLine(
                disposal_id=document.id,
                line=number,
                item_id=line.goods.item.id,
                quantity=line.quantity,
                trace_code=line.trace_code,
                asked_item_id=line.goods.item.id,
            )
            for number, line in enumerate(lines, 1)
        )
        session.flush()  # a thing that another document asks for at this moment is refused here
    except IntegrityError as error:
        raise ledger.Racing() from error


def judged(session: Session, asked: ToDispose) -> list[Line]:
    """The lines with their goods: each thing once, all at one place. Raises: as `draw_up`."""
    wanted = {stock.item_code(session, line.item, departments=asked.departments): line for line in asked.lines}
    goods = stock.goods_of(session, list(wanted), asked.departments)
    opened = _opened(session, goods)
    lines = []
    for one in goods:
        stock.refuse_gone(one)
        if asked.departments is not None and one.department_id not in asked.departments:
            raise OtherDepartment(item=one.item.code, location=one.location_name)
        if one.item.location_id != goods[0].item.location_id:
            raise MixedPlaces(item=one.item.code, location=one.location_name)
        said = wanted[one.item.code]
        quantity = said.quantity or one.item.quantity
        if quantity > one.item.quantity:
            raise NotEnough(wanted=quantity, there=one.item.quantity)
        if quantity < one.item.quantity and one.item.kind != ItemKind.BULK and one.item.id not in opened:
            raise WholeOnly(item=one.item.code)
        lines.append(Line(goods=one, quantity=quantity, trace_code=said.trace_code, opened=one.item.id in opened))
    return lines


def _opened(session: Session, goods: Sequence[Goods]) -> set[int]:
    """The things that are open, also those that are on hold now."""
    held = [one.item for one in goods if one.item.state == ItemStateName.HELD]
    before: dict[int, Any] = holds.states_before(session, held) if held else {}
    return {one.item.id for one in goods if ItemStateName.OPEN in (one.item.state, before.get(one.item.id))}


def _refuse_asked(session: Session, lines: Sequence[Line]) -> None:
    codes: dict[int | None, str] = {line.goods.item.id: line.goods.item.code for line in lines}
    query = (
        select(DisposalLine.asked_item_id, Disposal.code)
        .join(Disposal, Disposal.id == DisposalLine.disposal_id)
        .where(DisposalLine.asked_item_id.in_(codes))
    )
    for item_id, document in session.execute(query):
        raise AlreadyAsked(item=codes[item_id], document=document)
