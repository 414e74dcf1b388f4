"""This file is a notice written down: who recalls what, and which goods of ours are meant."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

import scanners
from spd import ledger
from spd.catalog import Product, find_packaging, get_product
from spd.catalog.mapping import find_level
from spd.core.errors import Conflict, NotFound, Refused
from spd.core.occasion import Occasion
from spd.recalls.events import already, happened
from spd.recalls.models import Recall, RecallState
from spd.stock.deny_list import RecallTarget, targets_of
from spd.stock.ranges import ranges_of


class UnknownRecall(NotFound):
    """There is no such recall."""

    code = "unknown-recall"
    say = {"zh": "没有召回 {recall}。核对编号。", "en": "There is no recall {recall}. Check the number."}


class WrongState(Conflict):
    """The recall is no longer, or not yet, where this may be done."""

    code = "recall-state"
    say = {
        "zh": "召回 {recall} 当前状态为 {state}, 不能执行此操作。刷新页面查看。",
        "en": "Recall {recall} is {state}: this cannot be done now. Look at it again.",
    }


class NothingMeant(Refused):
    """A notice without a target holds nothing."""

    code = "no-target"
    say = {
        "zh": "召回 {recall} 还没有召回对象。先添加产品和批号, 再启动。",
        "en": "Recall {recall} names no goods yet. Add a product with its lots, then open it.",
    }


@dataclass(frozen=True, kw_only=True)
class Meant:
    """Goods as a notice states them: a product's code or device identifier, or a scan of the label; what is left out
    is all. `lots` and `serials`: codes and first..last, by line or comma."""

    product: str
    lots: str = ""
    serials: str = ""
    produced_from_on: date | None = None
    produced_to_on: date | None = None
    expires_from_on: date | None = None
    expires_to_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notice as it came."""

    occasion: Occasion
    number: str
    recall_class: str
    issuer: str
    reason: str
    notice_on: date
    targets: Sequence[Meant] = ()


def draft(session: Session, notice: Notice) -> Recall:
    """The notice, written down; nothing is held yet. Asked again with the same key, it is the first one.

    Raises: KeyReused, UnknownProduct, BadRange.
    """
    key = notice.occasion.request_key
    found = session.scalars(select(Recall).where(Recall.request_key == key)).one_or_none()
    if found is not None:
        if found.content != notice.occasion.content:
            raise ledger.KeyReused(key=str(key))
        return found
    recall = Recall(
        code=_next_code(session, notice.occasion.day),
        number=notice.number,
        recall_class=notice.recall_class,
        issuer=notice.issuer,
        reason=notice.reason,
        notice_on=notice.notice_on,
        state=RecallState.DRAFT,
        request_key=key,
        content=notice.occasion.content,
        drafted_at=notice.occasion.recorded_at,
        drafted_by_id=notice.occasion.staff_id,
    )
    session.add(recall)
    session.flush()  # its number goes into what follows
    for meant in notice.targets:
        _add(session, recall, meant)
    happened(session, recall, notice.occasion, "drafted", note=notice.number)
    return recall


def _next_code(session: Session, day: date) -> str:
    """R, the day, and a number of the day; of two at once the second is refused by the database and asks again."""
    today = f"R{day:%y%m%d}"
    count = session.scalar(select(func.count()).where(Recall.code.startswith(today))) or 0
    return f"{today}-{count + 1:02d}"


def add_target(session: Session, occasion: Occasion, code: str, meant: Meant) -> Recall:
    """The notice with one more target. Raises: UnknownRecall, WrongState, UnknownProduct, BadRange."""
    recall = get_recall(session, code)
    if already(session, recall, occasion):
        return recall
    refuse_unless(recall, RecallState.DRAFT)
    target = _add(session, recall, meant)
    happened(session, recall, occasion, "target_added", note=target.di)
    return recall


def drop_target(session: Session, occasion: Occasion, code: str, line: int) -> Recall:
    """The notice without one of its targets. Raises: UnknownRecall, WrongState."""
    recall = get_recall(session, code)
    if already(session, recall, occasion):
        return recall
    refuse_unless(recall, RecallState.DRAFT)
    session.execute(delete(RecallTarget).where(RecallTarget.reference == code, RecallTarget.line == line))
    happened(session, recall, occasion, "target_dropped", note=str(line))
    return recall


def discard(session: Session, occasion: Occasion, code: str) -> Recall:
    """The notice, put aside before anything was held. Raises: UnknownRecall, WrongState."""
    recall = get_recall(session, code)
    if already(session, recall, occasion):
        return recall
    refuse_unless(recall, RecallState.DRAFT)
    recall.state = RecallState.DISCARDED
    happened(session, recall, occasion, "discarded")
    return recall


def get_recall(session: Session, code: str) -> Recall:
    """The recall with this code. Raises: UnknownRecall."""
    found = session.scalars(select(Recall).where(Recall.code == code)).one_or_none()
    if found is None:
        raise UnknownRecall(recall=code)
    return found


def refuse_unless(recall: Recall, *states: RecallState) -> None:
    """Refuse an act in any other state. Raises: WrongState."""
    if recall.state not in states:
        raise WrongState(recall=recall.code, state=recall.state)


def _add(session: Session, recall: Recall, meant: Meant) -> RecallTarget:
    di, lots, serials = _scanned(meant)
    product = _product(session, di)
    last = max((target.line for target in targets_of(session, recall.code)), default=0)
    target = RecallTarget(
        reference=recall.code,
        line=last + 1,
        product_id=product.id,
        di=di,
        lots=json.dumps(ranges_of(lots), ensure_ascii=False),
        serials=json.dumps(ranges_of(serials), ensure_ascii=False),
        **{name: getattr(meant, name) for name in _WINDOWS},
    )
    session.add(target)
    session.flush()  # the next line follows it
    return target


_WINDOWS = ("produced_from_on", "produced_to_on", "expires_from_on", "expires_to_on")


def _scanned(meant: Meant) -> tuple[str, str, str]:
    """The product said, and the lots and serials; a scan of the label says them all."""
    said: Any = None
    try:
        said = scanners.read(meant.product)
    except scanners.Unreadable:
        return meant.product, meant.lots, meant.serials
    if not said.di:
        return meant.product, meant.lots, meant.serials
    return said.di, meant.lots or said.lot or "", meant.serials or said.serial or ""


def _product(session: Session, said: str) -> Product:
    """The product that a code, or a device identifier at any level, is of. Raises: UnknownProduct."""
    known = find_packaging(session, said) or find_level(session, said)
    if known is not None:
        return session.get_one(Product, known.product_id)
    retired = session.scalars(select(Product).where(Product.code == said)).one_or_none()
    if retired is None and said.isdigit() and len(said) < 14:  # a GTIN is written with its zeros or without
        known = find_packaging(session, said.zfill(14)) or find_level(session, said.zfill(14))
        if known is not None:
            return session.get_one(Product, known.product_id)
    return retired or get_product(session, said)
