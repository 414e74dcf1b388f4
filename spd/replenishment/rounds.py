"""This file is a wave as it is looked at: its lines, its totes, and what to pick next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from spd.catalog import Product
from spd.ledger import Item, ItemStateName
from spd.places import Location
from spd.replenishment.levels import whole
from spd.replenishment.models import Dispatch, Wave, WaveLine, WavePick, WaveTote
from spd.replenishment.waves import pending


@dataclass(frozen=True, kw_only=True)
class WaveShown:
    """A wave in figures."""

    code: str
    store: str
    store_name: str
    store_name_en: str
    made_at: datetime
    finished_at: datetime | None
    places: int
    packs: int
    picked: int
    left: int
    short: int


@dataclass(frozen=True, kw_only=True)
class LineShown:
    """What one place gets of one product in a wave."""

    location_code: str
    location_name: str
    location_name_en: str
    product_code: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    pack_quantity: int
    packs: int
    picked: int
    short: int
    to_make: int


@dataclass(frozen=True, kw_only=True)
class ToteShown:
    """A tote of a wave. inside: packs kept in it, or sent; held: of these, what must not go out."""

    code: str
    seal: str | None
    location_code: str
    location_name: str
    location_name_en: str
    sealed_at: datetime | None
    inside: int
    held: int


def waves_statement() -> Any:
    """The waves as a query with the columns of `WaveShown`."""
    counted = (
        select(
            WavePick.wave_id,
            func.count().label("packs"),
            whole(func.sum(case((WavePick.picked_item_id.is_not(None), 1), else_=0))).label("picked"),
            whole(func.sum(case((pending(), 1), else_=0))).label("left"),
            whole(func.sum(case((WavePick.short & WavePick.picked_item_id.is_(None), 1), else_=0))).label("short"),
            func.count(WaveLine.location_id.distinct()).label("places"),
        )
        .join(WaveLine, WaveLine.id == WavePick.line_id)
        .group_by(WavePick.wave_id)
        .subquery("counted")
    )
    return (
        select(
            Wave.code,
            Location.code.label("store"),
            Location.name.label("store_name"),
            Location.name_en.label("store_name_en"),
            Wave.made_at,
            Wave.finished_at,
            counted.c.places,
            counted.c.packs,
            counted.c.picked,
            counted.c.left,
            counted.c.short,
        )
        .join(counted, counted.c.wave_id == Wave.id)
        .join(Location, Location.id == Wave.from_location_id)
    )


def waves(
    session: Session, *, open_only: bool = False, before: int = 0, limit: int = 50
) -> list[tuple[int, WaveShown]]:
    """The waves with their numbers, the newest first; those before a number, where one is named."""
    query = waves_statement().add_columns(Wave.id.label("number")).order_by(Wave.id.desc()).limit(limit)
    if open_only:
        query = query.where(Wave.finished_at.is_(None))
    if before:
        query = query.where(Wave.id < before)
    found = []
    for row in session.execute(query):
        values = dict(row._mapping)
        found.append((values.pop("number"), WaveShown(**values)))
    return found


def figures(session: Session, wave: Wave) -> WaveShown:
    """A wave in figures."""
    return WaveShown(**session.execute(waves_statement().where(Wave.id == wave.id)).one()._mapping)


def lines_statement(wave: Wave) -> Any:
    """The lines of a wave as a query with the columns of `LineShown`."""
    made = WavePick.picked_item_id.is_not(None)
    return (
        select(
            Location.code.label("location_code"),
            Location.name.label("location_name"),
            Location.name_en.label("location_name_en"),
            Product.code.label("product_code"),
            Product.name,
            Product.name_en,
            Product.specification,
            Product.base_unit,
            WaveLine.pack_quantity,
            WaveLine.packs,
            whole(func.sum(case((made, 1), else_=0))).label("picked"),
            whole(func.sum(case((WavePick.short & ~made, 1), else_=0))).label("short"),
            whole(func.sum(case((pending() & WavePick.item_id.is_(None), 1), else_=0))).label("to_make"),
        )
        .select_from(WaveLine)
        .join(WavePick, WavePick.line_id == WaveLine.id)
        .join(Location, Location.id == WaveLine.location_id)
        .join(Product, Product.id == WaveLine.product_id)
        .where(WaveLine.wave_id == wave.id)
        .group_by(WaveLine.id, Location.id, Product.id)
    )


def lines(session: Session, wave: Wave) -> list[LineShown]:
    """The lines of a wave, by place and product."""
    query = lines_statement(wave).order_by(Location.code, Product.code)
    return [LineShown(**row._mapping) for row in session.execute(query)]


def totes(session: Session, wave: Wave) -> list[ToteShown]:
    """The totes of a wave, by place."""
    kept = Item.state.in_((ItemStateName.RESERVED, ItemStateName.HELD)) | WaveTote.sealed_at.is_not(None)
    query = (
        select(
            WaveTote.code,
            Dispatch.seal,
            Location.code.label("location_code"),
            Location.name.label("location_name"),
            Location.name_en.label("location_name_en"),
            WaveTote.sealed_at,
            whole(func.sum(case((kept & Item.id.is_not(None), 1), else_=0))).label("inside"),
            whole(func.sum(case((Item.state == ItemStateName.HELD, 1), else_=0))).label("held"),
        )
        .join(Location, Location.id == WaveTote.location_id)
        .outerjoin(Dispatch, Dispatch.code == WaveTote.code)
        .outerjoin(WavePick, WavePick.tote_id == WaveTote.id)
        .outerjoin(Item, Item.id == WavePick.picked_item_id)
        .where(WaveTote.wave_id == wave.id)
        .group_by(WaveTote.id, Dispatch.id, Location.id)
        .order_by(Location.code, WaveTote.number)
    )
    return [ToteShown(**row._mapping) for row in session.execute(query)]
