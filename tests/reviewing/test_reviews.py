"""Usage review: what stands out against DRG peers comes on the worklist once, gets a verdict, and is followed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from spd import reviewing
from spd.costing import Payer, StayCost
from spd.encounters import Encounter
from spd.ledger import KeyReused
from spd.reviewing import LookedAt, Subject, UsageReview, Verdict
from spd.reviewing.deciding import NotThatVerdict, ReviewDecided, ReviewNoteNeeded
from spd.reviewing.models import physicians_at
from spd.reviewing.robust import middle, peers_of
from spd.reviewing.seen import by_product, cases_seen
from tests import build
from tests.build import Hospital
from tests.costing.given import march, told

MARCH, HOUR = march(), timedelta(hours=1)
CITY = Payer(region="示范", year=2026)
AT = LookedAt(period=MARCH.period, payer=CITY, since=MARCH.since, until=MARCH.until,
              peers_since=MARCH.since - timedelta(days=340), zone=MARCH.zone)  # fmt: skip
AFTER = replace(AT, period="2026-04", since=MARCH.until, until=MARCH.until + timedelta(days=30),
                peers_since=MARCH.since - timedelta(days=310))  # fmt: skip


def admitted(
    session: Session, h: Hospital, *costs: str, department: int = 0, days: int = 5, who: str = "A"
) -> list[str]:
    """Cases of one group that are out after so many days of the month, each with what the ledger has summed up."""
    codes = [f"{who}-{number}-{days}" for number in range(len(costs))]
    rows = [
        {"code": code, "patient": code, "patient_name": "*", "encounter_class": "inpatient", "bed": "",
         "department_id": department or h.cardiology.id, "admitted_at": MARCH.since, "drg_code": "FM19",
         "discharged_at": MARCH.since + timedelta(days=days)} for code in codes
    ]  # fmt: skip
    session.execute(insert(Encounter), rows)
    numbers = dict(session.execute(select(Encounter.code, Encounter.id)).all())
    session.execute(
        insert(StayCost),
        [{"encounter_id": numbers[code], "period": "2026-03", "department_id": department or h.cardiology.id,
          "chargeable": True, "amount": Decimal(cost)} for code, cost in zip(codes, costs, strict=True)],
    )  # fmt: skip
    lines = "\n".join(f"{code},{who}" for code in codes)
    told(session, h, "case-physicians", f"encounter,physician\n{lines}\n")
    return codes


@pytest.fixture
def peers(session: Session, h: Hospital) -> Hospital:
    """Eight cases of one group that used about a thousand each."""
    told(session, h, "payment-groups", "region,year,drg_code,name,weight,mean_fee\n示范,2026,FM19,支架,2.35,20000\n")
    admitted(session, h, "990", "1000", "1000", "1010", "1020", "980", "1005", "995")
    return h


def on_the_list(session: Session) -> dict[tuple[str, str], UsageReview]:
    return {(one.subject, one.of): one for one in session.scalars(select(UsageReview))}


def test_a_case_far_above_its_peers_stands_out_once(session: Session, peers: Hospital) -> None:
    (code,) = admitted(session, peers, "1800", who="B")
    looked = reviewing.look(session, build.occasion(peers.keeper), AT)
    assert (looked.cases, looked.found) == (9, 1)
    found = on_the_list(session)[Subject.CASE, code]
    assert (found.value, found.median, found.deviation, found.peers) == (1800, 1000, 10, 9)
    assert found.score == Decimal("53.96")  # 0.6745 × 800 / 10
    assert reviewing.look(session, build.occasion(peers.keeper), AT).found == 0


def test_peers_are_grouped_by_the_sets_of_the_years_they_were_discharged_in(session: Session, peers: Hospital) -> None:
    told(session, peers, "payment-groups", "region,year,drg_code,name,weight\n示范,2025,FM19,支架,2.35\n")
    last_year = admitted(session, peers, "1000", "1010", "990", "1005", "995", days=-80, who="L")
    (code,) = admitted(session, peers, "1800", who="B")
    lines = [*(f"{one},示范,2025,drg,FM19," for one in last_year), f"{code},示范,2026,drg,FM19,"]
    session.execute(update(Encounter).values(drg_code=None))
    told(session, peers, "groupings", "\n".join(["encounter,region,year,method,drg_code,status", *lines]) + "\n")
    reviewing.look(session, build.occasion(peers.keeper), AT)
    assert [(one, review.peers) for one, review in on_the_list(session).items()] == [((Subject.CASE, code), 6)]
    by_2025 = reviewing.month_looked_at(session, "2026-03", replace(CITY, year=2025), zone=MARCH.zone)
    assert by_2025.payer == CITY


def test_what_stands_out_by_two_payers_stands_there_for_both(session: Session, peers: Hospital) -> None:
    told(session, peers, "payment-groups", "region,year,drg_code,name,weight\n邻市,2026,FM19,支架,2.35\n")
    (code,) = admitted(session, peers, "1800", who="B")
    both = [AT, replace(AT, payer=replace(CITY, region="邻市"))]
    assert [reviewing.look(session, build.occasion(peers.keeper), at).found for at in [*both, *both]] == [1, 1, 0, 0]
    found = session.execute(select(UsageReview.payer, UsageReview.of).order_by(UsageReview.id)).all()
    assert found == [(at.payer.scope, code) for at in both]


def test_a_case_that_is_grouped_otherwise_stays_one_and_tells_its_group(session: Session, peers: Hospital) -> None:
    told(session, peers, "payment-groups",
         "region,year,drg_code,name,weight\n示范,2026,FM19,支架,2.35\n示范,2026,FM11,支架,3\n")  # fmt: skip
    admitted(session, peers, "990", "1000", "1010", "1020", "995", "1005", who="O")
    (code,) = admitted(session, peers, "1800", who="B")
    reviewing.look(session, build.occasion(peers.keeper), AT)
    (review,) = session.scalars(select(UsageReview))
    assert reviewing.effect(session, review, AT, AFTER).group_now is None
    cases = [code, *(f"O-{number}-5" for number in range(6))]
    lines = "\n".join(f"{one},示范,2026,drg,FM11," for one in cases)
    told(session, peers, "groupings", f"encounter,region,year,method,drg_code,status\n{lines}\n", at=build.NOW + HOUR)
    assert reviewing.look(session, build.occasion(peers.keeper), AT).found == 0
    assert reviewing.effect(session, review, AT, AFTER).group_now == "FM11"
    assert reviewing.effect(session, review, replace(AT, at=build.NOW), AFTER).group_now is None


def test_peers_that_agree_leave_nothing_to_review(session: Session, peers: Hospital) -> None:
    assert reviewing.look(session, build.occasion(peers.keeper), AT).found == 0


def test_too_few_peers_are_no_peers(session: Session, h: Hospital) -> None:
    told(session, h, "payment-groups", "region,year,drg_code,name,weight\n示范,2026,FM19,支架,2.35\n")
    admitted(session, h, "10", "11", "12", "9000")
    assert reviewing.look(session, build.occasion(h.keeper), AT).found == 0


def test_a_department_and_a_physician_whose_cases_all_use_more_stand_out(session: Session, peers: Hospital) -> None:
    admitted(session, peers, "1300", "1310", "1320", department=peers.surgery.id, who="赵某")
    reviewing.look(session, build.occasion(peers.keeper), AT)
    found = on_the_list(session)
    assert found[Subject.DEPARTMENT, "SURG"].cases == found[Subject.PHYSICIAN, "赵某"].cases == 3
    assert found[Subject.PHYSICIAN, "赵某"].value == Decimal("1.3035")  # the middle of three, by the median of 1,005
    assert (Subject.PHYSICIAN, "A") not in found


def test_a_product_of_which_a_case_takes_far_more_stands_out(session: Session, h: Hospital) -> None:
    told(session, h, "payment-groups", "region,year,drg_code,name,weight\n示范,2026,FM19,支架,2.35\n")
    pack = build.packs(session, h, 1, quantity=50)[0]
    stays = []
    for number, (quantity, month) in enumerate([(1, 2), (1, 2), (2, 2), (1, 2), (2, 2), (9, 3), (9, 3)]):
        out = MARCH.since + timedelta(days=5 if month == 3 else -5)
        stay = Encounter(
            code=f"P-{number}", wristband=f"WP-{number}", patient=f"P{number}", patient_name="*", drg_code="FM19",
            encounter_class="inpatient", department_id=h.cardiology.id, admitted_at=build.NOW - timedelta(days=20),
        )  # fmt: skip
        session.add(stay)
        session.flush()
        build.use(session, h, pack, encounter=stay.code, quantity=quantity)
        stays.append((stay, out))
    for stay, out in stays:
        stay.discharged_at = out
    session.flush()
    reviewing.look(session, build.occasion(h.keeper), AT)
    found = on_the_list(session)[Subject.PRODUCT, "2"]
    assert (found.value, found.median, found.cases, found.peers) == (Decimal("31.5"), 7, 2, 7)
    assert reviewing.code_of(session, found) == "GAUZE"
    cases = reviewing.effect(session, found, AT, AFTER).cases
    assert sorted((one.case.encounter, one.value) for one in cases) == [("P-5", 31.5), ("P-6", 31.5)]
    (code,) = admitted(session, h, "500", days=40, who="N")  # of the same group, and it took none
    found_after = reviewing.effect(session, found, AT, AFTER)
    assert (found_after.after, found_after.after_cases, found_after.change) == (0, 1, -100)
    assert found_after.cases[-1].case.encounter == code
    listed = reviewing.reviews_seen()
    codes = session.execute(listed.select.add_columns(UsageReview.subject, listed.of)).all()
    assert {of for _id, subject, of in codes if subject == Subject.PRODUCT} == {"GAUZE"}


def test_what_was_used_under_a_merged_number_is_its_survivors(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1, quantity=50)[0]
    build.use(session, h, pack, encounter="E-2", quantity=3)
    build.use(session, h, pack, encounter="E-1", quantity=4, occasion=build.occasion(h.nurse, at=build.NOW + HOUR))
    survivor, merged = h.stay, h.other_stay
    survivor.discharged_at = merged.discharged_at = build.NOW + 2 * HOUR
    merged.merged_into_id = survivor.id
    session.flush()
    ((key, amount),) = by_product(session, MARCH.since, MARCH.until).items()
    assert (key[0], amount) == (survivor.id, Decimal("3.5") * 7)
    (then,) = by_product(session, MARCH.since, MARCH.until, at=build.NOW).items()
    assert then == (key, Decimal("3.5") * 3)


def test_what_the_payer_calls_an_outlier_is_a_special_case(session: Session, peers: Hospital) -> None:
    told(session, peers, "outlier-rules", "region,year,low_below,high_above\n示范,2026,0.4,3\n")
    told(
        session,
        peers,
        "case-revenue",
        "encounter,period,department,revenue_kind,amount\nA-0-5,2026-03,CARD,service,60000.01\n",
    )
    reviewing.look(session, build.occasion(peers.keeper), AT)
    special = on_the_list(session)[Subject.SPECIAL, "A-0-5"]
    assert (special.why, special.value, special.score) == ("high", Decimal("60000.01"), None)
    assert special.median == 20000  # the payer's mean, by which its rule told it
    billed = reviewing.effect(session, special, AT, AFTER)
    assert next((one.case.encounter, one.value) for one in billed.cases) == ("A-0-5", Decimal("60000.01"))
    assert (billed.before_cases, billed.after) == (8, None)
    said = reviewing.decide(session, build.occasion(peers.keeper), special.id, Verdict.SUBMITTED, "ICU 12 天")
    assert said.verdict == "submitted"
    said = reviewing.decide(session, build.occasion(peers.keeper), special.id, Verdict.GRANTED, "同意")
    assert said.verdict == "granted"
    with pytest.raises(NotThatVerdict):
        reviewing.decide(session, build.occasion(peers.keeper), special.id, Verdict.REASONABLE, "x")  # fmt: skip


def test_a_verdict_is_said_once_with_its_why_and_may_be_opened_again(session: Session, peers: Hospital) -> None:
    admitted(session, peers, "1800", who="B")
    reviewing.look(session, build.occasion(peers.keeper), AT)
    number = session.scalars(select(UsageReview.id)).one()
    with pytest.raises(ReviewNoteNeeded):
        reviewing.decide(session, build.occasion(peers.keeper), number, Verdict.REASONABLE, "")
    first = build.occasion(peers.keeper)
    reviewing.decide(session, first, number, Verdict.UNREASONABLE, "重复使用")
    assert reviewing.decide(session, first, number, Verdict.UNREASONABLE, "重复使用").verdict == "unreasonable"
    with pytest.raises(KeyReused):
        key = build.occasion(peers.keeper, key=first.request_key)
        reviewing.decide(session, key, number, Verdict.REASONABLE, "x")
    with pytest.raises(ReviewDecided):
        reviewing.decide(session, build.occasion(peers.keeper), number, Verdict.REASONABLE, "x")
    assert reviewing.reopen(session, build.occasion(peers.keeper), number, "补充材料").verdict == ""
    reviewing.decide(session, build.occasion(peers.keeper), number, Verdict.REASONABLE, "二次手术")
    acts = session.execute(reviewing.select_acts(number)).all()
    assert [(act.verdict, act.note) for act, _name in acts] == [
        ("unreasonable", "重复使用"), ("", "补充材料"), ("reasonable", "二次手术"),
    ]  # fmt: skip


def test_the_effect_is_the_same_measure_in_the_month_after(session: Session, peers: Hospital) -> None:
    admitted(session, peers, "2000", "2000", "2000", department=peers.surgery.id, who="S")
    admitted(session, peers, "1000", "1500", "1200", department=peers.surgery.id, who="S", days=40)
    reviewing.look(session, build.occasion(peers.keeper), AT)
    review = on_the_list(session)[Subject.DEPARTMENT, "SURG"]
    found = reviewing.effect(session, review, AT, AFTER)
    assert (found.before_cases, found.after_cases) == (3, 3)
    assert found.change == Decimal("-40.0")
    assert [one.period for one in found.cases] == ["2026-03"] * 3 + ["2026-04"] * 3
    case = on_the_list(session)[Subject.CASE, "S-0-5"]
    assert reviewing.effect(session, case, AT, AFTER).change == Decimal("-40.0")


def test_as_of_an_instant_a_case_is_of_whom_it_was_told_to_be_then(session: Session, peers: Hospital) -> None:
    (code,) = admitted(session, peers, "1800", who="B")
    told(session, peers, "case-physicians", f"encounter,physician\n{code},C\n", at=build.NOW + HOUR)

    def who(at: datetime | None) -> dict[str, str]:
        cases = cases_seen(session, replace(AT, at=at).cases, used_nothing=True)
        return {one.encounter: one.physician for one in cases}

    assert [who(at)[code] for at in (None, build.NOW + HOUR, build.NOW)] == ["C", "C", "B"]
    assert session.scalars(select(physicians_at(build.NOW - HOUR).physician)).all() == []  # nobody was told of yet


values = st.lists(st.integers(0, 10**6).map(Decimal), min_size=1, max_size=15)


@settings(max_examples=60, deadline=None, phases=[Phase.generate])
@given(of=values, wild=st.integers(10**7, 10**9))
def test_one_wild_peer_does_not_move_what_is_usual_far(of: list[Decimal], wild: int) -> None:
    usual, with_wild = peers_of(of), peers_of([*of, Decimal(wild)])
    assert min(of) <= usual.median <= max(of)
    assert usual.mad <= max(of) - min(of)
    if len(of) > 1:
        assert with_wild.median <= max(of)
    assert middle(of) == usual.median
    assert usual.score(usual.median) in (0, None)
