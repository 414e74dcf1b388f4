"""A loss that a person owes: nobody else bears it, the journal says who it is, and what turns up is owed no more."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import accounting, costing, disposal
from spd.accounting import Charge, OwedFor
from spd.accounting.versions import AccountSaid, LineSaid, activate, draft, set_account, set_lines
from spd.costing import Filter
from spd.disposal import Asked, Decision, Found, Kind, ToDispose, Why
from spd.ledger import DocumentEntry, EntryRow, Movement, Posting
from spd.settlement.parts import parts_of
from tests import build
from tests.build import Hospital

PERIOD = "2026-03"


def lost(session: Session, h: Hospital, *codes: str, owes: str = "nurse-1") -> str:
    """A write-off that somebody owes for: its number."""
    asked = ToDispose(
        occasion=build.occasion(h.keeper), kind=Kind.WRITE_OFF, lines=[Asked(item=code) for code in codes],
        reason=Why.LOST,
    )  # fmt: skip
    document = disposal.ask(session, asked)[0].code
    said = Decision(occasion=build.occasion(h.nurse), document=document, charged_to=owes)
    for _ in range(2):  # asked again, it is owed once
        disposal.approve(session, said)
    return document


def owed(session: Session, account: str = "1218") -> Decimal:
    return build.balance(session, account)


def test_a_person_owes_what_a_ward_and_the_store_lost(session: Session, h: Hospital) -> None:
    pack, bulk, stent = build.packs(session, h, 1, 20)[0], build.gauze(session, h), build.stents(session, h)[0]
    of_ward = lost(session, h, pack, stent, owes=h.nurse.code)
    of_store = lost(session, h, bulk, owes=h.nurse.code)
    assert (owed(session), owed(session, "5001.01"), owed(session, "5301")) == (Decimal(8845), 0, 0)
    assert build.postings(session, "loss_charged_store") == [("1218", Decimal(175)), ("5301", Decimal(-175))]
    standing = accounting.owing_for(session, OwedFor.WRITE_OFF, of_ward)
    assert standing is not None
    assert (standing.code, standing.amount) == (h.nurse.code, Decimal(8670))
    assert session.scalars(select(DocumentEntry.document).order_by(DocumentEntry.id)).all() == [of_ward, of_store]
    assert costing.by_department(session, Filter(period=PERIOD))[0].total == 0
    rows = costing.uses(session, Filter(period=PERIOD, department="CARD"))
    assert sum(row.amount for row in rows) == 0
    vouchers = accounting.vouchers(session, PERIOD)
    red = {one.expense_item: (one.debit, one.credit) for one in vouchers
           if (one.event, one.account) == ("loss_charged_ward", "5001.01")}  # fmt: skip
    assert red == {"implants": (-8600, 0), "general": (-70, 0)}
    for line in session.scalars(select(Posting).join(EntryRow).where(EntryRow.event.startswith("loss_charged"))):
        parts = parts_of(session, line)
        assert parts is not None
        assert parts.total(session) == line.amount
    assert build.problems(session) == []


def test_what_turns_up_is_owed_no_more(session: Session, h: Hospital) -> None:
    one, other = build.packs(session, h, 2, 20)
    document = lost(session, h, one, other, owes=h.nurse.code)
    h.cardiology.cost_class = "administrative"  # what it bore as a clinical one comes off there
    session.flush()
    found = Found(occasion=build.occasion(h.keeper), item=one, note="在抽屉里")
    for _ in range(2):
        disposal.find_again(session, found)
    standing = accounting.owing_for(session, OwedFor.WRITE_OFF, document)
    assert standing is not None
    assert (standing.amount, owed(session, "5001.01"), owed(session, "5101.01")) == (Decimal(70), 0, 0)
    for line in session.scalars(select(Posting).join(EntryRow).where(EntryRow.event.startswith("loss_charged"))):
        parts = parts_of(session, line)
        assert parts is not None
        assert parts.total(session) == line.amount
    assert build.problems(session) == []


def test_the_proof_finds_what_is_owed_twice(session: Session, h: Hospital) -> None:
    document = lost(session, h, build.gauze(session, h), owes=h.nurse.code)
    gone = session.scalars(select(Movement.id).where(Movement.document == document, Movement.kind == "write_off")).all()
    twice = build.occasion(h.keeper)
    owed_again = Charge(owed_for=OwedFor.WRITE_OFF, document=document, staff_id=h.nurse.id, movements=gone)
    accounting.charge_person(session, twice, owed_again)
    assert {(one.check, one.row) for one in build.problems(session)} == {("charged", document)}


def test_a_version_may_say_which_account_it_is(session: Session, h: Hospital) -> None:
    accounting.forget_rules()
    number = draft(session, build.occasion(h.keeper), note="apart").number
    set_account(session, number, AccountSaid(code="1218.03", name="应收个人", name_en="Staff", kind="asset"))
    lines = [LineSaid(line=1, account="1218.03", sign=1), LineSaid(line=2, account="5301", sign=-1)]
    set_lines(session, number, "loss_charged_store", lines)
    activate(session, build.occasion(h.nurse), number, from_period="2026-04")
    rules = {month: accounting.load_rules(session, month)["loss_charged_store"] for month in (PERIOD, "2026-04")}
    assert {month: lines[0].account for month, lines in rules.items()} == {PERIOD: "1218", "2026-04": "1218.03"}
    accounting.forget_rules()


def test_without_a_person_nothing_is_owed(session: Session, h: Hospital) -> None:
    lost(session, h, build.gauze(session, h), owes="")
    assert session.scalar(select(func.count()).select_from(DocumentEntry)) == 0
    assert owed(session, "5301") == 175
