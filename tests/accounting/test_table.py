"""The accounting table, line by line: what the software posts for each event is what the table says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import accounting, disposal, donation, policies
from spd.accounting import DocumentEvent, Event, Goods, checking, entry_for, load_rules
from spd.accounting.versions import check
from spd.core.separation import SamePerson
from spd.disposal import Asked, Decision, Kind, ToDispose, Why
from spd.ledger import EntryRow, Item
from tests import build
from tests.build import Hospital
from tests.disposal import test_going_back as going_back
from tests.settlement import bills

Told = dict[str, Decimal]


def said(session: Session, *events: str) -> Told:
    """What entries of these events did to accounts, reversals included."""
    rows: Told = {}
    for event in events:
        for account, amount in build.postings(session, event):
            rows[account] = rows.get(account, Decimal(0)) + amount
    return {account: amount for account, amount in rows.items() if amount}


def money(**accounts: str) -> Told:
    return {name.replace("_", ".").removeprefix("a"): Decimal(amount) for name, amount in accounts.items()}


# Line of the table, the event, class of the department: what debits and credits come to for 100.
TABLE: list[tuple[str, str, str, Told]] = [
    ("1", DocumentEvent.INVOICE, "", money(a1301="100", a2302_02="-100")),
    ("2, 3", Event.RECEIVE_OWNED, "", money(a1302_01="100", a2302_01="-100")),
    ("2, 3 on a ward", Event.RECEIVE_WARD, "", money(a1302_02="100", a2302_01="-100")),
    ("4a first day", DocumentEvent.ACCRUAL_BACK, "", money(a1302_08="100", a2302_01="-100")),
    ("4a month's end", DocumentEvent.ACCRUAL_AGAIN, "", money(a1302_08="100", a2302_01="-100")),
    ("4a invoice after the first day", DocumentEvent.ACCRUAL_BILLED, "", money(a1302_08="100", a1301="-100")),
    ("4a red", DocumentEvent.ACCRUAL_RED, "", money(a1302_09="100", a2302_01="-100")),
    ("4a invoice", DocumentEvent.INVOICE_GOODS, "", money(a1302_09="100", a1301="-100")),
    ("4b, 9", DocumentEvent.INVOICE_MATCHED, "", money(a2302_01="100", a1301="-100")),
    ("4b on hand", DocumentEvent.VARIANCE_ON_HAND, "", money(a1302_09="100", a1301="-100")),
    ("4b used", DocumentEvent.VARIANCE_USED, "clinical", money(a5001_01="100", a1301="-100")),
    ("4b used by an office", DocumentEvent.VARIANCE_USED, "administrative", money(a5101_01="100", a1301="-100")),
    ("4b lost in the store", DocumentEvent.VARIANCE_LOST, "", money(a5301="100", a1301="-100")),
    ("4b lost later", DocumentEvent.VARIANCE_LOST_LATER, "", money(a5301="100", a1302_09="-100")),
    ("4b used later", DocumentEvent.VARIANCE_RELEASED, "clinical", money(a5001_01="100", a1302_09="-100")),
    ("5 to a ward", Event.ISSUE_OWNED, "", money(a1302_02="100", a1302_01="-100")),
    ("5 title on issue", Event.ISSUE_TITLE, "", money(a1302_02="100", a2302_01="-100")),
    ("5 back", Event.RETURN_OWNED, "", money(a1302_01="100", a1302_02="-100")),
    ("5 used from the store", Event.USE_STORE, "administrative", money(a5101_01="100", a1302_01="-100")),
    ("6", Event.USE_WARD, "clinical", money(a5001_01="100", a1302_02="-100")),
    ("6 technology", Event.USE_WARD, "medical_technology", money(a5001_01="100", a1302_02="-100")),
    ("8", Event.USE_CONSIGNED, "clinical", money(a5001_01="100", a2302_01="-100")),
    ("10 bank", DocumentEvent.PAY_BANK, "", money(a2302_02="100", a1002="-100", a7201="100", a8001="-100")),
    ("10 quota", DocumentEvent.PAY_QUOTA, "", money(a2302_02="100", a1011="-100", a7201="100", a8001="-100")),
    ("10 ahead", DocumentEvent.PAY_AHEAD, "", money(a1214="100", a1002="-100", a7201="100", a8001="-100")),
    ("10 from ahead", DocumentEvent.PAY_FROM_AHEAD, "", money(a2302_02="100", a1214="-100")),
    ("10 insurer", DocumentEvent.PAY_INSURER, "", money(a2302_02="100", a1212="-100", a7201="100", a6101="-100")),
    ("11", Event.RETURN_SUPPLIER_STORE, "", money(a2302_01="100", a1302_01="-100")),
    ("11 from a ward", Event.RETURN_SUPPLIER_WARD, "", money(a2302_01="100", a1302_02="-100")),
    ("13", Event.GAIN_STORE, "", money(a1302_01="100", a4609="-100")),
    ("13 on a ward", Event.GAIN_WARD, "clinical", money(a1302_02="100", a5001_01="-100")),
    ("14", Event.LOSS_STORE, "", money(a5301="100", a1302_01="-100")),
    ("14 on a ward", Event.LOSS_WARD, "clinical", money(a5001_01="100", a1302_02="-100")),
    ("14 a consignor's", Event.LOSS_CONSIGNED_STORE, "", money(a5301="100", a2302_01="-100")),
    ("14 a consignor's on a ward", Event.LOSS_CONSIGNED_WARD, "clinical", money(a5001_01="100", a2302_01="-100")),
    ("14 owed by a person", DocumentEvent.LOSS_CHARGED_STORE, "", money(a1218="100", a5301="-100")),
    ("14 on a ward, owed", DocumentEvent.LOSS_CHARGED_WARD, "clinical", money(a1218="100", a5001_01="-100")),
    ("14 at an office, owed", DocumentEvent.LOSS_CHARGED_WARD, "administrative", money(a1218="100", a5101_01="-100")),
    ("15", Event.DONATION_STORE, "", money(a1302_01="100", a4603="-100")),
    ("15 on a ward", Event.DONATION_WARD, "", money(a1302_02="100", a4603="-100")),
]
PENDING = {Event.GAIN_STORE, Event.GAIN_WARD, Event.LOSS_STORE, Event.LOSS_WARD}


def test_every_line_of_the_table(session: Session) -> None:
    rules = load_rules(session, "2026-03")
    wrong = []
    for line, event, cost_class, expected in TABLE:
        goods = Goods(
            product_id=None, product_class="", chargeable=False, amount=Decimal(100), supplier_id=1, department_id=1,
            cost_class=cost_class or "clinical",
        )  # fmt: skip
        entry = entry_for(rules, event, goods, period="2026-03")  # type: ignore[arg-type]
        assert entry is not None
        found: Told = {}
        for posting in entry.lines:
            found[posting.account] = found.get(posting.account, Decimal(0)) + posting.amount
        pending = [posting.amount for posting in entry.lines if posting.account == "1902"]
        if sorted(pending) != ([-100, 100] if event in PENDING else []):
            wrong.append((line, "pending", pending))
        if {account: amount for account, amount in found.items() if amount} != expected:
            wrong.append((line, event, found))
    assert wrong == []
    covered = {event for _line, event, *_ in TABLE}
    assert {event for events in checking.TABLE.values() for event in events} <= covered


def test_the_version_in_force_is_sound(session: Session) -> None:
    assert check(session, 2) == []


@dataclass
class Story:
    """What happens, and what it does to the accounts."""

    line: str
    act: Callable[[Session, Hospital], tuple[str, ...]]
    expected: Told


def _arrive(session: Session, h: Hospital) -> tuple[str, ...]:
    build.gauze(session, h)
    return ("receive_owned",)


def _consigned_arrives(session: Session, h: Hospital) -> tuple[str, ...]:
    build.stents(session, h)
    return ("receive_owned", "receive_ward", "use_consigned")


def _consigned_used(session: Session, h: Hospital) -> tuple[str, ...]:
    build.use(session, h, build.stents(session, h)[0])
    return ("use_consigned",)


def _use_undone(session: Session, h: Hospital) -> tuple[str, ...]:
    use = build.use(session, h, build.stents(session, h)[0])
    build.reverse(session, h, use.movement_id)
    return ("reverse_use_consigned",)


def _ward_use(session: Session, h: Hospital) -> tuple[str, ...]:
    build.use(session, h, build.packs(session, h, 1)[0], encounter=None)
    return ("use_ward",)


def _lost(session: Session, h: Hospital) -> tuple[str, ...]:
    things = [Asked(item=build.gauze(session, h))]
    asked = ToDispose(occasion=build.occasion(h.keeper), kind=Kind.WRITE_OFF, lines=things, reason=Why.DAMAGED)
    document = disposal.ask(session, asked)[0].code
    assert build.postings(session, "loss_store") == []  # nothing before somebody agrees
    disposal.approve(session, Decision(occasion=build.occasion(h.nurse), document=document))
    return ("loss_store",)


def _given(session: Session, h: Hospital) -> tuple[str, ...]:
    given = donation.record(session, gift(h))
    donation.decide(session, build.occasion(h.nurse), given.code, takes=True)
    return ("donation_store",)


STORIES = [
    Story("2, 3", _arrive, money(a1302_01="175", a2302_01="-175")),
    Story("6", _ward_use, money(a5001_01="70", a1302_02="-70")),
    Story("7", _consigned_arrives, {}),
    Story("8", _consigned_used, money(a5001_01="8600", a2302_01="-8600")),
    Story("12", _use_undone, money(a5001_01="-8600", a2302_01="8600")),
    Story("14", _lost, money(a5301="175", a1302_01="-175")),
    Story("15", _given, money(a1302_01="35", a4603="-35")),
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.line)
def test_what_happens_is_posted_as_the_table_says(session: Session, h: Hospital, story: Story) -> None:
    events = story.act(session, h)
    assert said(session, *events) == story.expected
    assert build.problems(session) == []


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("keep", money(a1302_09="4", a5001_01="0", a2302_01="140", a2302_02="-144")),
        ("reverse", money(a1302_09="4", a5001_01="0", a2302_01="140", a2302_02="-144")),
    ],
)
def test_an_invoice_at_another_price_under_both_policies(
    session: Session, h: Hospital, policy: str, expected: Told
) -> None:
    policies.settle(session, build.occasion(h.keeper), "accrual.on_invoice", policy)
    build.gauze(session, h)
    one = bills.matched(session, bills.entered(session, h.gauzes.code, bills.line("GAUZE", 40, "3.60")))
    bills.booked(session, one, reason="new price")
    of_documents = session.scalars(select(EntryRow.event).where(EntryRow.document_entry_id.is_not(None))).all()
    found = said(session, *set(of_documents))
    assert found == {account: amount for account, amount in expected.items() if amount}
    assert build.problems(session) == []


def gift(h: Hospital, **more: object) -> donation.DonationSaid:
    plain = {
        "occasion": build.occasion(h.keeper), "donor": "某基金会", "supplier": h.gauzes.code, "product": "GAUZE",
        "lot": "D1", "quantity": 10, "unit_price": Decimal("3.5"), "location": "STORE",
    }  # fmt: skip
    return donation.DonationSaid(**plain | more)  # type: ignore[arg-type]


def test_a_gift_is_on_hand_once_a_second_person_agrees(session: Session, h: Hospital) -> None:
    given = donation.record(session, gift(h))
    with pytest.raises(SamePerson):
        donation.decide(session, build.occasion(h.keeper), given.code, takes=True)
    assert session.scalars(select(Item)).all() == []
    agreeing = build.occasion(h.nurse)
    for _ in range(2):
        donation.decide(session, agreeing, given.code, takes=True)
    (item,) = session.scalars(select(Item)).all()
    assert (item.quantity, item.owner_id, item.location_id) == (10, 1, h.store.id)
    with pytest.raises(donation.DonationDecided):
        donation.decide(session, build.occasion(h.nurse), given.code, takes=False)
    assert accounting.booked(session) == 35


@pytest.mark.parametrize("at", ["store", "ward"])
def test_a_gift_sent_back_takes_its_income_back_and_nobody_is_owed_less(session: Session, h: Hospital, at: str) -> None:
    given = donation.record(session, gift(h))
    donation.decide(session, build.occasion(h.nurse), given.code, takes=True)
    (code,) = session.scalars(select(Item.code))
    if at == "ward":
        build.move_to(session, h, [code], h.ward)
    going_back.sign_out(session, h, going_back.prepare(session, h, Asked(item=code, quantity=4)))
    goods = "1302.01" if at == "store" else "1302.02"
    assert build.postings(session, f"reverse_donation_{at}") == [(goods, Decimal(-14)), ("4603", Decimal(14))]
    assert (build.balance(session, "2302.01"), build.balance(session, "4603")) == (0, -21)
    assert build.problems(session) == []


def test_the_proof_finds_a_gift_that_went_back_at_its_suppliers_cost(
    session: Session, h: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    donation.decide(session, build.occasion(h.nurse), donation.record(session, gift(h)).code, takes=True)
    monkeypatch.setattr(accounting, "is_gift", lambda *_: False)
    code = session.scalars(select(Item.code)).one()
    going_back.sign_out(session, h, going_back.prepare(session, h, code))
    assert [problem.check for problem in build.problems(session)] == ["titles"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"unit_price": Decimal(0)}, {"quantity": 0}, {"expires_on": date(2026, 3, 1)},
        {"product": "STENT", "quantity": 501},
    ],
    ids=["price", "quantity", "expired", "pieces"],
)  # fmt: skip
def test_a_gift_that_cannot_lie_here_is_refused(session: Session, h: Hospital, wrong: dict[str, object]) -> None:
    with pytest.raises(donation.BadDonation):
        donation.record(session, gift(h, **wrong))


def test_coded_pieces_of_a_gift_have_a_code_each(session: Session, h: Hospital) -> None:
    given = donation.record(session, gift(h, product="STENT", quantity=3, location="CARD-W"))
    later = build.occasion(h.nurse, at=build.NOW + timedelta(hours=1))
    donation.decide(session, later, given.code, takes=True, note="thank you")
    assert len({item.code for item in session.scalars(select(Item))}) == 3
    assert said(session, "donation_ward") == money(a1302_02="10.5", a4603="-10.5")
    assert build.problems(session) == []
