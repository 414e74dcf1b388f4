"""A recall with forms alone: notice, preview, hold, places, patients, tie-out, closing; what keeps it open; a drill."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace

import openpyxl
import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from spd.core.database import Database
from spd.core.transaction import transaction
from spd.jobs import previewing, recalling
from spd.ledger import ItemStateName, MovementKind
from spd.places import End
from spd.staff import get_staff
from tests import build
from tests.pages.visiting import Visitor
from tests.recalls import acting

Enter = Callable[..., Visitor]
NOTICE = {"number": "NMPA-1", "recall_class": "I", "issuer": "心脉器械", "reason": "球囊破裂"}


def words(page: TestResponse) -> str:
    """The text of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def rested(who: Visitor, page: TestResponse) -> TestResponse:
    """The page when nothing is under way on it any more: without scripts it asks for itself again."""
    for _ in range(200):
        if 'http-equiv="refresh"' not in page.text:
            return page
        time.sleep(0.02)
        page = who.look(page.request.path)
    raise AssertionError("the work does not end")


def noticed(who: Visitor, **said: str) -> str:
    """The code of a notice written on its page."""
    who.look("/recalls/new")
    page = who.fill(**NOTICE | {"product": "STENT", "lots": "L1"} | said)
    return page.request.path.rsplit("/", 1)[1]


def opened(who: Visitor) -> TestResponse:
    """The recall looked at, opened, and everything held."""
    return rested(who, who.fill("/act", act="open"))


def at(who: Visitor, path: str, action: str, **said: str) -> TestResponse:
    """The answer to a form of a page."""
    who.look(path)
    return who.fill(action, **said)


def care(who: Visitor, code: str) -> None:
    """The patient on the list, from the first word to the last."""
    who.look(f"/recalls/{code}?tab=patients")
    assert who.page is not None
    number = re.search(r'href="(/recalls/patients/\d+)', who.page.text)
    assert number is not None
    who.look(number[1])
    for step, note in (("contacted", "电话"), ("reviewed", "复查无异常"), ("resolved", "无需处理")):
        page = who.fill("/recalls/patients", step=step, note=note)
        assert note in page.text


def write(app: Flask, act: Callable[[Session], object]) -> None:
    database: Database = app.extensions["spd.database"]
    with transaction(database) as session:
        act(session)


def test_a_recall_from_its_notice_to_its_closing(enter: Enter, there: SimpleNamespace) -> None:
    keeper, quality, head = enter("storekeeper"), enter("quality"), enter("head_nurse")
    code = noticed(keeper)
    shown = words(keeper.page)  # type: ignore[arg-type]
    assert "matches 1 lot" in shown
    assert re.search(r"all 2 2 \S+ 1 1 \S+ 1 ", shown), shown  # items, units, places, used, patients
    page = words(opened(keeper))
    assert re.search(r"Held 2 Everything held", page)
    assert re.search(r"CARD-W 2 个 0 个 Stent STENT L1 2 2 个 ", page), page
    assert "Patients listed" in page
    page = words(at(quality, f"/recalls/{code}?tab=closing", "/decide", act="close"))
    assert "1 patients of recall" in page
    assert f"/recalls/{code}" in keeper.look("/recalls").text
    assert "1" in words(head.look("/recalls/patients"))
    care(head, code)
    assert "No patient waits" in words(head.look("/recalls/patients"))
    tie = words(quality.look(f"/recalls/{code}?tab=closing"))
    assert re.search(r"ties 3 个 2 1 0 0 0 0 0 ", tie), tie
    page = quality.fill("/decide", act="close")
    assert "The recall is closed." in words(page)
    assert "Everything held · 2" in words(quality.look(f"/recalls/{code}?tab=timeline"))


