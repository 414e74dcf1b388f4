"""A difference of price goes where its goods went, whatever way that was: used, lost, sent back, mixed, and when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd import disposal, ledger, packing
from spd.catalog import Price
from spd.disposal import Asked, Decision, Kind, ToDispose, Why
from spd.ledger import Account, EntryRow, Posting
from spd.settlement import invoices
from spd.settlement.parts import parts_of
from tests import build
from tests.build import Hospital
from tests.counting.scene import scene
from tests.disposal.test_going_back import prepare, sign_out
from tests.settlement.bills import booked, entered, line, matched

D = Decimal
HUNDRED_AT = "2.50"


@pytest.fixture
def gauze(session: Session, h: Hospital) -> str:
    """A hundred at 2.50, in the store."""
    session.execute(update(Price).where(Price.product_id == 2).values(unit_price=D(HUNDRED_AT)))
    return build.gauze(session, h, 2)


def billed(session: Session, quantity: int = 100, price: str = "2.60", number: str = "F-1") -> invoices.Invoice:
    """An invoice of so much, matched and booked."""
    invoice = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", quantity, price), number=number))
    return booked(session, invoice, reason="new price")


def lies(session: Session) -> dict[str, Decimal]:
    """Of differences what lies on goods, is expense of departments, and of nobody's; every line opens to its parts."""
    query = select(Posting, Account.kind).join(EntryRow).join(Account, Account.code == Posting.account)
    found: dict[str, Decimal] = {}
    for posting, kind in session.execute(query.where(EntryRow.document_entry_id.is_not(None))):
        name = posting.account if posting.account == "1302.09" else kind
        if name in ("1302.09", "expense", "disposal"):
            found[name] = found.get(name, D(0)) + posting.amount
        if name in ("expense", "disposal"):
            assert (name == "expense") == (posting.department_id is not None)
            parts = parts_of(session, posting)
            assert parts is not None
            assert parts.total(session) == posting.amount
    assert build.problems(session) == []
    return {name: amount for name, amount in found.items() if amount}


def send_back(session: Session, h: Hospital, item: str) -> None:
    sign_out(session, h, prepare(session, h, Asked(item=item, quantity=40)))


def write_off(session: Session, h: Hospital, item: str) -> None:
    asked = ToDispose(
        occasion=build.occasion(h.keeper), kind=Kind.WRITE_OFF, lines=[Asked(item=item, quantity=40)],
        reason=Why.DAMAGED,
    )  # fmt: skip
    document = disposal.ask(session, asked)[0].code
    disposal.approve(session, Decision(occasion=build.occasion(h.nurse), document=document))


def miss(session: Session, h: Hospital, item: str, *counts: int) -> None:
    """So many are seen at one count after the other."""
    counted = scene(session, h)
    for seen in counts or (60,):
        count = counted.plan(h.store)
        counted.see(count, h.store, item, seen)
        counted.finish(count)
        counted.settle(count)


LOST = {"1302.09": D(6), "disposal": D(4)}


@pytest.mark.parametrize("happens", [write_off, miss])
def test_what_the_store_lost_is_no_departments(
    session: Session, h: Hospital, gauze: str, happens: Callable[[Session, Hospital, str], None]
) -> None:
    happens(session, h, gauze)
    billed(session)
    assert lies(session) == LOST


def test_what_the_store_loses_after_its_invoice_takes_its_difference_along(
    session: Session, h: Hospital, gauze: str
) -> None:
    invoice = billed(session)
    write_off(session, h, gauze)
    assert invoices.release_variances(session, build.occasion(h.keeper)) == 4
    assert lies(session) == LOST
    invoices.unmatch(session, build.occasion(h.nurse), invoice, reason="wrong goods")
    assert lies(session) == {}


@pytest.mark.parametrize("first", ["sent back", "billed"])
def test_what_goes_back_takes_its_difference_from_the_rest(
    session: Session, h: Hospital, gauze: str, first: str
) -> None:
    if first == "billed":
        billed(session)
    send_back(session, h, gauze)
    billed(session, -40 if first == "billed" else 60, number="F-2")
    assert lies(session) == {"1302.09": D(6)}
    assert invoices.release_variances(session, build.occasion(h.keeper)) == 0


def test_a_pack_of_two_receipts_is_of_both(session: Session, h: Hospital) -> None:
    """Fifty and fifty of one lot; a pack of sixty of them is used."""
    session.execute(update(Price).where(Price.product_id == 2).values(unit_price=D(HUNDRED_AT)))
    sources = [
        build.receive(session, h, build.note(session, h, h.gauzes, ("GAUZE", 50)),
                      build.scan(build.GAUZE_CASE_DI, lot="SAME"))[0]
        for _ in range(2)
    ]  # fmt: skip
    asked = packing.PacksAsked(occasion=build.occasion(h.keeper), sources=sources, quantity=60, count=1)
    pack = packing.make_packs(session, asked).packs[0].code
    build.move_to(session, h, [pack], h.ward)
    build.use(session, h, pack, encounter=None)
    billed(session)
    assert lies(session) == {"1302.09": D(4), "expense": D(6)}


def test_a_consignors_goods_lost_on_a_ward_are_the_wards(session: Session, h: Hospital) -> None:
    said = {"unit_price": D(HUNDRED_AT), "settlement_mode": "on_use"}
    session.execute(update(Price).where(Price.product_id == 2).values(said))
    counted = scene(session, h)
    (item,) = build.move_to(session, h, [build.gauze(session, h)], h.ward)
    count = counted.plan(h.ward)
    counted.see(count, h.ward, item, 40)
    counted.finish(count)
    counted.settle(count)
    billed(session, 10)
    assert lies(session) == {"expense": D(1)}


def test_what_is_used_after_a_month_is_for_the_next(session: Session, h: Hospital) -> None:
    """On goods at the end of March, used in April: locking March leaves it there, locking April posts it on its last
    day."""
    session.execute(update(Price).where(Price.product_id == 2).values(unit_price=D(HUNDRED_AT)))
    pack = build.packs(session, h, 1, quantity=50)[0]
    billed(session, 50)
    april, may = (build.occasion(h.keeper, at=build.NOW + timedelta(days=days)) for days in (31, 61))
    build.use(session, h, pack, encounter=None, occasion=build.occasion(h.nurse, at=april.recorded_at))
    assert invoices.release_variances(session, april, period="2026-03") == 0
    ledger.close_period(session, april, "2026-03")
    assert invoices.release_variances(session, may, period="2026-04") == 5
    entry = session.scalars(select(EntryRow).where(EntryRow.event == "variance_released")).one()
    assert (entry.period, f"{entry.day_on}") == ("2026-04", "2026-04-30")
    assert lies(session) == {"expense": D(5)}


def test_what_turns_up_again_was_never_lost(session: Session, h: Hospital, gauze: str) -> None:
    miss(session, h, gauze, 60, 100)
    billed(session)
    assert lies(session) == {"1302.09": D(10)}
