"""This file is proposals: for every place and product that was used, how many packs should lie there, and why.

All is read in a few statements and reckoned at once, for one ward or four hundred places.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from spd import policies
from spd.catalog import Product
from spd.ledger import Item, ItemKind, Movement, MovementKind
from spd.places import WARD_KINDS, End, Location
from spd.sizing.demand import Key, demands
from spd.sizing.formulas import Cover, Demand, Packs, Points, in_packs, points, smaller_pack
from spd.sizing.lead import lead_deviation
from spd.sizing.service import matrix
from spd.stock import abc, fixed_quantities
from spd.stock.fixed_quantities import FixedQuantity, Level

_HOURS = 24


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A product at a place: what it is, and what holds there now."""

    location_id: int
    location: str
    location_name: str
    location_name_en: str
    department_id: int | None
    product_id: int
    product: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    ved: str
    abc: str
    pack_quantity: int
    now: FixedQuantity | None


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What should lie at a place, and everything it was reckoned from."""

    kept: Kept
    demand: Demand
    cover: Cover
    found: Points
    packs: Packs
    smaller_pack: int | None
    """A pack size at which the limits would stand apart by themselves."""

    @property
    def level(self) -> Level:
        """As a fixed quantity."""
        return Level(
            location_id=self.kept.location_id,
            product_id=self.kept.product_id,
            pack_quantity=self.packs.quantity,
            lower=self.packs.lower,
            upper=self.packs.upper,
        )

    @property
    def changes(self) -> bool:
        """Whether it differs from what holds."""
        now = self.kept.now
        held = (now.pack_quantity, now.lower, now.upper) if now else (self.packs.quantity, 0, 0)
        return held != (self.packs.quantity, self.packs.lower, self.packs.upper)

    @property
    def reason(self) -> str:
        """What it was reckoned from, as it is kept with the version: figures only, the same in every language."""
        demand, cover = self.demand, self.cover
        return (
            f"{self.found.model} {self.kept.ved}{self.kept.abc} sl={cover.service:.3f} adu={demand.mean:.2f} "
            f"sd={demand.deviation:.2f} days={demand.days} lead={cover.lead_days:.2f}±{cover.lead_deviation:.2f} "
            f"review={cover.review_days:.2f} ss={self.found.safety:.1f} s={self.found.reorder:.1f} "
            f"S={self.found.order_up_to:.1f}"
        )


def cover_of(session: Session) -> Cover:
    """Lead time and review interval of the house's own refills."""
    return Cover(
        lead_days=policies.get(session, "sizing.lead_hours") / _HOURS,
        review_days=policies.get(session, "sizing.review_hours") / _HOURS,
        service=0.95,
    )


def propose(session: Session, *, on: date, location_ids: Collection[int] | None = None) -> list[Proposal]:
    """The proposals for wards and theatres (or for these places), by place and product."""
    days = policies.get(session, "sizing.history_days")
    levels = matrix(policies.get(session, "sizing.service_permille"))
    base, varies = cover_of(session), lead_deviation(session, on=on, days=days)
    found = demands(session, on=on, days=days, location_ids=location_ids)
    held = {(row.location_id, row.product_id): row for row in fixed_quantities.in_force(session, location_ids)}
    proposals = []
    for kept in _kept(session, {**dict.fromkeys(held), **dict.fromkeys(found)}, held):
        demand = found.get((kept.location_id, kept.product_id), Demand(mean=0.0, deviation=0.0, days=days))
        service = levels[f"{kept.ved}{kept.abc}"]
        cover = replace(base, service=service, lead_deviation=varies)
        reckoned = points(demand, cover, pack_quantity=kept.pack_quantity, vital=kept.ved == "V")
        proposals.append(
            Proposal(
                kept=kept,
                demand=demand,
                cover=cover,
                found=reckoned,
                packs=in_packs(reckoned, kept.pack_quantity),
                smaller_pack=smaller_pack(reckoned, kept.pack_quantity),
            )
        )
    return proposals


def _kept(session: Session, keys: Iterable[Key], held: Mapping[Key, FixedQuantity]) -> list[Kept]:
    wanted = set(keys)
    classes = abc.classes(session)
    sizes = pack_sizes(session)
    places = session.execute(
        select(Location.id, Location.code, Location.name, Location.name_en, Location.department_id)
        .where(Location.kind.in_(WARD_KINDS), ~Location.retired, Location.id.in_({key[0] for key in wanted}))
        .order_by(Location.code)
    ).all()
    products = {
        row.id: row
        for row in session.execute(
            select(
                Product.id, Product.code, Product.name, Product.name_en, Product.specification, Product.base_unit,
                Product.ved,
            ).where(~Product.retired)
        )
    }  # fmt: skip
    by_place: dict[int, list[int]] = {}
    for location_id, product_id in wanted:
        if product_id in products:
            by_place.setdefault(location_id, []).append(product_id)
    kept = []
    for place in places:
        for number in sorted(by_place.get(place.id, ()), key=lambda one: products[one].code):
            row, now = products[number], held.get((place.id, number))
            kept.append(
                Kept(
                    location_id=place.id, location=place.code, location_name=place.name,
                    location_name_en=place.name_en, department_id=place.department_id, product_id=number,
                    product=row.code, name=row.name, name_en=row.name_en, specification=row.specification,
                    base_unit=row.base_unit, ved=row.ved, abc=classes.get(number, ("C", Decimal(0)))[0],
                    pack_quantity=now.pack_quantity if now else sizes.get(number, 1), now=now,
                )
            )  # fmt: skip
    return kept


def pack_sizes(session: Session) -> dict[int, int]:
    """Base units in the packs last made of each product."""
    last = (
        select(Item.product_id, func.max(Item.id).label("id"))
        .where(Item.kind == ItemKind.PACK)
        .group_by(Item.product_id)
        .subquery()
    )
    query = (
        select(last.c.product_id, Movement.quantity)
        .join(Movement, Movement.item_id == last.c.id)
        .where(Movement.kind == MovementKind.PACK, Movement.from_location_id == End.PROCESSING)
    )
    return {product_id: int(quantity) for product_id, quantity in session.execute(query)}
