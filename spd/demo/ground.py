"""This file is the ground of the demo: departments, places with shelf labels, parties, products, packagings, prices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from scanners import own
from spd.catalog import Agreement, Packaging, Price, Product
from spd.demo.chance import Chance
from spd.demo.samples import Ware, rows
from spd.demo.world import COLD_STORE, EAST_STORE, HIGH_VALUE_STORE, STORE
from spd.parties import Party
from spd.places import Department, Location

_STORES = (
    (STORE, "中心库", "Central store", "store", ""),
    (COLD_STORE, "中心库 冷链区", "Central store, cold", "store", STORE),
    (HIGH_VALUE_STORE, "中心库 高值区", "Central store, high value", "store", STORE),
    (EAST_STORE, "东院区分库", "East campus store", "store", ""),
)


def add_departments(session: Session) -> dict[str, int]:
    """The departments as a tree; their numbers by code."""
    known: dict[str, int] = {}
    for row in rows("departments"):
        department = Department(
            code=row["code"], name=row["name"], name_en=row["name_en"], cost_class=row["cost_class"],
            campus=row["campus"], parent_id=known.get(row["parent"]),
        )  # fmt: skip
        session.add(department)
        session.flush()  # those below name it as their parent
        known[department.code] = department.id
    return known


def add_locations(session: Session, departments: dict[str, int]) -> None:
    """The stores, and a place for every department that keeps stock, each with the code on its shelf label."""
    known: dict[str, int] = {}
    for code, name, name_en, kind, parent in _STORES:
        known[code] = _location(session, code, name, name_en, kind, parent_id=known.get(parent))
    for row in rows("departments"):
        if row["place"]:
            kind, code = row["place"], f"{row['code']}-K"
            name, name_en = f"{row['name']} 库", f"{row['name_en']} stock"
            _location(session, code, name, name_en, kind, department_id=departments[row["code"]])


def label_of(code: str) -> str:
    """The shelf label of one of the demo's places."""
    return own.derive("location", f"demo:{code}".encode())


def _location(session: Session, code: str, name: str, name_en: str, kind: str, **above: int | None) -> int:
    place = Location(code=code, label=label_of(code), name=name, name_en=name_en, kind=kind, **above)
    session.add(place)
    session.flush()  # those inside name it as their parent
    return place.id


def add_parties(session: Session) -> dict[str, int]:
    """Suppliers and manufacturers; their numbers by code."""
    parties = [Party(**row) for row in rows("parties")]
    session.add_all(parties)
    session.flush()  # products and prices name them
    return {party.code: party.id for party in parties}


def add_products(session: Session, wares: list[Ware], parties: dict[str, int], chance: Chance, today: date) -> None:
    """The catalogue, with packagings at each level and prices by date."""
    products = [_product(ware, parties) for ware in wares]
    session.add_all(products)
    session.flush()  # their numbers go into packagings and prices
    packagings: list[dict[str, Any]] = []
    prices: list[dict[str, Any]] = []
    for ware, product in zip(wares, products, strict=True):
        packagings += _packagings(ware, product.id)
        prices += _prices(ware, product.id, parties[ware.supplier], chance, today)
    session.execute(insert(Packaging), packagings)
    session.execute(insert(Price), prices)
    session.execute(insert(Agreement), _agreements(wares, products, parties, today))


def _product(ware: Ware, parties: dict[str, int]) -> Product:
    third = ware.product_class == "high_value"
    registered = f"{'国械注准20243' if third else '苏械注准20242'}99{ware.number:04d}"  # no category is 99
    return Product(
        code=ware.code, name=ware.name, name_en=ware.name_en, initials=ware.initials,
        specification=ware.specification, base_unit=ware.base_unit, product_class=ware.product_class,
        chargeable=ware.chargeable, implant=ware.implant, cold_chain=ware.cold,
        charge_code=f"SF{ware.number:06d}" if ware.chargeable else "",
        insurance_code=f"C99{ware.number:017d}" if ware.chargeable else "", registration_number=registered,
        manufacturer_id=parties[ware.maker],
    )  # fmt: skip


def _packagings(ware: Ware, product_id: int) -> list[dict[str, Any]]:
    smallest = "unit" if ware.box == 1 else "box"
    levels = [(0, smallest, ware.box)] + ([(1, "case", ware.box * ware.case)] if ware.case > 1 else [])
    return [
        {"product_id": product_id, "code": ware.gtin(level), "issuer": "GS1", "level": name, "base_units": units}
        for level, name, units in levels
    ]


def _agreements(
    wares: list[Ware], products: list[Product], parties: dict[str, int], today: date
) -> list[dict[str, Any]]:
    """What is agreed on every eighth product of low value: whole boxes, within days that the supplier promised."""
    begun = date(today.year, 1, 1)
    return [
        {
            "supplier_id": parties[ware.supplier], "product_id": product.id,
            "number": f"演示协议-{begun.year}-{number:03d}",
            "valid_from_on": begun, "lead_days": 2 + number % 4, "min_order_quantity": ware.box * 2,
            "order_multiple": ware.box,
        }
        for number, (ware, product) in enumerate(zip(wares, products, strict=True))
        if number % 8 == 0 and ware.product_class == "low_value"
    ]  # fmt: skip


def _prices(ware: Ware, product_id: int, supplier_id: int, chance: Chance, today: date) -> list[dict[str, Any]]:
    """One price for most; for one product in six another came six weeks ago."""
    begun = date(today.year - 1, 1, 1)
    price = {
        "product_id": product_id, "supplier_id": supplier_id, "unit_price": ware.price, "settlement_mode": ware.mode,
        "valid_from_on": begun, "valid_to_on": None,
    }  # fmt: skip
    if not chance.happens(16):
        return [price]
    changed = today - timedelta(days=42)
    cheaper = (ware.price * Decimal("0.94")).quantize(Decimal("0.01") if ware.price >= 1 else Decimal("0.0001"))
    return [
        price | {"valid_to_on": changed - timedelta(days=1)},
        price | {"unit_price": cheaper, "valid_from_on": changed},
    ]
