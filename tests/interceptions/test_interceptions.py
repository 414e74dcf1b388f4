"""What the bedside caught: kept once, scored, and followed to what became of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from spd import consumption, encounters, interceptions, ledger, policies, procedures, stock
from spd.catalog import Lot, Product
from spd.catalog.changes import change_product
from spd.consumption import Approval, OverrideReason, UnfitApprover
from spd.core.errors import Refusal
from spd.core.separation import SamePerson
from spd.encounters import EventKind, Told
from spd.interceptions import Asked, Caught, Interception
from spd.ledger import Movement
from spd.licensing.models import Licence
from spd.staff import Grant, Staff
from spd.stock import holds, use_refusals, use_rules
from tests import build
from tests.build import NOW, TODAY, Hospital
from tests.replenishment import asked


def scanned(session: Session, h: Hospital, code: str, **said: Any) -> consumption.Use | Refusal:
    """A scan at the bedside as the doors take it: what is refused is kept, and what is found with a use too."""
    when = said.pop("occasion", None) or build.occasion(h.nurse, at=said.pop("at", NOW))
    try:
        use = build.use(session, h, code, occasion=when, **said)
    except Refusal as error:
        rule = str(error.about.get("rule", error.code))
        weight = use_rules.weight(rule)
        assert weight is not None
        outcome = str(error.about.get("outcome", weight[0].value))
        caught = Caught(rule=rule, outcome=outcome, severity=weight[1].value, about=error.about)
        interceptions.keep(session, when, caught)
        return error
    interceptions.note(session, when, use.noted, use.about, movement_id=use.movement_id)
    return use


def kept(session: Session) -> list[tuple[str, str, int]]:
    """(rule, outcome, severity) of all that was caught, in order."""
    one = Interception
    return [tuple(row) for row in session.execute(select(one.rule, one.outcome, one.severity).order_by(one.id))]


def fates(session: Session) -> list[str]:
    query = select(interceptions.report.fate()).select_from(Interception).order_by(Interception.id)
    return list(session.scalars(query))


def colleague(session: Session, role: str = "nurse", department: int | None = None) -> Staff:
    staff = Staff(code=f"second-{role}-{department}", name="同事", badge=f"S-2-{role}-{department}")
    session.add(staff)
    session.flush()  # the grant names them
    session.add(Grant(staff_id=staff.id, role=role, department_id=department))
    session.flush()  # read when they let something pass
    return staff


def passing(staff: Staff, *rules: str) -> Approval:
    return Approval(staff_id=staff.id, reason=OverrideReason.CHECKED, rules=frozenset(rules))


EVERY = Asked(first_on=TODAY, last_on=TODAY)


def test_a_clean_use_leaves_nothing_behind(session: Session, h: Hospital) -> None:
    assert isinstance(scanned(session, h, build.stents(session, h)[0]), consumption.Use)
    assert kept(session) == []


def test_a_used_one_is_fatal_on_another_patient_and_nothing_on_the_same(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    scanned(session, h, code)
    again = scanned(session, h, code)
    other = scanned(session, h, code, encounter="E-2")
    assert isinstance(again, use_refusals.AlreadyRecorded)
    assert again.verdict == "repeat"
    assert isinstance(other, stock.AlreadyUsed)
    assert kept(session) == [("already-recorded", "block", 0), ("already-used", "block", 4)]
    merge = Told(message="M", kind=EventKind.MERGE, encounter="E-1", survivor="E-2", occurred_at=NOW)
    encounters.record(session, build.occasion(h.keeper), [merge])
    assert isinstance(scanned(session, h, code, encounter="E-2"), use_refusals.AlreadyRecorded)
    assert set(session.scalars(select(Interception.department_id))) == {h.cardiology.id}


def test_what_is_held_for_its_temperature_says_so(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    why = holds.Why(reason=holds.HoldReason.TEMPERATURE)
    holds.place(session, build.occasion(h.keeper), [ledger.get_item_state(session, code)], why)
    assert isinstance(scanned(session, h, code), use_refusals.ColdChainBroken)
    assert kept(session) == [("cold-chain-broken", "block", 2)]


def test_a_scan_sent_again_is_caught_once(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    build.hold(session, h, code)
    when = build.occasion(h.nurse)
    scanned(session, h, code, occasion=when)
    scanned(session, h, code, occasion=when)
    assert kept(session) == [("held", "block", 2)]


def test_what_was_caught_is_never_rewritten(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    build.hold(session, h, code)
    scanned(session, h, code)
    with pytest.raises((DatabaseError, AssertionError)), session.begin_nested():
        session.execute(Interception.__table__.update().values(severity=0))


def plan(session: Session, h: Hospital, **wanted: str) -> None:
    procedures.plan(session, build.occasion(h.nurse), h.stay, "OP-1", wanted)


def test_the_wrong_side_needs_a_second_person_of_the_ward(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    session.get_one(Product, 1).attributes = '{"侧别": "右"}'
    session.flush()  # read below the ORM
    plan(session, h, 侧别="左")
    refused = scanned(session, h, code)
    assert isinstance(refused, use_refusals.WrongSide)
    assert refused.facts["second_person"] == "wrong-side"
    second, stranger = colleague(session, department=h.cardiology.id), colleague(session, department=h.surgery.id)
    with pytest.raises(SamePerson):
        build.use(session, h, code, approval=passing(h.nurse, "wrong-side"))
    with pytest.raises(UnfitApprover):
        build.use(session, h, code, approval=passing(stranger, "wrong-side"))
    with pytest.raises(use_refusals.WrongSide):
        build.use(session, h, code, approval=passing(second, "not-as-planned"))
    use = scanned(session, h, code, approval=passing(second, "wrong-side"), at=NOW + timedelta(minutes=1))
    assert isinstance(use, consumption.Use)
    assert [one.code for one in use.cautions] == ["wrong-side"]
    assert kept(session) == [("wrong-side", "override", 4), ("wrong-side", "override", 4)]
    assert fates(session) == ["overridden", "overridden"]
    totals = interceptions.totals(session, EVERY)
    assert (totals.scans, totals.caught, totals.score, totals.stopped, totals.overridden) == (1, 1, 4, 0, 1)
    assert str(totals.override_permille) == "1000.0"
    row = session.scalars(select(Interception).order_by(Interception.id.desc())).first()
    assert row is not None
    assert (row.approved_by_id, row.reason, row.movement_id) == (second.id, "checked", use.movement_id)


def test_the_newest_plan_holds_and_says_the_same_twice(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    session.get_one(Product, 1).attributes = '{"直径": "3.0"}'
    session.flush()  # read below the ORM
    plan(session, h, 直径="3.5")
    when = build.occasion(h.nurse)
    assert procedures.plan(session, when, h.stay, "OP-1", {"直径": "3.0"})
    assert not procedures.plan(session, when, h.stay, "OP-1", {"直径": "3.0"})
    with pytest.raises(procedures.OtherPlan):
        procedures.plan(session, when, h.stay, "OP-1", {"直径": "2.5"})
    assert isinstance(scanned(session, h, code), consumption.Use)


def test_the_plan_of_a_stay_that_was_merged_holds_for_its_survivor(session: Session, h: Hospital) -> None:
    first, second = build.stents(session, h, 2)
    session.get_one(Product, 1).attributes = '{"侧别": "右"}'
    plan(session, h, 侧别="左")
    assert isinstance(scanned(session, h, first, encounter="E-2"), consumption.Use)
    h.stay.merged_at, h.stay.merged_into_id = NOW, h.other_stay.id
    session.flush()  # read below the ORM
    assert isinstance(scanned(session, h, second, encounter="E-2"), use_refusals.WrongSide)


def test_a_second_person_never_lets_a_recalled_expired_or_used_one_pass(session: Session, h: Hospital) -> None:
    second = colleague(session, "quality")
    everything = passing(second, *(rule.code for rule in use_rules.RULES))
    held, expired, used = build.stents(session, h, 3)
    build.hold(session, h, held)
    build.use(session, h, used, encounter="E-2")
    session.get_one(Lot, ledger.get_item_state(session, expired).lot_id).expires_on = TODAY - timedelta(days=1)
    session.flush()  # read below the ORM
    for code in (held, expired, used):
        with pytest.raises(Refusal):
            build.use(session, h, code, approval=everything)


def test_an_inpatient_of_another_ward_is_the_policys_to_decide(session: Session, h: Hospital) -> None:
    first, second = build.stents(session, h, 2)
    h.stay.department_id = h.surgery.id
    session.flush()  # read below the ORM
    assert isinstance(scanned(session, h, first), use_refusals.PatientElsewhere)
    policies.settle(session, build.occasion(h.keeper), "use.other_ward_patient", "warn")
    use = scanned(session, h, second, at=NOW + timedelta(minutes=1))
    assert isinstance(use, consumption.Use)
    assert [one.code for one in use.cautions] == ["patient-elsewhere"]
    assert kept(session) == [("patient-elsewhere", "override", 2), ("patient-elsewhere", "warn", 2)]
    assert fates(session) == ["replaced", "went_on"]


@pytest.mark.parametrize(
    ("produced", "until", "rule"),
    [(-400, -300, "unregistered"), (-400, 10, None), (None, -300, "registration-unsure"), (None, 10, None)],
)
def test_a_certificate_covers_the_day_it_was_made(
    session: Session, h: Hospital, produced: int | None, until: int, rule: str | None
) -> None:
    code = build.stents(session, h)[0]
    typed = {"registration_number": "国械注准 2020 3130001号"}
    change_product(session, build.occasion(h.keeper), "STENT", typed, moved=True)
    lot = session.get_one(Lot, ledger.get_item_state(session, code).lot_id)
    lot.produced_on = None if produced is None else TODAY + timedelta(days=produced)
    start = TODAY + timedelta(days=-350 if rule else -500)
    session.add(
        Licence(
            kind="registration", subject="S", number="国械注准20203130001", valid_from_on=start,
            valid_to_on=TODAY + timedelta(days=until), recorded_at=NOW, recorded_by_id=h.keeper.id,
        )
    )  # fmt: skip
    session.flush()  # read below the ORM
    scanned(session, h, code)
    assert [found for found, _, _ in kept(session)] == ([rule] if rule else [])


def test_what_the_ward_has_no_fixed_quantity_for_is_warned_of_where_it_has_others(
    session: Session, h: Hospital
) -> None:
    first, second, third = build.packs(session, h, 3, 10)
    scanned(session, h, first, encounter=None)
    asked.level(session, h, product=3)
    use = scanned(session, h, second, encounter=None, at=NOW + timedelta(minutes=1))
    assert isinstance(use, consumption.Use)
    assert [one.code for one in use.cautions] == ["not-in-catalogue"]
    asked.level(session, h)
    scanned(session, h, third, encounter=None, at=NOW + timedelta(minutes=2))
    assert kept(session) == [("not-in-catalogue", "warn", 2)]


def test_another_wards_stock_comes_over_where_the_policy_says_so(session: Session, h: Hospital) -> None:
    mine = frozenset({h.surgery.id})
    whole, refused = build.packs(session, h, 2)
    assert isinstance(scanned(session, h, refused, departments=mine, encounter=None), stock.OtherDepartment)
    policies.settle(session, build.occasion(h.keeper), "use.other_ward_stock", "transfer")
    when = build.occasion(h.nurse)
    use = scanned(session, h, whole, departments=mine, encounter=None, occasion=when)
    assert isinstance(use, consumption.Use)
    assert (use.department, [one.code for one in use.cautions]) == ("SURG", ["other-ward-stock"])
    moved = session.scalars(
        select(Movement.kind).where(Movement.request_key == when.request_key).order_by(Movement.line)
    )
    assert list(moved) == ["transfer", "consume"]
    again = build.use(session, h, whole, departments=mine, encounter=None, occasion=when)
    assert (again.movement_id, again.repeated) == (use.movement_id, True)
    assert "a transfer is recorded" in use.cautions[0].en
    part = scanned(session, h, refused, departments=mine, encounter=None, quantity=1)
    assert isinstance(part, consumption.Use)
    assert "the rest stays there" in part.cautions[0].en
    assert kept(session) == [("other-department", "block", 1), *[("other-ward-stock", "warn", 1)] * 2]
    assert build.problems(session) == []


def test_the_report_adds_up(session: Session, h: Hospital) -> None:
    used, held, other, fine = build.stents(session, h, 4)
    build.hold(session, h, held)
    scanned(session, h, used)
    scanned(session, h, held, at=NOW + timedelta(minutes=1))
    scanned(session, h, other, at=NOW + timedelta(minutes=2))
    scanned(session, h, used, encounter="E-2", at=NOW + timedelta(minutes=3))
    totals = interceptions.totals(session, EVERY)
    assert (totals.scans, totals.caught, totals.score, totals.people) == (4, 2, 6, 1)
    assert (str(totals.per_thousand), str(totals.per_person)) == ("1500.0", "6.0")
    rules = {one.rule: one for one in interceptions.by_rule(session, EVERY)}
    assert [(rules[code].score, rules[code].changed) for code in ("already-used", "held")] == [(4, 1), (2, 1)]
    assert fates(session) == ["replaced", "left"]
    (person,) = interceptions.by_person(session, EVERY)
    assert (person.staff, person.scans, person.score) == ("nurse", 4, 6)
    assert sum(one.caught for one in rules.values()) == totals.caught
    elsewhere = replace(EVERY, departments=frozenset({h.surgery.id}))
    assert interceptions.totals(session, elsewhere).scans == 0
    assert interceptions.by_rule(session, elsewhere) == []
    assert fine


def test_what_is_used_on_another_patient_then_was_changed_and_of_no_thing_nobody_can_say(
    session: Session, h: Hospital
) -> None:
    code = build.stents(session, h)[0]
    h.stay.discharged_at = NOW - timedelta(hours=1)
    session.flush()  # read below the ORM
    scanned(session, h, code)
    scanned(session, h, code, encounter="E-2", at=NOW + timedelta(minutes=1))
    unknown = Caught(rule="unknown-encounter", outcome="block", severity=2, about={})
    interceptions.keep(session, build.occasion(h.nurse), unknown)
    assert fates(session) == ["other_patient", "untraced"]
    shares = {one.rule: (one.changed, one.untraced, str(one.changed_permille))
              for one in interceptions.by_rule(session, EVERY)}  # fmt: skip
    assert shares == {"encounter-closed": (1, 0, "1000.0"), "unknown-encounter": (0, 1, "0")}


def test_a_warned_use_that_is_undone_was_changed(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    session.get_one(Lot, ledger.get_item_state(session, code).lot_id).expires_on = TODAY + timedelta(days=3)
    session.flush()  # read below the ORM
    use = scanned(session, h, code)
    assert isinstance(use, consumption.Use)
    assert fates(session) == ["went_on"]
    build.reverse(session, h, use.movement_id)
    assert fates(session) == ["undone"]
    assert interceptions.by_rule(session, EVERY)[0].changed == 1
