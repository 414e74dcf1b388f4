"""Counted in a browser: picking is one scan and one for each pack; delivery is three scans for any number of packs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import replenishment
from spd.catalog import Lot, Product
from spd.core import clock
from spd.core.occasion import Occasion
from spd.core.transaction import transaction
from spd.demo.ground import label_of
from spd.demo.world import STORE
from spd.ledger import Item
from spd.packing import PacksAsked, make_packs
from spd.places import Location
from spd.replenishment import ToAsk, ToMakeWave, get_dispatch, get_wave, turns
from spd.replenishment.turns import next_pick
from spd.staff import Grant, Staff
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import FixedQuantity
from tests import build
from tests.browser.user import Hospital, User

Enter = Callable[..., User]
PACKS = 3


class Counted:
    """A user whose acts are counted: scans as they are shot, taps as the page hears them."""

    def __init__(self, user: User) -> None:
        self.user, self.scans = user, 0

    def scan(self, code: str) -> tuple[str, str]:
        self.scans += 1
        return self.user.scan(code)

    def scan_to(self, code: str, path: str) -> None:
        self.scans += 1
        self.user.scan_to(code, path)

    def begin(self) -> None:
        self.user.page.add_init_script(
            "sessionStorage.taps ??= 0; addEventListener('pointerdown', () => sessionStorage.taps++, true)"
        )
        self.user.go("/")
        self.user.listening()

    def taps(self) -> int:
        return int(self.user.page.evaluate("sessionStorage.taps"))


def test_picking_is_one_scan_and_one_for_each_pack_and_no_tap(enter: Enter, hospital: Hospital) -> None:
    wave, on = _wave_of_packs(hospital)
    keeper = Counted(enter("keeper"))
    keeper.begin()
    keeper.scan_to(wave, f"/refill/waves/{wave}/pick?scan={wave}")
    picked = 0
    while (turn := hospital.ask(lambda s: next_pick(s, get_wave(s, wave), on=on))) and turn.item:
        assert turn.item in keeper.user.page.locator("[data-part=pick_turn]").inner_text()
        assert keeper.scan(turn.item)[0] in ("ok", "caution")
        picked += 1
    assert picked >= PACKS
    assert (keeper.scans, keeper.taps()) == (1 + picked, 0)


def _wave_of_packs(hospital: Hospital) -> tuple[str, date]:
    """A wave of packs that lie sealed in the store, asked for by hand, and the hospital's day it is picked on."""
    with transaction(hospital.database) as session:
        keeper = session.scalars(select(Staff).where(Staff.code == "keeper")).one()
        bulk = (
            select(Item.code, FixedQuantity.pack_quantity, Location.code.label("to"), Product.code.label("product"))
            .join(FixedQuantity, FixedQuantity.product_id == Item.product_id)
            .join(Location, Location.id == FixedQuantity.location_id)
            .join(Product, Product.id == Item.product_id)
            .join(Lot, Lot.id == Item.lot_id)
            .where(Item.location_id == select(Location.id).where(Location.code == STORE).scalar_subquery())
            .where(Item.kind == "bulk", Item.state == "available", FixedQuantity.pack_quantity > 1)
            .where(Item.quantity >= PACKS * FixedQuantity.pack_quantity, fixed_quantities.holds())
            .where(Lot.expires_on > clock.now().date() + timedelta(days=90))
        )
        found = session.execute(bulk.order_by(Item.id, Location.id)).first()
        assert found is not None

        def act() -> Occasion:
            return build.occasion(keeper, at=clock.now())

        packs = PacksAsked(occasion=act(), sources=[found.code], quantity=found.pack_quantity, count=PACKS)
        make_packs(session, packs)
        replenishment.ask(
            session, ToAsk(occasion=act(), location=found.to, product=found.product, packs=PACKS, reason="x")
        )
        when = act()
        wave = replenishment.make_wave(session, ToMakeWave(occasion=when, store=STORE, locations=[found.to]))
        asked = [pick for pick in turns.all_picks(session, wave) if pick.product_code == found.product]
        assert len(asked) >= PACKS
        return wave.code, when.day


def test_a_tote_is_delivered_in_three_scans_and_no_tap_whatever_it_holds(enter: Enter, hospital: Hospital) -> None:
    tote = hospital.summary.examples["tote"]
    place = hospital.ask(lambda s: _to(s, tote))
    badge = hospital.ask(lambda s: _badge(s, place.department_id))
    porter = Counted(enter("porter"))
    porter.begin()
    porter.scan_to(tote, f"/deliver?scan={tote}")
    held = porter.user.page.locator("[data-part=tote_lines] .line").count()
    assert held > 1
    assert porter.scan(label_of(place.code))[0] == "ok"
    kind, words = porter.scan(badge)
    assert (kind, "Signed for" in words, str(held) in words) == ("ok", True, True)
    assert (porter.scans, porter.taps()) == (3, 0)
    left = select(Item.id).where(Item.location_id == place.id, Item.state == "available")
    assert len(hospital.ask(lambda s: s.scalars(left).all())) >= held


def _to(session: Session, tote: str) -> Location:
    return session.get_one(Location, get_dispatch(session, tote).to_location_id)


def _badge(session: Session, department: int) -> str:
    query = select(Staff.badge).join(Grant, Grant.staff_id == Staff.id).where(Grant.department_id == department)
    return str(session.scalars(query.where(Grant.role == "nurse", Staff.badge.is_not(None))).first())
