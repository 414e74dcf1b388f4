"""Acts counted where flows are longest: coded units, a lot by keys, another number of packs, no tote, missing; and at
the bedside."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.pages.commands import RECEIVE_FINISH
from spd import receiving, replenishment
from spd.catalog import Lot, Packaging, Product
from spd.core import clock
from spd.core.transaction import transaction
from spd.demo.ground import label_of
from spd.labelling import Printer
from spd.ledger import Item
from spd.parties import Party
from spd.places import Location
from spd.replenishment import get_dispatch, waiting_in
from spd.staff import Staff
from tests import build
from tests.browser.acts import Acts
from tests.browser.test_packing import of_recipe, packs_of
from tests.browser.test_receiving import AFTER_BOUNCE_MS, is_closed
from tests.browser.test_refill import _badge, _to
from tests.browser.user import Hospital, User, as_scanned

Enter = Callable[..., User]


@pytest.fixture
def keeper(enter: Enter) -> Acts:
    return Acts(enter("keeper"))


def test_n_coded_units_are_received_in_one_n_and_one_scans(keeper: Acts, hospital: Hospital) -> None:
    coded = [one for one in hospital.summary.notes if one.scans and all("(21)" in scan for scan in one.scans)]
    note = min((one for one in coded if len(one.scans) > 1), key=lambda one: len(one.scans))
    keeper.scan_to(note.label, f"/receive/{note.number}")
    for code in note.scans:
        kind, words = keeper.scan(code)
        assert kind in ("ok", "caution"), words
    keeper.scan_away(RECEIVE_FINISH.code, f"**/receive?finished={note.number}")
    assert len(note.scans) > 1
    assert keeper.all() == (1 + len(note.scans) + 1, 0, 0)
    assert is_closed(hospital, note.number)


def test_a_lot_that_no_code_says_is_keyed_once_and_no_tap(keeper: Acts, hospital: Hospital) -> None:
    bare, number, label = _lotless(hospital)
    page = keeper.page
    keeper.scan_to(label, f"/receive/{number}")
    assert keeper.scan(bare)[0] == "repeat"
    page.wait_for_selector("#lot[data-here]")
    keeper.type("kb2601")
    page.wait_for_selector("#expires_on[data-here]")
    keeper.type("310900")  # as on a label: the month's last day
    page.wait_for_function("() => document.getElementById('verdict').dataset.class === 'ok'")
    page.wait_for_timeout(AFTER_BOUNCE_MS)
    assert keeper.scan(bare)[0] in ("ok", "caution")  # the next of the lot is not asked again
    assert keeper.all() == (3, 0, 14)
    lot = hospital.ask(lambda s: s.scalars(select(Lot).where(Lot.code == "kb2601")).one())
    assert lot.expires_on.isoformat() == "2031-09-30"


def _lotless(hospital: Hospital) -> tuple[str, str, str]:
    """The code of a case that says no lot, and a note of two such cases that says none either: its number and label."""
    note = next(one for one in hospital.summary.notes if one.scans and all("(21)" not in scan for scan in one.scans))
    bare = note.scans[0][: len("(01)") + 14]
    with transaction(hospital.database) as session:
        known = receiving.get_delivery(session, note.number)
        case = session.scalars(select(Packaging).where(Packaging.code == bare.removeprefix("(01)"))).one()
        keeper = session.scalars(select(Staff).where(Staff.code == "keeper")).one()
        line = receiving.AnnouncedLine(
            product=session.get_one(Product, case.product_id).code, quantity=2 * case.base_units
        )
        said = receiving.Announced(
            occasion=build.occasion(keeper, at=clock.now()), code="N-LOTLESS",
            supplier=session.get_one(Party, known.supplier_id).code, lines=[line],
        )  # fmt: skip
        made = receiving.announce(session, said)
        return bare, made.code, made.label


def test_another_number_of_packs_is_two_scans_and_its_digits(keeper: Acts, hospital: Hospital) -> None:
    with transaction(hospital.database) as session:
        session.add(Printer(code="ZT-1", name="Store", host="127.0.0.1", port=9))
    recipe, bulk = of_recipe(hospital)
    before = packs_of(hospital)
    keeper.scan_to(recipe.code, f"/pack?scan={recipe.code}")
    assert keeper.scan(bulk)[0] in ("ok", "caution", "repeat")
    keeper.type("2")
    keeper.page.wait_for_selector("[data-part=pack_made] .card")
    assert packs_of(hospital) - before == 2
    assert keeper.all() == (2, 0, 2)


@pytest.fixture
def tote(hospital: Hospital) -> tuple[str, list[str]]:
    """A tote on its way, and what a gun reads of each thing in it."""
    code = hospital.summary.examples["tote"]

    def ask(session: Session) -> list[str]:
        return [as_scanned(item) for item in waiting_in(session, code)]

    return code, hospital.ask(ask)


def test_packs_without_a_tote_are_signed_for_in_n_and_two_scans(
    enter: Enter, hospital: Hospital, tote: tuple[str, list[str]]
) -> None:
    code, packs = tote
    porter = Acts(enter("porter"))
    place = hospital.ask(lambda s: _to(s, code))
    porter.scan_to(packs[0], f"/deliver?scan={packs[0]}")
    for pack in packs[1:]:
        assert porter.scan(pack)[0] == "ok"
    assert porter.scan(label_of(place.code))[0] == "ok"
    kind, words = porter.scan(hospital.ask(lambda s: _badge(s, place.department_id)))
    assert (kind, "Signed for" in words) == ("ok", True)
    assert len(packs) > 1
    assert porter.all() == (len(packs) + 2, 0, 0)


def test_what_is_missing_of_a_tote_is_one_tap(enter: Enter, hospital: Hospital, tote: tuple[str, list[str]]) -> None:
    code, packs = tote
    porter = Acts(enter("porter"))
    place = hospital.ask(lambda s: _to(s, code))
    porter.scan_to(packs[0], f"/deliver?scan={packs[0]}")
    porter.scan(label_of(place.code))
    assert "missing" in porter.scan(hospital.ask(lambda s: _badge(s, place.department_id)))[1]
    porter.tap(f"{len(packs) - 1} missing")
    porter.page.wait_for_function(
        "() => document.getElementById('verdict').textContent.includes('are reported missing')"
    )
    assert porter.all() == (3, 1, 0)
    gone = hospital.ask(lambda s: replenishment.in_trouble(s, on=get_dispatch(s, code).dispatched_at.date()))
    assert sum(one.why == "missing" for one in gone) == len(packs) - 1


def test_at_the_bedside_a_ward_pack_is_one_scan_and_a_patient_one_and_n(enter: Enter, hospital: Hospital) -> None:
    here = (
        select(Item.code).join(Location, Location.id == Item.location_id).join(Product, Product.id == Item.product_id)
    )
    here = here.where(Location.code == "ORMA-K", Item.state == "available")
    packs = here.where(Item.kind == "pack", ~Product.chargeable, Product.product_class == "low_value").limit(1)
    units = here.where(Item.kind == "unit").limit(2)
    pack, *things = hospital.ask(lambda s: [*s.scalars(packs), *s.scalars(units)])
    nurse = Acts(enter("ornurse"))
    nurse.scan_away(pack, "**/bedside")
    nurse.page.wait_for_selector('#verdict[data-class="ok"], #verdict[data-class="caution"]')
    assert nurse.all() == (1, 0, 0)
    assert nurse.scan(hospital.summary.examples["wristband"])[0] in ("ok", "caution")
    for code in things:
        kind, words = nurse.scan(as_scanned(code))
        assert kind in ("ok", "caution"), words
    assert len(things) == 2
    assert nurse.all() == (1 + 1 + len(things), 0, 0)
    used = select(Item.code).where(Item.code.in_([pack, *things]), Item.state == "consumed")
    assert sorted(hospital.ask(lambda s: list(s.scalars(used)))) == sorted([pack, *things])
