"""This file is the products of a set, each with its own code, packaging and price, all following from its code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from spd.catalog import Packaging, Price, Product
from spd.exchange.synthea.files import Used
from spd.parties import Party

BEGINNING = date(1900, 1, 1)
"""Prices hold since before the oldest row."""


@dataclass(frozen=True, kw_only=True)
class Ware:
    """One product of a set. `pack` is what a ward pack holds, `case` what comes in one case; both 1 for devices."""

    code: str
    name: str
    device: bool
    price: Decimal
    pack: int
    case: int

    @property
    def supplier(self) -> str:
        """Who delivers it: devices come from a consignor, supplies are bought."""
        return "SYN-DEVICES" if self.device else "SYN-SUPPLIES"


def code_of(row: Used) -> str:
    """Our code of the row's product."""
    return f"{'SUP' if row.udi is None else 'DEV'}-{row.code}"


def price_of(code: str, *, device: bool) -> Decimal:
    """The price of a product, from its code read as a number n (letters as their bytes, one number).

    Devices: (10000 + n mod 489999) / 100 yuan, 100.00 to 4999.98. Supplies: (1 + n mod 4999) / 100, 0.01 to 49.99.
    """
    number = int(code) if code.isascii() and code.isdigit() else int.from_bytes(code.encode())
    return Decimal(10_000 + number % 489_999 if device else 1 + number % 4_999).scaleb(-2)


def wares_of(rows: Iterable[Used]) -> dict[str, Ware]:
    """The products of these rows by code. What is used by ones and twos is packed in twos, all else in forties."""
    most: dict[str, int] = {}
    first: dict[str, Used] = {}
    for row in rows:
        code = code_of(row)
        first.setdefault(code, row)
        most[code] = max(most.get(code, 0), row.quantity)
    wares = {}
    for code, row in first.items():
        device = row.udi is not None
        pack = 1 if device else 2 if most[code] <= 2 else 40
        wares[code] = Ware(
            code=code,
            name=(row.description or row.code)[:200],
            device=device,
            price=price_of(row.code, device=device),
            pack=pack,
            case=1 if device else pack * 10,
        )
    return wares


def add_products(session: Session, wares: dict[str, Ware]) -> int:
    """Put the products on record that are not yet there, each priced and with a packaging of our own; how many."""
    suppliers = {code: _supplier(session, code) for code in ("SYN-DEVICES", "SYN-SUPPLIES")}
    there = set(session.scalars(select(Product.code).where(Product.code.startswith("DEV-"))))
    there |= set(session.scalars(select(Product.code).where(Product.code.startswith("SUP-"))))
    new = [ware for ware in wares.values() if ware.code not in there]
    for ware in new:
        product = Product(
            code=ware.code, name=ware.name, name_en=ware.name, base_unit="件",
            product_class="high_value" if ware.device else "low_value", chargeable=ware.device,
        )  # fmt: skip
        session.add(product)
        session.flush()  # its number goes into packaging and price
        session.add(
            Packaging(
                product_id=product.id,
                code=ware.code,
                issuer="house",
                level="unit" if ware.device else "case",
                base_units=ware.case,
            )
        )
        session.add(
            Price(
                product_id=product.id,
                supplier_id=suppliers[ware.supplier],
                unit_price=ware.price,
                settlement_mode="on_use" if ware.device else "on_receipt",
                valid_from_on=BEGINNING,
            )
        )
    session.flush()  # deliveries look their prices up
    return len(new)


def bind(session: Session, carriers: dict[str, str]) -> None:
    """Bind good device identifiers to their products; those that are bound stay as they are."""
    codes = list(carriers)
    known: set[str] = set()
    for start in range(0, len(codes), 500):
        known |= set(session.scalars(select(Packaging.code).where(Packaging.code.in_(codes[start : start + 500]))))
    products = {p.code: p.id for p in session.scalars(select(Product).where(Product.code.in_(set(carriers.values()))))}
    rows = [
        {"product_id": products[product], "code": di, "issuer": "UDI", "level": "unit", "base_units": 1}
        for di, product in carriers.items()
        if di not in known
    ]
    if rows:
        session.execute(insert(Packaging), rows)


def _supplier(session: Session, code: str) -> int:
    found = session.scalar(select(Party.id).where(Party.code == code))
    if found is not None:
        return found
    name, name_en = ("寄售供应商", "Consignor") if code == "SYN-DEVICES" else ("耗材供应商", "Supplier")
    party = Party(code=code, kind="supplier", name=f"Synthea {name}", name_en=f"Synthea {name_en}")
    session.add(party)
    session.flush()  # prices name it
    return party.id
