"""This file is inspection: what was found good or held on receipt, and what is decided of what is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.errors import NotFound, Refused
from spd.core.occasion import Occasion
from spd.ledger import Item, ItemState
from spd.receiving.models import Delivery, DeliveryLine
from spd.receiving.notes import get_delivery
from spd.receiving.packages import Bay, hold_of
from spd.receiving.records import Inspection, InspectionReason, InspectionResult
from spd.receiving.unloading import PutDown
from spd.stock import Caution, holds

REASONS: dict[InspectionReason, tuple[str, str]] = {
    InspectionReason.DAMAGED_PACKAGING: ("包装破损", "damaged packaging"),
    InspectionReason.WRONG_LABEL: ("标签不符", "wrong label"),
    InspectionReason.MISSING_CERTIFICATE: ("缺合格证或检验报告", "certificate missing"),
    InspectionReason.TEMPERATURE: ("温度超限", "temperature out of range"),
    InspectionReason.LICENCE: ("证照问题", "licence does not hold"),
    InspectionReason.DISPUTE: ("追溯码异常", "trace code in doubt"),
    InspectionReason.SAMPLE: ("抽样送检", "sample taken"),
    InspectionReason.OTHER: ("其他", "other"),
}


class UnknownLine(NotFound):
    """The note has no such line."""

    code = "unknown-line"
    say = {
        "zh": "送货单 {delivery} 没有第 {line} 行。核对行号。",
        "en": "Note {delivery} has no line {line}. Check the number.",
    }


class NothingToHold(Refused):
    """Nothing of it is in the hospital's hands."""

    code = "nothing-to-hold"
    say = {
        "zh": "没有可冻结的物品: 尚未收货, 或已使用、退回。先收货再验收。",
        "en": "There is nothing to hold: it has not been received, or is used or gone. Receive it first.",
    }


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """What an inspection of a line, or of one thing of it, came to; without a reason nothing was wrong."""

    occasion: Occasion
    delivery: str
    line: int | None = None
    item: str = ""
    reason: InspectionReason | None = None
    note: str = ""


def caution(reason: InspectionReason, note: str) -> Caution:
    """What to know of goods that were received but are held."""
    zh, en = REASONS[reason]
    more = f": {note}" if note else ""
    error = "E11" if reason is InspectionReason.LICENCE else ""
    return Caution(
        code="held", error=error, zh=f"已收货, 待验冻结 · {zh}{more}", en=f"Received, held for inspection · {en}{more}"
    )


def note_held(session: Session, occasion: Occasion, bay: Bay, put: Sequence[PutDown]) -> None:
    """Keep why things were received held: a hold and a line of the worklist for each thing and finding."""
    rows: list[dict[str, Any]] = []
    by_reason: dict[tuple[InspectionReason, str], list[int]] = {}
    fresh: set[int] = set()
    for one in put:
        if not one.package.held or one.item.id in fresh or one.item.version > 1:
            continue
        fresh.add(one.item.id)
        for finding in one.package.held:
            by_reason.setdefault((finding.reason, finding.note), []).append(one.item.id)
            rows.append(
                _row(occasion, bay.delivery, len(rows), one.item, finding.reason)
                | {
                    "note": finding.note,
                    "delivery_line_id": one.package.line.id,
                    "meant_location_id": bay.location.id,
                }
            )
    for (reason, note), items in by_reason.items():
        why = holds.Why(reason=hold_of(reason), reference=bay.delivery.code, note=note or reason.value)
        holds.note(session, occasion, items, why)
    _keep(session, rows)


def held_by(session: Session, occasion: Occasion) -> dict[int, tuple[str, str]]:
    """Why each thing was held by this act: reason and remark."""
    query = select(Inspection.item_id, Inspection.reason, Inspection.note).where(
        Inspection.request_key == occasion.request_key, Inspection.item_id.is_not(None)
    )
    found: dict[int, tuple[str, str]] = {}
    for item_id, reason, note in session.execute(query.order_by(Inspection.number)):
        found.setdefault(int(item_id or 0), (reason, note))
    return found


def inspect(session: Session, said: Inspected) -> list[Inspection]:
    """The inspection on record; with a reason, everything of it that is in the hospital's hands is held.

    Asked again under the same key, the first answer is given.
    Raises: KeyReused, UnknownDelivery, UnknownLine, UnknownItem, NothingToHold, Moved, Racing.
    """
    known = select(Inspection).where(Inspection.request_key == said.occasion.request_key).order_by(Inspection.number)
    if rows := list(session.scalars(known)):
        if rows[0].content != said.occasion.content:
            raise ledger.KeyReused(key=str(said.occasion.request_key))
        return rows
    delivery = get_delivery(session, said.delivery)
    line, states = _things(session, delivery, said)
    if said.reason is None:
        _keep(
            session, [_row(said.occasion, delivery, 0, None, None) | {"delivery_line_id": line.id, "note": said.note}]
        )
        return list(session.scalars(known))
    why = holds.Why(reason=hold_of(said.reason), reference=delivery.code, note=said.note or said.reason.value)
    holdable = [state for state in states if state.state in holds.HOLDABLE and state.quantity > 0]
    if not holdable:
        raise NothingToHold()
    holds.place(session, said.occasion, holdable, why)
    _keep(
        session,
        [
            _row(said.occasion, delivery, number, state, said.reason)
            | {"delivery_line_id": line.id, "note": said.note, "meant_location_id": state.location_id}
            for number, state in enumerate(holdable)
        ],
    )
    return list(session.scalars(known))


def _things(session: Session, delivery: Delivery, said: Inspected) -> tuple[DeliveryLine, list[ItemState]]:
    if said.item:
        state = ledger.get_item_state(session, said.item)
        line = next((one for one in delivery.lines if one.id == state.receipt_line_id), None)
        if line is None:
            raise ledger.UnknownItem(item=said.item)
        return line, [state]
    line = next((one for one in delivery.lines if one.line == said.line), None)
    if line is None:
        raise UnknownLine(delivery=delivery.code, line=said.line)
    of_line = select(Item.id).where(Item.receipt_line_id == line.id, Item.parent_id.is_(None)).order_by(Item.id)
    return line, list(ledger.item_states(session, list(session.scalars(of_line))).values())


def _row(
    occasion: Occasion, delivery: Delivery, number: int, item: ItemState | None, reason: InspectionReason | None
) -> dict[str, Any]:
    return {
        "delivery_id": delivery.id,
        "item_id": item.id if item else None,
        "result": (InspectionResult.HELD if reason else InspectionResult.PASSED).value,
        "reason": reason.value if reason else "",
        "meant_location_id": None,
        "request_key": occasion.request_key,
        "number": number,
        "content": occasion.content,
        "inspected_at": occasion.recorded_at,
        "inspected_by_id": occasion.staff_id,
        "decision_note": "",
    }


def _keep(session: Session, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    try:
        session.execute(insert(Inspection), rows)
    except IntegrityError as error:  # the same request at this moment
        raise ledger.Racing() from error
