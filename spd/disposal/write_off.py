"""This file is writing off: asked by one person with a reason, approved or refused by another."""

from __future__ import annotations

from functools import partial

from sqlalchemy.orm import Session

from spd import accounting, policies
from spd.accounting import Charge, OwedFor
from spd.core.separation import refuse_same_person
from spd.disposal import money
from spd.disposal.deciding import Decided, Decision, carry_out, find_decided, get_document, let_go, lines_of
from spd.disposal.drawing import ToDispose, draw_up, find_drawn
from spd.disposal.models import Disposal, DisposalLine, Kind
from spd.ledger import ItemStateName, MovementKind, Step
from spd.parties import HOSPITAL_ID
from spd.places import End
from spd.staff import get_staff
from spd.stock import Goods


def ask(session: Session, asked: ToDispose) -> tuple[Disposal, bool]:
    """A write-off that waits for another person, and whether it was asked before. Raises: KeyReused, as `draw_up`."""
    if done := find_drawn(session, asked.occasion):
        return done, True
    return draw_up(session, asked, lambda line: None), False


def approve(session: Session, decision: Decision) -> Decided:
    """The things written off, each at the price it came in at; a ward's loss is its department's cost.

    Where it is charged to a person, that person owes what it cost, and nobody bears it.
    Raises: UnknownDocument, KeyReused, DocumentDecided, SamePerson, UnknownStaff, MovedOn, NoRule, Moved, Racing.
    """
    document = get_document(session, Kind.WRITE_OFF, decision.document, departments=decision.departments)
    if done := find_decided(session, document, decision):
        return done
    if policies.get(session, "write_off.approval"):
        refuse_same_person(document.asked_by_id, decision.occasion.staff_id)
    owes = get_staff(session, decision.charged_to).id if decision.charged_to else None
    done = carry_out(session, document, decision, partial(_leave, session, document))
    if owes is not None:
        gone = [line.movement_id for line, _ in lines_of(session, document) if line.movement_id is not None]
        owed = Charge(owed_for=OwedFor.WRITE_OFF, document=document.code, staff_id=owes, movements=gone)
        accounting.charge_person(session, decision.occasion, owed)
    return done


def _leave(session: Session, document: Disposal, line: DisposalLine, goods: Goods, period: str) -> Step:
    bearer = money.bearer_of(session, goods)
    whole = line.quantity == goods.item.quantity
    return Step(
        kind=MovementKind.WRITE_OFF,
        quantity=line.quantity,
        from_location_id=goods.item.location_id,
        to_location_id=End.LOSS,
        from_owner_id=goods.item.owner_id,
        to_owner_id=HOSPITAL_ID,
        state_after=ItemStateName.WRITTEN_OFF if whole else goods.item.state,
        department_id=bearer.department_id,
        document=document.code,
        reason=document.reason,
        entry=money.entry_of_loss(session, goods, line.quantity, bearer, period=period),
    )


def refuse(session: Session, decision: Decision, *, decides: bool = True) -> Decided:
    """The write-off turned down: the things are stock again. Said by who asked, it is taken back.

    `decides`: whether the person may decide on what others asked for. Raises: UnknownDocument, KeyReused,
    DocumentDecided, NotTheirs, Moved, Racing.
    """
    document = get_document(session, Kind.WRITE_OFF, decision.document, departments=decision.departments)
    return let_go(session, document, decision, decides=decides)
