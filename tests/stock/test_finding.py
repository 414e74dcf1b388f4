"""One box finds what is meant, first what it is most; who holds the last ones is told nearest expiry first."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product, get_product
from spd.ledger import get_item_state
from spd.stock import finding, holders, holds, products_found
from tests import build
from tests.build import Hospital


def find(session: Session, words: str, **said: object) -> finding.Found:
    return finding.find(session, words, None, on=build.TODAY, **said)  # type: ignore[arg-type]


def test_every_word_must_match_something_of_a_product(session: Session, h: Hospital) -> None:
    session.execute(update(Product).where(Product.code == "GAUZE").values(specification="10×10", initials="SBK"))
    for words in ("纱布 10×10", "sbk", "bk", "SBK 10", "gau", "GAUZE"):
        assert [one.product for one in find(session, words).products] == ["GAUZE"], words
    assert find(session, "纱布 20×20").products == []


def test_a_product_with_nothing_on_hand_is_found_all_the_same(session: Session, h: Hospital) -> None:
    found = find(session, "gauze").products[0]
    assert (found.quantity, found.usable, found.places, found.expires_first_on) == (0, 0, 0, None)


def test_what_is_there_is_counted_as_far_as_it_may_be_seen(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 3, 20)
    holds.place(
        session, build.occasion(h.keeper), [get_item_state(session, packs[0])],
        holds.Why(reason=holds.HoldReason.DAMAGED),
    )  # fmt: skip
    found = find(session, "gauze").products[0]
    assert (found.quantity, found.usable, found.places) == (100, 80, 2)
    found = find(session, "gauze", departments=frozenset({h.surgery.id})).products[0]
    assert (found.quantity, found.places) == (40, 1)


def test_a_code_that_begins_a_name_comes_before_one_that_is_inside_it(session: Session, h: Hospital) -> None:
    session.execute(update(Product).where(Product.code == "STENT").values(name="金属骨支架"))
    session.execute(update(Product).where(Product.code == "SCREW").values(name="骨螺钉"))
    assert [one.product for one in find(session, "骨").products] == ["SCREW", "STENT"]


def test_a_lot_is_found_in_each_product_that_has_it(session: Session, h: Hospital) -> None:
    build.stents(session, h)
    delivery = build.note(session, h, h.gauzes, ("GAUZE", 50))
    build.receive(session, h, delivery, build.scan(build.GAUZE_CASE_DI, lot="L1"))
    assert {one.product for one in find(session, "L1").lots} == {"GAUZE", "STENT"}
    scan = build.scan(build.GAUZE_CASE_DI, lot="L1")
    found = finding.find(session, scan.raw, scan, on=build.TODAY)
    assert [one.product for one in found.lots] == ["GAUZE"]
    assert [one.product for one in found.products] == ["GAUZE"]


def test_the_minute_until_which_a_thing_is_good_is_told(session: Session, h: Hospital) -> None:
    pack = build.packs(session, h, 1)[0]
    until = build.NOW + timedelta(hours=3)
    session.execute(update(Lot).values(expires_at=until))
    code = get_item_state(session, pack)
    lot = session.get_one(Lot, code.lot_id).code
    assert {one.expires_at for one in (*find(session, pack).items, *find(session, lot).lots)} == {until}


def test_a_used_thing_is_still_found_by_its_code(session: Session, h: Hospital) -> None:
    stent = build.stents(session, h)[0]
    build.use(session, h, stent)
    assert [one.state for one in find(session, stent).items] == ["consumed"]
    assert find(session, stent, departments=frozenset({h.cardiology.id})).items == []


def test_every_product_that_is_meant_is_listed_with_the_same_figures(session: Session, h: Hospital) -> None:
    build.packs(session, h, 3, 20)
    build.stents(session, h)
    mine = frozenset({h.surgery.id})
    for words, departments in (("gauze", None), ("gauze", mine), ("s", None)):
        measured = products_found.measures(on=build.TODAY, departments=departments)
        query = select(Product.code, *(one.label(name) for name, one in measured.items())).where(
            products_found.meant(session, words, None, is_thing=False)
        )
        listed = session.execute(query.order_by(products_found.best_first(words))).all()
        assert [tuple(row) for row in listed] == [
            (one.product, one.quantity, one.usable, one.places, one.expires_first_on)
            for one in find(session, words, departments=departments).products
        ]
        assert listed
    here = session.scalars(select(Product.code).where(products_found.is_here(None)).order_by(Product.code)).all()
    assert here == ["GAUZE", "STENT"]


def test_the_code_of_a_thing_is_no_word_to_look_for(session: Session, h: Hospital) -> None:
    meant = products_found.meant(session, build.stents(session, h)[0], None, is_thing=True)
    assert session.scalars(select(Product.code).where(meant)).all() == []


def test_nothing_typed_finds_nothing(session: Session, h: Hospital) -> None:
    build.stents(session, h)
    assert find(session, "  ") == finding.Found(items=[], lots=[], products=[])


def test_holders_are_told_nearest_expiry_first_and_only_of_usable_pieces(session: Session, h: Hospital) -> None:
    near, far, gone = (
        build.packs(session, h, 1)[0],
        build.packs(session, h, 1, at=h.theatre)[0],
        build.packs(session, h, 1)[0],
    )
    days = {near: build.TODAY + timedelta(days=5), far: date(2027, 1, 1), gone: build.TODAY - timedelta(days=1)}
    for code, day in days.items():
        session.execute(update(Lot).where(Lot.id == get_item_state(session, code).lot_id).values(expires_on=day))
    session.expire_all()
    told = holders.who_holds(session, get_product(session, "GAUZE"), on=build.TODAY)
    assert [(one.location, one.expires_first_on) for one in told if one.location != "STORE"] == [
        ("CARD-W", days[near]), ("SURG-T", days[far]),
    ]  # fmt: skip
    ward = next(one for one in told if one.location == "CARD-W")
    assert (ward.quantity, ward.packs, ward.opened) == (20, 1, 0)
    build.use(session, h, near, quantity=5)
    ward = holders.who_holds(session, get_product(session, "GAUZE"), on=build.TODAY)[0]
    assert (ward.quantity, ward.opened) == (15, 15)
    assert session.scalar(select(Lot.code).where(Lot.expires_on == days[gone])) is not None
