"""This file is the end of a recall: what it did not mean let go, what is lost explained, closed, opened again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import ledger
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.ledger import Item
from spd.recalls.balance import Balance, balances
from spd.recalls.events import already, happened
from spd.recalls.holding import derived
from spd.recalls.models import PatientState, Recall, RecallPatient, RecallState
from spd.recalls.notices import get_recall, refuse_unless
from spd.recalls.whereabouts import listed
from spd.stock import deny_list, holds
from spd.stock.holds import Hold

_AT_ONCE = 1000


class NotTied(Refused):
    """Not every unit is accounted for."""

    code = "recall-not-tied"
    say = {
        "zh": "召回 {recall} 尚未平账: 未冻结 {free}, 下落不明 {missing}, 差异 {unexplained}。先查清再关闭。",
        "en": "Recall {recall} does not tie: {free} not held, {missing} missing, {unexplained} unexplained. "
        "Account for them, then close it.",
    }


class PatientsOpen(Refused):
    """Patients are not resolved yet."""

    code = "recall-patients-open"
    say = {
        "zh": "召回 {recall} 还有 {patients} 名患者未完成随访。全部完成后再关闭。",
        "en": "{patients} patients of recall {recall} are not resolved yet. Resolve them, then close it.",
    }


class StillHolding(Refused):
    """The holds are not all placed, or the patients not all listed."""

    code = "recall-holding"
    say = {
        "zh": "召回 {recall} 仍在冻结或列患者名单, 稍候再试。",
        "en": "Recall {recall} is still being held or its patients listed. Try again in a moment.",
    }


class NotOfRecall(Refused):
    """The item is not held for this recall."""

    code = "not-of-recall"
    say = {
        "zh": "{item} 不在召回 {recall} 的冻结清单中。核对编码。",
        "en": "{item} is not on hold for recall {recall}. Check the code.",
    }


class NotMissing(Refused):
    """More is explained than is missing."""

    code = "not-missing"
    say = {
        "zh": "下落不明的只有 {missing}, 不能说明 {said}。",
        "en": "Only {missing} are missing: {said} cannot be explained.",
    }


def tie_out(session: Session, recall: Recall) -> list[Balance]:
    """The balance of each target."""
    lines = [target.line for target in deny_list.targets_of(session, recall.code)]
    return balances(session, listed(recall), lines, reference=recall.code)


def let_go(session: Session, occasion: Occasion, code: str, items: Sequence[str], reason: str) -> int:
    """How many items that the recall does not mean after all are free of it; decided by another than who opened it.

    Raises: UnknownRecall, WrongState, SamePerson, NotOfRecall, Moved, Racing.
    """
    recall = get_recall(session, code)
    if already(session, recall, occasion):
        return len(items)
    refuse_unless(recall, RecallState.OPEN)
    refuse_same_person(recall.opened_by_id, occasion.staff_id)
    ids = dict(session.execute(select(Item.code, Item.id).where(Item.code.in_(items))).all())
    held = {hold.item_id: hold for hold in holds.open_holds(session, list(ids.values())) if hold.reference == code}
    for item in items:
        if ids.get(item) not in held:
            raise NotOfRecall(item=item, recall=code)
    products = {state.product_id for state in ledger.item_states(session, list(held)).values()}
    holds.release(session, occasion, list(held.values()), note=reason)
    deny_list.except_items(session, code, list(held), products)
    happened(session, recall, occasion, "let_go", note=reason, quantity=len(held))
    return len(held)


def explain(session: Session, occasion: Occasion, code: str, quantity: int, note: str) -> Recall:
    """The recall, with so many base units that cannot be found accounted for in words.

    Raises: UnknownRecall, WrongState, NotMissing.
    """
    recall = get_recall(session, code)
    if already(session, recall, occasion):
        return recall
    refuse_unless(recall, RecallState.OPEN)
    missing = sum(one.missing for one in tie_out(session, recall))
    if quantity > missing:
        raise NotMissing(missing=missing, said=quantity)
    recall.explained, recall.explained_by_id = quantity, occasion.staff_id
    happened(session, recall, occasion, "explained", note=note, quantity=quantity)
    return recall


def close(session: Session, occasion: Occasion, code: str, note: str = "") -> Recall:
    """The recall, closed: every unit accounted for and every patient resolved. What is held stays held and denied.

    Raises: UnknownRecall, WrongState, StillHolding, PatientsOpen, NotTied, SamePerson.
    """
    recall = get_recall(session, code)
    if already(session, recall, occasion):
        return recall
    refuse_unless(recall, RecallState.OPEN)
    if recall.held_at is None or recall.listed_at is None:
        raise StillHolding(recall=code)
    if waiting := _unresolved(session, recall):
        raise PatientsOpen(recall=code, patients=waiting)
    refuse_untied(session, recall)
    if recall.explained:
        refuse_same_person(recall.explained_by_id, occasion.staff_id)
    recall.state = RecallState.CLOSED
    recall.closed_at, recall.closed_by_id = occasion.recorded_at, occasion.staff_id
    happened(session, recall, occasion, "closed", note=note)
    return recall


def _unresolved(session: Session, recall: Recall) -> int:
    query = select(func.count()).where(
        RecallPatient.recall_id == recall.id, RecallPatient.state != PatientState.RESOLVED
    )
    return session.scalar(query) or 0


def refuse_untied(session: Session, recall: Recall) -> None:
    """Refuse while a unit is neither accounted for nor explained. Raises: NotTied."""
    found = tie_out(session, recall)
    missing = sum(one.missing for one in found) - recall.explained
    unexplained = sum(abs(one.unexplained) + abs(one.packed) for one in found)
    free = sum(one.free for one in found)
    if free or unexplained or missing > 0:
        raise NotTied(recall=recall.code, free=free, missing=missing, unexplained=unexplained)


def reopen(session: Session, occasion: Occasion, code: str, reason: str) -> Recall:
    """The recall, open again. Raises: UnknownRecall, WrongState."""
    recall = get_recall(session, code)
    if already(session, recall, occasion):
        return recall
    refuse_unless(recall, RecallState.CLOSED)
    recall.state, recall.closed_at, recall.closed_by_id = RecallState.OPEN, None, None
    happened(session, recall, occasion, "reopened", note=reason)
    return recall


def withdraw(session: Session, occasion: Occasion, code: str, reason: str) -> Recall:
    """The recall, withdrawn by its issuer: nothing is denied any more. The holds are released after it, in parts.

    Decided by another than who opened it. Raises: UnknownRecall, WrongState, SamePerson.
    """
    recall = get_recall(session, code)
    if already(session, recall, occasion):
        return recall
    refuse_unless(recall, RecallState.OPEN, RecallState.CLOSED)
    refuse_same_person(recall.opened_by_id, occasion.staff_id)
    deny_list.lift(session, code, at=occasion.recorded_at)
    recall.state = RecallState.WITHDRAWN
    happened(session, recall, occasion, "withdrawn", note=reason)
    return recall


def release_some(session: Session, occasion: Occasion, recall: Recall, note: str) -> int:
    """How many of its holds were released now; of a withdrawn recall, some at a time. Raises: Moved, Racing."""
    refuse_unless(recall, RecallState.WITHDRAWN)
    query = select(Hold).where(Hold.reference == recall.code, Hold.released_at.is_(None)).order_by(Hold.id)
    some = list(session.scalars(query.limit(_AT_ONCE)))
    if some:
        told = f"{recall.request_key}:release:" + ",".join(str(hold.id) for hold in some)
        holds.release(session, replace(occasion, request_key=derived(told)), some, note=note)
    return len(some)
