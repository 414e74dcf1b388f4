"""This file is what cardiology has, for those of other departments to be refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from spd import admission, consumption, disposal, interceptions, policies, reconciliation, replenishment, unscanned
from spd.core.transaction import transaction
from spd.disposal import Asked, Decision, Kind, ToDispose, Why
from spd.interceptions import Caught
from spd.ledger import Item, get_item_state
from spd.places import Location
from spd.policies import ModeSaid, WardMode
from spd.recalls import Meant
from spd.reconciliation import CaseAct, Resolution
from spd.staff import Staff
from spd.stock import fixed_quantities, holds, loaned
from spd.stock.fixed_quantities import Level
from spd.unscanned import UnableReason
from tests import build
from tests.api.asking import World
from tests.build import Hospital
from tests.counting.scene import counts_of, scene
from tests.hashing import CHEAP
from tests.packing import kitting
from tests.recalls import acting
from tests.reconciliation import given as charges
from tests.replenishment import asked as asked_for
from tests.theatre import lending, operating

SECRET = "a fictional pass phrase"
WISH = {"department": "CARD", "name": "缝线", "unit_price": "48", "expected_monthly": 1, "reason": "x"}


def people(world: World) -> dict[str, Any]:
    """A tote on its way to cardiology, packs there, things used, held, asked and charged: their codes by name."""
    h = world.h
    with transaction(world.database) as session:
        packs = build.packs(session, h, 5)
        for code in packs[3:]:
            asked = consumption.OpeningAsked(occasion=build.occasion(h.nurse), item=code)
            consumption.open_pack(session, asked)
        stent = build.stents(session, h)[0]
        use = build.use(session, h, stent)
        build.use(session, h, packs[0], encounter=None)
        waiting = build.packs(session, h, 1, at=h.store)
        wish = admission.Wish(
            department=h.cardiology, name="缝线", unit_price=Decimal(48), reason="x", expected_monthly=1
        )
        admission.ask(session, build.occasion(h.nurse), wish)
        # a nurse of the ward counts it in these tests, where the hospital says that she may
        policies.settle(session, build.occasion(h.keeper), "count.custodian_may_count", "always")
        counts = counts_of(scene(session, h), h.ward)
    seal = world.asking("porter").post("/dispatches", {"items": waiting, "to": "CARD-W"}).get_json()["code"]
    with transaction(world.database) as session:
        caught = Caught(rule="held", outcome="block", severity=2, about={"department_id": h.cardiology.id})
        interceptions.keep(session, build.occasion(h.nurse), caught)
        torn = unscanned.Unable(reason=UnableReason.DAMAGED, page="bedside", department_id=h.cardiology.id)
        counts |= {"unscanned": unscanned.report(session, build.occasion(h.nurse), torn).id}
        kit = kitting.assemble(session, h, kitting.of_gauze(session, h), build.packs(session, h, 1))
        stopped = _stopped(session, h) | _refill(session, h) | _charged(session, h)
        stopped |= _lent(session, h)
        stopped |= {"recall": acting.opened(session, h, Meant(product="STENT")).code}
    told = {"pack": packs[1], "carried": packs[2], "stent": stent, "use": use.movement_id, "seal": seal, "wish": WISH}
    told |= {"kit": kit.code, "opened": packs[3]}
    return told | stopped | counts


def _lent(session: Session, h: Hospital) -> dict[str, Any]:
    """Loaner sets of cardiology's: one that has not come, one that is there, one of which nothing is left."""
    hashed = CHEAP.hash(SECRET)
    session.add(Staff(code="second", name="同事", badge="S-SECOND", password_hash=hashed))
    room = Location(code="CARD-T", name="导管室", kind="theatre", department_id=h.cardiology.id)
    session.add(room)
    session.flush()  # it is looked up by its code
    sets = [lending.listed(session, h, location=room.code, lines=lending.LINES[:1]) for _ in range(3)]
    for one in sets[1:]:
        lending.came(session, h, one, lending.screws(10))
    lending.went(session, h, sets[2], lending.screws(10))
    (line,) = loaned.lines_of(session, sets[1])
    item = session.get_one(Item, line.line.item_id)
    return _operated(session, h, room) | {
        "listed": sets[0].code,
        "lent": sets[1].code,
        "empty": sets[2].code,
        "screws": item.code,
    }


