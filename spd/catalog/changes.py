"""This file is changes to the catalogue: each kept with who, when, what it was and what it is; nothing is deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Text, Uuid, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from spd.catalog.initials import initials_of
from spd.catalog.mapping import bind
from spd.catalog.models import Packaging, Price, Product, SettlementMode
from spd.catalog.pasts import ProductPast
from spd.catalog.registration import registration_of
from spd.catalog.service import UnknownProduct
from spd.core import pasts
from spd.core.base import AppendOnly, Base
from spd.core.columns import Id, Instant, Word
from spd.core.errors import Conflict, Refused
from spd.core.occasion import Occasion

WRITABLE = (
    "name", "name_en", "specification", "base_unit", "product_class", "chargeable", "implant", "cold_chain",
    "charge_code", "insurance_code", "registration_number", "manufacturer_id", "ved", "control_class", "attributes",
    "retired",
)  # fmt: skip


class ProductChange(AppendOnly, Base):
    """One attribute of one product that was changed."""

    __tablename__ = "product_changes"

    id: Mapped[Id]
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"), index=True)
    attribute: Mapped[Word]
    before: Mapped[str] = mapped_column(Text())
    after: Mapped[str] = mapped_column(Text())
    request_key: Mapped[UUID] = mapped_column(Uuid())
    changed_at: Mapped[Instant]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class ProductKnown(Conflict):
    """The code is another product's."""

    code = "product-known"
    say = {
        "zh": "编码 {product} 已有品规。换一个编码, 或打开该品规修改。",
        "en": "There is a product {product} already. Choose another code, or open that product and change it.",
    }


class UnitFixed(Refused):
    """Stock has been counted in the base unit: another would change what every quantity means."""

    code = "unit-fixed"
    say = {
        "zh": "{product} 已有流转记录, 基本单位不能再改。新建品规, 停用旧品规。",
        "en": "{product} has been moved already: its base unit stays. Add a new product and retire this one.",
    }


class PriceKnown(Conflict):
    """There is a price from that day on already; the past is not rewritten."""

    code = "price-known"
    say = {
        "zh": "{supplier} 自 {day} 起已有价格 {price}。改用之后的日期。",
        "en": "{supplier} has the price {price} from {day} on already. Choose a later day.",
    }


class PriceInThePast(Refused):
    """A price holds from today at the earliest: what was received before keeps its own."""

    code = "price-in-the-past"
    say = {
        "zh": "价格生效日 {day} 早于今天 {today}。从今天或以后开始。",
        "en": "The price would hold from {day}, before today, {today}. Let it begin today or later.",
    }


@dataclass(frozen=True, kw_only=True)
class PriceSaid:
    """What one base unit costs from a supplier from a day on."""

    supplier_id: int
    supplier: str
    unit_price: Decimal
    settlement_mode: SettlementMode
    valid_from_on: date
    valid_to_on: date | None = None
    agreement: str = ""


@dataclass(frozen=True, kw_only=True)
class PackageSaid:
    """A code on a package, and what the package is. No number of base units where the code's family tells it."""

    code: str
    issuer: str = ""
    level: str = ""
    base_units: int | None = None


def find_product(session: Session, code: str) -> Product | None:
    """The product with this code, retired or not."""
    return session.scalars(select(Product).where(Product.code == code)).one_or_none()


def add_product(session: Session, occasion: Occasion, code: str, said: Mapping[str, Any]) -> Product:
    """A new product; what is left out has its default. Raises: ProductKnown, BadNumber, NumberContradicts."""
    if find_product(session, code) is not None:
        raise ProductKnown(product=code)
    said = _registered(said)
    product = Product(code=code, initials=initials_of(said["name"]), **said)
    session.add(product)
    session.flush()  # its number goes into what is kept of it, and two who add it at once are told apart
    _keep(session, occasion, product, {"code": ("", code)})
    return product


