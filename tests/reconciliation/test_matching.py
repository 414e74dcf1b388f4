"""Charges against uses: every line and every use in exactly one case, and the difference explained."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from spd import policies, reconciliation
from spd.catalog import Lot, Product
from spd.ledger import Item
from spd.reconciliation import (
    Asked,
    ChargeBackwards,
    ChargeCase,
    ChargeChanged,
    ChargeFact,
    OutsideWindow,
    Window,
    WindowBackwards,
)
from tests import build
from tests.build import NOW, TODAY, Hospital
from tests.reconciliation.given import LATER, begin, cases, keep, line, refund, run, verdicts

EVER = Asked(since=date(2000, 1, 1), until=date(2100, 1, 1))


def test_a_charge_of_the_very_piece_is_matched(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    build.use(session, h, code)
    keep(session, h, line(h, item=code))
    run(session)
    (case,) = cases(session)
    assert (case.verdict, case.rule, case.charged, case.used) == ("matched", "item", Decimal(8600), Decimal(8600))


def test_a_serial_is_as_good_as_the_code(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2)
    for code in codes:
        build.use(session, h, code)
    serial = session.scalar(select(Item.serial).where(Item.code == codes[1]))
    keep(session, h, line(h, item=serial))
    run(session)
    matched = next(case for case in cases(session) if case.verdict == "matched")
    assert matched.rule == "item"
    seen = reconciliation.facts_of(session, matched.id, matched.encounter)
    assert codes[1] in {one.item for one in seen}


def test_lot_and_hours_say_which_of_two_was_billed(session: Session, h: Hospital) -> None:
    codes = [*build.packs(session, h, 1), *build.packs(session, h, 1)]
    session.execute(update(Product).where(Product.code == "GAUZE").values(chargeable=True))
    for code in codes:
        build.use(session, h, code)
    lot = session.scalar(select(Lot.code).join(Item, Item.lot_id == Lot.id).where(Item.code == codes[1]))
    keep(session, h, line(h, charge_code="HIS-GAUZE", lot=lot, quantity=20, unit_price="3.5"))
    run(session)
    assert {(case.verdict, case.rule) for case in cases(session)} == {("matched", "lot"), ("used_not_charged", "alone")}
    left = next(case for case in cases(session) if case.verdict == "used_not_charged")
    assert reconciliation.facts_of(session, left.id, left.encounter)[0].item == codes[0]


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ({"quantity": 2}, "quantity"),
        ({"unit_price": "9000"}, "price"),
        ({"charge_code": "HIS-SCREW"}, "product"),
        ({"encounter": "E-2"}, "patient"),
        ({"at": NOW + timedelta(days=1)}, "late"),
        ({"charge_code": "STENT"}, "matched"),
    ],
)
def test_what_differs_about_the_piece_is_named(
    session: Session, h: Hospital, said: dict[str, object], verdict: str
) -> None:
    begin(session, h)
    code = build.stents(session, h)[0]
    build.use(session, h, code)
    keep(session, h, line(h, item=code, **said))
    run(session)
    assert verdicts(session) == [verdict]


def test_another_department_billed_is_told(session: Session, h: Hospital) -> None:
    code = build.stents(session, h)[0]
    build.use(session, h, code)
    keep(session, h, line(h, item=code, department_id=h.surgery.id))
    run(session)
    assert verdicts(session) == ["patient"]
    by = {row.department: row.by for row in reconciliation.tallies(session, EVER)}
    assert by == {"CARD": {"patient": Decimal(-8600)}, "SURG": {"patient": Decimal(8600)}}


def test_without_codes_a_day_is_netted_many_to_many(session: Session, h: Hospital) -> None:
    for code in build.stents(session, h, 3):
        build.use(session, h, code)
    keep(session, h, line(h, quantity=2), line(h, quantity=1))
    run(session)
    assert [(case.verdict, case.rule) for case in cases(session)] == [("matched", "day")]


def test_what_is_billed_a_day_later_is_late_and_sums_to_nothing(session: Session, h: Hospital) -> None:
    begin(session, h)
    build.use(session, h, build.stents(session, h)[0])
    keep(session, h, line(h, at=NOW + timedelta(days=2)))
    run(session)
    assert verdicts(session) == ["late"]
    days = reconciliation.tallies(session, Asked(since=TODAY, until=date(2100, 1, 1)), daily=True)
    assert [row.by["late"] for row in days] == [Decimal(-8600), Decimal(8600)]
    assert sum(row.difference for row in days) == 0


def test_each_side_alone_is_named(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    keep(session, h, line(h, encounter="E-2"), line(h, charge_code="HIS-OTHER", quantity=3))
    run(session)
    assert verdicts(session) == ["charged_not_used", "charged_not_used", "used_not_charged"]


@pytest.mark.parametrize(("who", "lost"), [("high_value", 8600), ("off", 0), ("all", 8670)])
def test_what_is_charged_for_and_used_with_no_patient_is_lost_as_the_policy_says(
    session: Session, h: Hospital, who: str, lost: int
) -> None:
    begin(session, h)
    session.execute(update(Product).where(Product.code == "GAUZE").values(chargeable=True))
    for code in (build.stents(session, h)[0], build.packs(session, h, 1)[0]):
        build.use(session, h, code, encounter=None)
    run(session)
    policies.settle(session, build.occasion(h.keeper), "charge.without_patient", who)
    run(session, again=True)
    (row,) = reconciliation.tallies(session, Asked(since=TODAY, until=TODAY))
    assert (row.lost, row.tie_out) == (lost, 0)
    wanted = session.scalars(select(ChargeCase.verdict).where(reconciliation.wanting())).all()
    assert len(wanted) == verdicts(session).count("used_not_charged") == {0: 0, 8600: 1}.get(lost, 2)


def test_a_charge_of_a_piece_used_with_no_patient_is_another_patients_in_any_order(
    session: Session, h: Hospital
) -> None:
    code = build.stents(session, h)[0]
    keep(session, h, line(h, item=code))
    run(session)
    build.use(session, h, code, encounter=None)
    run(session)
    assert verdicts(session) == ["patient"]


def test_loss_is_also_what_is_missing_of_a_quantity(session: Session, h: Hospital) -> None:
    begin(session, h)
    session.execute(update(Product).where(Product.code == "GAUZE").values(chargeable=True))
    for code in build.packs(session, h, 3):
        build.use(session, h, code)
    build.use(session, h, build.stents(session, h)[0])
    keep(session, h, line(h, charge_code="HIS-GAUZE", quantity=25, unit_price="3.6", at=NOW + timedelta(days=1)))
    run(session)
    assert verdicts(session) == ["quantity", "used_not_charged"]
    (row,) = reconciliation.tallies(session, EVER)
    assert (row.lost, row.tie_out) == (35 * Decimal("3.5") + 8600, 0)
    assert sum(row.lost for row in reconciliation.tallies(session, EVER, daily=True)) == row.lost
    found = reconciliation.list_facts(EVER, only_lost=True)
    listed = session.execute(found.query.add_columns(found.of["lost"].label("lost"), found.of["quantity"])).all()
    assert sum(one.lost for one in listed) == row.lost
    assert sorted(one.lost for one in listed) == [Decimal("52.5"), 70, 8600]
    stood = reconciliation.tallies(session, replace(EVER, at=LATER))[0].lost
    keep(session, h, line(h, charge_code="HIS-GAUZE", quantity=35))
    run(session, LATER + timedelta(hours=1))
    assert reconciliation.tallies(session, replace(EVER, at=LATER))[0].lost == stood == row.lost


@pytest.mark.parametrize(
    ("prices", "verdict"),
    [(("9600", "7600"), "price"), (("8600", "8600"), "matched"), (("8600.004", "8599.996"), "matched")],
)
def test_too_much_for_one_does_not_make_up_for_another(
    session: Session, h: Hospital, prices: tuple[str, str], verdict: str
) -> None:
    for code in build.stents(session, h, 2):
        build.use(session, h, code)
    keep(session, h, *(line(h, unit_price=price) for price in prices))
    run(session)
    assert verdicts(session) == [verdict]


def test_what_is_not_chargeable_needs_no_charge(session: Session, h: Hospital) -> None:
    policies.settle(session, build.occasion(h.keeper), "charge.without_patient", "off")
    build.use(session, h, build.packs(session, h, 1)[0])
    build.use(session, h, build.stents(session, h)[0], encounter=None)
    keep(session, h, line(h, encounter="E-2"))
    run(session)
    assert verdicts(session) == ["charged_not_used", "not_chargeable", "not_chargeable"]
    assert session.scalars(select(ChargeCase.verdict).where(reconciliation.wanting())).all() == ["charged_not_used"]


def test_what_is_not_chargeable_and_was_charged_is_on_the_worklist(session: Session, h: Hospital) -> None:
    build.use(session, h, build.packs(session, h, 1)[0])
    keep(session, h, line(h, charge_code="HIS-GAUZE", quantity=20, unit_price="3.5"))
    run(session)
    assert session.scalars(select(ChargeCase.verdict).where(reconciliation.wanting())).all() == ["not_chargeable"]


def test_one_thing_used_and_another_of_the_same_worth_billed_is_product(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    keep(session, h, line(h, charge_code="HIS-SCREW"))
    run(session)
    assert [(case.verdict, case.rule) for case in cases(session)] == [("product", "product")]


def test_a_refund_is_netted_against_its_charge_and_leaves_the_use_uncharged(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    first = line(h)
    keep(session, h, first, refund(first))
    run(session)
    assert [(case.verdict, case.rule) for case in cases(session)] == [
        ("matched", "netted"),
        ("used_not_charged", "alone"),
    ]


def test_a_refund_of_part_leaves_a_difference_of_quantity(session: Session, h: Hospital) -> None:
    for code in build.stents(session, h, 2):
        build.use(session, h, code)
    first = line(h, quantity=2)
    keep(session, h, first, refund(first, quantity=-1, amount=Decimal(-8600)))
    run(session)
    assert verdicts(session) == ["quantity"]


def test_a_refund_whose_charge_has_not_come_is_an_orphan_until_it_comes(session: Session, h: Hospital) -> None:
    first = line(h)
    keep(session, h, refund(first))
    run(session)
    assert verdicts(session) == ["orphan_refund"]
    keep(session, h, first)
    run(session)
    assert verdicts(session) == ["matched"]


def test_a_use_undone_and_never_charged_is_no_difference(session: Session, h: Hospital) -> None:
    used = build.use(session, h, build.stents(session, h)[0])
    build.reverse(session, h, used.movement_id)
    keep(session, h, line(h, encounter="E-2"))
    run(session)
    assert verdicts(session) == ["charged_not_used", "matched"]


def test_cents_of_rounding_are_no_difference_of_price_and_stay_in_the_sums(session: Session, h: Hospital) -> None:
    delivery = build.note(session, h, h.gauzes, ("REAGENT", 100))
    code = build.receive(session, h, delivery, build.scan(build.REAGENT_DI))[0]
    build.move_to(session, h, [code], h.ward)
    build.use(session, h, code, quantity=10)
    said = {"charge_code": "HIS-REAGENT", "quantity": 10, "unit_price": "0.3333", "amount": Decimal("3.33")}
    keep(session, h, line(h, **said))
    run(session)
    assert verdicts(session) == ["matched"]
    (row,) = reconciliation.tallies(session, EVER)
    assert (row.difference, row.by, row.tie_out) == (Decimal("-0.003"), {"matched": Decimal("-0.003")}, Decimal(0))


def test_uses_before_the_first_charge_are_not_expected_to_have_one(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    keep(session, h, line(h, encounter="E-2", at=NOW + timedelta(days=3)))
    run(session)
    assert verdicts(session) == ["charged_not_used"]
    keep(session, h, line(h))
    run(session)
    assert verdicts(session) == ["charged_not_used", "matched"]


def test_running_again_changes_nothing(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    keep(session, h, line(h), line(h, encounter="E-2"))
    assert run(session).opened == 2
    before = [(case.id, case.key) for case in cases(session)]
    assert run(session) == reconciliation.Ran(facts=0, opened=0, ended=0)
    assert run(session, again=True) == reconciliation.Ran(facts=0, opened=0, ended=0)
    assert [(case.id, case.key) for case in cases(session)] == before


def test_a_late_refund_opens_only_what_it_touches(session: Session, h: Hospital) -> None:
    for code in build.stents(session, h, 2):
        build.use(session, h, code)
    keep(session, h, first := line(h, item=""), line(h, encounter="E-2"))
    run(session)
    untouched = [case.id for case in cases(session) if case.encounter == "E-2"]
    keep(session, h, refund(first, charged_at=LATER))
    ran = run(session, LATER + timedelta(hours=1))
    assert ran.facts == 1
    assert [case.id for case in cases(session) if case.encounter == "E-2"] == untouched
    assert verdicts(session) == ["charged_not_used", "matched", "used_not_charged", "used_not_charged"]


def test_a_code_that_was_corrected_is_matched_anew_when_asked(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    keep(session, h, line(h, charge_code="HIS-NEW", unit_price="8600.01"))
    run(session)
    assert verdicts(session) == ["charged_not_used", "used_not_charged"]
    session.execute(update(Product).where(Product.code == "STENT").values(charge_code="HIS-NEW"))
    assert run(session).facts == 0
    assert verdicts(session) == ["charged_not_used", "used_not_charged"]
    run(session, again=True)
    assert verdicts(session) == ["price"]


def test_a_file_imported_again_keeps_nothing_twice(session: Session, h: Hospital) -> None:
    first = line(h)
    assert keep(session, h, first, first) == reconciliation.Kept(new=1, known=1)
    assert keep(session, h, first) == reconciliation.Kept(new=0, known=1)
    with pytest.raises(ChargeChanged):
        keep(session, h, line(h, number=first.number, quantity=2))


@pytest.mark.parametrize(
    "said",
    [
        {"refund_of": "C-0"},
        {"quantity": -1, "amount": Decimal(8600)},
        {"number": "C-0", "refund_of": "C-0", "quantity": -1, "amount": Decimal(-1)},
    ],
)
def test_a_refund_takes_back(session: Session, h: Hospital, said: dict[str, object]) -> None:
    with pytest.raises(ChargeBackwards):
        keep(session, h, line(h, **said))


def test_windows_are_half_open_and_their_gaps_are_told(session: Session, h: Hospital) -> None:
    hour = timedelta(hours=1)
    keep(session, h, line(h, at=NOW), window=Window(since=NOW, until=NOW + hour))
    with pytest.raises(OutsideWindow):
        keep(session, h, line(h, at=NOW + hour), window=Window(since=NOW, until=NOW + hour))
    with pytest.raises(WindowBackwards):
        keep(session, h, window=Window(since=NOW, until=NOW))
    assert reconciliation.gaps(session) == []
    keep(session, h, window=Window(since=NOW + 2 * hour, until=NOW + 3 * hour))
    assert reconciliation.gaps(session) == [Window(since=NOW + hour, until=NOW + 2 * hour)]
    keep(session, h, line(h, at=NOW + hour), window=Window(since=NOW + hour, until=NOW + 2 * hour))
    assert reconciliation.gaps(session) == []


def test_loss_and_rate_by_department(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 3)
    for code in codes:
        build.use(session, h, code)
    keep(session, h, line(h, item=codes[0]), line(h, item=codes[1]))
    run(session)
    (row,) = reconciliation.tallies(session, EVER)
    assert (row.department, row.lost, row.rate) == ("CARD", Decimal(8600), Decimal("80.0"))
    assert (row.charged, row.used, row.difference, row.tie_out) == (17200, 25800, -8600, 0)


def test_the_proof_sees_what_was_tampered_with(session: Session, h: Hospital) -> None:
    build.use(session, h, build.stents(session, h)[0])
    keep(session, h, line(h))
    run(session)
    with session.begin_nested() as undo:
        session.execute(update(ChargeFact).where(ChargeFact.charge_line_id.is_not(None)).values(amount=Decimal(1)))
        tables = {problem.table for problem in reconciliation.problems(session)}
        assert {"charge_facts", "charge_cases", "departments"} <= tables
        undo.rollback()
    with session.begin_nested() as undo:
        session.execute(delete(ChargeFact).where(ChargeFact.charge_line_id.is_not(None)))
        assert "is in no case" in {problem.says for problem in reconciliation.problems(session)}
        undo.rollback()
    session.execute(update(ChargeCase).values(verdict="matched", used=Decimal(0)))
    assert "is not the sum of its facts" in {problem.says for problem in reconciliation.problems(session)}


def test_of_another_day_nothing_is_told(session: Session, h: Hospital) -> None:
    keep(session, h, line(h))
    run(session)
    assert reconciliation.tallies(session, Asked(since=TODAY + timedelta(days=1), until=date(2100, 1, 1))) == []
    assert reconciliation.tallies(session, Asked(since=TODAY, until=TODAY, departments=frozenset())) == []


@pytest.mark.parametrize(("verdict", "charged", "used", "does"), [
    ("quantity", 3, 2, "refunded"), ("quantity", 2, 3, "charged"), ("used_not_charged", 0, 1, "charged"),
    ("matched", 1, 1, None),
])  # fmt: skip
def test_one_tap_charges_what_is_missing_and_refunds_what_is_too_much(
    verdict: str, charged: int, used: int, does: str | None
) -> None:
    assert reconciliation.suggested(verdict, charged=charged, used=used) == does
