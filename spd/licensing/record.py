"""This file is what is on record about goods, looked up in sets: however many are wanted, a handful of statements."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from scanners.chinese_numbers import certificate
from spd.catalog import Product
from spd.catalog.registration import plain_number
from spd.licensing.chain import Link
from spd.licensing.models import Licence, LicenceKind, LicenceProduct
from spd.parties import Party

_AT_ONCE = 500
_LONGEST = 8  # links of a chain: nobody sells through more hands


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version of a licence."""

    number: str
    device_classes: str
    valid_from_on: date
    valid_to_on: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from_on <= day and (self.valid_to_on is None or day <= self.valid_to_on)

    def is_for_class(self, device_class: int | None) -> bool:
        """Whether it is about devices of this class; of an unknown class any is."""
        return device_class is None or not self.device_classes or str(device_class) in self.device_classes


@dataclass(frozen=True, kw_only=True)
class Device:
    """A product as its certificate sees it. `device_class`: 1, 2, 3, or None where its number does not say."""

    names: tuple[str, str]
    """As registered, and in English where there is one."""
    registration: str
    maker_id: int | None
    device_class: int | None
    imported: bool


@dataclass(frozen=True, kw_only=True)
class OnRecord:
    """All that is on record about some goods."""

    devices: dict[int, Device]
    names: dict[int, tuple[str, str]]
    """Of each party as registered, and in English where there is one."""
    registrations: dict[str, tuple[Version, ...]]
    party_licences: dict[tuple[int, str], tuple[Version, ...]]
    links: tuple[Link, ...]

    def held(self, party_id: int, kind: LicenceKind) -> tuple[Version, ...]:
        """The licences of a kind that a party has or had."""
        return self.party_licences.get((party_id, kind), ())


def on_record(session: Session, supplier_ids: Iterable[int], product_ids: Iterable[int]) -> OnRecord:
    """What is on record about products from suppliers; what was withdrawn is not."""
    devices = _devices(session, sorted(set(product_ids)))
    suppliers = set(supplier_ids)
    makers = {device.maker_id for device in devices.values() if device.maker_id is not None}
    numbers = sorted({device.registration for device in devices.values() if device.registration})
    return OnRecord(
        devices=devices,
        names={
            number: (name, name_en)
            for number, name, name_en in _parted(
                session, select(Party.id, Party.name, Party.name_en), Party.id, sorted(suppliers | makers)
            )
        },
        registrations=_registrations(session, numbers),
        party_licences=_of_parties(session, sorted(suppliers | makers)),
        links=_links(session, suppliers),
    )


def _parted(session: Session, query: Any, column: Any, values: Sequence[Any]) -> list[Any]:
    """The rows whose column is one of the values, however many these are."""
    found: list[Any] = []
    for start in range(0, len(values), _AT_ONCE):
        found += session.execute(query.where(column.in_(values[start : start + _AT_ONCE]))).all()
    return found


def _devices(session: Session, product_ids: list[int]) -> dict[int, Device]:
    query = select(Product.id, Product.name, Product.name_en, Product.registration_number, Product.manufacturer_id)
    return {
        product_id: _device((name, name_en), number, maker_id)
        for product_id, name, name_en, number, maker_id in _parted(session, query, Product.id, product_ids)
    }


def _device(names: tuple[str, str], number: str, maker_id: int | None) -> Device:
    said = certificate(number) if number else None
    return Device(
        names=names,
        registration=plain_number(number),
        maker_id=maker_id,
        device_class=said.device_class if said else None,
        imported=said is not None and said.origin in ("进", "许"),
    )


_VERSION = (Licence.number, Licence.device_classes, Licence.valid_from_on, Licence.valid_to_on)


def _registrations(session: Session, numbers: list[str]) -> dict[str, tuple[Version, ...]]:
    query = select(*_VERSION).where(Licence.kind == LicenceKind.REGISTRATION, Licence.withdrawn_at.is_(None))
    found: dict[str, list[Version]] = {}
    for row in _parted(session, query, Licence.number, numbers):
        found.setdefault(row.number, []).append(Version(**row._mapping))
    return {number: tuple(versions) for number, versions in found.items()}


def _of_parties(session: Session, party_ids: list[int]) -> dict[tuple[int, str], tuple[Version, ...]]:
    kinds = (LicenceKind.BUSINESS, LicenceKind.OPERATION, LicenceKind.PRODUCTION)
    query = select(Licence.party_id, Licence.kind, *_VERSION).where(
        Licence.kind.in_(kinds), Licence.withdrawn_at.is_(None)
    )
    found: dict[tuple[int, str], list[Version]] = {}
    for party_id, kind, *version in _parted(session, query, Licence.party_id, party_ids):
        names = ("number", "device_classes", "valid_from_on", "valid_to_on")
        found.setdefault((party_id, kind), []).append(Version(**dict(zip(names, version, strict=True))))
    return {key: tuple(versions) for key, versions in found.items()}


def _links(session: Session, suppliers: set[int]) -> tuple[Link, ...]:
    """Every authorisation that leads to a supplier, one round of givers after the other."""
    query = select(
        Licence.id, Licence.party_id, Licence.grantee_id, Licence.maker_id, Licence.valid_from_on, Licence.valid_to_on
    ).where(Licence.kind == LicenceKind.AUTHORISATION, Licence.withdrawn_at.is_(None))
    rows: dict[int, Any] = {}
    asked: set[int] = set()
    asking = set(suppliers)
    for _ in range(_LONGEST):
        found = _parted(session, query, Licence.grantee_id, sorted(asking))
        rows |= {row.id: row for row in found}
        asked |= asking
        asking = {row.party_id for row in found} - asked
        if not asking:
            break
    named: dict[int, set[int]] = {}
    products = select(LicenceProduct.licence_id, LicenceProduct.product_id)
    for licence_id, product_id in _parted(session, products, LicenceProduct.licence_id, sorted(rows)):
        named.setdefault(licence_id, set()).add(product_id)
    return tuple(
        Link(
            giver_id=row.party_id, grantee_id=row.grantee_id, maker_id=row.maker_id,
            product_ids=frozenset(named.get(row.id, ())), valid_from_on=row.valid_from_on, valid_to_on=row.valid_to_on,
        )
        for row in rows.values()
    )  # fmt: skip
