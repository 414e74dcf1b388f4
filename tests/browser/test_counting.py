"""A stocktake under a real gun: one scan for a place and for each sealed thing, a scan and a number for loose goods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages import commands
from spd.counting import Count, CountLine, CountPlace
from spd.ledger import Item
from spd.places import Location
from tests.browser.acts import Acts
from tests.browser.user import Hospital, User, as_scanned

Enter = Callable[..., User]


def key(counter: Acts, number: str) -> None:
    """A number on the open keypad, and Enter."""
    page = counter.page
    page.wait_for_selector("#keypad[open]")
    page.wait_for_timeout(400)  # the pace of a hand: the gun's own keys are over
    before = page.locator("#verdict").get_attribute("data-beat")
    counter.type(number)
    page.wait_for_function("before => document.getElementById('verdict').dataset.beat !== before", arg=before)


def at(hospital: Hospital, place: str) -> tuple[str, str, list[Any]]:
    """The shelf label of a place, the count that is on there, and what the book has there."""

    def ask(session: Session) -> tuple[str, str, list[Any]]:
        location = session.scalars(select(Location).where(Location.code == place)).one()
        on = (
            select(Count.code)
            .join(CountPlace, CountPlace.count_id == Count.id)
            .where(CountPlace.location_id == location.id, Count.state == "counting")
        )
        items = select(Item.code, Item.kind, Item.state, Item.quantity)
        items = items.where(Item.location_id == location.id, Item.quantity > 0).order_by(Item.id)
        return str(location.label), str(session.scalar(on)), list(session.execute(items))

    return hospital.ask(ask)  # type: ignore[no-any-return]


def test_a_place_is_counted_with_as_few_acts_as_can_be(enter: Enter, hospital: Hospital) -> None:
    label, code, items = at(hospital, "GENS-K")
    sealed = [row for row in items if row.kind != "bulk" and row.state != "open"][:6]
    loose = [row for row in items if row.kind == "bulk" or row.state == "open"][:2]
    counter = Acts(enter("keeper"))
    counter.scan_to(label, f"/count/{code}")
    counter.page.wait_for_selector('#verdict[data-class="ok"]')
    for row in sealed:
        kind, words = counter.scan(as_scanned(row.code))
        assert kind in ("ok", "caution", "repeat"), words
    assert counter.all() == (1 + len(sealed), 0, 0)
    for row in loose:
        counter.scan(row.code)
        key(counter, str(row.quantity))
    digits = sum(len(str(row.quantity)) for row in loose)
    assert counter.all() == (1 + len(sealed) + len(loose), 0, digits + len(loose))
    keeper = select(CountLine.quantity).join(Count, Count.id == CountLine.count_id).where(Count.code == code)
    counted = hospital.ask(lambda session: list(session.scalars(keeper.order_by(CountLine.id.desc()))))
    assert counted[: len(loose)] == [row.quantity for row in reversed(loose)]


def test_a_stray_enter_counts_nothing_and_the_card_ends_counting(enter: Enter, hospital: Hospital) -> None:
    label, code, items = at(hospital, "GENS-K")
    counter = enter("keeper")
    counter.scan_to(label, f"/count/{code}")
    before = hospital.ask(lambda session: len(list(session.scalars(select(CountLine.id)))))
    loose = [row for row in items if row.kind == "bulk" or row.state == "open"]
    if loose:
        counter.scan(loose[0].code)
        counter.page.wait_for_selector("#keypad[open]")
        counter.page.wait_for_timeout(400)
        counter.page.keyboard.press("Enter")
        counter.page.wait_for_selector("#keypad:not([open])", state="attached")
    assert hospital.ask(lambda session: len(list(session.scalars(select(CountLine.id))))) == before
    counter.shoot(commands.COUNT_FINISH.code)
    counter.page.wait_for_url(f"{hospital.address}/count/{code}/review")


def test_used_but_here_is_latched_and_kept(enter: Enter, hospital: Hospital) -> None:
    label, code, _items = at(hospital, "GENS-K")
    used = hospital.ask(
        lambda session: session.scalar(select(Item.code).where(Item.state == "consumed", Item.kind == "pack").limit(1))
    )
    counter = enter("keeper")
    counter.scan_to(label, f"/count/{code}")
    counter.page.wait_for_function("() => document.getElementById('verdict').dataset.class")  # the place is begun
    kind, words = counter.scan(used)
    assert (kind, "E16" in words) == ("stop", True)
    assert counter.stopped()
    line = select(CountLine.id).join(Count, Count.id == CountLine.count_id).where(Count.code == code)
    assert hospital.ask(lambda session: session.scalar(line.order_by(CountLine.id.desc()).limit(1))) is not None
