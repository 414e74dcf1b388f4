"""The catalogue's pages: what a certificate says and when it holds, codes that are missing or differ, prices by day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from types import SimpleNamespace
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from spd.catalog import Product
from spd.catalog.mapping import DeviceIdentifier
from spd.licensing import Licence, LicenceKind
from tests import build
from tests.pages.visiting import Visitor

Enter = Callable[..., Visitor]
Act = Callable[[Callable[[Session], Any]], Any]
NUMBER = "国械注准20213140647"


def words(page: TestResponse) -> str:
    """The text of a page."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def _certified(there: SimpleNamespace) -> Callable[[Session], None]:
    def do(session: Session) -> None:
        session.execute(
            update(Product).where(Product.code == "GAUZE").values(registration_number=NUMBER, insurance_code="C1401")
        )
        session.add(DeviceIdentifier(code=build.GAUZE_CASE_DI, insurance_code="C1402", charge_code="HIS-GAUZE"))
        session.add(
            Licence(
                kind=LicenceKind.REGISTRATION, subject="registration:x", number=NUMBER,
                valid_from_on=date(2021, 3, 10), valid_to_on=date(2026, 3, 9), recorded_at=build.NOW,
                recorded_by_id=there.h.keeper.id,
            )
        )  # fmt: skip

    return do


def test_a_products_page_reads_its_certificate_and_says_when_it_holds(
    enter: Enter, there: SimpleNamespace, act: Act
) -> None:
    act(_certified(there))
    page = words(enter("buyer").look("/products/GAUZE"))
    assert "Class of device III Category 14 Origin made in China First registered 2021" in page
    assert "2021-03-10 – 2026-03-09 within 30 days" in page
    nurse = enter("nurse").look("/products/GAUZE")
    assert "2021-03-10 – 2026-03-09" in words(nurse)
    assert "/licences/" not in nurse.text


def test_a_code_that_the_authorities_list_otherwise_is_marked(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    act(_certified(there))
    assert "50 盒 C1402 differs HIS-GAUZE" in words(enter("buyer").look("/products/GAUZE"))


def test_products_that_lack_a_code_are_listed(enter: Enter, there: SimpleNamespace, act: Act) -> None:
    act(_certified(there))
    act(lambda session: session.execute(update(Product).where(Product.code == "SCREW").values(charge_code="")))
    act(lambda session: session.execute(update(Product).where(Product.code == "GAUZE").values(charge_code="")))
    buyer = enter("buyer")
    codes = re.compile(r'href="/products/([A-Z]+)"')
    assert set(codes.findall(buyer.look("/products?lacks=charge").text)) == {"SCREW"}  # gauze is charged to nobody
    assert "GAUZE" not in codes.findall(buyer.look("/products?lacks=insurance").text)
    assert {"SCREW", "STENT"} <= set(codes.findall(buyer.look("/products?lacks=any").text))


def test_prices_of_all_products_are_one_list(enter: Enter, there: SimpleNamespace) -> None:
    page = words(enter("buyer").look("/prices?q=gauze&state=in_force"))
    assert "3.50 盒 in force 2025-01-01" in page
    assert "Nothing matches" in words(enter("buyer").look("/prices?q=gauze&state=coming"))


def test_what_is_found_is_listed_by_kind(enter: Enter, there: SimpleNamespace) -> None:
    who = enter("storekeeper")
    page = who.look("/stock/search?words=L1").text
    assert "by=place_lot" in page
    products = words(who.look("/stock/search?words=a&product_class=reagent"))
    assert "Reagent" in products and "Gauze" not in products
    used = words(who.look(f"/stock/search?words={there.stents[0]}"))
    assert "consumed" not in used and there.stents[0] in used


def test_a_field_that_cannot_be_read_says_what_it_takes(enter: Enter, there: SimpleNamespace) -> None:
    buyer = enter("buyer")
    buyer.look("/products/GAUZE")
    page = words(
        buyer.fill("/price", supplier="SUP-GAUZE", unit_price="-3", valid_from_on="31.3.2026", agreement="kept")
    )
    assert "Write an amount of yuan, not below zero, with at most four decimals, such as 12.50." in page
    assert "Write a day, such as 2026-03-31." in page
    assert 'value="kept"' in buyer.page.text  # type: ignore[union-attr]
    buyer.look("/agreements/new")
    page = words(buyer.fill(product="GAUZE", supplier="SUP-GAUZE", valid_from_on="2026-03-31", lead_days="400"))
    assert "Write a whole number from 0 to 365." in page
