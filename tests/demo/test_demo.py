"""This file tests the demo hospital: the same every time, right to the cent, and with something on every page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import aliased

import scanners
from scanners import own
from scanners.check_characters import gs1_holds
from spd import demo, ledger, recalls, receiving, replenishment
from spd.catalog import Lot, Packaging, Product
from spd.core.database import Database
from spd.core.occasion import Occasion
from spd.core.transaction import reading, transaction
from spd.costing import CaseRun, StepDown, group_sets, groups, standing
from spd.costing.groups import GroupsAsked
from spd.encounters import DrgWeight, Encounter
from spd.ledger import Item, Movement, Posting, verify
from spd.parties import HOSPITAL_ID
from spd.places import Department, Location
from spd.recalls import Recall, RecallDrill
from spd.reviewing import UsageReview
from spd.staff import Grant, Role, Staff
from spd.stock.kits import Kit
from spd.stock.loaned import LoanerSet

NOW = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)  # 04:00 in Shanghai: a hospital opened before dawn is whole too
TODAY = date(2026, 3, 2)
BEDS = 12


@pytest.fixture(scope="module")
def made(new_database: Callable[[str], Database]) -> Iterator[tuple[Database, demo.DemoSummary]]:
    """A small demo hospital that tests only look at."""
    database = new_database("sqlite")
    yield database, demo.generate(database, now=NOW, beds=BEDS)
    database.dispose()


def _heads(database: Database) -> list[bytes]:
    """The hash of every item's last movement: equal only where every act was."""
    with reading(database) as session:
        return list(session.scalars(select(Item.head).order_by(Item.id)))


def _story(database: Database) -> list[tuple[object, ...]]:
    """What happened to what, when, at what price, in words that no row number is in."""
    here, there = aliased(Location), aliased(Location)
    told = (
        select(
            Movement.occurred_at, Movement.kind, Movement.quantity, Movement.state_after, Product.code, Lot.code,
            Item.serial, Item.unit_price, here.code, there.code, Encounter.code, Movement.sequence,
        )
        .join(Item, Item.id == Movement.item_id)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(here, here.id == Movement.from_location_id)
        .join(there, there.id == Movement.to_location_id)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
    )  # fmt: skip
    with reading(database) as session:
        return sorted((tuple(row) for row in session.execute(told)), key=repr)


def test_one_seed_makes_one_hospital_on_postgresql_too(
    made: tuple[Database, demo.DemoSummary], new_database: Callable[[str], Database]
) -> None:
    database = new_database("postgresql")
    summary = demo.generate(database, now=NOW, beds=BEDS)
    assert summary.counts == made[1].counts
    # A bulk's code follows from row numbers too, and PostgreSQL begins those of places elsewhere.
    assert {**summary.examples, "bulk": ""} == {**made[1].examples, "bulk": ""}
    assert _story(database) == _story(made[0])
    with reading(database) as session:
        assert verify.problems(session) == []


def test_the_books_are_right(made: tuple[Database, demo.DemoSummary]) -> None:
    with reading(made[0]) as session:
        assert verify.problems(session) == []


def test_a_second_time_changes_nothing(made: tuple[Database, demo.DemoSummary]) -> None:
    database, first = made
    before = _heads(database)
    again = demo.generate(database, now=NOW + timedelta(days=3), beds=BEDS, seed=9)
    assert (first.created, again.created) == (True, False)
    assert (again.counts, again.notes, again.logins) == (first.counts, first.notes, first.logins)
    assert _heads(database) == before


def test_a_hospital_with_data_of_its_own_is_left_alone(database: Database) -> None:
    with transaction(database) as session:
        session.add(Department(code="OWN", name="自有科室", cost_class="clinical"))
    with pytest.raises(demo.NotEmpty):
        demo.generate(database, now=NOW, beds=BEDS)
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Product)) == 0


