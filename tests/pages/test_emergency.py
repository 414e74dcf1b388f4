"""The emergency page without scripts: scanned, undone, assigned by the wristband."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import select

from scanners import own
from spd import encounters, procedures
from spd.catalog import Product
from spd.interceptions import Interception
from tests import build
from tests.packing import kitting
from tests.pages.visiting import PASSWORD, visitor


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


def test_a_chart_label_and_an_unknown_code_are_nobody_as_at_the_bedside(
    there: SimpleNamespace, app: Flask, act: Callable[..., Any]
) -> None:
    nurse = visitor(app, "nurse-1")
    nurse.look("/emergency")
    nurse.scan(there.stents[2])
    for code in (own.derive("chart_copy", b"E-2"), "ZY009"):
        nurse.scan("W-1")
        assert "identified" in nurse.page.text  # type: ignore[union-attr]
        assert nurse.scan(code)[0] == "stop"
        assert "identified" not in nurse.page.text  # type: ignore[union-attr]
    for page in ("/theatre/operations/open", "/theatre/operations/OP-1/scan"):
        nurse.look(page)
        assert "chart label" in nurse.scan(own.derive("chart_copy", b"E-2"))[1]
    kept = act(lambda session: [*session.scalars(select(Interception.rule).order_by(Interception.id))])
    assert kept == ["chart-label", "unknown-item", "chart-label", "chart-label"]


def test_a_kit_is_booked_piece_by_piece(there: SimpleNamespace, app: Flask, act: Callable[..., Any]) -> None:
    h = there.h

    def soon(session: Any) -> str:
        """A kit of two stents that end soon: both are warned of."""
        lot = build.scan(build.STENT_DI, lot="L-SOON", serial="SOON-1", expires_on=build.TODAY.replace(day=20))
        other = build.scan(build.STENT_DI, lot="L-SOON", serial="SOON-2", expires_on=build.TODAY.replace(day=20))
        note = build.note(session, h, h.stents, ("STENT", 2))
        codes = build.receive(session, h, note, lot, other)
        kit = kitting.assemble(session, h, kitting.of_stents(session, h), codes)
        build.move_to(session, h, list(kit.items), h.ward)
        return str(kit.code)

    kit = act(soon)
    nurse = visitor(app, "nurse-1")
    nurse.look("/emergency")
    kind, words = nurse.scan(kit)
    assert (kind, "2 things in it are booked" in words) == ("caution", True), words
    assert nurse.page is not None
    assert nurse.page.text.count('name="use-') == 2
    assert nurse.scan(kit)[0] == "repeat"


def test_what_does_not_fit_the_plan_is_assigned_by_two(
    there: SimpleNamespace, app: Flask, act: Callable[..., Any]
) -> None:
    def planned(session: Any) -> None:
        session.get_one(Product, 1).attributes = '{"侧别": "右", "latex": "yes"}'
        encounters.tell_alerts(session, build.occasion(there.h.nurse), "E-1", [encounters.Alert.LATEX])
        procedures.plan(session, build.occasion(there.h.nurse), there.h.stay, "OP-9", {"侧别": "左"})

    act(planned)
    nurse = visitor(app, "nurse-1")
    nurse.look("/emergency")
    nurse.scan(there.stents[2])
    nurse.scan("W-1")
    nurse.fill("/emergency", **{"use-1": "yes", "reason": "identified"})
    kind, words = nurse.verdict()
    assert (kind, "its side is not the planned one" in words) == ("stop", True)
    nurse.fill("/emergency", badge="head_nurse-1", pin=PASSWORD, reason="checked")
    kind, words = nurse.verdict()
    assert (kind, "1 lines assigned" in words, "has latex. It is in use" in words) == ("caution", True, True), words
    head = visitor(app, "head_nurse-1")
    assert head.look("/safety/list?rule=wrong-side&as=csv").text.count("wrong side") == 2
