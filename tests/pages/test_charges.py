"""HIS charges as a finance user's browser sees them: every figure opens to lines that come to it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from sqlalchemy.orm import Session

from tests import build
from tests.pages.visiting import Visitor
from tests.reconciliation import given as charges

Enter, Act = Callable[..., Visitor], Callable[..., Any]
_CELL = re.compile(r'<td class="num[^"]*"><a href="(/finance/charges/lines\?[^"]*)">([^<%]*)</a></td>')


def test_every_figure_of_charges_opens_to_lines_that_come_to_it(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    h = there.h

    def charged(session: Session) -> None:
        """One use billed two days later, and one billed to another department."""
        codes = build.stents(session, h, 2)
        for code in codes:
            build.use(session, h, code)
        late = charges.line(h, item=codes[0], at=build.NOW + timedelta(days=2))
        charges.keep(session, h, late, charges.line(h, item=codes[1], department_id=h.surgery.id))
        charges.run(session)

    act(charged)
    finance = enter("finance")
    seen = 0
    for page in ("/finance/charges?month=2026-03", "/finance/charges?month=2026-03&department=CARD"):
        for href, amount in _CELL.findall(finance.look(page).text):
            told = finance.look(href.replace("&amp;", "&") + "&as=csv").data.decode("utf-8-sig")
            column = "Charged" if "side=charge" in href else "Used" if "side=use" in href else "Charged less used"
            below = sum((Decimal(row[column] or 0) for row in csv.DictReader(io.StringIO(told))), Decimal(0))
            assert below == Decimal(amount.replace("¥", "").replace(",", "").replace("−", "-")), href
            seen += 1
    assert seen > 15
    shown = finance.look("/finance/charges/lines?since=2026-03-04&until=2026-03-04&verdict=late").text
    assert "¥8,600.00" in shown  # the charge, on its own day, though its difference began two days before
    ward = enter("head_nurse").look("/finance/charges/lines?since=2026-03-01&until=2026-03-31").text
    assert "SURG" not in ward


def test_the_loss_opens_to_the_uses_that_come_to_it(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    h = there.h

    def charged(session: Session) -> None:
        """Three used and one charged, and one used with no patient named."""
        charges.begin(session, h)
        for number, code in enumerate(build.stents(session, h, 4)):
            build.use(session, h, code, **({} if number else {"encounter": None}))
        charges.keep(session, h, charges.line(h))
        charges.run(session)

    act(charged)
    finance = enter("finance")
    page = finance.look("/finance/charges?month=2026-03").text
    href, amount = re.findall(r'href="(/finance/charges/lines\?[^"]*verdict=lost[^"]*)"[^>]*>(.*?)</', page, re.S)[0]
    told = finance.look(href.replace("&amp;", "&"))
    assert "25,800.00" in page
    assert "25,800.00" in told.text
    rows = csv.DictReader(io.StringIO(finance.look(href.replace("&amp;", "&") + "&as=csv").data.decode("utf-8-sig")))
    assert [Decimal(row["Lost: used, not charged"]) for row in rows] == [8600, 8600, 8600], amount
