"""This file is finding: one box for a name, initials, a code, a lot, a serial, a GTIN or whatever was scanned.

A code leads to its one thing, product or lot by an index; words are looked for in the catalogue alone, which is small,
and only what matches there is then counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, exists, func, or_, select, true
from sqlalchemy.orm import Session

from scanners import Scan
from spd.catalog import Lot, Packaging, Product
from spd.core.occasion import Moment
from spd.ledger import Item, ItemStateName
from spd.places import INSIDE, Location
from spd.stock.pace import seen
from spd.stock.seen_of_product import here, measures

SHOWN = 20
MOST_WORDS = 6


@dataclass(frozen=True, kw_only=True)
class FoundProduct:
    """A product, and what there is of it to be seen."""

    product: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    product_class: str
    quantity: int
    usable: int
    places: int
    expires_first_on: date | None


@dataclass(frozen=True, kw_only=True)
class FoundLot:
    """A lot, and what there is of it to be seen."""

    product: str
    name: str
    name_en: str
    lot: str
    expires_on: date | None
    expires_at: datetime | None
    base_unit: str
    quantity: int
    places: int


@dataclass(frozen=True, kw_only=True)
class FoundItem:
    """A thing, wherever it is."""

    code: str
    product: str
    name: str
    name_en: str
    serial: str
    lot: str
    expires_on: date | None
    expires_at: datetime | None
    state: str
    quantity: int
    base_unit: str
    location: str
    location_name: str
    location_name_en: str


@dataclass(frozen=True, kw_only=True)
class Found:
    """Everything that what was typed or scanned may mean."""

    items: list[FoundItem]
    lots: list[FoundLot]
    products: list[FoundProduct]


def find(
    session: Session, words: str, scan: Scan | None, *, on: date, departments: frozenset[int] | None = None,
    at: datetime | None = None,
) -> Found:  # fmt: skip
    """What the words, or the code they are, may mean: things first, then lots, then products with what is on hand.

    A code that is on a thing is no word to look for.
    """
    words = words.strip()
    items = things(session, words, scan, departments)
    of_code = coded(session, words, scan)
    ids = [of_code[0]] if of_code is not None else [] if items else _by_words(session, words)
    return Found(
        items=items,
        lots=lots(session, words, scan, departments),
        products=_products(session, ids, Moment(on, at), departments),
    )


def matching(words: str) -> ColumnElement[bool]:
    """Products of which every word is in the name, initials, code, specification, attributes or a code on a package."""
    columns = (Product.name, Product.name_en, Product.initials, Product.code, Product.specification, Product.attributes)

    def one(word: str) -> ColumnElement[bool]:
        packed = exists().where(Packaging.product_id == Product.id, Packaging.code == word)
        return or_(*(column.icontains(word, autoescape=True) for column in columns), packed)

    return and_(true(), *(one(word) for word in words.split()))


def coded(session: Session, words: str, scan: Scan | None) -> tuple[int, str] | None:
    """The product, number and code, whose packaging has this code; a GTIN may have fewer digits than fourteen."""
    code = scan.di if scan and scan.di else words
    codes = {code, code.zfill(14)} if code.isdigit() and len(code) in (8, 12, 13) else {code}
    query = (
        select(Product.id, Product.code)
        .join(Packaging, Packaging.product_id == Product.id)
        .where(Packaging.code.in_(codes))
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row[0], row[1])


def _by_words(session: Session, words: str) -> list[int]:
    """The products these words are of: one whose code it is, or that begins so, before the others."""
    query = select(Product.id).where(worded(words)).order_by(nearness(words), Product.code).limit(SHOWN)
    return list(session.scalars(query)) if words else []


def nearness(words: str) -> ColumnElement[str]:
    """What products that say these words are ordered by, before their code."""
    return case(
        (Product.code == words.upper(), "0"),
        (Product.name.startswith(words, autoescape=True), "1"),
        (Product.initials.startswith(words.upper(), autoescape=True), "1"),
        else_="2",
    )


def worded(words: str) -> ColumnElement[bool]:
    """Products in use that say every word."""
    return and_(~Product.retired, *(_said(word) for word in words.split()[:MOST_WORDS]))


def _said(word: str) -> ColumnElement[bool]:
    """Products that say a word. Chinese has no capitals: what is written in it is compared as it stands."""
    told = (Product.name, Product.specification, Product.attributes)
    if not word.isascii():
        return or_(*(column.contains(word, autoescape=True) for column in told))
    typed = (  # who looks for a coronary stent types GMZJ, whatever stands before it in the name
        Product.initials.contains(word.upper(), autoescape=True),
        Product.code.istartswith(word, autoescape=True),
    )
    return or_(*typed, *(column.icontains(word, autoescape=True) for column in (Product.name_en, *told)))


def _products(
    session: Session, ids: Sequence[int], when: Moment, departments: frozenset[int] | None
) -> list[FoundProduct]:
    measured = measures(on=when.day, at=when.at, departments=departments)
    columns = (Product.name, Product.name_en, Product.specification, Product.base_unit, Product.product_class)
    query = select(
        Product.id.label("id"), Product.code.label("product"), *columns,
        *(one.label(name) for name, one in measured.items()),
    ).where(Product.id.in_(ids))  # fmt: skip
    rows = {row.id: dict(row._mapping) for row in session.execute(query)} if ids else {}
    return [FoundProduct(**{name: value for name, value in rows[number].items() if name != "id"}) for number in ids]


def lots(
    session: Session, words: str, scan: Scan | None, departments: frozenset[int] | None, *, most: int = SHOWN
) -> list[FoundLot]:
    """The lots of this code, in each product that has one; of the product alone where a scan says which."""
    code = scan.lot if scan and scan.lot else words
    of_code = coded(session, words, scan) if scan and scan.di else None
    query = (
        select(
            Product.code.label("product"),
            Product.name,
            Product.name_en,
            Lot.code.label("lot"),
            Lot.expires_on,
            Lot.expires_at,
            Product.base_unit,
            cast(func.sum(Item.quantity), BigInteger).label("quantity"),
            func.count(Item.location_id.distinct()).label("places"),
        )
        .join(Lot, Lot.id == Item.lot_id)
        .join(Product, Product.id == Item.product_id)
        .join(Location, Location.id == Item.location_id)
        .where(Lot.code == code)
        .group_by(Lot.id, Product.id)
        .order_by(Product.code)
        .limit(most)
    )
    if of_code is not None:
        query = query.where(Product.id == of_code[0])
    return [FoundLot(**row._mapping) for row in session.execute(here(query, departments))] if code else []


def things(
    session: Session, words: str, scan: Scan | None, departments: frozenset[int] | None, *, most: int = SHOWN
) -> list[FoundItem]:
    """The things of this code or serial, wherever they are; used ones last."""
    codes = {words, words.upper()} | ({scan.code or scan.data} if scan else set())
    serials = {words}
    if scan and scan.serial:
        codes.add(f"{scan.di}.{scan.serial}")
        serials = {scan.serial}
    # One index each: an OR of both would read all of ten years.
    by_code = select(Item.id).where(Item.code.in_(sorted(codes)))
    by_serial = select(Item.id).where(Item.serial.in_(sorted(serials)), Item.serial != "").limit(most)
    ids = [*session.scalars(by_code), *session.scalars(by_serial)] if words else []
    if not ids:
        return []
    query = (
        select(
            Item.code,
            Product.code.label("product"),
            Product.name,
            Product.name_en,
            Item.serial,
            Lot.code.label("lot"),
            Lot.expires_on,
            Lot.expires_at,
            Item.state,
            Item.quantity,
            Product.base_unit,
            Location.code.label("location"),
            Location.name.label("location_name"),
            Location.name_en.label("location_name_en"),
        )
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .where(Item.id.in_(ids))
        .order_by(Item.state == ItemStateName.CONSUMED, Item.id)
        .limit(most)
    )
    if departments is not None:
        query = query.where(seen(departments), Location.kind.in_(INSIDE))
    return [FoundItem(**row._mapping) for row in session.execute(query)]
