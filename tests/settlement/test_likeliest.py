"""What an invoice's lines are most likely for: of its note, at its price, the oldest; red and blue apart."""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd.catalog import Price
from spd.disposal import Asked
from spd.ledger import EntryRow, Movement, Posting
from spd.settlement import invoices
from spd.settlement.invoices import Invoice, MatchStatus
from tests import build
from tests.build import Hospital
from tests.disposal import test_going_back as going_back
from tests.settlement.bills import booked, entered, line, matched


def came(session: Session, h: Hospital, price: str = "2.50", code: str = "") -> str:
    """A case of fifty at a price, by a note of its own."""
    session.execute(update(Price).where(Price.product_id == 2).values(unit_price=Decimal(price)))
    scan = build.scan(build.GAUZE_CASE_DI, lot=f"L-{code}")
    return build.receive(session, h, build.note(session, h, h.gauzes, ("GAUZE", 50), code=code), scan)[0]


def sent_back(session: Session, h: Hospital, item: str, quantity: int) -> None:
    going_back.sign_out(session, h, going_back.prepare(session, h, Asked(item=item, quantity=quantity)))


def found(session: Session, invoice: Invoice) -> list[tuple[int, Decimal]]:
    assert set(invoices.statuses(session, invoice).values()) == {MatchStatus.MATCHED}
    return [(one.quantity, one.accrued) for one in invoices.matches_of(session, invoice)]


def test_goods_at_its_price_go_before_older_ones(session: Session, h: Hospital) -> None:
    came(session, h, "2.50")
    came(session, h, "2.60", "second")
    invoice = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "2.60")))
    assert found(session, invoice) == [(50, 130)]


def test_goods_of_its_delivery_note_go_before_all_others(session: Session, h: Hospital) -> None:
    for code, price in (("N-A", "2.50"), ("N-B", "2.55"), ("N-C", "2.50")):
        came(session, h, price, code)
    invoice = entered(session, "SUP-GAUZE", line("GAUZE", 60, "2.50"), delivery_note="N-B")
    found = [(one.quantity, one.accrued) for one in invoices.matches_of(session, matched(session, invoice))]
    assert found == [(50, Decimal("127.50")), (10, 25)]


def test_a_use_is_of_the_note_its_goods_came_by(session: Session, h: Hospital) -> None:
    first, second = build.stents(session, h)[0], build.stents(session, h)[0]
    uses = [build.use(session, h, code) for code in (first, second)]
    note = session.scalars(select(Movement.document).where(Movement.kind == "receive").order_by(Movement.id.desc()))
    invoice = entered(session, "SUP-STENT", line("STENT", 1, "8600"), delivery_note=note.first() or "")
    (one,) = invoices.matches_of(session, matched(session, invoice))
    of = select(EntryRow.movement_id).join(Posting).where(Posting.id == one.posting_id)
    assert session.scalar(of) == uses[1].movement_id


def test_who_bills_all_and_sends_a_red_invoice_has_both_matched(session: Session, h: Hospital) -> None:
    first, _ = came(session, h), came(session, h, code="second")
    sent_back(session, h, first, 40)
    blue = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 60, "2.50"), line("GAUZE", 40, "2.50")))
    assert found(session, blue) == [(50, 125), (10, 25), (40, 100)]
    red = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", -40, "2.50"), number="R-1"))
    assert found(session, red) == [(-40, -100)]
    booked(session, blue)
    booked(session, red)
    assert (build.balance(session, "2302.01"), build.problems(session)) == (0, [])


def test_who_bills_what_is_left_has_what_went_back_netted(session: Session, h: Hospital) -> None:
    first, _ = came(session, h), came(session, h, code="second")
    sent_back(session, h, first, 40)
    blue = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 60, "2.50")))
    assert sum(quantity for quantity, _ in found(session, blue)) == 60
    assert invoices.open_postings(session, h.gauzes.id) == []


def test_a_red_invoice_is_for_what_was_billed_and_went_back(session: Session, h: Hospital) -> None:
    """Of fifty that are billed twenty go back; of fifty more that wait for their invoice ten do."""
    first = came(session, h)
    booked(session, matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 50, "2.50"))))
    second = came(session, h, code="second")
    sent_back(session, h, second, 10)
    sent_back(session, h, first, 20)
    red = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", -20, "2.50"), number="R-1"))
    assert found(session, red) == [(-20, -50)]
    blue = matched(session, entered(session, "SUP-GAUZE", line("GAUZE", 40, "2.50"), number="F-2"))
    assert sorted(found(session, blue)) == [(-10, -25), (50, 125)]
    assert invoices.open_postings(session, h.gauzes.id) == []
