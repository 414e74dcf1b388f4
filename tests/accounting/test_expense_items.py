"""Vouchers tell medical supplies apart by kind of material, by rules of the hospital's; closed months keep theirs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import accounting, ledger, policies
from spd.accounting.expense_items import POLICY
from spd.catalog import Product
from spd.catalog.changes import change_product
from tests import build
from tests.build import Hospital

MONTH = "2026-03"


def used(session: Session, h: Hospital) -> None:
    """A stent, which is an implant, and a pack of gauze, on the ward."""
    build.use(session, h, build.stents(session, h)[0])
    build.use(session, h, build.packs(session, h, 1, 20)[0], encounter=None)


def spent(session: Session, **asked: object) -> dict[str, Decimal]:
    """What was spent by expense item; of nothing else is there one."""
    lines = accounting.vouchers(session, MONTH, **asked)  # type: ignore[arg-type]
    assert all(bool(one.expense_item) == one.account.startswith("5") for one in lines if spent_apart(session))
    of_expense = [one for one in lines if one.account == "5001.01"]
    by_voucher: dict[str, Decimal] = {}
    for one in lines:
        by_voucher[one.voucher] = by_voucher.get(one.voucher, Decimal(0)) + one.debit - one.credit
    assert set(by_voucher.values()) == {Decimal(0)}
    found: dict[str, Decimal] = {}
    for one in of_expense:
        found[one.expense_item] = found.get(one.expense_item, Decimal(0)) + one.debit
    return found


def spent_apart(session: Session) -> bool:
    return bool(policies.get(session, POLICY))


def test_an_implant_and_gauze_are_told_apart(session: Session, h: Hospital) -> None:
    used(session, h)
    assert spent(session) == {"implants": Decimal(8600), "general": Decimal(70)}


@pytest.mark.parametrize(
    ("rules", "stent", "gauze"),
    [
        ("C02=intervention implant=implants *=general", "intervention", "general"),
        ("code:GAU=dental high_value=instruments *=other", "instruments", "dental"),
        ("", "", ""),
    ],
)
def test_the_first_rule_that_fits_holds(session: Session, h: Hospital, rules: str, stent: str, gauze: str) -> None:
    used(session, h)
    for row in session.scalars(select(Product).where(Product.code == "STENT")):
        row.insurance_code = "C0203010010000100001"
    session.flush()  # read by the database alone
    policies.settle(session, build.occasion(h.keeper), POLICY, rules)
    due: dict[str, Decimal] = {}
    for item, amount in ((stent, 8600), (gauze, 70)):
        due[item] = due.get(item, Decimal(0)) + amount
    assert spent(session) == due


def test_a_closed_month_keeps_its_rules_and_what_was_known_of_products(session: Session, h: Hospital) -> None:
    used(session, h)
    ledger.close_period(session, build.occasion(h.keeper, at=build.NOW + timedelta(days=31)), MONTH)
    session.flush()
    before = accounting.vouchers(session, MONTH)
    later = build.occasion(h.keeper, at=build.NOW + timedelta(days=32))
    change_product(session, later, "STENT", {"implant": False, "insurance_code": "C0703010010000100001"}, moved=True)
    change_product(session, build.occasion(h.keeper, at=build.NOW + timedelta(days=33)), "STENT",
                   {"insurance_code": "C1403010010000100001"}, moved=True)  # fmt: skip
    policies.settle(session, later, POLICY, "low_value=blood *=oxygen")
    assert accounting.vouchers(session, MONTH) == before
    assert spent(session) == {"implants": Decimal(8600), "general": Decimal(70)}


@pytest.mark.parametrize("wrong", ["implant", "implant=nonsense", "X=general", "*=other;", 5, "C=general"])
def test_a_rule_that_cannot_be_meant_is_refused(session: Session, h: Hospital, wrong: object) -> None:
    with pytest.raises(policies.BadPolicy):
        policies.settle(session, build.occasion(h.keeper), POLICY, wrong)
