"""This file is an item with all that is needed to judge it: product, lot, place, department, in one joined row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Integer, Row, Select, Text, Uuid, bindparam, cast, column, func, select
from sqlalchemy.orm import Session

from spd.catalog import Lot, Product
from spd.core.constants import Often, written_in
from spd.core.occasion import Moment
from spd.encounters import STAY, Encounter, Stay, UnknownEncounter, band_of
from spd.ledger import Item, ItemState, PeriodStep, Request, UnknownItem
from spd.places import Department, Location
from spd.stock.deny_list import references
from spd.stock.until import Until


@dataclass(frozen=True, kw_only=True)
class Goods:
    """One item, what it is, and where it lies."""

    item: ItemState
    product_code: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    product_class: str
    chargeable: bool
    implant: bool
    charge_code: str
    lot: str
    expires_on: date | None
    expires_at: datetime | None
    denied: str
    """What of its lot a recall forbids to use."""
    location_code: str
    location_name: str
    location_kind: str
    department_id: int | None
    department_code: str
    cost_class: str
    closed_through: str
    """The last closed accounting month, read with the item."""

    @property
    def until(self) -> Until:
        """The last day, and where the label says so the last instant, of its use."""
        return Until(self.expires_on, self.expires_at)

    @property
    def recalls(self) -> list[str]:
        """The recalls in force that mean it."""
        return references(self.denied, self.item.serial, self.item.id) if self.denied else []


_ITEM: tuple[Any, ...] = tuple(Item.__table__.columns)
_ITEM_NAMES = tuple(column.name for column in _ITEM)
_AROUND: tuple[Any, ...] = (
    Product.code.label("product_code"),
    Product.name.label("name"),
    Product.name_en.label("name_en"),
    Product.specification.label("specification"),
    Product.base_unit.label("base_unit"),
    Product.product_class.label("product_class"),
    Product.chargeable.label("chargeable"),
    Product.implant.label("implant"),
    Product.charge_code.label("charge_code"),
    Lot.code.label("lot"),
    Lot.expires_on.label("expires_on"),
    Lot.expires_at.label("expires_at"),
    Lot.denied.label("denied"),
    Location.code.label("location_code"),
    Location.name.label("location_name"),
    Location.kind.label("location_kind"),
    Location.department_id.label("department_id"),
    func.coalesce(Department.code, "").label("department_code"),
    func.coalesce(Department.cost_class, "").label("cost_class"),
    func.coalesce(
        select(PeriodStep.closed_through).order_by(PeriodStep.id.desc()).limit(1).scalar_subquery(), ""
    ).label("closed_through"),
)
_AROUND_NAMES = tuple(column.name for column in _AROUND)


@cache
def _select(*more: Any) -> Select[Any]:
    return (
        select(*_ITEM, *_AROUND, *more)
        .join(Product, Product.id == Item.product_id)
        .join(Lot, Lot.id == Item.lot_id)
        .join(Location, Location.id == Item.location_id)
        .outerjoin(Department, Department.id == Location.department_id)
    )


def _goods(row: Row[Any]) -> Goods:
    values = tuple(row)
    item = ItemState(**dict(zip(_ITEM_NAMES, values, strict=False)))
    around = values[len(_ITEM_NAMES) : len(_ITEM_NAMES) + len(_AROUND_NAMES)]
    return Goods(item=item, **dict(zip(_AROUND_NAMES, around, strict=True)))


def find_goods(session: Session, code: str) -> Goods | None:
    """The item with this code and what it is."""
    row = session.execute(_select().where(Item.code == code)).one_or_none()
    return None if row is None else _goods(row)


def get_goods(session: Session, code: str) -> Goods:
    """The item with this code and what it is. Raises: UnknownItem."""
    found = find_goods(session, code)
    if found is None:
        raise UnknownItem(item=code)
    return found


def goods_with(session: Session, codes: Sequence[str]) -> dict[str, Goods]:
    """The items with these codes, by code; unknown ones are left out."""
    found: dict[str, Goods] = {}
    for start in range(0, len(codes), 500):
        for row in session.execute(_select().where(Item.code.in_(codes[start : start + 500]))):
            goods = _goods(row)
            found[goods.item.code] = goods
    return found


@dataclass(frozen=True, kw_only=True)
class ForUse:
    """What a use must know, read by one statement: the item, the patient, whether the request was answered before."""

    goods: Goods
    stay: Stay | None
    asked: bytes | None
    """The content this request key was used with before; None where it is new."""
    also: tuple[Any, ...] = ()
    """What the caller wanted to know besides, in its order."""


_STAY: tuple[Any, ...] = tuple(getattr(Encounter, name).label(f"stay_{name}") for name in STAY)
_ASKED = (
    select(Request.content)
    .where(Request.key == bindparam("request_key"))
    .correlate(None)
    .scalar_subquery()
    .label("asked")
)


@cache
def _for_use(*also: Any) -> Often:
    query = (
        _select(_ASKED, *_STAY, *also)
        .outerjoin(
            Encounter,
            (Encounter.code == bindparam("encounter")) | (Encounter.wristband == bindparam("band")),
        )
        .where(Item.code == bindparam("item"))
        .order_by(Encounter.code == bindparam("encounter"))  # what was scanned before what somebody typed
        .limit(1)
    )
    return Often(written_in(query))


def get_for_use(
    session: Session, code: str, encounter: str | None, *, request_key: UUID, when: Moment, also: tuple[Any, ...] = ()
) -> ForUse:
    """The item and the encounter it is used on, with what else the caller asks of them (columns of product, lot,
    encounter, or subqueries on them; `when` is bound as `day` and `at`). Raises: UnknownItem, UnknownEncounter.
    """
    said = {"encounter": encounter and str(encounter), "band": band_of(encounter)}
    values = {"item": code, "request_key": request_key, "day": when.day, "at": when.at, **said}
    row = _for_use(*also).ask(session.connection(), values).one_or_none()
    if row is None:
        raise UnknownItem(item=code)
    asked, *rest = tuple(row)[len(_ITEM_NAMES) + len(_AROUND_NAMES) :]
    stay, more = rest[: len(STAY)], rest[len(STAY) :]
    if encounter is not None and stay[0] is None and asked is None:
        raise UnknownEncounter(encounter=encounter)
    found = None if stay[0] is None else Stay(**dict(zip(STAY, stay, strict=True)))
    return ForUse(goods=_goods(row), stay=found, asked=asked, also=tuple(more))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An item to be used on an encounter, under a request key."""

    item: str
    encounter: str | None
    request_key: UUID


