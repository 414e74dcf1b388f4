"""This file is the hospital behind the pages of these tests: goods in every state, and a login for each role."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import create_app
from spd import disposal, offline, settlement, trace_codes, unscanned
from spd.core.database import Database
from spd.core.settings import Settings
from spd.core.transaction import reading, transaction
from spd.disposal import Asked, Kind, ToDispose, Why
from spd.ledger import OutboxMessage, get_item_state
from spd.receiving import Inspection, InspectionReason, Quarantine
from spd.staff import Grant, Role, Staff
from spd.stock import holds
from spd.unscanned import UnableReason
from tests import build
from tests.build import Hospital
from tests.counting.scene import counts_of, scene
from tests.offline.device import Device
from tests.ordering import given as orders
from tests.pages.visiting import PASSWORD, Visitor, visitor
from tests.receiving.arriving import arrive, gauze
from tests.reconciliation import given as charges
from tests.replenishment import asked

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
    database.dispose()
    return Path(str(database.url.database)), things


def _furnish(session: Session, h: Hospital) -> SimpleNamespace:
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
    wave, tote = _refill(session, h)
    return SimpleNamespace(
        h=h, stents=stents, packs=packs, bulk=bulk, note=note.code, label=note.label, use=used.movement_id,
        statement=_statement(session, h), counts=counts, wave=wave, tote=tote, order=order, noted=noted,
        aside=aside, inspection=held, **_stopped(session, h), **_charged(session, h), unscanned=_unable(session, h),
        dispute=_disputed(session, h),
    )  # fmt: skip


def _statement(session: Session, h: Hospital) -> str:
    """A statement that was sent to the maker of stents."""
    (one,) = settlement.draft(session, build.occasion(h.keeper), period="2026-03", supplier=h.stents.code)
    for step in ("approve", "send"):
        settlement.decide(session, build.occasion(h.nurse), one, step)
    return one.code


def _unable(session: Session, h: Hospital) -> int:
    """A label of the ward's that could not be read: its number."""
    told = unscanned.Unable(reason=UnableReason.DAMAGED, page="bedside", department_id=h.cardiology.id)
    return unscanned.report(session, build.occasion(h.nurse), told).id


def _disputed(session: Session, h: Hospital) -> int:
    """What a device of the ward's brought and was refused, with a number of its missing: the number of the dispute."""
    device = Device("PDA-9", h.nurse.id, sequence=1)
    device.use("nonsense")
    chain = offline.lock(session, device.name, build.NOW)
    brought = offline.Brought(by_id=h.nurse.id, at=build.NOW, department_id=h.cardiology.id)
    offline.take(session, chain, device.kept, brought)
    gap = offline.ready(session, device.name, build.NOW + offline.PATIENCE)
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
    return {"difference": left, "message": session.scalars(select(OutboxMessage.id).order_by(OutboxMessage.id)).first()}


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
    hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    people = {role.value: role for role in Role} | {"surgeon": Role.NURSE}
    for code, role in people.items():
        place = h.surgery.id if code == "surgeon" else h.cardiology.id if role in WARDERS else None
        staff = Staff(code=f"{code}-1", name="某某", password_hash=hashed)
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
    database = Database(f"sqlite:///{tmp_path / 'spd.db'}")
    monkeypatch.setattr("spd.core.clock.now", lambda: build.NOW)
    monkeypatch.setitem(app.extensions, "spd.database", database)
    yield things
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
