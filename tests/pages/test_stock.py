"""The pages of stock, walked as a browser without scripts does: every figure opens, every act is done by a form."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from types import SimpleNamespace

from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]


def words(who: Visitor) -> str:
    assert who.page is not None
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", who.page.text)))


def follow(who: Visitor, text: str) -> str:
    """The address a link of the page leads to, by its words; looked at."""
    assert who.page is not None
    link = re.search(rf'<a[^>]*href="([^"]+)"[^>]*>(?:<[^>]+>)*{re.escape(text)}', who.page.text)
    assert link is not None, (text, who.page.text[-3000:])
    address = unescape(link[1])
    who.look(address)
    return address


def test_a_figure_opens_from_the_place_down_to_the_trace(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("auditor", "en")
    who.look("/stock")
    assert "Ties out" in words(who)
    assert "location=CARD-W" in follow(who, "心内病区")
    assert "product=GAUZE" in follow(who, "Gauze")
    follow(who, there.packs[1])
    assert who.page is not None
    assert who.page.request.path == "/trace"
    assert there.packs[1] in who.page.text


def test_filters_stay_in_the_address_on_the_way_down(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("storekeeper", "en")
    who.look("/stock?by=product&owner=owned")
    assert "owner=owned" in follow(who, "Gauze")
    assert "STENT" not in words(who)


def test_who_sees_one_department_sees_no_tie_out(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("nurse", "en")
    who.look("/stock")
    assert "Ties out" not in words(who)


def test_stock_as_it_was_is_chosen_by_the_hospitals_clock(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("finance", "en")
    who.look("/stock/as-of?at=2020-01-01T00:00")
    assert "Nothing matches" in words(who)
    who.look("/stock/as-of?at=2026-03-02T10:00")
    assert "Ties out" in words(who)
    assert 'value="2026-03-02T10:00"' in who.page.text  # type: ignore[union-attr]


def test_things_are_put_on_hold_and_let_go(enter: Enter, there: SimpleNamespace) -> None:
    nurse, quality = enter("head_nurse", "en"), enter("quality", "en")
    nurse.look("/stock/held/new")
    nurse.fill("/stock/held/new", reason="temperature", items="\n".join(there.packs[1:]), note="冷链报警")
    assert "2 items are on hold." in words(nurse)
    nurse.look("/stock/held?reason=temperature")
    address = follow(nurse, there.packs[1])
    nurse.fill(address, note="温度正常")
    assert "Whoever asked for this may not decide it" in words(nurse)
    quality.look(address)
    quality.fill(address, note="温度正常", all="1")
    assert "Free again: 2" in words(quality)
    quality.look("/stock/held/new")
    quality.fill("/stock/held/new", reason="damaged", items=there.packs[1], note="damaged_packaging")
    quality.look("/stock/held")
    assert there.packs[1] in words(quality)
    assert "damaged_packaging" not in words(quality)  # receiving notes what it found by its code: here it has words


def test_a_hold_that_says_nothing_keeps_its_words(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("storekeeper", "en")
    who.look("/stock/held/new")
    who.fill("/stock/held/new", reason="damaged", note="箱子湿了")
    assert "Say what to hold" in words(who)
    assert "箱子湿了" in who.page.text  # type: ignore[union-attr]


def test_a_write_off_is_approved_by_another_and_its_thing_found_again(enter: Enter, there: SimpleNamespace) -> None:
    keeper, finance = enter("storekeeper", "en"), enter("finance", "en")
    keeper.look("/stock/write-offs/new")
    keeper.fill("/stock/write-offs/new", items=f"{there.bulk} × 7", reason="damaged")
    assert "waits for approval" in words(keeper)
    address = keeper.page.request.path  # type: ignore[union-attr]
    keeper.fill(f"{address}/approve")
    assert "Whoever asked for this may not decide it" in words(keeper)
    finance.look(address)
    finance.fill(f"{address}/approve", note="同意", charged_to="nobody-9")
    assert "There is nobody nobody-9" in words(finance)
    finance.fill(f"{address}/approve", note="同意", charged_to="storekeeper-1")
    assert "It is written off." in words(finance)
    assert "(storekeeper-1) · ¥24.50" in words(finance)
    told = finance.client.get(f"/api/v1{address.removeprefix('/stock')}").get_json()
    assert (told["charged_to"], told["charged"]) == ("storekeeper-1", "24.50")
    journal = finance.look("/finance/entries?month=2026-03&account=1218").text
    assert "storekeeper-1" in journal
    below = re.search(r"/finance/entries/lines/[0-9]+", journal)
    assert below is not None
    parts = finance.look(below[0]).text
    assert there.bulk in parts
    assert "tieout--broken" not in parts
    finance.look(address)
    finance.fill(f"{address}/found", item=there.bulk, note="在库房")
    assert "It is stock again." in words(finance)
    assert "(storekeeper-1) · ¥0.00" in words(finance)


def test_who_asked_takes_a_write_off_back(enter: Enter, there: SimpleNamespace) -> None:
    nurse = enter("nurse", "en")
    nurse.look("/stock/write-offs/new")
    nurse.fill("/stock/write-offs/new", items=there.packs[1], reason="lost")
    address = nurse.page.request.path  # type: ignore[union-attr]
    nurse.fill(f"{address}/refuse", note="找到了")
    assert "taken back" in words(nurse)


def test_a_return_is_put_aside_and_signed_out(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper", "en")
    keeper.look("/stock/returns/new")
    keeper.fill("/stock/returns/new", items=there.stents[2], reason="unused")
    address = keeper.page.request.path  # type: ignore[union-attr]
    keeper.fill(f"{address}/sign-out", note="司机")
    assert "The goods are signed out." in words(keeper)


def test_lists_lead_to_a_form_that_is_filled_in(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper", "en")
    keeper.look("/stock/write-offs/new?location=CARD-W&product=STENT&lot=L1&reason=expired")
    assert there.stents[1] in keeper.page.text  # type: ignore[union-attr]
    assert '<option value="expired" selected>' in keeper.page.text  # type: ignore[union-attr]


def test_one_box_finds_things_and_who_has_them(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("nurse", "en")
    who.look("/stock/search?words=gauze")
    follow(who, "all places")
    assert "places have it, nearest expiry first" in words(who)
    who.look(f"/stock/search?words={there.packs[1]}")
    assert there.packs[1] in words(who)
