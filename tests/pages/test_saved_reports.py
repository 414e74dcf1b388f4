"""Saved reports: kept from a report's own choice, opened again, removed by whoever saved them alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace

from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]


def test_a_choice_is_saved_opened_and_removed(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look("/finance?month=2026-03&department=CARD").text
    assert "/finance/reports?" in page
    assert "report=products" in page
    finance.look("/finance/reports?report=products&department=CARD")
    shown = finance.fill(
        "/finance/reports", name="Cardiology", report="products", months="previous", schedule="never"
    ).text
    assert "Cardiology is saved." in shown
    assert "/finance/export/products.xlsx?department=CARD&amp;month=2026-02" in shown
    assert '<a href="/finance?department=CARD&amp;month=2026-02&amp;by=product">Cardiology</a>' in shown
    assert "Cardiology</a>" not in enter("auditor").look("/finance/reports").text
    finance.look("/finance/reports")
    assert "No saved reports yet" in finance.fill("/stop").text


def test_every_list_of_finance_is_saved_with_what_is_chosen_there(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    for path, kept in (
        ("/finance/groups?month=2026-03&span=quarter&cost=top_down", "/finance/groups?cost=top_down&span=quarter&"),
        ("/finance/step-down?month=2026-03&item=staff", "/finance/step-down?item=staff&"),
        ("/finance/indicators?month=2026-03&by=campus&group=A", "/finance/indicators?by=campus&group=A&"),
        ("/finance/case-costs/2026-03/top_down?item=drugs", "/finance/case-costs/2026-03/top_down?"),
        ("/finance/inputs?month=2026-03&what=revenue", "/finance/inputs?what=revenue&"),
        ("/finance/budgets?month=2026-03&stands=over", "/finance/budgets?stands=over&"),
        ("/finance/drgs?month=2026-03", "/finance/export/drgs.xlsx?"),
        ("/finance?month=2026-03&by=encounter&department=CARD", "/finance/export/encounter.xlsx?department=CARD&"),
    ):
        href = re.search(r'href="(/finance/reports\?[^"]+)"', finance.look(path).text)
        assert href is not None, path
        finance.look(unescape(href[1]))
        report = unescape(href[1]).partition("report=")[2].partition("&")[0]
        shown = unescape(
            finance.fill("/finance/reports", name="Mine", report=report, months="this", schedule="never").text
        )
        assert "Mine is saved." in shown, path
        file = re.search(rf'href="({re.escape(kept)}[^"]*)"[^>]*>(Excel|CSV)', shown)
        assert file is not None, path
        assert finance.look(file[1]).status_code == 200, path
        finance.look("/finance/reports")
        finance.fill("/stop")


def test_what_goes_out_needs_somewhere_to_go(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    finance.look("/finance/reports")
    page = finance.fill("/finance/reports", name="Daily", report="stock", months="this", schedule="daily").text
    assert "needs a recipient or the folder" in page
    assert 'value="Daily"' in page
