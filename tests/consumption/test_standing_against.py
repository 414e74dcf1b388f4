"""What is held against a use besides the thing: one that expires sooner, the price in force, what the patient must not
get; and that the hospital says what follows."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from spd import consumption, encounters, policies
from spd.catalog import Price, Product
from spd.encounters import Alert, Encounter, EncounterAlert
from spd.ledger import Movement
from spd.stock.use_refusals import LatexConflict, MriConflict, SoonerHere
from tests import build
from tests.build import Hospital


def stent(session: Session, h: Hospital, lot: str, expires_on: date) -> str:
    """A stent of a lot on the ward."""
    delivery = build.note(session, h, h.stents, ("STENT", 1), code=f"N-{lot}-{expires_on}")
    label = build.scan(build.STENT_DI, lot=lot, serial=f"S{lot}", expires_on=expires_on)
    return build.move_to(session, h, build.receive(session, h, delivery, label), h.ward)[0]


def codes(use: consumption.Use) -> list[str]:
    return [one.code for one in use.cautions]


def test_the_ward_is_told_of_one_that_expires_sooner(session: Session, h: Hospital) -> None:
    late = stent(session, h, "LATE", date(2028, 9, 30))
    early = stent(session, h, "EARLY", date(2027, 9, 30))
    used = build.use(session, h, late)
    assert codes(used) == ["sooner-here"]
    assert "2027-09-30" in used.cautions[0].zh
    assert [(one.rule, one.severity) for one in used.noted] == [("fefo-breach", 1)]
    assert codes(build.use(session, h, early)) == []


@pytest.mark.parametrize("why", ["held", "elsewhere", "expired", "same lot"])
def test_what_could_not_be_used_first_is_no_breach(session: Session, h: Hospital, why: str) -> None:
    late = stent(session, h, "LATE", date(2028, 9, 30))
    early = stent(session, h, "LATE2" if why == "same lot" else "EARLY", date(2028, 9, 30) if why == "same lot" else (
        build.TODAY if why == "expired" else date(2027, 9, 30)
    ))  # fmt: skip
    if why == "held":
        build.hold(session, h, early)
    if why == "elsewhere":
        build.carry(session, h, [early], h.theatre)
    when = build.occasion(h.nurse, at=build.NOW + timedelta(days=1)) if why == "expired" else build.occasion(h.nurse)
    assert codes(build.use(session, h, late, occasion=when)) == []


def test_the_hospital_says_what_follows_from_a_breach(session: Session, h: Hospital) -> None:
    late = stent(session, h, "LATE", date(2028, 9, 30))
    stent(session, h, "EARLY", date(2027, 9, 30))
    policies.settle(session, build.occasion(h.keeper), "use.fefo", "block", reason="test")
    with pytest.raises(SoonerHere):
        build.use(session, h, late)
    policies.settle(session, build.occasion(h.keeper), "use.fefo", "ok", reason="test")
    assert codes(build.use(session, h, late)) == []


def test_a_price_that_has_changed_since_is_kept_where_the_patient_pays(session: Session, h: Hospital) -> None:
    (paid, told), free = build.stents(session, h, 2), build.packs(session, h, 1)[0]
    session.execute(update(Price).values(unit_price=Price.unit_price + Decimal("0.5")))
    used = build.use(session, h, paid)
    assert (codes(used), [(one.rule, one.outcome) for one in used.noted]) == ([], [("price-mismatch", "note")])
    assert build.use(session, h, free).noted == ()
    policies.settle(session, build.occasion(h.keeper), "use.price_mismatch", "warn", reason="test")
    assert codes(build.use(session, h, told)) == ["price-mismatch"]


def with_attributes(session: Session, said: dict[str, str]) -> None:
    session.execute(update(Product).where(Product.code == "STENT").values(attributes=json.dumps(said)))


def test_latex_asks_for_a_second_person_at_an_allergic_patient_only(session: Session, h: Hospital) -> None:
    with_attributes(session, {"latex": "yes"})
    encounters.tell_alerts(session, build.occasion(h.nurse), "E-1", [Alert.LATEX])
    first, second = build.stents(session, h, 2)
    with pytest.raises(LatexConflict) as refused:
        build.use(session, h, first)
    assert refused.value.facts["second_person"] == "latex-conflict"
    assert codes(build.use(session, h, first, encounter="E-2")) == []
    session.execute(update(Encounter).where(Encounter.code == "E-2").values(patient=h.stay.patient))
    with pytest.raises(LatexConflict):
        build.use(session, h, second, encounter="E-2")


def test_what_is_told_last_of_a_patient_holds_and_all_of_it_stays_on_record(session: Session, h: Hospital) -> None:
    with_attributes(session, {"MRI": "不兼容"})
    code, when = build.stents(session, h)[0], build.occasion(h.nurse)
    encounters.tell_alerts(session, when, "W-1", [Alert.MRI, Alert.LATEX, Alert.MRI])
    encounters.tell_alerts(session, when, "W-1", [])
    with pytest.raises(MriConflict):
        build.use(session, h, code)
    encounters.tell_alerts(session, build.occasion(h.nurse), "E-1", [])
    assert codes(build.use(session, h, code)) == []
    assert session.scalars(select(EncounterAlert.alerts).order_by(EncounterAlert.id)).all() == ["latex mri", ""]
    assert build.problems(session) == []
    session.execute(update(Encounter).where(Encounter.code == "E-1").values(alerts="latex"))
    assert any("told last" in one.says for one in build.problems(session))


def test_a_department_pack_is_used_on_no_patient(session: Session, h: Hospital) -> None:
    session.execute(update(Product).values(attributes=json.dumps({"latex": "yes"})))
    encounters.tell_alerts(session, build.occasion(h.nurse), "E-1", [Alert.LATEX])
    pack = build.packs(session, h, 1)[0]
    assert build.use(session, h, pack, encounter=None).item == pack
    assert session.scalar(select(func.count()).select_from(Movement).where(Movement.kind == "consume")) == 1