def change_product(
    session: Session, occasion: Occasion, code: str, said: Mapping[str, Any], *, moved: bool
) -> dict[str, tuple[str, str]]:
    """What was changed, by attribute: (before, after). `moved`: whether the ledger knows the product.

    Raises: UnknownProduct, BadNumber, NumberContradicts, UnitFixed.
    """
    product = find_product(session, code)
    if product is None:
        raise UnknownProduct(product=code)
    assert set(said) <= set(WRITABLE)
    if said.get("registration_number") != product.registration_number:  # one kept from before the rule stays
        said = _registered(said)
    changed = {
        name: (_text(getattr(product, name)), _text(value))
        for name, value in said.items()
        if getattr(product, name) != value
    }
    if "base_unit" in changed and moved:
        raise UnitFixed(product=product.name)
    stood = pasts.values(ProductPast, product)
    for name in changed:
        setattr(product, name, said[name])
    if "name" in changed:
        product.initials = initials_of(product.name)
    _keep(session, occasion, product, changed)
    session.flush()  # so that a refusal by the database comes here
    pasts.keep(session, ProductPast, [(product, stood)], at=occasion.recorded_at)
    return changed


def _registered(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, the registration number as it is kept. Raises: BadNumber, NumberContradicts."""
    number = said.get("registration_number")
    return dict(said) if number is None else {**said, "registration_number": registration_of(number)}


def bind_code(session: Session, occasion: Occasion, product: Product, said: PackageSaid) -> tuple[Packaging, bool]:
    """The packaging that the code is of the product, and whether it is new; what was bound is kept.

    Raises: BoundElsewhere, UnitsDiffer, UnitsMissing.
    """
    made, new = bind(session, product, said.code, level=said.level, base_units=said.base_units, issuer=said.issuer)
    if new:
        told = f"{made.code} · {made.level} · {made.base_units}"
        _keep(session, occasion, product, {"packaging": ("", told)})
    return made, new


def history_of(session: Session, product: Product, *, limit: int = 100) -> list[ProductChange]:
    """What was changed, the newest first."""
    query = select(ProductChange).where(ProductChange.product_id == product.id).order_by(ProductChange.id.desc())
    return list(session.scalars(query.limit(limit)))


def set_price(session: Session, occasion: Occasion, product: Product, said: PriceSaid) -> Price:
    """A price from a day on; earlier prices stay as they were. Raises: PriceInThePast, PriceKnown."""
    if said.valid_from_on < occasion.day:
        raise PriceInThePast(day=said.valid_from_on.isoformat(), today=occasion.day.isoformat())
    same = (Price.product_id == product.id, Price.supplier_id == said.supplier_id)
    known = session.scalars(select(Price).where(*same, Price.valid_from_on == said.valid_from_on)).one_or_none()
    if known is not None:
        if (known.unit_price, known.settlement_mode) == (said.unit_price, said.settlement_mode):
            return known
        raise PriceKnown(supplier=said.supplier, day=said.valid_from_on.isoformat(), price=known.unit_price)
    price = Price(
        product_id=product.id,
        supplier_id=said.supplier_id,
        unit_price=said.unit_price,
        settlement_mode=said.settlement_mode.value,
        valid_from_on=said.valid_from_on,
        valid_to_on=said.valid_to_on,
        agreement=said.agreement,
        set_at=occasion.recorded_at,
        set_by_id=occasion.staff_id,
    )
    session.add(price)
    session.flush()  # its number is told
    return price


def _keep(session: Session, occasion: Occasion, product: Product, changed: Mapping[str, tuple[str, str]]) -> None:
    session.add_all(
        ProductChange(
            product_id=product.id,
            attribute=name,
            before=before,
            after=after,
            request_key=occasion.request_key,
            changed_at=occasion.recorded_at,
            staff_id=occasion.staff_id,
        )
        for name, (before, after) in changed.items()
    )


def keep_changes(session: Session, occasion: Occasion, rows: Sequence[tuple[int, str, str, str]]) -> None:
    """Keep what was changed otherwise than one by one: product, attribute, before, after."""
    said = {"request_key": occasion.request_key, "changed_at": occasion.recorded_at, "staff_id": occasion.staff_id}
    names = ("product_id", "attribute", "before", "after")
    if rows:
        session.execute(insert(ProductChange), [dict(zip(names, row, strict=True)) | said for row in rows])


def _text(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return "" if value is None else str(value)
