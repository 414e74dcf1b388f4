"""Saved reports: kept from a report's own choice, opened again, removed by whoever saved them alone."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace
from typing import Any

import pytest
from flask import request
from werkzeug.wrappers import Response

from api import reporting
from api.pages.listing import Listing
from api.v1.reports import ReportChoiceIn
from spd.costing.saved import SavedReport
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


def test_every_filter_of_a_list_that_can_be_saved_is_saved_with_it(
    enter: Enter, there: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, set[str]] = defaultdict(set)

    def exported(listing: Listing, **_said: Any) -> Response:
        seen[request.path] |= {one.name for one in listing.filters}
        return Response("")

    for name, module in list(sys.modules.items()):
        if name.startswith("api.pages.") and hasattr(module, "exported"):
            monkeypatch.setattr(module, "exported", exported)
    finance = enter("finance")
    for name in reporting.LISTS:
        for what in ("costs", "revenue", "drivers") if name == "inputs" else ("",):
            report = SavedReport(report=name, said=json.dumps({"what": what}), format="csv")
            finance.look(reporting.path_of(report, {"month": "2026-03"}))
    assert set(seen) >= {path for name, path in reporting.LISTS.items() if name != "case-costs"}
    for path, names in seen.items():
        assert names <= {*reporting.CHOSEN, "month"}, path
    assert set(reporting.CHOSEN) == set(ReportChoiceIn().fields)


def test_what_is_of_one_month_alone_is_not_saved_and_said_so(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    page = finance.look("/finance/reports?report=movements&department=CARD&week=2026-03-02&version=2").text
    assert "Not saved, as it is of one month alone: week 2026-03-02, version 2" in page
    assert "Not saved" not in finance.look("/finance/reports?report=movements&department=CARD").text


def test_a_range_of_months_goes_before_months_together(enter: Enter, there: SimpleNamespace) -> None:
    finance = enter("finance")
    finance.look("/finance/reports?report=indicators&span=year")
    shown = finance.fill("/finance/reports", name="Q", report="indicators", months="quarter", schedule="never").text
    assert '<a href="/finance/indicators?from=2026-01&amp;month=2026-03">Q</a>' in shown
