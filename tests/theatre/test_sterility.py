"""What the hospital sterilised: used through its last day and no longer, and never of a load that failed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from spd import consumption, packing, policies, replenishment, theatre
from spd.ledger import KeyReused, item_states
from spd.offline.snapshot import snapshot
from spd.packing import KitEnded
from spd.stock.kit_fitness import KitNotSterile
from spd.stock.loaned import UnknownSet, lines_of
from spd.stock.until import Until
from spd.stock.use_refusals import NotSterilised, SterilityLost
from spd.theatre import Load, ToSterilise
from spd.theatre.refusals import SetEnded
from spd.theatre.sterilising import LotFailedBefore, NothingSterilised, SterileTooShort, UnknownSterileLot
from tests import build
from tests.build import TODAY, Hospital
from tests.packing.kitting import assemble, recipe, things
from tests.theatre.lending import STENT, came, listed

YESTERDAY, SOON = TODAY - timedelta(days=1), TODAY + timedelta(days=3)


def load(session: Session, h: Hospital, *codes: str, lot: str = "S1", day: int = 0, until: int = 3) -> Load:
    """These things, sterilised so many days after today, sterile until so many days after it."""
    when = build.occasion(h.keeper, at=build.NOW + timedelta(days=day))
    asked = ToSterilise(occasion=when, codes=codes, lot=lot, until_on=TODAY + timedelta(days=until))
    return theatre.sterilise(session, asked)


def fail(session: Session, h: Hospital, lot: str = "S1") -> Load:
    return theatre.fail_lot(session, build.occasion(h.keeper), lot, "生物监测阳性")


def use_kit(session: Session, h: Hospital, code: str, *, day: int = 0) -> consumption.KitUse:
    when = build.occasion(h.nurse, at=build.NOW + timedelta(days=day))
    asked = consumption.UseScanned(occasion=when, item=code, encounter="E-1", departments=None)
    return consumption.use_kit(session, asked)


@pytest.fixture
def kit(session: Session, h: Hospital) -> str:
    """A kit on the ward of the patient."""
    code = assemble(session, h, recipe(session, h), things(session, h)).code
    asked = replenishment.ToTransfer(occasion=build.occasion(h.keeper), items=[code], to="CARD-W")
    replenishment.transfer(session, asked)
    return code


def test_a_kit_is_used_through_its_last_sterile_day_and_not_after(session: Session, h: Hospital, kit: str) -> None:
    load(session, h, kit)
    with pytest.raises(KitNotSterile) as late:
        use_kit(session, h, kit, day=4)
    assert late.value.facts["why"] == f"not sterile since {SOON}"
    assert (late.value.about["rule"], late.value.about["department_id"]) == ("sterility-lost", h.cardiology.id)
    assert len(use_kit(session, h, kit, day=3).items) == 2
    assert build.problems(session) == []


def test_sterilised_again_it_is_sterile_again(session: Session, h: Hospital, kit: str) -> None:
    load(session, h, kit)
    load(session, h, kit, lot="S2", day=4, until=9)
    assert len(use_kit(session, h, kit, day=5).items) == 2


def test_of_a_load_that_failed_nothing_is_used_or_carried_to_a_ward(session: Session, h: Hospital, kit: str) -> None:
    load(session, h, kit)
    assert fail(session, h) == Load(lot="S1", kits=(kit,), sets=())
    with pytest.raises(KitNotSterile, match="kit-not-sterile"):
        use_kit(session, h, kit)
    away = replenishment.ToTransfer(occasion=build.occasion(h.keeper), items=[kit], to="SURG-T")
    with pytest.raises(KitNotSterile):
        replenishment.transfer(session, away)
    replenishment.transfer(session, replace(away, occasion=build.occasion(h.keeper), to="STORE"))  # to be done again
    with pytest.raises(LotFailedBefore):
        load(session, h, kit)
    load(session, h, kit, lot="S2")
    replenishment.transfer(session, replace(away, occasion=build.occasion(h.keeper), to="CARD-W"))
    assert len(use_kit(session, h, kit).items) == 2
    assert fail(session, h).repeated


def test_a_loaner_is_judged_by_its_set(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h))
    assert load(session, h, loaned.code, until=0).sets == (loaned.code,)
    late = build.occasion(h.nurse, at=build.NOW + timedelta(days=1))
    with pytest.raises(SterilityLost) as stopped:
        build.use(session, h, STENT, department="SURG", occasion=late)
    assert stopped.value.about["rule"] == "sterility-lost"
    assert build.use(session, h, STENT, department="SURG").title_passed
    fail(session, h)
    numbers = [number for one in lines_of(session, loaned) if one.left and (number := one.line.item_id)]
    with pytest.raises(SterilityLost, match="sterility-lost"):
        build.use(session, h, item_states(session, numbers)[numbers[0]].code, department="SURG")


def test_where_the_hospital_asks_a_loaner_without_a_record_is_stopped(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h))
    policies.settle(session, build.occasion(h.keeper), "use.unsterilised", "block")
    with pytest.raises(NotSterilised):
        build.use(session, h, STENT, department="SURG")
    load(session, h, loaned.code)
    assert build.use(session, h, STENT, department="SURG").title_passed


def test_a_device_without_network_knows_it(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h))
    load(session, h, loaned.code)

    def kept() -> tuple[Until, str]:
        seen = snapshot(session, h.surgery, at=build.NOW, on=TODAY)
        return next((one.until, one.denied) for one in seen.items if one.code == STENT)

    assert kept() == (Until(SOON), "")
    fail(session, h)
    assert kept()[1] == "held"


def test_what_cannot_be_meant_is_refused_and_nothing_is_kept(session: Session, h: Hospital, kit: str) -> None:
    awaited = listed(session, h)
    for codes_said, until, refusal in (
        ([], 3, NothingSterilised), ([kit], -1, SterileTooShort), ([kit, "X-9"], 3, UnknownSet),
        ([kit, awaited.code], 3, SetEnded),
    ):  # fmt: skip
        with pytest.raises(refusal):
            load(session, h, *codes_said, until=until)
    with pytest.raises(UnknownSterileLot):
        fail(session, h)
    packing.end(session, build.occasion(h.keeper), kit, opened=True)
    with pytest.raises(KitEnded):
        load(session, h, kit)


def test_the_same_request_is_answered_again_and_another_is_refused(session: Session, h: Hospital, kit: str) -> None:
    asked = ToSterilise(occasion=build.occasion(h.keeper), codes=[kit], lot="S1", until_on=SOON)
    assert not theatre.sterilise(session, asked).repeated
    assert theatre.sterilise(session, asked).repeated
    with pytest.raises(KeyReused):
        theatre.sterilise(session, replace(asked, occasion=replace(asked.occasion, content=b"x" * 32)))
