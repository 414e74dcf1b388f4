"""This file is entering a line of paper: checked as far as the person at the desk can correct it, asked about where it
may be booked already, then kept and judged like an event of a device."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access, queued
from api.here import settings, write
from scanners import Scan
from spd import offline, stock
from spd.consumption import NotYours
from spd.core.errors import Refused
from spd.core.occasion import Occasion
from spd.encounters import Encounter, Stay, StayNumber, get_encounter, merged_into, refuse_closed
from spd.interceptions import Interception
from spd.ledger import Item, ItemKind, Movement, MovementKind
from spd.offline import Brought, EntryOutcome, PaperLine, ReEntry
from spd.places import Department, get_department
from spd.staff import Staff, get_staff
from spd.stock import Goods, kits


@dataclass(frozen=True, kw_only=True)
class Written:
    """A line as it stands on the sheet. `like`: one that is booked already is the same, or another; empty asks."""

    sheet: str
    department: str
    used_by: str
    occurred_at: datetime
    scan: Scan
    encounter: str | None = None
    quantity: int | None = None
    like: str = ""
    mine: bool = False
    """Of a costly thing: this is right, and not what another person entered first."""


def enter(written: Written, when: Occasion) -> ReEntry:
    """The line, and what became of it; entered again with its key, the same. A costly thing is booked by the second
    person who enters it.

    Raises: NotThen, UnknownDepartment, NotYours, UnknownStaff, UnknownEncounter, EncounterMerged, EncounterClosed,
    UnknownItem, UnknownKit, PerhapsEntered, EnteredByYou, EntriesDiffer.
    """
    mine = access.departments()

    def act(session: Session) -> ReEntry:
        if (known := offline.find_entry(session, when.request_key)) is not None:
            return known
        line, goods = _line(session, written, when, mine)
        item = session.get_one(Item, goods.item.id)
        like = offline.find_like(session, item, line.encounter_id, line.occurred_at)
        if like is not None and written.like != "another":
            if written.like != "same":
                raise _asked(session, item, like)
            offline.keep_entry(session, line, EntryOutcome.DUPLICATE, movement_id=like.id)
        else:
            _book(session, line, goods, mine=written.mine)
        return session.scalars(select(ReEntry).where(ReEntry.request_key == when.request_key)).one()

    return write(when, act)


def _book(session: Session, line: PaperLine, goods: Goods, *, mine: bool) -> None:
    """The line judged and booked; a costly thing's first entry only kept."""
    if offline.wants_two(session, goods.product_class):
        first, same = offline.answered_by(session, line, single=goods.item.kind == ItemKind.UNIT, mine=mine)
        line = replace(line, first_id=first.id if first else None)
        if not same:
            offline.keep_entry(session, line, EntryOutcome.FIRST)
            return
    _judge(session, line)


def _line(
    session: Session, written: Written, when: Occasion, mine: frozenset[int] | None
) -> tuple[PaperLine, Goods]:  # fmt: skip
    offline.refuse_untimely(session, written.occurred_at, now=when.recorded_at)
    department = get_department(session, written.department)
    if mine is not None and department.id not in mine:
        raise NotYours(department=department.code)
    stay = _stay(session, written)
    kit = written.scan.kind == "kit"
    code = _dearest_in(session, written.scan) if kit else stock.item_code(session, written.scan, departments=mine)
    goods = stock.get_goods(session, code)
    said: dict[str, Any] = {
        "scan": written.scan.raw, "sheet": written.sheet, "department": department.code,
        "encounter": stay.code if stay else None, "quantity": None if kit else written.quantity,
    }  # fmt: skip
    line = PaperLine(
        request_key=when.request_key, sheet=written.sheet, department_id=department.id,
        used_by_id=get_staff(session, written.used_by).id, entered_by_id=when.staff_id,
        occurred_at=written.occurred_at, recorded_at=when.recorded_at, encounter_id=stay.id if stay else None,
        item_id=goods.item.id,
        payload={name: value for name, value in said.items() if value is not None},
    )  # fmt: skip
    return line, goods


def _dearest_in(session: Session, scan: Scan) -> str:
    """The thing by which a kit is known among what was entered: its dearest. Raises: UnknownKit."""
    inside = kits.contents(session, kits.get_kit(session, scan.code or scan.data))
    return max(inside, key=lambda one: (one.item.unit_price, -one.item.id)).item.code


def _stay(session: Session, written: Written) -> Encounter | None:
    if not written.encounter:
        return None
    found = get_encounter(session, written.encounter)
    if survivor := merged_into(session, Stay.of(found), at=written.occurred_at):
        found = get_encounter(session, StayNumber(survivor))
    refuse_closed(Stay.of(found), at=written.occurred_at)
    return found


def _asked(session: Session, item: Item, like: Movement) -> Refused | offline.PerhapsEntered:
    at = like.occurred_at.astimezone(settings().zone).isoformat(timespec="minutes")
    return offline.PerhapsEntered(
        item=item.code, at=at, staff=session.get_one(Staff, like.staff_id).code, movement=like.id
    )


def _judge(session: Session, line: PaperLine) -> None:
    """The line as the next event of the ward's paper, and what the rules say to it."""
    device = f"{offline.PAPER}{session.get_one(Department, line.department_id).code}"[:80]
    chain = offline.lock(session, device, line.recorded_at)
    brought = Brought(by_id=line.entered_by_id, at=line.recorded_at, department_id=line.department_id)
    taken = offline.take(session, chain, [offline.event_of(chain, line)], brought)
    session.flush()  # the chain goes on from it
    queued.judge_ready(session, chain, line.recorded_at, taken)
    used = (Movement.request_key == line.request_key, Movement.kind == MovementKind.CONSUME.value)
    movements = session.scalars(select(Movement.id).where(*used).order_by(Movement.id)).all()  # several of a kit
    if not movements:
        event = offline.verdicts(session, [line.request_key])[line.request_key]
        code = event[1].code if event[1] is not None else ""
        offline.keep_entry(session, line, EntryOutcome.DISPUTE, rule=code[:24])
        return
    rule = session.scalars(
        select(Interception.rule).where(Interception.movement_id.in_(movements)).order_by(Interception.severity.desc())
    ).first()
    outcome = EntryOutcome.WARNED if rule else EntryOutcome.BOOKED
    offline.keep_entry(session, line, outcome, movement_id=movements[0], rule=rule or "")
