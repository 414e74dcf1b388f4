"""Home tells each person what others asked for and only they may decide."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import admission
from spd.staff import Staff
from tests import build
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]


def waits(who: Visitor) -> dict[str, tuple[str, str]]:
    """What waits for somebody: how many, and where it is listed."""
    found = re.findall(
        r'<a class="todo__link" href="([^"]*)"><span>([^<]*)</span><b class="todo__count">(\d+)</b>', who.look("/").text
    )
    return {label: (count, unescape(href)) for href, label, count in found}


def test_what_waits_is_told_to_who_may_decide_it_and_leads_to_its_list(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    told = waits(keeper)
    assert told["Put aside at the bay"] == ("1", "/receiving/aside?state=waits")
    assert told["Held for inspection"] == ("1", "/receiving/held?result=held")
    for count, href in told.values():
        assert f"{count} row" in keeper.look(href).text
    assert "Put aside at the bay" not in waits(enter("nurse"))


def test_what_somebody_assessed_another_decides(
    enter: Enter, there: SimpleNamespace, act: Callable[[Callable[[Session], Any]], Any]
) -> None:
    def assessed(session: Session) -> None:
        buyer, quality = (
            session.scalars(select(Staff).where(Staff.code == f"{role}-1")).one() for role in ("buyer", "quality")
        )
        wish = admission.Wish(
            department=there.h.cardiology, name="缝线", unit_price=Decimal(48), reason="x", expected_monthly=1
        )
        number = admission.ask(session, build.occasion(buyer), wish).id
        found = admission.Assessed(assessment="x", product="SUTURE", base_unit="根", product_class="low_value")
        admission.assess(session, build.occasion(quality), number, found)

    act(assessed)
    assert waits(enter("finance"))["New products to decide"][0] == "1"
    assert "New products to decide" not in waits(enter("quality"))


def test_what_somebody_asked_for_waits_for_others(enter: Enter, there: SimpleNamespace) -> None:
    nurse = enter("nurse")
    nurse.look("/stock/write-offs/new")
    nurse.fill("/stock/write-offs/new", items=there.packs[1], reason="lost")
    head, porter = enter("head_nurse"), enter("porter")
    assert "Write-offs to approve" in waits(head)
    before = waits(head)["Write-offs to approve"][0]
    head.look("/stock/write-offs/new")
    head.fill("/stock/write-offs/new", items=there.packs[2], reason="lost")
    assert waits(head)["Write-offs to approve"][0] == before  # her own is for somebody else
    assert waits(porter) == {}
