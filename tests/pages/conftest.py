"""This file is the hospital behind the pages of these tests: goods in every state, and a login for each role."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import create_app
from spd import (
    consumption,
    disposal,
    donation,
    encounters,
    labelling,
    offline,
    policies,
    settlement,
    signing_on,
    theatre,
    trace_codes,
    unscanned,
)
from spd.accounting import versions as rule_versions
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.costing import CaseMethod
from spd.disposal import Asked, Kind, ToDispose, Why
from spd.donation import DonationSaid
from spd.encounters import EncounterEventTrouble, EventKind, Told
from spd.labelling import Printer
from spd.ledger import EntryRow, OutboxMessage, Posting, get_item_state
from spd.places import Location
from spd.policies import ModeSaid, WardMode
from spd.receiving import Inspection, InspectionReason, Quarantine
from spd.reconciliation import ChargeReject, Rejected, note_rejects
from spd.staff import Grant, Role, Staff
from spd.stock import holds
from spd.theatre import Counted, ListedLine
from spd.unscanned import UnableReason
from tests import build
from tests.build import Hospital
from tests.compiled import share
from tests.costing import given as costed
from tests.counting.scene import counts_of, scene
from tests.hashing import CHEAP
from tests.offline.device import Device
from tests.ordering import given as orders
from tests.pages.visiting import PASSWORD, Visitor, visitor
from tests.receiving.arriving import arrive, gauze
from tests.reconciliation import given as charges
from tests.replenishment import asked
from tests.settlement import bills
from tests.theatre import lending
from tests.written import watch

TRACE_CODE = "81000000000000000010"
WARDERS = (Role.NURSE, Role.HEAD_NURSE)


@pytest.fixture(scope="session")
def _furnished(new_database: Callable[[str], Database]) -> tuple[Path, SimpleNamespace]:
    """A hospital with something to show on every page, in a file that can be copied."""
    database = new_database("sqlite")
    with transaction(database) as session:
        h = build.hospital(session)
        things = _furnish(session, h)
        _engage(session, h)
        things.operation = _operated(session, h)
    database.dispose()
    return Path(str(database.url.database)), things


def _furnish(session: Session, h: Hospital) -> SimpleNamespace:
    policies.settle(session, build.occasion(h.keeper), f"{policies.UNTESTED}unnamed", "warn")
    stents = build.stents(session, h, 3)
    packs = build.packs(session, h, 3, 10)
    used = build.use(session, h, stents[0])
    build.use(session, h, packs[0], encounter=None)
    undone = build.use(session, h, stents[1])
    build.reverse(session, h, undone.movement_id)
    bulk = build.gauze(session, h, 2)
    note = build.note(session, h, h.gauzes, ("GAUZE", 100), ("REAGENT", 100), code="N-OPEN")
    counts = counts_of(scene(session, h), h.ward)
    for act in ("arrive", "arrive", "sell"):
        done = trace_codes.Done(codes=(TRACE_CODE,), act=trace_codes.Act(act), reference="N-OPEN")
        trace_codes.act(session, build.occasion(h.keeper), done)
    order, noted = orders.furnish(session, h)
    aside, held = _at_the_bay(session, h)
    costed.stepped_down(session, h)
    costed.cases_costed(session, h, CaseMethod.MATERIALS, CaseMethod.TOP_DOWN)
    wave, tote = _refill(session, h)
    return SimpleNamespace(
        h=h, stents=stents, packs=packs, bulk=bulk, note=note.code, label=note.label, use=used.movement_id,
        statement=_statement(session, h), invoice=_invoice(session, h), parted=_parted(session), counts=counts,
        wave=wave, tote=tote, order=order, noted=noted,
        stands_out=costed.reviewed(session, h), aside=aside, inspection=held,
        **_stopped(session, h), **_charged(session, h), **_told(session, h), **_loose(session, h),
        unscanned=_unable(session, h), dispute=_disputed(session, h),
        loaner=_lent(session, h), **_ruled(session, h), shared=_shared(session, h), job=_jammed(session, h),
    )  # fmt: skip


def _jammed(session: Session, h: Hospital) -> int:
    """Two labels that the nurse asked for, of which a printer that is used no more has said that it is out of paper."""
    printer = Printer(code="ZT-OLD", name="旧打印机", host="127.0.0.1", port=9, retired=True)
    session.add(printer)
    session.flush()  # its jobs name it
    job = labelling.enqueue(session, build.occasion(h.nurse), printer, [("P1", "^XA^XZ"), ("P2", "^XA^XZ")])
    labelling.claim(session, job.id, at=build.NOW)
    labelling.jam(session, job.id, "缺纸", "out of paper")
    return job.id


def _ruled(session: Session, h: Hospital) -> dict[str, Any]:
    """A draft of the rules, and a gift that waits for a second person."""
    number = rule_versions.draft(session, build.occasion(h.keeper), note="disposals apart").number
    said = DonationSaid(
        occasion=build.occasion(h.keeper), donor="某基金会", supplier=h.gauzes.code, product="GAUZE", lot="D1",
        quantity=10, unit_price=Decimal("3.5"), location="STORE",
    )  # fmt: skip
    return {"drafted": number, "given": donation.record(session, said).code}


def _loose(session: Session, h: Hospital) -> dict[str, int]:
    """A pack of the ward that is open, and a mode that says so."""
    mode = ModeSaid(product_id=3, department_id=h.cardiology.id, mode=WardMode(opening="loose", open_days=7))
    code = build.packs(session, h, 1, 10)[0]
    asked = consumption.OpeningAsked(occasion=build.occasion(h.nurse), item=code)
    consumption.open_pack(session, asked)
    policies.settle_mode(session, build.occasion(h.keeper), mode)
    return {"loose": get_item_state(session, code).id}


def _told(session: Session, h: Hospital) -> dict[str, int]:
    """A patient who was moved within the ward, and a discharge of somebody nobody knows."""
    hour = timedelta(hours=1)
    events = [
        Told(message="m1", kind=EventKind.TRANSFER, encounter="E-1", occurred_at=build.NOW - hour, bed="05"),
        Told(message="m2", kind=EventKind.DISCHARGE, encounter="E-9", occurred_at=build.NOW - hour),
    ]
    encounters.record(session, build.occasion(h.keeper), events)
    untold = session.scalars(select(EncounterEventTrouble.event_id)).one()
    return {"patient": h.stay.id, "untold": untold}


def _statement(session: Session, h: Hospital) -> str:
    """A statement that was sent to the maker of stents."""
    (one,) = settlement.draft(session, build.occasion(h.keeper), period="2026-03", supplier=h.stents.code)
    for step in ("approve", "send"):
        settlement.decide(session, build.occasion(h.nurse), one, step)
    return one.code


def _invoice(session: Session, h: Hospital) -> str:
    """An invoice for gauze at another price, booked, with a line that has no goods; part of it paid."""
    lines = (bills.line("GAUZE", 40, "3.60"), bills.line("SCREW", 1, "320"))
    one = bills.matched(session, bills.entered(session, h.gauzes.code, *lines, first_number="M-1"))
    bills.booked(session, one, reason="new price")
    bills.paid(session, h.gauzes.code, parts={one.code: Decimal(100)})
    return one.code


def _parted(session: Session) -> int:
    """The line of cost that the invoice's difference of price made: its number."""
    query = select(Posting.id).join(EntryRow, EntryRow.id == Posting.entry_id).where(EntryRow.event == "invoice")
    return session.scalars(query.where(Posting.department_id.is_not(None))).one()