def test_the_catalogue_is_large_and_its_codes_hold(made: tuple[Database, demo.DemoSummary]) -> None:
    with reading(made[0]) as session:
        classes = set(session.scalars(select(Product.product_class)))
        products = session.scalars(select(Product)).all()
        codes = session.scalars(select(Packaging.code)).all()
        modes = set(session.scalars(select(Item.settlement_mode)))
    assert len(products) >= 300
    assert classes == {"high_value", "low_value", "reagent"}
    assert modes == {"on_receipt", "on_issue", "on_use", "loaner"}
    assert all(gs1_holds(code) and code[1:4] == "952" for code in codes)  # 952 is nobody's: it is kept for examples
    assert all(product.initials and product.specification for product in products)


def test_departments_are_a_tree_of_all_four_classes(made: tuple[Database, demo.DemoSummary]) -> None:
    with reading(made[0]) as session:
        departments = session.scalars(select(Department)).all()
        labels = session.scalars(select(Location.label).where(Location.id > 6)).all()
        spent = set(
            session.scalars(
                select(Department.cost_class)
                .join(Posting, Posting.department_id == Department.id)
                .where(Posting.account.in_(["5001.01", "5101.01"]))
            )
        )
    assert {department.cost_class for department in departments} == spent
    assert len(spent) == 4
    assert {department.campus for department in departments} == {"本部院区", "东院区"}
    assert any(department.parent_id for department in departments)
    assert all(label and own.is_own(label) for label in labels)


def test_finance_has_something_on_every_page(made: tuple[Database, demo.DemoSummary]) -> None:
    with reading(made[0]) as session:
        closed = ledger.closed_through(session)
        (month,) = session.scalars(select(StepDown.period).where(StepDown.period > closed))
        costed = set(session.scalars(select(CaseRun.method).where(CaseRun.period == month)))
        zone = ZoneInfo("Asia/Shanghai")
        payer = group_sets.payers(session)[0]
        since, until = ledger.instants_of(session, month, zone)
        report = groups.report(session, GroupsAsked(since=since, until=until, zone=zone, payer=payer))
        stands = standing.standings(session, "2026-03", zone=zone)
        verdicts = set(session.scalars(select(UsageReview.verdict)))
    assert (closed, month) == ("2026-01", "2026-02")  # the last month that is over waits to be closed
    assert costed == {"materials", "top_down", "cost_to_charge", "bottom_up"}
    assert report.cases > 0 < report.payment
    assert all(row.standard is not None for row in report.rows if row.code)
    assert {one.basis for one in stands} == {"month", "bed_day", "revenue_100"}
    assert not any(one.stands is standing.Stands.OVER for one in stands)
    assert "" in verdicts


def test_a_recall_has_something_on_every_page(made: tuple[Database, demo.DemoSummary]) -> None:
    with reading(made[0]) as session:
        states = set(session.scalars(select(Recall.state)))
        recall = session.scalars(select(Recall).where(Recall.state == "open")).one()
        places, uses = recalls.places(session, recall), recalls.uses_page(session, recall, seen=None)
        standing = recalls.standing(session, recall)
        whole = recalls.total(recalls.tie_out(session, recall))
        drills = session.scalar(select(func.count()).select_from(RecallDrill))
    assert states == {"open", "draft"}
    assert places and not any(place.free for place in places)
    assert uses and standing["contacted"]
    assert (whole.unexplained, whole.free, whole.used > 0, whole.held > 0) == (0, 0, True, True)
    assert drills == 1


def test_everybody_can_log_in_and_every_role_is_there(made: tuple[Database, demo.DemoSummary]) -> None:
    database, summary = made
    with reading(database) as session:
        staff = {person.code: person for person in session.scalars(select(Staff))}
        roles = set(session.scalars(select(Grant.role)))
    assert roles == {role.value for role in Role}
    for login in summary.logins:
        assert PasswordHasher().verify(staff[login.code].password_hash or "", login.password)
    assert staff["his"].password_hash is None


def test_logins_are_added_once_to_a_hospital_of_another_make(database: Database) -> None:
    with transaction(database) as session:
        first = demo.add_logins(session)
        assert demo.add_logins(session) == first
    assert "nurse" in first
    assert "supplier" not in first  # there is no supplier to act for


