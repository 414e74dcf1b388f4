"""This file is acts of a recall in the words of the tests: a notice written, opened, everything held."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from spd import recalls
from spd.disposal import money
from spd.ledger import Draft, ItemStateName, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import End
from spd.recalls import Meant, Recall
from spd.staff import Staff
from spd.stock import get_goods
from tests import build
from tests.build import NOW, TODAY, Hospital


def written(session: Session, h: Hospital, *targets: Meant, recall_class: str = "I", **more: Any) -> Recall:
    """A notice, not yet opened."""
    occasion = more.pop("occasion", None) or build.occasion(h.keeper)
    said: dict[str, Any] = {"number": "NMPA-1", "issuer": "心脉器械", "reason": "球囊破裂", "notice_on": TODAY} | more
    return recalls.draft(session, recalls.Notice(occasion=occasion, recall_class=recall_class, targets=targets, **said))


def hold_all(session: Session, h: Hospital, recall: Recall, *, at: datetime = NOW) -> int:
    """What is left to hold is held, and the patients listed."""
    held = 0
    for _ in range(3):
        recalls.match(session, recall, at=at)
        left = recalls.unheld(session, recall)
        if left:
            held += recalls.hold(session, build.occasion(h.keeper, at=at), recall, left)
    recalls.finish(session, build.occasion(h.keeper, at=at), recall)
    return held


def opened(session: Session, h: Hospital, *targets: Meant, hold: bool = True, **more: Any) -> Recall:
    """A notice opened, and everything held unless said otherwise."""
    recall = written(session, h, *targets, **more)
    recall = recalls.open_recall(session, build.occasion(h.keeper), recall.code)
    if hold:
        hold_all(session, h, recall)
    return recall


def colleague(session: Session, code: str = "quality") -> Staff:
    """Somebody else of the house."""
    staff = Staff(code=code, name="质控")
    session.add(staff)
    session.flush()  # their number goes into occasions
    return staff


def later(minutes: int) -> datetime:
    """So many minutes after the builders' hour."""
    return NOW + timedelta(minutes=minutes)


def take_out(session: Session, h: Hospital, code: str, kind: MovementKind, to: End, state: ItemStateName) -> None:
    """An item out of the house, as a write-off, a return to its supplier or a count leaves it."""
    goods = get_goods(session, code)
    item, lost, owner, entry = goods.item, to == End.LOSS, goods.item.owner_id, None
    if lost:
        bearer = money.bearer_of(session, goods)
        owner, entry = HOSPITAL_ID, money.entry_of_loss(session, goods, item.quantity, bearer, period="2026-03")
    draft = Draft(session, build.occasion(h.keeper))
    draft.move(
        item,
        Step(
            kind=kind, quantity=item.quantity, from_location_id=item.location_id, to_location_id=to,
            from_owner_id=item.owner_id, to_owner_id=owner, state_after=state, entry=entry,
            department_id=goods.department_id if lost else None,
        ),
    )  # fmt: skip
    draft.write()