def _lent(session: Session, h: Hospital) -> str:
    """A loaner set on the ward, its stent of a lot of its own."""
    stent = Counted(scan=build.scan(build.STENT_DI, lot="L-LOAN", serial="SN-LOAN"))
    lines = (
        ListedLine(product="SCREW", lot="L1", quantity=10),
        ListedLine(product="STENT", lot="L-LOAN", serial="SN-LOAN"),
    )
    loaned = lending.listed(session, h, location=h.ward.code, lines=lines)
    return lending.came(session, h, loaned, lending.screws(10), stent).code


def _operated(session: Session, h: Hospital) -> str:
    """An operation planned in a room of cardiology's, which is a ward otherwise: its number."""
    room = Location(code="CARD-X", label="L-CARD-T", name="导管室", kind="theatre", department_id=h.cardiology.id)
    session.add(room)
    session.flush()  # it is looked up by its code
    said = theatre.OperationPlanned(
        occasion=build.occasion(h.nurse), code="OP-1", encounter="E-1", room="CARD-X", planned_at=build.NOW,
        surgeon="surgeon-1", nurse="nurse-1",
        procedures=[theatre.Procedure(code="36.06", name="冠脉支架植入术", side="left")],
    )  # fmt: skip
    code = theatre.plan(session, said)[0].code
    room.kind = "ward"  # who has a theatre is not warned of patients of other wards
    return code


