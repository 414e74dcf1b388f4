"""Whatever is billed at whatever price, and whatever becomes of the goods: differences lie where the goods are."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from spd import costing, disposal, packing, policies
from spd.catalog import Price
from spd.core.database import Database
from spd.core.errors import Conflict, Refused
from spd.costing import Filter
from spd.disposal import Asked, Decision, Kind, ToDispose, Why
from spd.ledger import Account, Item, Posting
from spd.settlement import invoices
from spd.settlement.invoices import Invoice, InvoiceMatch, InvoiceVariance, shares
from spd.settlement.invoices.models import stands
from tests import build
from tests.build import Hospital
from tests.disposal.test_going_back import prepare, sign_out
from tests.settlement import bills

STEPS = (
    "receive", "pack", "use", "undo", "write off", "send back", "bill", "bill red", "book", "match", "unmatch",
    "reclass", "release",
)  # fmt: skip
STORY = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 40)), min_size=8, max_size=24)
PRICES = ("2.50", "2.60", "0.3333")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORY, reverses=st.booleans())
def test_differences_lie_where_their_goods_are(
    kept_database: Callable[[str], Database], story: list[tuple[str, int]], *, reverses: bool
) -> None:
    session = kept_database("sqlite").session()
    try:
        _told(session, story, reverses=reverses)
    finally:
        session.rollback()
        session.close()


def _told(session: Session, story: list[tuple[str, int]], *, reverses: bool) -> None:
    h = build.hospital(session)
    if reverses:
        policies.settle(session, build.occasion(h.keeper), "accrual.on_invoice", "reverse")
    uses: list[int] = []
    for step, number in [("receive", 0), ("receive", 1), ("pack", 30), *story]:
        with suppress(Refused, Conflict), session.begin_nested():
            if step == "use":
                pack = _nth(session, number, "pack")
                if pack is not None:
                    count = number % pack.quantity + 1
                    uses.append(build.use(session, h, pack.code, encounter=None, quantity=count).movement_id)
            elif step == "undo" and uses:
                build.reverse(session, h, uses[number % len(uses)])
            elif step in _OF_GOODS:
                _OF_GOODS[step](session, h, number)
            elif step != "undo":
                _of_money(session, h, step, number)
    invoices.release_variances(session, build.occasion(h.keeper))
    assert invoices.release_variances(session, build.occasion(h.keeper)) == 0
    standing = list(session.scalars(select(InvoiceMatch).where(stands()).order_by(InvoiceMatch.id)))
    posted = set(session.scalars(select(InvoiceVariance.match_id)))
    due = sum((one.amount for one in shares.share_out(session, standing) if one.on_hand and one.match.id in posted),
              Decimal(0))  # fmt: skip
    assert build.balance(session, "1302.09") == due
    expense = select(func.sum(Posting.amount)).join(Account, Account.code == Posting.account)
    of_departments = sum((row.total for row in costing.by_department(session, Filter(period="2026-03"))), Decimal(0))
    assert of_departments == (session.scalar(expense.where(Account.kind == "expense")) or 0)
    assert build.problems(session) == []
    _use_up(session, h)
    invoices.release_variances(session, build.occasion(h.keeper))
    assert build.balance(session, "1302.09") == 0
    if not {"write off", "send back"} & {step for step, _number in story}:
        assert build.balance(session, "5301") == 0
    assert build.problems(session) == []


def _use_up(session: Session, h: Hospital) -> None:
    """All that is left is used: nothing lies on goods any more, and what nobody lost is somebody's."""
    bulks = session.execute(select(Item.code, Item.quantity).where(Item.quantity > 0, Item.kind == "bulk")).all()
    for code, count in bulks:
        asked = packing.PacksAsked(occasion=build.occasion(h.keeper), sources=[code], quantity=count, count=1)
        build.move_to(session, h, [packing.make_packs(session, asked).packs[0].code], h.ward)
    packs = session.execute(select(Item.code, Item.quantity).where(Item.quantity > 0, Item.kind == "pack")).all()
    for code, count in packs:
        build.use(session, h, code, encounter=None, quantity=count)


def _nth(session: Session, number: int, *kinds: str) -> Item | None:
    """One of the things that there are of these kinds, whichever the number says."""
    query = select(Item).where(Item.quantity > 0, Item.kind.in_(kinds), Item.product_id == 2).order_by(Item.id)
    found = session.scalars(query).all()
    return found[number % len(found)] if found else None


def _receive(session: Session, h: Hospital, number: int) -> None:
    session.execute(update(Price).where(Price.product_id == 2).values(unit_price=Decimal(PRICES[number // 20])))
    note = build.note(session, h, h.gauzes, ("GAUZE", 50))
    build.receive(session, h, note, build.scan(build.GAUZE_CASE_DI, lot="MIXED"))


def _pack(session: Session, h: Hospital, number: int) -> None:
    bulks = session.scalars(select(Item.code).where(Item.quantity > 0, Item.kind == "bulk").order_by(Item.id)).all()
    first = number % max(len(bulks) - 1, 1)
    asked = packing.PacksAsked(
        occasion=build.occasion(h.keeper), sources=bulks[first : first + 2], quantity=40 + number,
        count=1,
    )  # fmt: skip
    build.move_to(session, h, [packing.make_packs(session, asked).packs[0].code], h.ward)


def _write_off(session: Session, h: Hospital, number: int) -> None:
    item = _nth(session, number, "bulk", "pack")
    if item is not None:
        lines = [Asked(item=item.code, quantity=number % item.quantity + 1)]
        asked = ToDispose(occasion=build.occasion(h.keeper), kind=Kind.WRITE_OFF, lines=lines, reason=Why.DAMAGED)
        document = disposal.ask(session, asked)[0].code
        disposal.approve(session, Decision(occasion=build.occasion(h.nurse), document=document))


def _send_back(session: Session, h: Hospital, number: int) -> None:
    item = _nth(session, number, "bulk")
    if item is not None:
        sign_out(session, h, prepare(session, h, Asked(item=item.code, quantity=number % item.quantity + 1)))


_OF_GOODS = {"receive": _receive, "pack": _pack, "write off": _write_off, "send back": _send_back}


def _of_money(session: Session, h: Hospital, step: str, number: int) -> None:
    if step == "reclass":
        h.cardiology.cost_class = ("clinical", "administrative")[number % 2]
        session.flush()  # read by the database alone
    elif step == "release":
        invoices.release_variances(session, build.occasion(h.keeper))
    elif step in ("bill", "bill red"):
        count = (number + 10) * (-1 if step == "bill red" else 1)
        line = bills.line("GAUZE", count, PRICES[number % 3])
        there = session.scalar(select(func.count(Invoice.id)))
        bills.matched(session, bills.entered(session, "SUP-GAUZE", line, number=f"F-{there}"))
    else:
        found = list(session.scalars(select(Invoice).order_by(Invoice.id)))
        if found:
            _step(session, found[number % len(found)], step)


def _step(session: Session, invoice: Invoice, step: str) -> None:
    if step == "book":
        bills.booked(session, invoice, reason="as it is")
    elif step == "match":
        bills.matched(session, invoice)
    else:
        occasion = build.occasion(bills.staff(session, "auditor"))
        invoices.unmatch(session, occasion, invoice, reason="wrong goods")
