"""Saved reports: kept from a report's own choice, opened again, removed by whoever saved them alone."""

from __future__ import annotations

from collections.abc import Callable
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


def test_what_goes_out_needs_somewhere_to_go(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    finance.look("/finance/reports")
    page = finance.fill("/finance/reports", name="Daily", report="stock", months="this", schedule="daily").text
    assert "needs a recipient or the folder" in page
    assert 'value="Daily"' in page
