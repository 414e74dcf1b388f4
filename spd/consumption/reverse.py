"""This file is undoing a use: a new movement that brings the item back, at the price it went out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from spd import accounting, ledger, stock, trace_codes
from spd.consumption.by_whom import NotYours
from spd.consumption.loose import reseal
from spd.core.errors import Conflict, Refused
from spd.core.occasion import Occasion
from spd.ledger import Draft, ItemKind, ItemState, ItemStateName, Movement, MovementKind, OutboxMessage, Step
from spd.places import Department
from spd.stock import holds, opened, operations


class NotAUse(Refused):
    """Only a use can be undone this way."""

    code = "not-a-use"
    say = {
        "zh": "记录 {movement} 不是使用记录, 不能在此冲销。",
        "en": "Movement {movement} is not a use and cannot be reversed here.",
    }


class MovedSince(Conflict):
    """What is left of the item has been moved since, so that it cannot come back where it was."""

    code = "moved-since"
    say = {
        "zh": "此件 {item} 之后已被移动, 不能原位冲销。先移回原货位。",
        "en": "{item} has been moved since. Move it back to where it was, then reverse the use.",
    }


class PostedOnward(Refused):
    """HIS has the charge of the use, or the supplier's statement with it is approved: a reversal says why."""

    code = "posted-onward"
    verdict = "caution"
    say = {
        "zh": "收费已送 HIS, 不能一键撤销。请选择冲销原因。",
        "en": "HIS has the charge already. Say why the use is reversed.",
    }
    say_settled: ClassVar[dict[str, str]] = {
        "zh": "此次使用已列入供应商结算单, 不能一键撤销。请选择冲销原因。",
        "en": "The use stands on its supplier's statement already. Say why it is reversed.",
    }

    def saying(self) -> dict[str, str]:
        """By where it was posted."""
        return self.say_settled if self.facts.get("to") == "statement" else self.say


@dataclass(frozen=True, kw_only=True)
class ReversalAsked:
    """A use to be undone, and why. `at_once`: by a tap, with no reason of its own."""

    occasion: Occasion
    movement_id: int
    reason: str
    departments: frozenset[int] | None = None
    at_once: bool = False


@dataclass(frozen=True, kw_only=True)
class Reversal:
    """What was undone."""

    movement_id: int
    reverses_id: int
    item: str
    quantity: int
    cost: Decimal
    repeated: bool = False


def reverse_use(session: Session, asked: ReversalAsked) -> Reversal:
    """Bring a used item back where it was, with its owner and its money; the use itself stays on record.

    What a recall in force means comes back on hold. Of a pack that was only opened, the opening is undone.

    Raises: KeyReused, UnknownMovement, NotAUse, NotYours, AlreadyReversed, PostedOnward, DrawnSince, MovedSince,
    Moved, Racing.
    """
    if done := ledger.find_done(session, asked.occasion):
        return _told_again(session, done[0])
    use = ledger.get_movement(session, asked.movement_id)
    if use.kind == MovementKind.OPEN:
        return _resealed(session, asked, use)
    if use.kind != MovementKind.CONSUME:
        raise NotAUse(movement=use.id)
    if asked.departments is not None and use.department_id not in asked.departments:
        raise NotYours(department=session.get_one(Department, use.department_id).code)
    if session.scalar(select(Movement.id).where(Movement.reverses_id == use.id)):
        raise ledger.AlreadyReversed()
    if asked.at_once and session.scalar(select(OutboxMessage.id).where(was_sent(use.id))):
        raise PostedOnward(to="his")
    if asked.at_once and session.scalar(select(was_settled(use.id))):
        raise PostedOnward(to="statement")
    item = ledger.item_states(session, [use.item_id])[use.item_id]
    refuse_moved(item, use)

    draft = Draft(session, asked.occasion)
    recalls = stock.get_goods(session, item.code).recalls
    after = draft.move(item, step_back(session, asked, use, item, recalled=bool(recalls)))
    _tell_credit(session, draft, use)
    movement = draft.write()[0]
    if item.kind == ItemKind.BULK and not session.scalar(select(_is_opened(use))):
        opened.note_closed(session, asked.occasion, after)
    operations.reopen_of_use(session, asked.occasion, use.id, asked.reason)
    if codes := trace_codes.sold_under(session, use.request_key):
        returned = trace_codes.Done(codes=codes, act=trace_codes.Act.RETURN, reference=item.code)
        trace_codes.note(session, asked.occasion, returned)
    for recall in recalls if item.state != ItemStateName.HELD else ():
        holds.note(session, asked.occasion, [item.id], holds.Why(reason=holds.HoldReason.RECALL, reference=recall))
    return Reversal(
        movement_id=movement["id"],
        reverses_id=use.id,
        item=after.code,
        quantity=use.quantity,
        cost=-use.quantity * item.unit_price,
    )


