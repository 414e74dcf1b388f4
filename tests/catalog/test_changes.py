"""The catalogue changed: what it was is kept, what moved stays countable, no price rewrites the past."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from spd.catalog import NoPrice, Price, Product, SettlementMode, UnknownProduct, get_price
from spd.catalog.admitted import NotAdmitted, may_be_ordered, refuse_unadmitted
from spd.catalog.agreeing import state
from spd.catalog.attributes import BadAttributes, attributes_of, read_attributes, written
from spd.catalog.changes import (
    PriceInThePast,
    PriceKnown,
    PriceSaid,
    ProductKnown,
    UnitFixed,
    add_product,
    change_product,
    find_product,
    history_of,
    set_price,
)
from spd.catalog.initials import initials_of
from spd.catalog.registration import BadNumber, NumberContradicts, registration_of
from tests import build
from tests.build import TODAY, Hospital

NEW = {"name": "一次性使用无菌注射器 10ml", "base_unit": "支", "product_class": "low_value"}


def add(session: Session, h: Hospital, code: str = "SYRINGE") -> Product:
    return add_product(session, build.occasion(h.keeper), code, NEW)


def price(h: Hospital, amount: str, on: date, **more: object) -> PriceSaid:
    return PriceSaid(
        supplier_id=h.gauzes.id, supplier=h.gauzes.name, unit_price=Decimal(amount),
        settlement_mode=SettlementMode.ON_RECEIPT, valid_from_on=on, **more,  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_new_product_is_found_by_its_initials(session: Session, h: Hospital) -> None:
    assert add(session, h).initials == "YCXSYWJZSQ10ML"
    assert initials_of("ＰＩＣＣ导管(5Fr)") == "PICCDG5FR"
    assert initials_of("") == ""


def test_a_code_is_given_once(session: Session, h: Hospital) -> None:
    add(session, h)
    with pytest.raises(ProductKnown):
        add(session, h)


def test_what_was_changed_is_kept_with_who_and_what_it_was(session: Session, h: Hospital) -> None:
    add(session, h)
    changed = change_product(
        session, build.occasion(h.keeper), "SYRINGE", {"name": "注射器", "chargeable": True}, moved=False
    )
    assert changed == {"name": (NEW["name"], "注射器"), "chargeable": ("False", "True")}
    product = find_product(session, "SYRINGE")
    assert product is not None
    assert product.initials == "ZSQ"
    kept = [(one.attribute, one.before, one.after) for one in history_of(session, product)]
    assert kept == [("chargeable", "False", "True"), ("name", NEW["name"], "注射器"), ("code", "", "SYRINGE")]
    assert change_product(session, build.occasion(h.keeper), "SYRINGE", {"name": "注射器"}, moved=False) == {}


def test_the_unit_stays_once_goods_have_moved(session: Session, h: Hospital) -> None:
    build.gauze(session, h)
    with pytest.raises(UnitFixed):
        change_product(session, build.occasion(h.keeper), "GAUZE", {"base_unit": "片"}, moved=True)
    add(session, h)
    change_product(session, build.occasion(h.keeper), "SYRINGE", {"base_unit": "个"}, moved=False)


def test_a_retired_product_is_not_deleted(session: Session, h: Hospital) -> None:
    change_product(session, build.occasion(h.keeper), "GAUZE", {"retired": True}, moved=True)
    product = find_product(session, "GAUZE")
    assert product is not None
    assert product.retired
    with pytest.raises(NotAdmitted):
        refuse_unadmitted(product, on=TODAY)
    with pytest.raises(UnknownProduct):
        change_product(session, build.occasion(h.keeper), "NONE", {}, moved=False)


def test_a_price_holds_from_its_day_and_earlier_ones_stay(session: Session, h: Hospital) -> None:
    product = find_product(session, "GAUZE")
    assert product is not None
    set_price(session, build.occasion(h.keeper), product, price(h, "3.8", TODAY + timedelta(days=5)))
    assert get_price(session, product, h.gauzes.id, on=TODAY + timedelta(days=4)).unit_price == Decimal("3.5")
    assert get_price(session, product, h.gauzes.id, on=TODAY + timedelta(days=5)).unit_price == Decimal("3.8")
    with pytest.raises(NoPrice):
        get_price(session, product, h.stents.id, on=TODAY)


def test_the_list_of_prices_says_which_is_in_force_on_a_day(session: Session, h: Hospital) -> None:
    product = find_product(session, "GAUZE")
    assert product is not None
    later, last = TODAY + timedelta(days=5), TODAY + timedelta(days=9)
    set_price(session, build.occasion(h.keeper), product, price(h, "3.8", later, valid_to_on=last))

    def states(on: date) -> list[str]:
        query = select(state(on, Price)).where(Price.product_id == product.id).order_by(Price.valid_from_on)
        return list(session.scalars(query))

    told = [states(day) for day in (TODAY, later, last + timedelta(days=1))]
    assert told == [["in_force", "coming"], ["replaced", "in_force"], ["in_force", "ended"]]


def test_the_past_has_its_price(session: Session, h: Hospital) -> None:
    product = find_product(session, "GAUZE")
    assert product is not None
    with pytest.raises(PriceInThePast):
        set_price(session, build.occasion(h.keeper), product, price(h, "3.8", TODAY - timedelta(days=1)))
    first = set_price(session, build.occasion(h.keeper), product, price(h, "3.8", TODAY))
    assert set_price(session, build.occasion(h.keeper), product, price(h, "3.8", TODAY)).id == first.id
    with pytest.raises(PriceKnown):
        set_price(session, build.occasion(h.keeper), product, price(h, "3.9", TODAY))
    assert session.get_one(Price, first.id).unit_price == Decimal("3.8")


def test_a_temporary_permission_ends_by_itself() -> None:
    product = Product(admission="temporary", admitted_until_on=TODAY, retired=False)
    assert may_be_ordered(product, on=TODAY)
    assert not may_be_ordered(product, on=TODAY + timedelta(days=1))
    assert not may_be_ordered(Product(admission="pending", retired=False), on=TODAY)
    assert may_be_ordered(Product(admission="admitted", retired=False), on=TODAY)


@pytest.mark.parametrize(
    ("said", "pairs"),
    [
        ("屈光度=21.5; 侧别=左", {"屈光度": "21.5", "侧别": "左"}),
        ("diopter：+21.5；side：L", {"diopter": "+21.5", "side": "L"}),
        ('{"length": 18, "diameter": "3.0"}', {"length": "18", "diameter": "3.0"}),
        ("", {}),
    ],
)
def test_attributes_are_read_as_people_write_them(said: str, pairs: dict[str, str]) -> None:
    assert attributes_of(read_attributes(said)) == pairs


@pytest.mark.parametrize("said", ["21.5", "a=1; a=2", "{", '{"a": [1]}', "=3", "; ".join(f"n{n}=1" for n in range(21))])
def test_attributes_that_are_no_pairs_are_refused(said: str) -> None:
    with pytest.raises(BadAttributes):
        read_attributes(said)


_NAMES = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=8)


@given(st.dictionaries(_NAMES, _NAMES, max_size=8))
def test_attributes_written_are_read_again(pairs: dict[str, str]) -> None:
    kept = read_attributes("; ".join(f"{name}={value}" for name, value in pairs.items()))
    assert read_attributes(written(kept)) == kept
    assert attributes_of(kept) == pairs


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("国械注准 2021 3130647", "国械注准20213130647"), ("国械注准２０２１３１３０６４７", "国械注准20213130647"),
        (" 国械注准20213130647号 ", "国械注准20213130647"), ("沪浦械备 20210012号", "沪浦械备20210012"),
        ("国药准字 S20210012", "国药准字S20210012"), ("", ""),
    ],
)  # fmt: skip
def test_a_registration_number_is_kept_the_same_however_it_is_typed(
    session: Session, h: Hospital, typed: str, kept: str
) -> None:
    change_product(session, build.occasion(h.keeper), "GAUZE", {"registration_number": typed}, moved=True)
    made = add_product(session, build.occasion(h.keeper), "SYRINGE", {**NEW, "registration_number": typed})
    changed = find_product(session, "GAUZE")
    assert changed is not None
    assert (changed.registration_number, made.registration_number) == (kept, kept)
    assert registration_of(kept) == kept  # written again, nothing is different


@pytest.mark.parametrize(("wrong", "refusal"), [("国械注 12", BadNumber), ("国械注准20212130647", NumberContradicts)])
def test_a_registration_number_that_cannot_be_is_refused(
    session: Session, h: Hospital, wrong: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        change_product(session, build.occasion(h.keeper), "GAUZE", {"registration_number": wrong}, moved=True)
    with pytest.raises(refusal):
        add_product(session, build.occasion(h.keeper), "SYRINGE", {**NEW, "registration_number": wrong})
    gauze = find_product(session, "GAUZE")
    assert gauze is not None
    assert gauze.registration_number == ""


def test_a_number_from_before_the_rule_does_not_stand_in_the_way_of_another_change(
    session: Session, h: Hospital
) -> None:
    gauze = find_product(session, "GAUZE")
    assert gauze is not None
    gauze.registration_number = "国械注 12"
    session.flush()  # it stands so in the database
    change_product(
        session, build.occasion(h.keeper), "GAUZE",
        {"registration_number": "国械注 12", "specification": "8 cm"}, moved=True,
    )  # fmt: skip
    assert (gauze.registration_number, gauze.specification) == ("国械注 12", "8 cm")