def _as_rows(dialect: str) -> Any:
    """What is wanted, out of one text of JSON, so that the statement is the same however many there are."""
    told = bindparam("wanted", type_=Text())
    if dialect == "postgresql":
        columns = (
            column("n", Integer), column("item", Text), column("encounter", Text), column("band", Text),
            column("request_key", Uuid),
        )  # fmt: skip
        return (
            func.json_to_recordset(cast(told, JSON)).table_valued(*columns).render_derived("asked_for", with_types=True)
        )
    each = func.json_each(told).table_valued("value")
    fields = ("n", Integer()), ("item", Text()), ("encounter", Text()), ("band", Text()), ("request_key", Uuid())
    parts = [func.json_extract(each.c.value, f"$.{name}", type_=kind).label(name) for name, kind in fields]
    return select(*parts).subquery("asked_for")


@cache
def _for_use_of_several(dialect: str, *also: Any) -> Often:
    asked = _as_rows(dialect)
    known = select(Request.content).where(Request.key == asked.c.request_key).correlate(asked).scalar_subquery()
    whose = (Encounter.code == asked.c.encounter) | (Encounter.wristband == asked.c.band)
    query = (
        _select(known.label("asked"), *_STAY, *also, asked.c.n)
        .join(asked, asked.c.item == Item.code)
        .outerjoin(Encounter, whose)
        .order_by(asked.c.n, Encounter.code == asked.c.encounter)  # as one alone
    )
    return Often(written_in(query))


def for_use_of_several(
    session: Session, wanted: Sequence[Wanted], *, when: Moment, also: tuple[Any, ...] = ()
) -> list[ForUse | None]:
    """What `get_for_use` gives, for several in one statement; None where the item or the encounter is not known."""
    rows = [
        vars(one) | {"n": n, "request_key": one.request_key.hex, "band": band_of(one.encounter)}
        for n, one in enumerate(wanted)
    ]
    query = _for_use_of_several(session.get_bind().dialect.name, *also)
    found: dict[int, ForUse] = {}
    for row in query.ask(session.connection(), {"day": when.day, "at": when.at, "wanted": json.dumps(rows)}):
        told, *rest = tuple(row)[len(_ITEM_NAMES) + len(_AROUND_NAMES) :]
        stay, more, number = rest[: len(STAY)], rest[len(STAY) : -1], rest[-1]
        if number not in found and (stay[0] is not None or wanted[number].encounter is None):
            here = None if stay[0] is None else Stay(**dict(zip(STAY, stay, strict=True)))
            found[number] = ForUse(goods=_goods(row), stay=here, asked=told, also=tuple(more))
    return [found.get(number) for number in range(len(wanted))]


def find_goods_of_product(
    session: Session, product_id: int, *, lot: str | None, departments: frozenset[int] | None
) -> list[Goods]:
    """What is on hand of a product (of one lot, in these departments), soonest to expire first."""
    query = _select().where(Item.product_id == product_id, Item.quantity > 0)
    if lot is not None:
        query = query.where(Lot.code == lot)
    if departments is not None:
        query = query.where(Location.department_id.in_(departments))
    query = query.order_by(Lot.expires_on.is_(None), Lot.expires_on, Item.created_at, Item.id).limit(50)
    return [_goods(row) for row in session.execute(query)]


def find_goods_here(session: Session, location_id: int, product_id: int, *, lot: str | None) -> list[Goods]:
    """What lies at a place of a product (of one lot), by number."""
    query = _select().where(Item.location_id == location_id, Item.product_id == product_id, Item.quantity > 0)
    if lot is not None:
        query = query.where(Lot.code == lot)
    return [_goods(row) for row in session.execute(query.order_by(Item.id))]