def _unable(session: Session, h: Hospital) -> int:
    """A label of the ward's that could not be read: its number."""
    told = unscanned.Unable(reason=UnableReason.DAMAGED, page="bedside", department_id=h.cardiology.id)
    return unscanned.report(session, build.occasion(h.nurse), told).id


def _shared(session: Session, h: Hospital) -> str:
    """A device of the ward, enrolled, at which the nurse was on, with a queue: its name."""
    signing_on.register(
        session, build.occasion(h.keeper), signing_on.Said(code="PDA-7", name="病区", location="CARD-W")
    )
    code = signing_on.new_code(session, build.occasion(h.keeper), "PDA-7")
    signing_on.claim(session, code, at=build.NOW)
    row = signing_on.get_enrolled(session, "PDA-7")
    signing_on.seen(session, row.id, at=build.NOW, queue="PDA-9")
    signing_on.note(session, h.nurse.id, row.id, signing_on.SignOnAct.ON, at=build.NOW)
    return "PDA-7"


def _disputed(session: Session, h: Hospital) -> int:
    """What a device of the ward's brought and was refused, with a number of its missing: the number of the dispute."""
    device = Device("PDA-9", h.nurse.id, sequence=1)
    device.use("nonsense")
    chain = offline.lock(session, device.name, build.NOW)
    brought = offline.Brought(by_id=h.nurse.id, at=build.NOW, department_id=h.cardiology.id)
    offline.take(session, chain, device.kept, brought)
    gap = offline.ready(session, chain, build.NOW + offline.PATIENCE)
    offline.dispute(session, gap[0], offline.Unclear(what="scan"), build.NOW)
    return session.scalars(select(offline.Dispute.id)).one()


def _refill(session: Session, h: Hospital) -> tuple[str, str]:
    """A wave that is begun, with a pack in a tote of the ward's; something is still needed. Their codes."""
    asked.level(session, h, lower=3, upper=5)
    asked.level(session, h, h.theatre, lower=1, upper=2)
    code = asked.packs(session, h, 2)[0]
    wave = asked.wave(session, h, h.ward)
    return wave.code, asked.pick(session, h, wave, code).tote


def _charged(session: Session, h: Hospital) -> dict[str, Any]:
    """A charge that fits a use and one that fits none: a case to resolve, and a message that waits."""
    charges.keep(session, h, charges.line(h), charges.line(h, charge_code="HIS-SCREW", quantity=2))
    charges.run(session, at=build.NOW)
    left = next(case.id for case in charges.cases(session) if case.verdict == "charged_not_used")
    gone = {"number": "H-9", "code": "unknown-reference", "zh": "没有科室 NEW。", "en": "There is no department NEW."}
    note_rejects(session, [Rejected(row={"line": "H-9", "department": "NEW"}, **gone)], at=build.NOW)
    reject = session.scalars(select(ChargeReject.id)).one()
    message = session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)).first()
    return {"difference": left, "message": message, "reject": reject}


