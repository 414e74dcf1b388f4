"""This file is deciding on a document: done once, by one person, whatever two click at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.occasion import Occasion
from spd.disposal.models import Disposal, DisposalLine, Kind, Standing
from spd.disposal.refusals import DocumentDecided, MovedOn, NotTheirs, UnknownDocument
from spd.ledger import Draft, Item, Step
from spd.places import Location
from spd.stock import Goods, holds, operations
from spd.stock.goods import goods_with
from spd.stock.holds import HOLDABLE


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What somebody decides on a document, and why."""

    occasion: Occasion
    document: str
    note: str = ""
    departments: frozenset[int] | None = None
    """Those the person acts for; None is everywhere."""
    charged_to: str = ""
    """The code or badge of who owes for a write-off; nobody where it is empty."""


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What came of a document: its things by code."""

    document: str
    standing: str
    items: tuple[str, ...]
    repeated: bool = False


def get_document(session: Session, kind: Kind, code: str, *, departments: frozenset[int] | None = None) -> Disposal:
    """The document with this number, of one's own departments. Raises: UnknownDocument."""
    query = (
        select(Disposal)
        .join(Location, Location.id == Disposal.location_id)
        .where(Disposal.kind == kind, Disposal.code == code)
    )
    if departments is not None:
        query = query.where(Location.department_id.in_(departments))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise UnknownDocument(document=code)
    return found


def lines_of(session: Session, document: Disposal) -> list[tuple[DisposalLine, Goods]]:
    """Its lines with their goods as they stand, in order."""
    query = (
        select(DisposalLine, Item.code)
        .join(Item, Item.id == DisposalLine.item_id)
        .where(DisposalLine.disposal_id == document.id)
        .order_by(DisposalLine.line)
    )
    rows = session.execute(query).all()
    goods = goods_with(session, [code for _, code in rows])
    return [(line, goods[code]) for line, code in rows]


def find_decided(session: Session, document: Disposal, decision: Decision) -> Decided | None:
    """What was decided before under this key; None where the document waits. Raises: KeyReused, DocumentDecided."""
    ledger.find_done(session, decision.occasion)
    if document.standing == Standing.ASKED:
        return None
    if document.decided_key != decision.occasion.request_key:
        raise DocumentDecided(document=document.code, standing=document.standing)
    return told(session, document, repeated=True)


def told(session: Session, document: Disposal, *, repeated: bool = False) -> Decided:
    """What came of it."""
    codes = tuple(goods.item.code for _, goods in lines_of(session, document))
    return Decided(document=document.code, standing=document.standing, items=codes, repeated=repeated)


def decide(session: Session, document: Disposal, decision: Decision, standing: Standing) -> None:
    """The document decided, its things free for another. Raises: DocumentDecided."""
    decided = session.execute(
        update(Disposal)
        .where(Disposal.id == document.id, Disposal.standing == Standing.ASKED)
        .values(
            standing=standing,
            decided_at=decision.occasion.recorded_at,
            decided_by_id=decision.occasion.staff_id,
            decision=decision.note,
            decided_key=decision.occasion.request_key,
        )
        .returning(Disposal.id)
    )
    if decided.first() is None:
        raise DocumentDecided(document=document.code, standing=document.standing)
    session.execute(update(DisposalLine).where(DisposalLine.disposal_id == document.id).values(asked_item_id=None))


def carry_out(
    session: Session, document: Disposal, decision: Decision, leave: Callable[[DisposalLine, Goods, str], Step]
) -> Decided:
    """The document done: every line has left by the step that `leave` makes of it for the accounting month.

    Raises: MovedOn, DocumentDecided, what `leave` raises, Moved, Racing.
    """
    lines = lines_of(session, document)
    _refuse_moved(document, lines)
    decide(session, document, decision, Standing.DONE)
    period = ledger.posting_period(session, decision.occasion.day)
    draft = Draft(session, decision.occasion, expected=len(lines))
    for line, goods in lines:
        draft.move(goods.item, leave(line, goods, period))
    for (line, _), movement in zip(lines, draft.write(), strict=True):
        line.movement_id = movement["id"]
    holds.end(session, decision.occasion, holds.holds_of(session, document.code), note=decision.note)
    session.flush()  # the lines name their movements before the document is read again
    session.refresh(document)
    return told(session, document)


def _refuse_moved(document: Disposal, lines: Sequence[tuple[DisposalLine, Goods]]) -> None:
    """Refuse to let go what is no longer there as it was asked for. Raises: MovedOn."""
    for line, goods in lines:
        there = goods.item.location_id == document.location_id and goods.item.state in HOLDABLE
        if not there or goods.item.quantity < line.quantity:
            raise MovedOn(item=goods.item.code)


def let_go(session: Session, document: Disposal, decision: Decision, *, decides: bool = True) -> Decided:
    """The document turned down, or taken back by who asked: its things are free, unless something else holds them.

    Raises: KeyReused, DocumentDecided, NotTheirs, Moved, Racing.
    """
    if done := find_decided(session, document, decision):
        return done
    own = document.asked_by_id == decision.occasion.staff_id
    if not (own or decides):
        raise NotTheirs()
    decide(session, document, decision, Standing.WITHDRAWN if own else Standing.REFUSED)
    held = holds.holds_of(session, document.code)
    holds.release(session, decision.occasion, held, note=decision.note)
    items = [one.item_id for one in held]
    operations.reopen_of_items(session, decision.occasion, document.location_id, items, document.code)
    session.refresh(document)
    return told(session, document)
