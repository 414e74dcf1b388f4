"""Counted in a browser: picking is one scan and one for each pack; delivery is three scans for any number of packs."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.core import clock
from spd.demo.ground import label_of
from spd.ledger import Item
from spd.places import Location
from spd.replenishment import get_dispatch
from spd.replenishment.models import Wave
from spd.replenishment.turns import next_pick
from spd.staff import Grant, Staff
from tests.browser.user import Hospital, User

Enter = Callable[..., User]
AFTER_BOUNCE_MS = 850


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
    wave = hospital.ask(lambda s: s.scalars(select(Wave).where(Wave.finished_at.is_(None))).first())
    keeper = Counted(enter("keeper"))
    keeper.begin()
    keeper.scan_to(wave.code, f"/refill/waves/{wave.code}/pick?scan={wave.code}")
    picked = 0
    while True:
        turn = hospital.ask(lambda s: next_pick(s, wave, on=clock.now().date()))
        if turn is None or turn.item is None:
            break
        assert turn.item in keeper.user.page.locator("[data-part=pick_turn]").inner_text()
        assert keeper.scan(turn.item)[0] in ("ok", "caution")
        picked += 1
    assert picked
    assert (keeper.scans, keeper.taps()) == (1 + picked, 0)


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