def _operated(session: Session, h: Hospital, room: Location) -> dict[str, Any]:
    """Operations in cardiology's room: one under way with a stent drawn, one that has ended, two on the plan."""
    other = Location(code="CARD-T2", name="导管室 2", kind="theatre", department_id=h.cardiology.id)
    session.add(other)
    session.flush()  # it is looked up by its code
    made = operating.Scene(session=session, h=h, room=room, surgeon=h.keeper, nurse=h.nurse)
    drawn, fetched = build.packs(session, h, 2)
    beside = replace(made, room=other)
    beside.end(beside.begun(code="OP-ENDED", surgeon="second"))
    under_way = made.begun(code="OP-1", surgeon="second")
    made.draw(under_way, drawn)
    for code in ("OP-2", "OP-3"):
        made.plan(code=code, surgeon="second", encounter="E-2")
    return {"operated": drawn, "fetched": fetched}


def _refill(session: Session, h: Hospital) -> dict[str, Any]:
    """Cardiology needs packs, lacks some, asks for another level, and has a pack that the laboratory would use."""
    place = Location(code="LAB-W", name="检验科库", kind="ward", department_id=h.lab.id)
    session.add(place)
    session.flush()  # its number goes into what follows
    asked_for.level(session, h, pack=20, lower=8, upper=12)
    replenishment.finish(session, build.occasion(h.keeper), asked_for.wave(session, h))
    level = Level(location_id=h.ward.id, product_id=1, lower=1, upper=3)
    (proposal,) = fixed_quantities.propose(session, build.occasion(h.nurse), [level])
    soon = asked_for.packs(session, h, 1, expires=build.TODAY + timedelta(days=10), at=h.ward)[0]
    there = asked_for.packs(session, h, 5, at=place)
    for code in there[1:]:
        build.use(session, h, code, encounter=None)
    return {"proposal": proposal.id, "soon": soon, "late": there[0]}


def _stopped(session: Session, h: Hospital) -> dict[str, Any]:
    """In cardiology: a pack on hold, one asked to be written off, one to go back, one written off."""
    held, lost, back, gone = build.packs(session, h, 4)
    why = holds.Why(reason=holds.HoldReason.DAMAGED)
    holds.place(session, build.occasion(h.keeper), [get_item_state(session, held)], why)
    documents = []
    for code, kind in ((lost, Kind.WRITE_OFF), (back, Kind.RETURN), (gone, Kind.WRITE_OFF)):
        act = disposal.ask if kind is Kind.WRITE_OFF else disposal.prepare
        occasion = build.occasion(h.keeper)
        asked = ToDispose(occasion=occasion, kind=kind, lines=[Asked(item=code)], reason=Why.DAMAGED)
        documents.append(act(session, asked)[0].code)
    disposal.approve(session, Decision(occasion=build.occasion(h.nurse), document=documents[2]))
    number = holds.open_holds(session, [get_item_state(session, held).id])[0].id
    return {"hold": number, "loss": documents[0], "back": documents[1], "gone": gone}


def _charged(session: Session, h: Hospital) -> dict[str, Any]:
    """Charges of cardiology that nothing was used for: one to resolve, one that is resolved, one that came first."""
    lines = [charges.line(h, charge_code="HIS-OTHER", quantity=number) for number in (3, 5)]
    first = ModeSaid(product_id=4, department_id=h.cardiology.id, mode=WardMode(charging="before_use"))
    policies.settle_mode(session, build.occasion(h.nurse), first)
    charges.keep(session, h, *lines, charges.line(h, charge_code="HIS-SCREW", unit_price="320"))
    charges.run(session, at=build.NOW)
    cases = {case.charged_quantity: case.id for case in charges.cases(session) if case.charge_code == "HIS-OTHER"}
    done = CaseAct(occasion=build.occasion(h.keeper), case=cases[5], resolution=Resolution.REFUNDED)
    reconciliation.resolve(session, done)
    return {"case": cases[3], "settled": cases[5]}
