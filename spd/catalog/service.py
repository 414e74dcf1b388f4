"""This file is how products, prices and lots are found, and how a lot first seen is added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as insert_or_leave
from sqlalchemy.orm import Session

from spd.catalog.models import Lot, Packaging, Price, Product
from spd.core.errors import NotFound, Refused


class UnknownProduct(NotFound):
    """No product has this code."""

    code = "unknown-product"
    error = "E01"
    say = {
        "zh": "目录中没有 {product}。换扫另一个码, 或请采购员建立品规。",
        "en": "{product} is not in the catalogue. Scan the other code, or ask a buyer to add the product.",
    }


class NoPrice(Refused):
    """The supplier has no price for the product on that day."""

    code = "no-price"
    say = {
        "zh": "{supplier} 在 {day} 没有 {product} 的价格。请采购员先录入价格。",
        "en": "{supplier} has no price for {product} on {day}. Ask a buyer to enter the price first.",
    }


class LotDiffers(Refused):
    """The lot is known with another expiry."""

    code = "lot-differs"
    say = {
        "zh": "批号 {lot} 已登记效期 {known}, 标签为 {said}。核对标签, 转待验区。",
        "en": "Lot {lot} is known to expire on {known}, the label says {said}. Check the label; put it in quarantine.",
    }


@dataclass(frozen=True, kw_only=True)
class LotSeen:
    """A lot as a label states it."""

    product_id: int
    code: str
    expires_on: date | None = None
    produced_on: date | None = None
    expires_at: datetime | None = None


def get_product(session: Session, code: str) -> Product:
    """The product with this code. Raises: UnknownProduct."""
    found = session.scalars(select(Product).where(Product.code == code, ~Product.retired)).one_or_none()
    if found is None:
        raise UnknownProduct(product=code)
    return found


def find_packaging(session: Session, code: str) -> Packaging | None:
    """The packaging that carries this device identifier, at any level."""
    return session.scalars(select(Packaging).where(Packaging.code == code)).one_or_none()


def get_price(session: Session, product: Product, supplier_id: int, *, on: date) -> Price:
    """The price in force on a day. Raises: NoPrice."""
    found = session.scalars(
        select(Price)
        .where(
            Price.product_id == product.id,
            Price.supplier_id == supplier_id,
            Price.valid_from_on <= on,
            (Price.valid_to_on.is_(None)) | (Price.valid_to_on >= on),
        )
        .order_by(Price.valid_from_on.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        raise NoPrice(supplier=supplier_id, product=product.name, day=on.isoformat())
    return found


def get_or_add_lots(session: Session, seen: Iterable[LotSeen]) -> dict[tuple[int, str], Lot]:
    """The lots as labels state them, by (product, lot code); those first seen are added.

    A label without a day or an hour never blanks what is known; a label with another is refused.
    Raises: LotDiffers.
    """
    wanted = _merged(seen)
    known = _load(session, wanted)
    missing = [lot for key, lot in wanted.items() if key not in known]
    if missing:
        rows = [
            {
                "product_id": m.product_id, "code": m.code, "expires_on": m.expires_on, "expires_at": m.expires_at,
                "produced_on": m.produced_on,
            }
            for m in missing
        ]  # fmt: skip
        # Where another act is adding the same lot, PostgreSQL waits for it and takes its row; SQLite has one at a time.
        postgresql = session.get_bind().dialect.name == "postgresql"
        session.execute(insert_or_leave(Lot).on_conflict_do_nothing() if postgresql else insert(Lot), rows)
        known = _load(session, wanted)
    for key, lot in known.items():
        _agree(session, lot, wanted[key])
    return known


def find_lots(session: Session, keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Lot]:
    """The lots that are known, by (product, lot code)."""
    return _load(session, [key for key in dict.fromkeys(keys) if key[1]])


def _merged(seen: Iterable[LotSeen]) -> dict[tuple[int, str], LotSeen]:
    merged: dict[tuple[int, str], LotSeen] = {}
    for lot in seen:
        key = (lot.product_id, lot.code)
        before = merged.get(key)
        if before and before.expires_on and lot.expires_on and before.expires_on != lot.expires_on:
            raise LotDiffers(lot=lot.code, known=before.expires_on.isoformat(), said=lot.expires_on.isoformat())
        if before and before.expires_at and lot.expires_at and before.expires_at != lot.expires_at:
            raise LotDiffers(lot=lot.code, known=before.expires_at, said=lot.expires_at)
        fuller = before is not None and (
            (before.expires_on is None and lot.expires_on is not None)
            or (before.expires_at is None and lot.expires_at is not None)
        )
        if before is None or fuller:
            merged[key] = lot
    return merged


def _load(session: Session, wanted: Iterable[tuple[int, str]]) -> dict[tuple[int, str], Lot]:
    found: dict[tuple[int, str], Lot] = {}
    keys = list(wanted)
    for start in range(0, len(keys), 400):  # SQLite binds at most 999 values in old builds; two are bound per lot
        part = keys[start : start + 400]
        for lot in session.scalars(select(Lot).where(tuple_(Lot.product_id, Lot.code).in_(part))):
            found[(lot.product_id, lot.code)] = lot
    return found


def _agree(session: Session, known: Lot, said: LotSeen) -> None:
    if said.expires_on is None:
        return
    if known.expires_on not in (None, said.expires_on):
        if known.code:
            raise LotDiffers(lot=known.code, known=known.expires_on.isoformat(), said=said.expires_on.isoformat())
        return
    if known.code and known.expires_at and said.expires_at and known.expires_at != said.expires_at:
        raise LotDiffers(lot=known.code, known=known.expires_at, said=said.expires_at)
    learned = {"expires_on": said.expires_on, "expires_at": known.expires_at or said.expires_at}
    if learned != {"expires_on": known.expires_on, "expires_at": known.expires_at}:
        session.execute(update(Lot).where(Lot.id == known.id).values(**learned))
        session.refresh(known)
