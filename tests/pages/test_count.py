"""A stocktake with forms alone: planned, counted blind, counted again, explained, approved by another, on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import commands
from spd import policies
from spd.catalog import Product
from spd.core.transaction import reading
from spd.ledger import Item
from spd.places import Location
from tests import build
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]
MAY_COUNT = "count.custodian_may_count"


def planned(who: Visitor, *places: str, **said: str) -> str:
    """The code of a count planned on its page."""
    who.look("/count/new?" + "&".join(f"location={place}" for place in places))
    form = who.form("/count/new", "kind")
    answer = who.client.post(
        "/count/new", data=form["fields"] | {"kind": "location", "locations": list(places)} | said,
        headers={"Accept": "text/html"},
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    return str(answer.location.rsplit("/", 1)[1])


def stent_label(code: str) -> str:
    return f"(01){build.STENT_DI}(10)L1(21){code.split('.')[1]}"


def lying(app: Flask) -> list[tuple[str, str, int]]:
    """What lies in the store of gauze by the book: code, kind, quantity."""
    query = select(Item.code, Item.kind, Item.quantity).join(Location, Location.id == Item.location_id)
    query = query.join(Product, Product.id == Item.product_id).where(Location.code == "STORE", Product.code == "GAUZE")
    with reading(app.extensions["spd.database"]) as session:
        return [(code, kind, quantity) for code, kind, quantity in session.execute(query.where(Item.quantity > 0))]


def test_a_store_is_counted_reviewed_and_approved(
    app: Flask, enter: Enter, there: SimpleNamespace, act: Callable[[Callable[[Session], Any]], Any]
) -> None:
    act(lambda session: policies.settle(session, build.occasion(there.h.nurse), MAY_COUNT, "always"))
    chief, counter, keeper = enter("quality"), enter("finance"), enter("storekeeper")
    code = planned(chief, "STORE", kind="special", products="GAUZE")
    counter.look(f"/count/{code}")
    assert "100" not in re.sub(r"<[^>]+>", " ", counter.page.text.split("<main")[1])  # type: ignore[union-attr]
    assert counter.scan(there.bulk)[0] == "repeat"  # no place yet
    kind, words = counter.scan("L-STORE")
    assert (kind, "Central store" in words) == ("ok", True)
    assert "how many" in counter.scan(there.bulk)[1]
    page = counter.fill(f"/count/{code}", scan=there.bulk, quantity="97")
    assert counter.verdict()[0] == "ok"
    assert "97" in page.text
    for other, kind, quantity in lying(app):
        if other != there.bulk:
            counter.fill(f"/count/{code}", scan=other)
            if kind == "bulk":
                counter.fill(f"/count/{code}", scan=other, quantity=str(quantity))
    assert counter.fill(f"/count/{code}", act="finish").request.path == f"/count/{code}/review"
    assert "no reason" in chief.look(f"/count/{code}/review").text or "counted again" in chief.page.text  # type: ignore[union-attr]
    keeper.look(f"/count/{code}")
    keeper.fill(f"/count/{code}", scan=there.bulk)
    keeper.fill(f"/count/{code}", scan=there.bulk, quantity="97")
    chief.look(f"/count/{code}/review")
    chief.fill(f"/count/{code}/review", **{f"reason:{there.bulk}": "lost", f"note:{there.bulk}": "gone"})
    seen = chief.form("/review", "seen")["fields"]["seen"]
    page = chief.fill(f"/count/{code}/review", act="approve", seen=seen, charged_to="storekeeper-1")
    assert "Losses: 1 (¥10.50)" in page.text
    assert "(storekeeper-1) · ¥10.50" in page.text
    chief.look(f"/count/{code}/review")
    assert "closed" in chief.fill(f"/count/{code}/review", act="close").text
    sheet = chief.look(f"/count/{code}/sheet").text
    assert "signatures" in sheet
    assert "gone" in sheet


def test_who_counted_is_refused_the_approval_in_words(enter: Enter, there: SimpleNamespace) -> None:
    chief = enter("quality")
    code = planned(chief, "SURG-T")
    chief.look(f"/count/{code}")
    chief.scan("L-SURG")
    chief.fill(f"/count/{code}", act="finish")
    chief.look(f"/count/{code}/review")
    page = chief.fill(f"/count/{code}/review", act="approve")
    assert "Ask a colleague who may" in page.text


def test_a_nurse_counts_her_ward_where_she_may_and_is_stopped_at_what_is_used(
    enter: Enter, there: SimpleNamespace, act: Callable[[Callable[[Session], Any]], Any]
) -> None:
    act(lambda session: policies.settle(session, build.occasion(there.h.keeper), MAY_COUNT, "except_full"))
    nurse = enter("nurse")
    code = planned(nurse, "CARD-W", kind="calendar", tier="daily")
    nurse.look(f"/count/{code}")
    nurse.scan("L-CARD")
    assert nurse.scan(stent_label(there.stents[1]))[0] == "ok"
    assert nurse.scan(stent_label(there.stents[1]))[0] == "repeat"
    kind, words = nurse.scan(stent_label(there.stents[0]))
    assert (kind, "E16" in words) == ("stop", True)
    assert nurse.scan("9999999999")[0] == "stop"
    assert nurse.look(f"/count/{code}/review").status_code == 403


def test_what_is_booked_elsewhere_is_moved_by_one_button(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    code = planned(keeper, "SURG-T")
    keeper.look(f"/count/{code}")
    keeper.scan("L-SURG")
    kind, words = keeper.scan(there.packs[1])
    assert (kind, "E20" in words) == ("caution", True)
    keeper.fill(f"/count/{code}", act="move", item=there.packs[1])
    assert "Moved here" in keeper.verdict()[1]
    assert there.packs[1] in keeper.look("/stock?location=SURG-T&product=GAUZE").text


def test_the_card_ends_counting_and_places_left_are_told(enter: Enter, there: SimpleNamespace) -> None:
    chief = enter("quality")
    code = planned(chief, "SURG-T", "STORE")
    chief.look(f"/count/{code}")
    chief.scan("L-SURG")
    kind, words = chief.scan(commands.COUNT_FINISH.code)
    assert (kind, "not counted yet" in words) == ("stop", True)
    chief.look(f"/count/{code}")
    chief.fill(f"/count/{code}", act="finish", leave_out="yes")
    assert chief.page.request.path == f"/count/{code}/review"  # type: ignore[union-attr]


def test_home_leads_to_the_count_that_is_on_at_a_place(enter: Enter, there: SimpleNamespace) -> None:
    keeper = enter("storekeeper")
    code = planned(keeper, "STORE")
    keeper.look("/")
    page = keeper.fill("/", scan="L-STORE")
    assert page.request.path == f"/count/{code}"
    assert 'value="L-STORE"' in page.text  # filled in: an address begins nothing
    keeper.look("/count")
    assert keeper.fill("/count", scan="L-STORE").request.path == f"/count/{code}"
    keeper.look("/count")
    assert keeper.fill("/count", scan="L-SURG").request.path == "/count/new"


def test_counts_are_shown_to_those_of_the_place_alone(enter: Enter, there: SimpleNamespace) -> None:
    surgeon = enter("surgeon")
    for code in there.counts.values():
        if code.startswith("?"):
            continue
        assert surgeon.look(f"/count/{code}").status_code == 403
        assert surgeon.look(f"/count/{code}/sheet").status_code == 403
    assert all(code not in surgeon.look("/count").text for code in there.counts.values())