def test_patients_are_masked_and_grouped_when_they_leave(made: tuple[Database, demo.DemoSummary]) -> None:
    with reading(made[0]) as session:
        stays = session.scalars(select(Encounter)).all()
        groups = set(session.scalars(select(DrgWeight.drg_code)))
    inpatients = [stay for stay in stays if stay.encounter_class == "inpatient"]
    here = [stay for stay in inpatients if stay.discharged_at is None]
    assert here
    assert all("*" in stay.patient_name and stay.wristband for stay in stays)
    assert all(stay.drg_code in groups for stay in inpatients if stay.discharged_at and stay.drg_code)
    assert all(stay.admitted_at <= NOW for stay in stays)


def test_nothing_happens_after_now(made: tuple[Database, demo.DemoSummary]) -> None:
    with reading(made[0]) as session:
        assert (session.scalar(select(func.max(Movement.occurred_at))) or NOW) <= NOW


def test_there_is_something_of_everything_to_see(made: tuple[Database, demo.DemoSummary]) -> None:
    with reading(made[0]) as session:
        kinds = set(session.scalars(select(Movement.kind)))
        states = set(session.scalars(select(Item.state)))
        months = set(session.scalars(select(Posting.period)))
        there = select(func.count()).select_from(Item).join(Lot, Lot.id == Item.lot_id).join(Location)
        there = there.where(Item.quantity > 0)
        expired = session.scalar(there.where(Lot.expires_on < TODAY))
        near = session.scalar(there.where(Lot.expires_on >= TODAY, Lot.expires_on < TODAY + timedelta(days=30)))
        consigned = session.scalar(there.where(Item.owner_id != HOSPITAL_ID, Location.kind == "theatre"))
        kits = sorted(session.scalars(select(Kit.state)))
        lent = sorted(session.scalars(select(LoanerSet.standing)))
    assert kinds >= {"receive", "pack", "dispatch", "deliver", "consume", "reverse"}
    assert states >= {"available", "open", "in_transit", "consumed", "spent"}
    assert months >= {"2025-12", "2026-01", "2026-02"}
    assert expired
    assert near
    assert consigned
    assert kits == ["assembled", "dissolved"]
    assert lent == ["closed", "in", "listed"]


def test_every_example_is_what_it_is_called(made: tuple[Database, demo.DemoSummary]) -> None:
    kinds = {name: scanners.read(code).kind for name, code in made[1].examples.items() if name != "unit"}
    assert kinds == {
        "wristband": "wristband",
        "badge": "staff",
        "pack": "pack",
        "bulk": "bulk",
        "location": "location",
        "store": "location",
        "tote": "document",
    }
    assert made[1].examples["unit"]


def test_what_is_printed_for_an_open_note_receives_it_to_the_end(
    made: tuple[Database, demo.DemoSummary], tmp_path: Path
) -> None:
    summary = made[1]
    made[0].dispose()  # folds SQLite's log into the file, which can then be copied
    database = Database(f"sqlite:///{shutil.copyfile(str(made[0].url.database), tmp_path / 'copy.db')}")
    printed = [note for note in summary.notes if note.scans]
    assert len(printed) == len(summary.notes) - 1 == 4  # of one everything has come; it waits to be closed
    with transaction(database) as session:
        keeper = session.scalars(select(Staff.id).where(Staff.code == "keeper")).one()
        for note in printed:
            arrivals = [receiving.Arrived(scan=scanners.read(text, today=TODAY)) for text in note.scans]
            said = receiving.Delivered(
                occasion=_occasion(keeper), delivery=note.label, location="ZXK", arrivals=arrivals
            )
            receiving.receive(session, said)
            assert receiving.close_delivery(session, _occasion(keeper), note.label) == []
        signed = replenishment.sign(
            session,
            replenishment.ToSign(occasion=_occasion(keeper), dispatch=summary.examples["tote"], location="CARD-K"),
        )
        assert signed.items
    database.dispose()


def _occasion(staff_id: int) -> Occasion:
    return Occasion(request_key=uuid4(), staff_id=staff_id, occurred_at=NOW, recorded_at=NOW, day=TODAY)


def test_nothing_has_happened_yet_that_comes_later(made: tuple[Database, demo.DemoSummary]) -> None:
    with reading(made[0]) as session:
        assert (session.scalar(select(func.max(Movement.occurred_at))) or NOW) <= NOW
    assert made[1].examples["tote"]
