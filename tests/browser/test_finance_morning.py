"""A finance user's morning: the last closed month, its worst department, down to a movement, out as a file."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, time
from decimal import Decimal

import openpyxl
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import costing, ledger
from spd.core.ids import request_key
from spd.core.occasion import Occasion
from spd.core.transaction import transaction
from spd.costing import DepartmentCost, Filter
from spd.ledger import Posting
from spd.staff import Staff
from tests.browser.user import Hospital, User

Enter = Callable[..., User]


def _close_a_month(hospital: Hospital) -> str:
    """The first month in which something was used, closed on the second day after it."""
    with transaction(hospital.database) as session:
        period = str(session.scalar(select(func.min(Posting.period))))
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


def _ties_out(user: User, *, at_least: int = 1) -> None:
    assert user.page.locator(".tieout").count() >= at_least
    assert user.page.locator(".tieout--broken").count() == 0
