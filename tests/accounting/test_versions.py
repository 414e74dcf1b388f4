"""Versions of the chart and its rules: drafted by one, checked, activated by another for months to come."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from spd import accounting
from spd.accounting import vouchers
from spd.accounting.checking import Fault
from spd.accounting.versions import (
    AccountSaid,
    BadAccount,
    DraftThere,
    HasFaults,
    LineSaid,
    NotADraft,
    NotToCome,
    activate,
    check,
    compare,
    discard,
    draft,
    drop_account,
    first_month,
    set_account,
    set_lines,
    versions,
)
from spd.core.separation import SamePerson
from spd.ledger import forget_calendars, posting_period
from tests import build
from tests.build import Hospital

DISPOSAL = AccountSaid(code="5301.02", name="资产处置费用—耗材", name_en="Disposal: consumables", kind="disposal")
LOSS = [
    LineSaid(line=1, account="1902", sign=1), LineSaid(line=2, account="1302.01", sign=-1),
    LineSaid(line=3, account="5301.02", sign=1), LineSaid(line=4, account="1902", sign=-1),
]  # fmt: skip


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """What a test activates is taken back with its transaction."""
    accounting.forget_rules()
    forget_calendars()
    yield
    accounting.forget_rules()


def drafted(session: Session, h: Hospital) -> int:
    number = draft(session, build.occasion(h.keeper), note="disposals apart").number
    set_account(session, number, DISPOSAL)
    set_lines(session, number, "loss_store", LOSS)
    return number


def test_a_draft_begins_with_what_holds_and_says_what_it_changes(session: Session, h: Hospital) -> None:
    number = draft(session, build.occasion(h.keeper), note="x").number
    assert compare(session, 2, number) == []
    with pytest.raises(DraftThere):
        draft(session, build.occasion(h.keeper), note="another")
    set_account(session, number, DISPOSAL)
    set_lines(session, number, "loss_store", LOSS)
    assert [(one.what, one.key) for one in compare(session, 2, number)] == [
        ("account", "5301.02"), ("event", "loss_store"),
    ]  # fmt: skip
    assert check(session, number) == []
    discard(session, number)
    assert [one.number for one in versions(session)] == [2, 1]


def test_the_check_finds_what_is_wrong(session: Session, h: Hospital) -> None:
    number = drafted(session, h)
    drop_account(session, number, "5301.02")
    set_lines(session, number, "gain_store", [LineSaid(line=1, account="1302.01", sign=1)])
    set_lines(session, number, "donation_store", [])
    set_lines(session, number, "nonsense", [LineSaid(line=1, account="1002", sign=1)])
    moved = [LineSaid(line=1, account="1303", sign=1), LineSaid(line=2, account="2302.01", sign=-1,
                                                                names_supplier=True)]  # fmt: skip
    set_lines(session, number, "receive_owned", moved)
    set_lines(session, number, "return_owned", [
        LineSaid(line=1, account="1302.01", sign=1), LineSaid(line=2, account="5001.01", sign=-1),
    ])  # fmt: skip
    found = {(one.fault, one.event) for one in check(session, number)}
    assert found == {
        (Fault.NO_SUCH_ACCOUNT, "loss_store"), (Fault.NOT_BALANCED, "gain_store"),
        (Fault.NOT_COVERED, "donation_store"),
        (Fault.UNKNOWN_EVENT, "nonsense"), (Fault.NOT_BALANCED, "nonsense"), (Fault.ROLE_MOVED, "receive_owned"),
        (Fault.NOT_EXPENSE, "return_owned"), (Fault.ROLE_MOVED, "return_owned"),
    }  # fmt: skip
    with pytest.raises(HasFaults):
        activate(session, build.occasion(h.nurse), number, from_period="2026-04")


def test_what_carries_balances_stays_where_it_is(session: Session, h: Hospital) -> None:
    number = drafted(session, h)
    set_account(session, number, AccountSaid(code="2302.09", name="x", name_en="x", kind="liability"))
    for event in ("receive_owned", "invoice_matched"):
        side = 1 if event == "invoice_matched" else 2
        other = ("1301", -1) if side == 1 else ("1302.01", 1)
        lines = [
            LineSaid(line=side, account="2302.09", sign=1 if side == 1 else -1, names_supplier=True),
            LineSaid(line=3 - side, account=other[0], sign=other[1], names_supplier=side == 1),
        ]
        set_lines(session, number, event, lines)
    assert {one.fault for one in check(session, number)} == {Fault.ROLE_MOVED}


def test_one_drafts_and_another_activates_it_for_a_month_to_come(session: Session, h: Hospital) -> None:
    number = drafted(session, h)
    with pytest.raises(SamePerson):
        activate(session, build.occasion(h.keeper), number, from_period="2026-04")
    with pytest.raises(NotToCome) as refused:
        activate(session, build.occasion(h.nurse), number, from_period="2026-03")
    assert refused.value.facts["first"] == "2026-04" == first_month(session, build.occasion(h.nurse))
    when = build.occasion(h.nurse)
    for _ in range(2):
        assert activate(session, when, number, from_period="2026-04").from_period == "2026-04"
    with pytest.raises(NotADraft):
        set_lines(session, number, "loss_store", [])
    with pytest.raises(NotADraft):
        activate(session, build.occasion(h.keeper), number, from_period="2026-05")


def test_what_was_posted_keeps_its_version_and_what_comes_follows_the_new(session: Session, h: Hospital) -> None:
    number = drafted(session, h)
    set_account(session, number, AccountSaid(code="1302.01", name="改名", name_en="Renamed", kind="asset"))
    activate(session, build.occasion(h.nurse), number, from_period="2026-04")
    for month in (3, 4):
        rules = accounting.load_rules(session, f"2026-{month:02d}")
        goods = accounting.Goods(
            product_id=None, product_class="", chargeable=False, amount=Decimal(1), supplier_id=None
        )
        entry = accounting.entry_for(rules, accounting.Event.LOSS_STORE, goods, period=f"2026-{month:02d}")
        assert entry is not None
        assert {line.account for line in entry.lines} == {"1902", "1302.01", "5301" if month == 3 else "5301.02"}
    build.gauze(session, h)
    names = {line.account: line.account_name_en for line in vouchers(session, "2026-03")}
    assert names["1302.01"] != "Renamed"


def test_asking_for_the_rules_of_months_to_come_freezes_nothing(session: Session, h: Hospital) -> None:
    posting_period(session, build.TODAY)
    assert [rule.account for rule in accounting.load_rules(session, "2026-05")["loss_store"]][2] == "5301"
    activate(session, build.occasion(h.nurse), drafted(session, h), from_period="2026-04")
    for month, account in (("2026-03", "5301"), ("2026-05", "5301.02")):
        assert [rule.account for rule in accounting.load_rules(session, month)["loss_store"]][2] == account


def test_the_kind_of_an_account_that_was_used_stays(session: Session, h: Hospital) -> None:
    number = drafted(session, h)
    for kind in ("income", "nonsense"):
        with pytest.raises(BadAccount):
            set_account(session, number, AccountSaid(code="5301", name="x", name_en="x", kind=kind))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE posting_rules SET sign = -sign WHERE version = 2", "DELETE FROM posting_rules WHERE version = 1",
        "DELETE FROM chart_accounts WHERE version = 2", "UPDATE rule_versions SET from_period = '2020-01'",
        "INSERT INTO chart_accounts (version, code, name, name_en, kind) VALUES (2, 'x', 'x', 'x', 'asset')",
    ],
)  # fmt: skip
def test_the_database_refuses_to_change_what_holds(session: Session, h: Hospital, statement: str) -> None:
    with pytest.raises(DBAPIError, match="version of the rules holds"), session.begin_nested():
        session.execute(text(statement))