def _stopped(session: Session, h: Hospital) -> dict[str, Any]:
    """On the ward a pack held for its damage, one asked to be written off, one put aside for its supplier."""
    held, lost, back = build.packs(session, h, 3, 10)
    why = holds.Why(reason=holds.HoldReason.DAMAGED)
    holds.place(session, build.occasion(h.keeper), [get_item_state(session, held)], why)
    documents = []
    for code, kind, act in ((lost, Kind.WRITE_OFF, disposal.ask), (back, Kind.RETURN, disposal.prepare)):
        said = ToDispose(
            occasion=build.occasion(h.keeper), kind=kind, lines=[Asked(item=code)], reason=Why.DAMAGED
        )  # fmt: skip
        documents.append(act(session, said)[0].code)
    number = holds.open_holds(session, [get_item_state(session, held).id])[0].id
    return {"hold": number, "held": held, "lost": lost, "loss": documents[0], "back": documents[1]}


def _at_the_bay(session: Session, h: Hospital) -> tuple[int, int]:
    """A note of which a case came over, and another is held: the numbers of both on their lists."""
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50), code="N-BAY")
    held = Quarantine(reason=InspectionReason.OTHER)
    receipt = arrive(session, h, delivery, gauze("B1"), gauze("B1"), quarantine=held)
    return receipt.asides[0].number, session.scalars(select(Inspection.id)).one()


def _engage(session: Session, h: Hospital) -> None:
    """A login for each role, by its name; nurses hold theirs in cardiology. One more nurse is of surgery."""
    hashed = CHEAP.hash(PASSWORD)
    people = {role.value: role for role in Role} | {"surgeon": Role.NURSE}
    for code, role in people.items():
        place = h.surgery.id if code == "surgeon" else h.cardiology.id if role in WARDERS else None
        staff = Staff(code=f"{code}-1", name="某某", password_hash=hashed, language="en")
        session.add(staff)
        session.flush()  # its number goes into the grant
        supplier = h.stents.id if role is Role.SUPPLIER else None
        session.add(Grant(staff_id=staff.id, role=role, department_id=place, supplier_id=supplier))


@pytest.fixture(scope="session")
def app(new_database: Callable[[str], Database]) -> Flask:
    """The application. Which database it asks is for each test to say."""
    settings = Settings(database_url="sqlite:///nowhere.db", secret_key="a long random text that signs cookies")
    return create_app(settings, new_database("sqlite"))


@pytest.fixture
def there(
    app: Flask, _furnished: tuple[Path, SimpleNamespace], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SimpleNamespace]:
    """The things of a hospital of the test's own; its books are proved when the test is over."""
    file, things = _furnished
    shutil.copyfile(file, tmp_path / "spd.db")
    database = share(Database(f"sqlite:///{tmp_path / 'spd.db'}"))
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW)
    monkeypatch.setitem(app.extensions, "spd.database", database)
    written = watch(database)
    yield things
    if written():
        with reading(database) as session:
            assert build.problems(session) == []
    database.dispose()


@pytest.fixture
def enter(app: Flask, there: SimpleNamespace) -> Callable[..., Visitor]:
    """Lets somebody in, by role."""
    return lambda role, language="en": visitor(app, f"{role}-1", language)


@pytest.fixture
def act(app: Flask, there: SimpleNamespace) -> Callable[[Callable[[Session], Any]], Any]:
    """Does something behind the pages' back."""

    def do(what: Callable[[Session], Any]) -> Any:
        with transaction(app.extensions["spd.database"]) as session:
            return what(session)

    return do
