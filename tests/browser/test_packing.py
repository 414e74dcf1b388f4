"""Counted in a browser: packs are two scans and one tap for any number, a work order one and one; labels come."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import packing, replenishment
from spd.core import clock
from spd.core.occasion import Moment
from spd.core.transaction import transaction
from spd.demo.world import STORE
from spd.labelling import JobState, Printer, PrintJob, QueuedLabel
from spd.ledger import Item
from spd.packing import Recipe
from spd.places import Location
from spd.replenishment import ToAsk, ToMakeWave, ToPack, work_orders
from spd.staff import Staff
from spd.stock.fixed_quantities import FixedQuantity
from tests import build
from tests.browser.acts import Acts
from tests.browser.user import Hospital, User

Enter = Callable[..., User]


@pytest.fixture
def printer(hospital: Hospital) -> str:
    """The one printer of the store; nobody sends what waits for it."""
    with transaction(hospital.database) as session:
        session.add(Printer(code="ZT-1", name="Store", host="127.0.0.1", port=9))
    return "ZT-1"


def of_recipe(hospital: Hospital) -> tuple[Recipe, str]:
    """A recipe, and the bulk in the store that its packs are made of."""

    def ask(session: Session) -> tuple[Recipe, str]:
        store = session.scalars(select(Location.id).where(Location.code == STORE)).one()
        for recipe in packing.in_force(session):
            found = packing.batches(session, recipe.product.id, store, recipe.quantity, when=Moment(clock.now().date()))
            if packing.possible(found) > 2:
                return recipe, next(batch for batch in found if batch.packs > 2).sources[0].item.code
        raise AssertionError("no recipe can be made")

    return hospital.ask(ask)  # type: ignore[no-any-return]


def packs_of(hospital: Hospital) -> int:
    query = select(func.count()).select_from(Item).where(Item.kind == "pack")
    return int(hospital.ask(lambda s: s.scalar(query)))


def queued(hospital: Hospital) -> list[str]:
    """The codes of the labels that wait for the printer."""
    query = select(QueuedLabel.code).join(PrintJob).where(PrintJob.state == JobState.WAITING)
    return list(hospital.ask(lambda s: s.scalars(query).all()))


def make(user: User) -> None:
    user.page.get_by_role("button", name="Make packs").click()
    user.page.wait_for_selector("[data-part=pack_made] .card")


def test_packs_are_two_scans_and_one_tap_and_their_labels_print(enter: Enter, hospital: Hospital, printer: str) -> None:
    recipe, bulk = of_recipe(hospital)
    keeper = Acts(enter("keeper"))
    before = packs_of(hospital)
    keeper.scan_to(recipe.code, f"/pack?scan={recipe.code}")
    assert keeper.scan(bulk)[0] in ("ok", "caution", "repeat")
    make(keeper.user)
    made = packs_of(hospital) - before
    assert made > 1
    assert len(set(queued(hospital))) == made
    assert keeper.all() == (2, 1, 0)


def test_a_work_order_is_one_scan_and_one_tap(enter: Enter, hospital: Hospital, printer: str) -> None:
    wave, order = _order(hospital)
    keeper = Acts(enter("keeper"))
    keeper.user.go("/pack")
    keeper.user.listening()
    kind, words = keeper.scan(wave)
    assert kind != "stop", words
    before = packs_of(hospital)
    make(keeper.user)
    made = packs_of(hospital) - before
    assert made == min(order.wanted, order.possible)
    assert len(queued(hospital)) == made
    assert keeper.all() == (1, 1, 0)


def _order(hospital: Hospital) -> tuple[str, ToPack]:
    """A wave that wants packs which the store has not, though it has what they are made of."""
    recipe, _bulk = of_recipe(hospital)
    with transaction(hospital.database) as session:
        keeper = session.scalars(select(Staff).where(Staff.code == "keeper")).one()
        places = select(Location.code).join(FixedQuantity, FixedQuantity.location_id == Location.id)
        place = session.scalars(
            places.where(FixedQuantity.product_id == recipe.product.id, FixedQuantity.pack_quantity > 1).limit(1)
        ).one()
        store = select(Location.id).where(Location.code == STORE).scalar_subquery()
        there = select(func.count()).where(
            Item.product_id == recipe.product.id, Item.kind == "pack", Item.location_id == store
        )
        asked = ToAsk(
            occasion=build.occasion(keeper, at=clock.now()), location=place, product=recipe.product.code,
            packs=(session.scalar(there) or 0) + 2, reason="x",
        )  # fmt: skip
        replenishment.ask(session, asked)
        when = build.occasion(keeper, at=clock.now())
        wave = replenishment.make_wave(session, ToMakeWave(occasion=when, store=STORE, locations=[place]))
        return wave.code, next(one for one in work_orders(session, wave, on=when.day) if one.possible)


def test_a_jammed_printer_stops_before_any_pack_is_made(enter: Enter, hospital: Hospital, printer: str) -> None:
    with transaction(hospital.database) as session:
        job = build.occasion(session.scalars(select(Staff).where(Staff.code == "keeper")).one(), at=clock.now())
        session.add(
            PrintJob(
                request_key=job.request_key, content=job.content, staff_id=job.staff_id, created_at=job.recorded_at,
                printer_id=session.scalars(select(Printer.id)).one(), state=JobState.JAMMED.value, total=1,
            )
        )  # fmt: skip
    _recipe, bulk = of_recipe(hospital)
    keeper = enter("keeper")
    keeper.go("/pack")
    keeper.listening()
    keeper.scan(bulk)
    before = packs_of(hospital)
    keeper.page.get_by_role("button", name="Make packs").click()
    keeper.page.wait_for_function("() => document.querySelector('#stop').textContent.includes('not answering')")
    assert packs_of(hospital) == before
    assert queued(hospital) == []
