"""This file is who may count: not the keeper of the place where others are asked for; a second person a second time."""

from __future__ import annotations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from spd.core.occasion import Occasion
from spd.core.separation import refuse_same_person
from spd.counting.judge import judge
from spd.counting.models import Count, CountLine, CountLineItem, CountPass, CountState, Round
from spd.counting.refusals import CustodianCounts, SecondCounter
from spd.ledger import Item
from spd.places import WARD_KINDS, Location
from spd.staff import Grant, Role


def refuse_custodian(session: Session, count: Count, place: Location, staff_id: int) -> None:
    """Refuse a counter who keeps the place, where the count wants others. Raises: CustodianCounts."""
    if not count.custodian_may_count and is_custodian(session, place, staff_id):
        raise CustodianCounts(location=place.name)


def is_custodian(session: Session, place: Location, staff_id: int) -> bool:
    """Whether a person keeps what lies there: a storekeeper of the store, a nurse of the ward."""
    keepers = (Role.NURSE, Role.HEAD_NURSE) if place.kind in WARD_KINDS else (Role.STOREKEEPER,)
    here: ColumnElement[bool] = Grant.department_id.is_(None)
    if place.department_id is not None:
        here = here | (Grant.department_id == place.department_id)
    query = select(Grant.id).where(Grant.staff_id == staff_id, Grant.role.in_(keepers), here).limit(1)
    return session.scalar(query) is not None


def round_of(session: Session, count: Count, place: Location, staff_id: int, said: Round | None) -> Round:
    """Which round a person's line is of: in review it is counting again; of two counters each keeps to one.

    Raises: SecondCounter.
    """
    if count.state == CountState.REVIEW:
        return Round.RECOUNT
    if count.rounds == 1:
        return Round.FIRST
    mine, begun = _rounds(session, count, place, staff_id)
    wanted = said or (Round.FIRST if Round.FIRST in mine or Round.FIRST not in begun else Round.SECOND)
    if mine - {wanted}:
        raise SecondCounter()
    return wanted


def _rounds(session: Session, count: Count, place: Location, staff_id: int) -> tuple[set[str], set[str]]:
    """The rounds of a place this person had a hand in, and all that were begun there."""
    lines = select(CountLine.round).where(
        CountLine.count_id == count.id, CountLine.location_id == place.id, CountLine.staff_id == staff_id
    )
    passes = select(CountPass.round, CountPass.opened_by_id).where(
        CountPass.count_id == count.id, CountPass.location_id == place.id
    )
    mine, begun = set(session.scalars(lines.distinct())), set()
    for name, opened_by_id in session.execute(passes):
        begun.add(name)
        if opened_by_id == staff_id:
            mine.add(name)
    return mine, begun


def refuse_same_counter(session: Session, count: Count, item_id: int, occasion: Occasion) -> None:
    """Refuse that a dear difference is counted again by who counted it before. Raises: SecondCounter."""
    before = (
        select(CountLine.id)
        .join(CountLineItem, CountLineItem.line_id == CountLine.id)
        .where(CountLine.count_id == count.id, CountLineItem.item_id == item_id)
        .where(CountLine.staff_id == occasion.staff_id, CountLine.round != Round.RECOUNT)
        .limit(1)
    )
    if session.scalar(before) is None and not _went_over(session, count, item_id, occasion.staff_id):
        return
    if any(one.by_other for one in judge(session, count, on=occasion.day, only=item_id)):
        raise SecondCounter()


def _went_over(session: Session, count: Count, item_id: int, staff_id: int) -> bool:
    """Whether the person went over the place of a thing that has no line: not to have seen it is a count too."""
    query = (
        select(CountPass.round)
        .join(Item, Item.location_id == CountPass.location_id)
        .where(CountPass.count_id == count.id, Item.id == item_id, CountPass.opened_by_id == staff_id)
        .limit(1)
    )
    return session.scalar(query) is not None


def refuse_counter(session: Session, count: Count, staff_id: int) -> None:
    """Refuse that who counted decides. Raises: SamePerson."""
    counted = set(session.scalars(select(CountLine.staff_id).where(CountLine.count_id == count.id).distinct()))
    counted |= set(session.scalars(select(CountPass.opened_by_id).where(CountPass.count_id == count.id).distinct()))
    for counter_id in counted & {staff_id}:
        refuse_same_person(counter_id, staff_id)
