"""A finance user's morning: the last closed month, down to a movement, out as a file; an invoice, a difference."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal

import openpyxl
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import costing, ledger, reconciliation
from spd.core import clock
from spd.core.ids import request_key
from spd.core.occasion import Occasion
from spd.core.transaction import transaction
from spd.costing import DepartmentCost, Filter
from spd.encounters import Encounter
from spd.ledger import Item, Movement, MovementKind, Posting
from spd.reconciliation import ChargeCase, Charged
from spd.settlement import Statement, invoices
from spd.staff import Staff
from tests.browser.user import Hospital, User

Enter = Callable[..., User]


def _close_a_month(hospital: Hospital) -> str:
    """The month that is due, closed on the second day after it."""
    with transaction(hospital.database) as session:
        period = ledger.due_period(session, str(session.scalar(select(func.min(Posting.period)))))
        day = ledger.days_of(session, ledger.shifted(period, 1))[0].replace(day=2)
        at = datetime.combine(day, time(2), tzinfo=UTC)
        staff = session.scalars(select(Staff.id).order_by(Staff.id)).first() or 1
        when = Occasion(request_key=request_key(at), staff_id=staff, occurred_at=at, recorded_at=at, day=day)
        ledger.close_period(session, when, period)
    return period


def _worst(session: Session, period: str) -> DepartmentCost:
    return max(costing.by_department(session, Filter(period=period)), key=lambda row: row.total)


def test_from_the_closed_month_to_the_movement_and_the_file(enter: Enter, hospital: Hospital) -> None:
    period = _close_a_month(hospital)
    worst = hospital.ask(lambda session: _worst(session, period))
    finance = enter("finance", phone=False)
    finance.go("/finance")  # the last closed month is where it begins
    finance.page.get_by_role("link", name="Last closed").click()
    assert finance.page.locator("#month").input_value() == period
    _ties_out(finance)
    bar = finance.page.locator(".chart__drawn").nth(1).locator("a").first  # the largest stands above
    bar.click()
    finance.page.wait_for_url(re.compile(f"department={worst.department}"))
    _ties_out(finance)
    finance.page.get_by_role("link", name="Movement", exact=True).click()
    _ties_out(finance, at_least=0)
    with finance.page.expect_download() as download:
        finance.page.get_by_role("link", name="Excel").click()
    book = openpyxl.load_workbook(io.BytesIO(download.value.path().read_bytes()))
    rows = list(book.worksheets[0].values)
    assert Decimal(str(rows[-1][rows[0].index("Cost")])) == worst.total
    movement = finance.page.locator("tr[id^=m]").first
    code = movement.locator("a.code").first.inner_text()
    movement.locator("a").first.click()
    finance.page.wait_for_url(re.compile(f"code={re.escape(code)}"))
    assert finance.page.locator(".chain__node--used").count() == 1


def test_an_invoice_is_matched_and_a_difference_settled(enter: Enter, hospital: Hospital) -> None:
    finance = enter("finance", phone=False)
    page = finance.page
    supplier, product, price = hospital.ask(_owed)
    owed = hospital.ask(lambda session: _uninvoiced(session, supplier))
    finance.go("/finance/invoices/new")
    page.select_option("[name=supplier]", supplier)
    page.fill("[name=number]", "24010077")
    page.fill("[name=issued_on]", str(hospital.ask(_today)))
    for name, value in (("product", product), ("quantity", "1"), ("unit_price", str(price))):
        page.locator(f"input[name={name}]").first.fill(value)
    page.get_by_role("button", name="Put on record").click()
    page.get_by_role("button", name="Match what is likeliest").click()
    page.get_by_role("heading", name="Matched to").wait_for()
    assert page.locator(".pill", has_text="matched in full").count() == 2  # the line, and with it the whole
    assert hospital.ask(lambda session: _uninvoiced(session, supplier)) == owed - price
    _charge(hospital)
    finance.go("/finance/charges")
    page.get_by_role("button", name="Reconcile now").click()
    page.get_by_text("New charges and uses").wait_for()
    finance.go("/finance/differences")
    listed = page.locator("tbody tr")
    open_before = hospital.ask(_unresolved)
    assert listed.count() > 0 < open_before
    listed.first.locator("a").first.click()
    page.get_by_role("button", name="I take it").click()
    page.locator("form.form [name=resolution]").select_option("accepted")
    page.fill("[name=reason]", "billed by hand before the go-live")
    page.get_by_role("button", name="Resolve", exact=True).click()
    page.get_by_role("heading", name="Open it again").wait_for()
    assert page.get_by_text("billed by hand before the go-live").count() == 1
    assert hospital.ask(_unresolved) == open_before - 1


def _charge(hospital: Hospital) -> None:
    """HIS bills something on the first day that anything was used; nobody used it."""
    at = clock.now()
    with transaction(hospital.database) as session:
        stay = session.scalars(select(Encounter).order_by(Encounter.id)).first()
        assert stay is not None
        day = (
            session.scalar(select(func.min(Movement.day_on)).where(Movement.kind == MovementKind.CONSUME)) or at.date()
        )
        staff = session.scalars(select(Staff.id).order_by(Staff.id)).first() or 1
        when = Occasion(request_key=request_key(at), staff_id=staff, occurred_at=at, recorded_at=at, day=at.date())
        line = Charged(
            number="HIS-1", encounter=stay.code, department_id=stay.department_id, charge_code="SF-OTHER", quantity=1,
            unit_price=Decimal(12), amount=Decimal(12), charged_at=datetime.combine(day, time(9), tzinfo=UTC), day=day,
        )  # fmt: skip
        reconciliation.keep_charges(session, when, [line])


def _owed(session: Session) -> tuple[str, str, Decimal]:
    """A supplier that is owed for goods on no invoice and no statement under way, one product of these, its price."""
    goods = invoices.goods_without_invoice(session)
    query = goods.query.where(goods.quantity > 0, Statement.id.is_(None))
    query = query.add_columns(goods.party.code, goods.product.code, Item.unit_price).order_by(Posting.id.desc())
    supplier, product, price = session.execute(query.limit(1)).one()
    return supplier, product, price


def _uninvoiced(session: Session, supplier: str) -> Decimal:
    """What a supplier is owed for goods on no invoice."""
    goods = invoices.goods_without_invoice(session)
    amounts = goods.query.where(goods.party.code == supplier).add_columns(goods.amount)
    return sum(session.scalars(amounts), Decimal(0))


def _unresolved(session: Session) -> int:
    query = select(func.count()).where(reconciliation.wanting(), ChargeCase.resolved_at.is_(None))
    return session.scalar(query.where(ChargeCase.ended_at.is_(None))) or 0


def _today(_session: Session) -> date:
    return clock.now().date()


def _ties_out(user: User, *, at_least: int = 1) -> None:
    assert user.page.locator(".tieout").count() >= at_least
    assert user.page.locator(".tieout--broken").count() == 0
