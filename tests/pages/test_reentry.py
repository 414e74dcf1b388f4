"""Paper on its pages: a line entered and asked about, the list and the report, the blank sheet."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Flask

from tests.pages.visiting import visitor

LINE = {
    "sheet": "CARD-20260302-7F3K", "department": "CARD", "used_by": "nurse-1", "day": "2026-03-02", "hour": "08:30",
    "encounter": "W-1",
}  # fmt: skip


def test_a_line_is_entered_and_the_same_line_is_asked_about(there: SimpleNamespace, app: Flask) -> None:
    head = visitor(app, "head_nurse-1")
    head.look("/reentry")
    told = head.fill("/reentry", scan=there.stents[2], **LINE).text
    assert "another person enters it too" in told
    assert "still has to enter: 1" in told
    nurse = visitor(app, "nurse-1")
    nurse.look("/reentry")
    differs = nurse.fill("/reentry", scan=there.stents[2], **LINE | {"encounter": "W-2"}).text
    assert "The first entry says otherwise: patient" in differs
    assert 'name="mine"' in differs
    assert LINE["sheet"] in nurse.look("/reentry/list?outcome=first").text
    nurse.look("/reentry")
    nurse.fill("/reentry", scan=there.stents[2], **LINE)
    assert nurse.page is not None
    assert "booked" in nurse.page.text
    assert nurse.form("/reentry", "sheet")["fields"]["sheet"] == LINE["sheet"]
    nurse.fill("/reentry", scan=there.stents[2], **LINE)
    nurse.fill("/reentry", scan=there.stents[2], like="same", **LINE)
    assert "booked before" in nurse.page.text
    nurse.look("/reentry/list")
    assert nurse.page.text.count(LINE["sheet"]) == 3
    nurse.look("/reentry/report")
    assert "Cardiology" in nurse.page.text


def test_a_blank_sheet_is_of_ones_own_ward(there: SimpleNamespace, app: Flask) -> None:
    nurse = visitor(app, "nurse-1")
    assert nurse.look("/reentry/sheet.pdf?department=CARD").data.startswith(b"%PDF")
    assert nurse.look("/reentry/sheet.pdf?department=SURG").status_code == 403
