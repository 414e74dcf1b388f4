"""Balances of accounts weigh nothing, whatever happened; the three books of a lot move together and tie out."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from spd import accounting, ledger
from spd.accounting import proof
from spd.catalog import Lot
from spd.ledger import Item
from spd.settlement.lots import UnknownLot, select_lots, three_books
from tests import build
from tests.build import Hospital
from tests.settlement.bills import booked, entered, line, matched, paid

MARCH = "2026-03"


def _a_story(session: Session, h: Hospital) -> None:
    build.gauze(session, h, 2)
    uses = [build.use(session, h, code) for code in build.stents(session, h, 3)]
    build.reverse(session, h, uses[0].movement_id)
    build.use(session, h, build.packs(session, h, 1)[0], encounter=None)
    one = booked(session, matched(session, entered(session, "SUP-STENT", line("STENT", 1, "8700"))), reason="x")
    paid(session, "SUP-STENT", one)


def test_opening_debit_credit_and_closing(session: Session, h: Hospital) -> None:
    _a_story(session, h)
    rows = {row.account: row for row in accounting.trial_balance(session, MARCH, MARCH)}
    assert accounting.weigh(list(rows.values())).ties
    stents, pack, difference = 2 * Decimal(8600), Decimal(70), Decimal(100)
    cost = rows["5001.01"]
    assert (cost.opening, cost.debit, cost.credit) == (0, stents + pack + difference, 0)  # what was undone is red
    assert rows["2302.01"].closing == -(rows["1302.01"].closing + rows["1302.02"].closing + stents + pack - 8600)
    assert (rows["2302.02"].debit, rows["2302.02"].credit, rows["2302.02"].closing) == (8700, 8700, 0)
    assert (rows["7201"].closing, rows["8001"].closing) == (8700, -8700)
    (april,) = (row for row in accounting.trial_balance(session, "2026-04", "2026-04") if row.account == "5001.01")
    assert (april.opening, april.debit, april.closing, april.year_debit) == (cost.closing, 0, cost.closing, cost.debit)


def test_closed_months_give_the_same_opening_and_an_instant_the_same_for_ever(session: Session, h: Hospital) -> None:
    _a_story(session, h)
    then = build.NOW + timedelta(minutes=1)
    before = accounting.trial_balance(session, "2026-04", "2026-04")
    at = accounting.trial_balance(session, MARCH, MARCH, at=then)
    ledger.close_period(session, build.occasion(h.keeper, at=build.NOW + timedelta(days=31)), MARCH)
    session.flush()
    assert accounting.trial_balance(session, "2026-04", "2026-04") == before
    build.use(session, h, build.stents(session, h)[0], occasion=build.occasion(h.nurse, at=build.NOW))
    assert accounting.trial_balance(session, MARCH, MARCH, at=then) == at
    assert accounting.weigh(accounting.trial_balance(session, "2026-03", "2026-04")).ties


def test_the_three_books_of_a_lot(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 3)
    use = build.use(session, h, codes[0])
    build.use(session, h, codes[1])
    lot = session.execute(text("SELECT code FROM lots")).scalar_one()
    booked(session, matched(session, entered(session, "SUP-STENT", line("STENT", 1, "8600"))))
    books = three_books(session, "STENT", lot)
    assert (books.physical, books.owned, books.consigned, books.tie_out) == (1, 0, 1, 0)
    assert (books.owed, books.invoiced) == (17200, 8600)
    assert [(one.event, one.physical, one.owed) for one in books.lines] == [
        *[("", 1, 0)] * 3, ("use_consigned", -1, 8600), ("use_consigned", -1, 8600)
    ]  # fmt: skip
    build.reverse(session, h, use.movement_id)
    books = three_books(session, "STENT", lot)
    assert (books.physical, books.owed, books.lines[-1].owed, books.tie_out) == (2, 8600, -8600, 0)
    seen = select_lots()
    row = session.execute(seen.query.add_columns(*(one.label(name) for name, one in seen.of.items()))).one()
    assert (row.physical, row.owned, row.consigned, row.memo_value) == (2, 0, 2, 17200)
    with pytest.raises(UnknownLot):
        three_books(session, "STENT", "another")


def test_title_without_a_payable_is_found(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    assert build.problems(session) == []
    session.execute(text("UPDATE items SET unit_price = unit_price + 10000"))
    assert "titles" in {problem.check for problem in proof.problems(session)}


def test_a_lot_is_as_it_was_at_an_instant(session: Session, h: Hospital) -> None:
    code = build.stents(session, h, 2)[0]
    lot = session.scalar(select(Lot.code).join(Item, Item.lot_id == Lot.id).where(Item.code == code)) or ""
    later = build.NOW + timedelta(hours=1)
    before = three_books(session, "STENT", lot, build.NOW)
    assert (before.consigned, before.owed, before.tie_out) == (2, 0, 0)
    build.use(session, h, code, occasion=build.occasion(h.nurse, at=later))
    one = matched(session, entered(session, "SUP-STENT", line("STENT", 1, "8600")))
    booked(session, one, at=later + timedelta(hours=1))
    assert three_books(session, "STENT", lot, build.NOW) == before
    used = three_books(session, "STENT", lot, later)
    assert (used.consigned, used.owed, used.invoiced, used.tie_out) == (1, 8600, 0, 0)
    now = three_books(session, "STENT", lot)
    assert (now.invoiced, now) == (8600, three_books(session, "STENT", lot, later + timedelta(hours=2)))
    seen = select_lots(build.NOW)
    assert session.execute(seen.query.add_columns(seen.of["consigned"], seen.of["memo_value"])).one() == (2, 17200)