def was_sent(movement_id: Any) -> ColumnElement[bool]:
    """Of messages: whether it is the charge of this use, and HIS has it."""
    return and_(
        OutboxMessage.movement_id == movement_id, OutboxMessage.topic == "charge", OutboxMessage.sent_at.is_not(None)
    )


def was_settled(movement_id: Any) -> ColumnElement[bool]:
    """Whether a use stands on a statement of its supplier that is approved, or further."""
    tables = Movement.metadata.tables  # of an activity beside this one: its tables, not its rules
    lines, statements = tables["statement_lines"], tables["statements"]
    return (
        select(lines.c.id)
        .join(statements, statements.c.id == lines.c.statement_id)
        .where(lines.c.movement_id == movement_id, statements.c.state.notin_(("draft", "withdrawn")))
        .exists()
    )


def _resealed(session: Session, asked: ReversalAsked, opening: Movement) -> Reversal:
    if asked.departments is not None and opening.department_id not in asked.departments:
        raise NotYours(department=session.get_one(Department, opening.department_id).code)
    if session.scalar(select(Movement.id).where(Movement.reverses_id == opening.id)):
        raise ledger.AlreadyReversed()
    number = reseal(session, asked.occasion, opening)
    item = ledger.item_states(session, [opening.item_id])[opening.item_id]
    return Reversal(
        movement_id=number, reverses_id=opening.id, item=item.code, quantity=opening.quantity, cost=Decimal(0)
    )


def refuse_moved(item: ItemState, use: Movement) -> None:
    """Refuse to undo the use of a part whose rest has been moved. Raises: MovedSince."""
    there = (item.location_id, item.owner_id) == (use.from_location_id, use.from_owner_id)
    gone = item.quantity == 0 and item.state == ItemStateName.CONSUMED
    if not (gone or there):
        raise MovedSince(item=item.code)


def step_back(session: Session, asked: ReversalAsked, use: Movement, item: ItemState, *, recalled: bool) -> Step:
    """The movement that undoes a use: place, owner and money as they were."""
    event, lines = ledger.lines_of(session, use.id)
    period = ledger.posting_period(session, asked.occasion.day)
    return Step(
        kind=MovementKind.REVERSE,
        quantity=use.quantity,
        from_location_id=use.to_location_id,
        to_location_id=use.from_location_id,
        from_owner_id=use.to_owner_id,
        to_owner_id=use.from_owner_id,
        state_after=ItemStateName.HELD if recalled else _state_after(session, use, item),
        department_id=use.department_id,
        encounter_id=use.encounter_id,
        reason=asked.reason,
        reverses_id=use.id,
        entry=accounting.reversed_entry(event, lines, period=period),
    )


def _state_after(session: Session, use: Movement, item: ItemState) -> str:
    """As it was: a pack of which something is still used was opened, and stays open; so does one opened by a scan of
    its own, which is undone by itself."""
    if item.quantity > 0 and item.state != ItemStateName.OPEN:
        return item.state
    if item.kind != ItemKind.PACK:
        return ItemStateName.AVAILABLE
    sealed = session.scalar(select(Movement.quantity).where(Movement.item_id == item.id, Movement.sequence == 1))
    if item.quantity + use.quantity == sealed and not session.scalar(select(_is_opened(use))):
        return ItemStateName.AVAILABLE
    return ItemStateName.OPEN


_UNDOING = aliased(Movement)


def _is_opened(use: Movement) -> ColumnElement[bool]:
    """Whether its thing was opened by something that stands: a scan of its own, or another use."""
    undone = select(_UNDOING.id).where(_UNDOING.reverses_id == Movement.id).exists()
    standing = select(Movement.id).where(Movement.item_id == use.item_id, Movement.id != use.id, ~undone)
    return standing.where(Movement.kind.in_([MovementKind.OPEN, MovementKind.CONSUME])).exists()


def _tell_credit(session: Session, draft: Draft, use: Movement) -> None:
    """If HIS was to charge the use, it is told to credit it, by the charge's own id."""
    charge = session.scalars(
        select(OutboxMessage).where(OutboxMessage.movement_id == use.id, OutboxMessage.topic == "charge")
    ).one_or_none()
    if charge is not None:
        said = json.loads(charge.payload)
        credit = said | {"id": str(draft.occasion.request_key), "credits": said["id"]}
        draft.tell("credit", json.dumps(credit, ensure_ascii=False))


def _told_again(session: Session, movement: Movement) -> Reversal:
    item = ledger.item_states(session, [movement.item_id])[movement.item_id]
    assert movement.reverses_id is not None
    return Reversal(
        movement_id=movement.id,
        reverses_id=movement.reverses_id,
        item=item.code,
        quantity=movement.quantity,
        cost=-movement.quantity * item.unit_price,
        repeated=True,
    )
