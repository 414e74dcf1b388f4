"""The page of budgets: begun, filled, approved by a colleague, shown on the ward, refills stopped and let through."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.costing import budgets
from spd.staff import Staff
from tests import build
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]
Act = Callable[[Callable[[Session], Any]], Any]


def _colleague_approves(session: Session) -> None:
    other = session.scalars(select(Staff).where(Staff.code == "auditor-1")).one()
    budgets.approve(session, build.occasion(other), 1)


def test_from_a_draft_to_a_refill_let_through(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    finance = enter("finance")
    assert "No budget holds" in finance.look("/finance/budgets?month=2026-03").text
    finance.fill("/versions", from_period="2026-03", note="trial")
    assert "CARD" in finance.fill("/lines", department="CARD", basis="month", amount="100").text
    assert "may not decide" in finance.fill("/approve").text
    draft = "/finance/budgets/versions/1"
    finance.look("/finance/budgets?month=2026-03")
    finance.fill("/lines", department="SURG", basis="month", amount="7777")
    assert "7,777.00" in finance.look("/finance/budgets?month=2026-03").text
    for path in ("/finance/budgets?month=2026-03", draft):  # a ward sees no other ward's, drafts included
        assert ("7,777.00" in enter("head_nurse").look(path).text, "100.00" in enter("head_nurse").look(path).text) == (
            False,
            True,
        )
    act(_colleague_approves)
    page = finance.look("/finance/budgets?month=2026-03").text
    assert f'href="{draft}?month=2026-03"' in page
    assert "7,777.00" in finance.look(f"{draft}?q=SURG").text
    assert "¥8,635.80" in page  # what was used of it
    assert "8635.8" in page.replace(",", "")
    assert '<td data-label="Share used" class="num">' in page  # at the right, as amounts do
    compared = finance.look("/finance?month=2026-03&compare=budget").text
    assert "¥100.00" in compared
    assert "+8535.8" in compared
    ward = enter("head_nurse")
    assert "Refills stop until finance lets them through" in ward.look("/refill/ward").text
    keeper = enter("storekeeper")
    assert "Left out of waves" in keeper.look("/refill").text
    packs: list[str] = act(lambda session: build.packs(session, there.h, 2, 10, at=there.h.store))

    def by_hand(pack: str) -> bool:  # it is told of, and not stopped: it may be wanted now
        keeper.look("/deliver")
        keeper.scan("L-CARD")
        keeper.scan(pack)
        page = keeper.fill("/deliver", act="send").text
        assert keeper.verdict()[0] == "ok"
        return "and waves leave it out" in page

    assert by_hand(packs[0])
    finance.look("/finance/budgets?month=2026-03")
    finance.fill("/releases", department="CARD", reason="Heart week")
    assert "Heart week" in finance.look("/finance/budgets?month=2026-03").text
    assert "Left out of waves" not in keeper.look("/refill").text
    assert not by_hand(packs[1])
