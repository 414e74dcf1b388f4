"""Loaner sets: counted in and out by two, used as the supplier's until then, closed only when nothing is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from spd import disposal, ledger, packing
from spd.core.separation import SamePerson
from spd.disposal import Asked, Decision, Kind, ToDispose, Why
from spd.ledger import get_item_state
from spd.parties import HOSPITAL_ID
from spd.replenishment.levels import on_hand
from spd.stock import standing
from spd.stock.deny_list import RecallTarget
from spd.stock.loaned import LOANER, LoanerLine, LoanerSet, lines_of, select_sets
from spd.stock.safety import Expired, Recalled
from spd.stock.use_refusals import WrongPatient
from spd.stock.views import By, Chosen, View
from spd.theatre import ListedLine
from spd.theatre.refusals import (
    CountDiffers,
    KeptHere,
    NotATheatre,
    NothingCounted,
    NotOfSet,
    SetEnded,
    SetNotClosed,
    SetOfAnother,
)
from tests import build
from tests.build import SCREW_DI, TODAY, Hospital
from tests.theatre.lending import LINES, STENT, came, close, listed, own, screws, stent, went
from tests.theatre.operating import scene


def sums(session: Session, loaned: LoanerSet) -> tuple[int, ...]:
    """(brought, used, out, lost, left) over all lines, as the list of sets has it."""
    row = session.execute(select_sets().where(LoanerSet.id == loaned.id)).one()
    lines = lines_of(session, loaned)
    told = (row.brought, row.used, row.out, row.lost, row.left)
    each = [(one.line.brought, one.used, one.out, one.lost, one.left) for one in lines]
    assert told == tuple(map(sum, zip(*each, strict=True)))
    return told


def screw_code(session: Session, loaned: LoanerSet) -> str:
    number = lines_of(session, loaned)[0].line.item_id
    assert number is not None
    return ledger.item_states(session, [number])[number].code


def test_what_is_counted_in_is_the_suppliers_and_owes_nothing(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h))
    item = get_item_state(session, STENT)
    assert (item.owner_id, item.settlement_mode, item.location_id) == (h.stents.id, LOANER, h.theatre.id)
    assert build.postings(session) == []
    assert (loaned.standing, sums(session, loaned)) == ("in", (11, 0, 0, 0, 11))
    assert build.problems(session) == []


def test_a_used_loaner_is_receipt_and_use_in_one_entry(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h, encounter="E-1"))
    use = build.use(session, h, STENT, department="SURG")
    assert use.title_passed
    assert build.balance(session, "2302.01") == Decimal(-8600)
    assert get_item_state(session, STENT).owner_id == HOSPITAL_ID
    assert sums(session, loaned) == (11, 1, 0, 0, 10)
    assert build.problems(session) == []


def test_brought_in_is_used_and_brought_out_and_lost_or_the_set_stays_open(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h))
    screw = screw_code(session, loaned)
    build.use(session, h, screw, quantity=3, department="SURG")
    build.use(session, h, STENT, department="SURG")
    went(session, h, loaned, screws(6))
    with pytest.raises(SetNotClosed) as open_still:
        close(session, h, loaned)
    assert open_still.value.facts["missing"] == "SCREW L1 × 1"
    asked = ToDispose(
        occasion=build.occasion(h.nurse), kind=Kind.WRITE_OFF, lines=[Asked(item=screw)], reason=Why.LOST
    )  # fmt: skip
    document = disposal.ask(session, asked)[0].code
    with pytest.raises(KeptHere):  # what is asked to be written off does not leave by another door
        went(session, h, loaned, screws(1))
    disposal.approve(session, Decision(occasion=build.occasion(h.keeper), document=document))
    assert sums(session, loaned) == (11, 4, 6, 1, 0)
    assert close(session, h, loaned).standing == "closed"
    assert build.balance(session, "2302.01") == -(8600 + 4 * 320)  # three used, one lost, and the stent
    assert build.problems(session) == []


def test_a_use_undone_opens_a_closed_set_again(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h))
    use = build.use(session, h, STENT, department="SURG")
    went(session, h, loaned, screws(10))
    close(session, h, loaned)
    build.reverse(session, h, use.movement_id)
    assert (loaned.standing, sums(session, loaned)[-1]) == ("closed", 1)
    went(session, h, loaned, stent())
    assert sums(session, loaned) == (11, 0, 11, 0, 0)
    assert build.problems(session) == []


def test_a_count_that_differs_from_the_list_says_what_is_missing_and_what_is_beside_it(
    session: Session, h: Hospital
) -> None:
    loaned = listed(session, h)
    other = replace(screws(1), scan=build.scan(SCREW_DI, lot="L2"))
    with pytest.raises(CountDiffers) as differs:
        came(session, h, loaned, screws(9), stent(), other)
    assert (differs.value.facts["missing"], differs.value.facts["extra"]) == ("SCREW L1 × 1", "SCREW L2 × 1")
    with pytest.raises(CountDiffers):  # as counted, but nobody said why
        came(session, h, loaned, screws(9), as_counted=True)
    came(session, h, loaned, screws(9), stent(), other, as_counted=True, note="代表确认")
    assert [(one.line.listed, one.line.brought) for one in lines_of(session, loaned)] == [(10, 9), (1, 1), (0, 1)]
    assert build.problems(session) == []


def test_two_people_count(session: Session, h: Hospital) -> None:
    loaned = listed(session, h)
    with pytest.raises(SamePerson):
        came(session, h, loaned, seen_by_id=h.nurse.id)
    came(session, h, loaned)
    with pytest.raises(SamePerson):
        went(session, h, loaned, stent(), seen_by_id=h.nurse.id)


def test_more_than_is_left_does_not_go(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h))
    with pytest.raises(NotOfSet):
        went(session, h, loaned, screws(6), screws(5))
    with pytest.raises(NotOfSet):
        went(session, h, loaned, replace(stent(), scan=build.scan(SCREW_DI, lot="L9")))
    with pytest.raises(NothingCounted):
        went(session, h, loaned)
    went(session, h, loaned, own(screw_code(session, loaned), 10), stent(), stent())  # a serial is one thing
    with pytest.raises(NotOfSet):
        went(session, h, loaned, stent())
    assert sums(session, loaned)[-1] == 0


def test_a_set_comes_and_is_closed_once(session: Session, h: Hospital) -> None:
    when = build.occasion(h.nurse)
    loaned = listed(session, h, occasion=when)
    assert listed(session, h, occasion=when).id == loaned.id
    coming = build.occasion(h.nurse)
    came(session, h, loaned, occasion=coming)
    came(session, h, loaned, occasion=coming)
    assert sums(session, loaned)[0] == 11
    with pytest.raises(SetEnded):
        came(session, h, loaned)
    went(session, h, loaned, screws(10), stent())
    close(session, h, loaned)
    with pytest.raises(SetEnded):
        close(session, h, loaned)


def test_what_went_comes_again_under_its_code_and_each_set_keeps_its_own_figures(session: Session, h: Hospital) -> None:
    first = came(session, h, listed(session, h))
    went(session, h, first, screws(10), stent())
    close(session, h, first)
    second = came(session, h, listed(session, h, lines=LINES[1:]), stent())
    build.use(session, h, STENT, department="SURG")
    assert (sums(session, first), sums(session, second)) == ((11, 0, 11, 0, 0), (1, 1, 0, 0, 0))
    with pytest.raises(ledger.CodeTaken):  # used: it is in a patient
        came(session, h, listed(session, h, lines=LINES[1:]), stent())
    assert build.problems(session) == []


def test_a_set_for_one_patient_is_used_on_no_other(session: Session, h: Hospital) -> None:
    came(session, h, listed(session, h, encounter="E-1"))
    with pytest.raises(WrongPatient):
        build.use(session, h, STENT, encounter="E-2", department="SURG")
    build.use(session, h, STENT, department="SURG")


def test_a_set_for_an_operation_is_for_its_patient(session: Session, h: Hospital) -> None:
    operation = scene(session, h).plan().code
    came(session, h, listed(session, h, operation=operation))
    with pytest.raises(WrongPatient):
        build.use(session, h, STENT, encounter="E-2", department="SURG")
    with pytest.raises(SetOfAnother):
        listed(session, h, operation=operation, encounter="E-2")
    assert listed(session, h, operation="of HIS alone").encounter_id is None


def test_recalled_and_expired_things_do_not_come_in(session: Session, h: Hospital) -> None:
    late = listed(session, h, lines=[replace(LINES[0], expires_on=date(2026, 3, 1))])
    with pytest.raises(Expired):
        came(session, h, late, screws(10))
    session.add(RecallTarget(reference="R-1", line=1, product_id=4, denied_at=build.NOW))
    session.flush()  # the next count reads it
    with pytest.raises(Recalled):
        came(session, h, listed(session, h, lines=LINES[:1]), screws(10))


def test_a_set_goes_to_a_theatre_or_a_ward(session: Session, h: Hospital) -> None:
    with pytest.raises(NotATheatre):
        listed(session, h, location=h.store.code)


def test_loaners_are_no_stock_to_refill_from_nor_to_pack(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h, lines=[ListedLine(product="GAUZE", lot="G", quantity=8,
                                                                   unit_price=Decimal(3))]),
                  replace(screws(8), scan=build.scan(build.GAUZE_DI, lot="G")))  # fmt: skip
    assert session.execute(on_hand([h.theatre.id], on=TODAY).select()).all() == []
    with pytest.raises(packing.NotPackable):
        packing.make_packs(
            session,
            packing.PacksAsked(occasion=build.occasion(h.keeper), sources=[screw_code(session, loaned)], quantity=2),
        )


def test_stock_by_owner_tells_loaned_from_consigned(session: Session, h: Hospital) -> None:
    build.stents(session, h)
    came(session, h, listed(session, h))
    view = View(there=standing.now(), on=TODAY, levels=(30, 90, 180), use_days=30)
    rows = view.table(By.PLACE)
    told = {row.location: (row.consigned, row.loaner) for row in session.execute(rows.select())}
    assert told == {"CARD-W": (Decimal(8600), Decimal(0)), "SURG-T": (Decimal(0), Decimal(11800))}
    lent = replace(view, chosen=Chosen(owner="loaner")).table(By.ITEM)
    assert {row.location for row in session.execute(lent.select())} == {"SURG-T"}


def test_the_proof_sees_a_line_that_does_not_add_up(session: Session, h: Hospital) -> None:
    loaned = came(session, h, listed(session, h))
    session.execute(update(LoanerLine).where(LoanerLine.set_id == loaned.id, LoanerLine.line == 1).values(brought=11))
    assert {one.check for one in build.problems(session)} == {"loaners"}