def test_it_stays_open_while_a_unit_is_missing_and_closes_when_another_has_explained_it(
    app: Flask, enter: Enter, there: SimpleNamespace
) -> None:
    keeper, quality, head = enter("storekeeper"), enter("quality"), enter("head_nurse")
    code = noticed(keeper)
    opened(keeper)
    care(head, code)
    lost = (MovementKind.ADJUST, End.LOSS, ItemStateName.WRITTEN_OFF)
    write(app, lambda session: acting.take_out(session, there.h, there.stents[1], *lost))
    page = at(quality, f"/recalls/{code}?tab=closing", "/decide", act="close")
    assert "1 missing" in words(page)
    assert "does not tie" in words(page)
    keeper.look(f"/recalls/{code}?tab=closing")
    assert "Only 1 are missing" in words(keeper.fill("/act", act="explain", quantity="2", reason="x"))
    keeper.look(f"/recalls/{code}?tab=closing")
    keeper.fill("/act", act="explain", quantity="1", reason="污物袋中焚毁, 有视频")
    assert "The recall is closed." in words(at(quality, f"/recalls/{code}?tab=closing", "/decide", act="close"))


def test_much_is_counted_in_the_background_and_the_page_asks_again(
    enter: Enter, there: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "AT_ONCE", 1)
    keeper = enter("storekeeper")
    code = noticed(keeper)
    page = words(rested(keeper, keeper.look(f"/recalls/{code}")))
    assert "Counted at" in page
    assert re.search(r"all 2 2 \S+ 1 1 \S+ 1 ", page), page
    keeper.fill("/act", act="target", product="GAUZE", lots="")
    page = words(rested(keeper, keeper.look(f"/recalls/{code}")))
    assert "…" not in page
    assert "Count anew" in page
    keeper.fill("/act", act="count")
    rested(keeper, keeper.look(f"/recalls/{code}"))
    progress = keeper.client.get(f"/recalls/{code}/progress").get_json()
    assert progress == {"outcome": "over"}


def test_a_notice_that_was_never_counted_says_so_and_can_still_be_opened(
    app: Flask, enter: Enter, there: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = enter("storekeeper")
    code = noticed(keeper)
    monkeypatch.setattr(previewing, "AT_ONCE", 1)  # much of it came after it was written down
    page = words(keeper.look(f"/recalls/{code}"))
    assert "what it would touch is not counted" in page
    assert "Count what it would touch" in page
    assert re.search(r"Held 2 Everything held", words(opened(keeper)))


def test_a_mock_recall_has_its_report(app: Flask, enter: Enter, there: SimpleNamespace) -> None:
    assert recalling.drill(app.extensions["spd.database"], "2026-03", now=lambda: build.NOW)
    auditor = enter("auditor")
    assert "2026-03" in words(auditor.look("/recalls?tab=drills"))
    page = words(auditor.look("/recalls/drills/2026-03"))
    assert "all accounted for" in page
    assert "100.0 %" in page
    file = auditor.look("/recalls/drills/2026-03?as=xlsx")
    assert openpyxl.load_workbook(io.BytesIO(file.data)).worksheets[0]["A2"].value == "CARD-W"


def test_what_is_not_meant_is_let_go_by_another_than_who_opened_it(
    app: Flask, enter: Enter, there: SimpleNamespace
) -> None:
    keeper, quality = enter("storekeeper"), enter("quality")
    code = noticed(keeper)
    opened(keeper)
    mine = at(keeper, f"/recalls/{code}?tab=closing", "/act", act="release", items=there.stents[1], reason="x")
    assert "Whoever asked for this may not decide it" in words(mine)
    at(quality, f"/recalls/{code}?tab=closing", "/act", act="release", items=there.stents[1], reason="不同批")
    tie = words(quality.look(f"/recalls/{code}?tab=closing"))
    assert re.search(r"ties 3 个 1 1 0 0 1 0 0 ", tie), tie
    write(app, lambda session: build.use(session, there.h, there.stents[1], occasion=build.occasion(
        get_staff(session, "nurse-1")
    )))  # fmt: skip
