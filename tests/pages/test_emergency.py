"""The emergency page without scripts: scanned, undone, assigned by the wristband."""

from __future__ import annotations

from types import SimpleNamespace

from flask import Flask

from tests.pages.visiting import visitor


def test_items_are_booked_with_nobody_named_and_assigned_by_the_wristband(there: SimpleNamespace, app: Flask) -> None:
    nurse = visitor(app, "nurse-1")
    nurse.look("/emergency")
    assert nurse.scan(there.stents[2])[0] == "ok"
    assert nurse.page is not None
    assert "use-1" in nurse.form("/emergency", "use-1")["fields"]
    assert nurse.scan("W-1")[0] != "stop"
    nurse.fill("/emergency", **{"use-1": "yes", "reason": "identified"})
    assert "1 lines assigned" in nurse.verdict()[1]
    assert "use-1" not in nurse.page.text
    nurse.look("/emergency/list")
    assert "assigned" in nurse.page.text


def test_without_a_wristband_nothing_is_assigned(there: SimpleNamespace, app: Flask) -> None:
    nurse = visitor(app, "nurse-1")
    nurse.look("/emergency")
    nurse.scan(there.stents[2])
    nurse.fill("/emergency", **{"use-1": "yes", "act": "assign"})
    assert nurse.verdict()[0] == "stop"
