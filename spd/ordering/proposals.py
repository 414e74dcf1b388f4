"""This file is order proposals: what each store should order today, from whom, how much, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from spd import licensing, policies
from spd.catalog import Offer, Packaging, Product, offers
from spd.catalog.admitted import may_be_ordered
from spd.core.occasion import Moment
from spd.ordering import demand
from spd.ordering.levels import Level, Use, level
from spd.ordering.lines import rounded_up
from spd.parties import Party
from spd.places import Location, LocationKind
from spd.stock import fixed_quantities

_PART = 500
Key = tuple[int, int]  # store and product


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One product that a store should order.

    basis: where the level comes from: `fixed` quantities, `use`, or nothing but what wards are short of (`demand`).
    problem: why it cannot be ordered now: `no_price`, `not_admitted` or `unlicensed`; empty
    where it can.
    """

    location_id: int
    location: str
    location_name: str
    location_name_en: str
    product_id: int
    product: str
    name: str
    name_en: str
    specification: str
    base_unit: str
    supplier: str
    supplier_name: str
    supplier_name_en: str
    quantity: int
    order_multiple: int
    unit_price: Decimal
    settlement_mode: str
    wanted_on: date
    available: int
    on_order: int
    demand: int
    reorder_at: int
    up_to: int
    basis: str
    mean_daily: Decimal
    lead_days: int
    problem: str

    @property
    def key(self) -> str:
        """What tells it apart on a page."""
        return f"{self.location}:{self.product}"

    @property
    def amount(self) -> Decimal:
        """What it would cost."""
        return self.quantity * self.unit_price

    @property
    def reason(self) -> dict[str, Any]:
        """The figures behind it, to be kept with the line."""
        return {
            "basis": self.basis, "available": self.available, "on_order": self.on_order, "demand": self.demand,
            "reorder_at": self.reorder_at, "up_to": self.up_to, "mean_daily": str(self.mean_daily),
            "lead_days": self.lead_days, "order_multiple": self.order_multiple,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What proposals are reckoned from, found for all products at once."""

    on: date
    available: Mapping[Key, int]
    on_order: Mapping[Key, int]
    demand: Mapping[Key, int]
    use: Mapping[Key, Use]
    fixed: Mapping[Key, Level]
    offered: Mapping[int, list[Offer]]
    measured: Mapping[int, int]
    veds: Mapping[int, str]
    review_days: int
    lead_days: int

    def lead(self, product_id: int) -> int:
        """Days until goods come: as agreed, else as measured, else as the house assumes."""
        offer = next(iter(self.offered.get(product_id, ())), None)
        if offer is None:
            return self.lead_days
        return offer.lead_days if offer.lead_days is not None else self.measured.get(offer.supplier_id, self.lead_days)


@dataclass(frozen=True)
class _Need:
    key: Key
    level: Level
    basis: str
    quantity: int


def propose(session: Session, *, on: date, at: datetime | None = None, location: str | None = None) -> list[Proposal]:
    """What stores should order today, of one store where it is named; set-based for any number of products."""
    stores = _stores(session, location)
    if not stores:
        return []
    known = _known(session, stores, Moment(on, at))
    keys = {*known.use, *known.fixed, *(key for key, short in known.demand.items() if short)}
    needs = [need for key in sorted(keys) if (need := _need(known, key)) is not None]
    return _told(session, known, stores, needs)


def _stores(session: Session, location: str | None) -> dict[int, Location]:
    query = select(Location).where(Location.kind == LocationKind.STORE, ~Location.retired).order_by(Location.id)
    if location is not None:
        query = query.where(Location.code == location)
    return {store.id: store for store in session.scalars(query)}


def _known(session: Session, stores: Mapping[int, Location], when: Moment) -> _Known:
    ids, on = list(stores), when.day
    available = demand.available(session, ids, on=on, at=when.at)
    fixed = {
        (one.location_id, one.product_id): Level(one.lower * one.pack_quantity, one.upper * one.pack_quantity)
        for one in fixed_quantities.in_force(session, ids)
    }
    days = policies.get(session, "order.history_days")
    return _Known(
        on=on,
        available=available,
        on_order=demand.on_order(session, ids[0]),
        demand=_at_store(demand.ward_demand(session, on=on, at=when.at), available, ids),
        use=demand.given_out(session, ids, on=on, days=days),
        fixed=fixed,
        offered=offers(session, on=on),
        measured=demand.lead_days_of(session),
        veds={row.id: row.ved for row in session.execute(select(Product.id, Product.ved))},
        review_days=policies.get(session, "order.review_days"),
        lead_days=policies.get(session, "order.lead_days"),
    )


def _at_store(short: Mapping[int, int], available: Mapping[Key, int], stores: Sequence[int]) -> dict[Key, int]:
    """What wards are short of, asked of the store that has most of it."""
    return {
        (max(stores, key=lambda store: (available.get((store, product), 0), -store)), product): quantity
        for product, quantity in short.items()
    }


def _need(known: _Known, key: Key) -> _Need | None:
    """What a store needs of a product; None where it has enough."""
    _store, product = key
    found, basis = known.fixed.get(key), "fixed"
    if found is None and key in known.use:
        found = level(known.use[key], known.veds[product], lead_days=known.lead(product), review_days=known.review_days)
        basis = "use"
    if found is None:
        found, basis = Level(-1, 0), "demand"
    position = known.available.get(key, 0) + known.on_order.get(key, 0) - known.demand.get(key, 0)
    if position > found.reorder_at:
        return None
    return _Need(key, found, basis, found.up_to - position)


def _told(session: Session, known: _Known, stores: Mapping[int, Location], needs: Sequence[_Need]) -> list[Proposal]:
    ids = sorted({need.key[1] for need in needs})
    products: dict[int, Product] = {}
    packs: dict[int, list[int]] = {}
    for start in range(0, len(ids), _PART):
        part = ids[start : start + _PART]
        products.update((one.id, one) for one in session.scalars(select(Product).where(Product.id.in_(part))))
        sizes = select(Packaging.product_id, Packaging.base_units).where(Packaging.product_id.in_(part))
        for product_id, base_units in session.execute(sizes):
            packs.setdefault(product_id, []).append(base_units)
    suppliers = {party.id: party for party in session.scalars(select(Party).where(Party.kind == "supplier"))}
    found = [
        _proposal(known, stores[need.key[0]], products[need.key[1]], need, packs.get(need.key[1], []), suppliers)
        for need in needs
        if not products[need.key[1]].retired
    ]
    return _licensed(session, known, found, products)


def _licensed(
    session: Session, known: _Known, found: Sequence[Proposal], products: Mapping[int, Product]
) -> list[Proposal]:
    """The same, those said that a licence stands against."""
    wanted = {
        one.product_id: licensing.Wanted(
            supplier_id=known.offered[one.product_id][0].supplier_id, product_id=one.product_id
        )
        for one in found
        if not one.problem
    }
    on = known.on
    blocks = [
        finding
        for finding in licensing.findings(session, wanted.values(), on=on, act=licensing.Act.ORDER)
        if finding.severity is licensing.Severity.BLOCK
    ]
    if not blocks:
        return list(found)
    of_product = {finding.product_id for finding in blocks if finding.product_id is not None}
    of_party = {finding.party_id for finding in blocks if finding.product_id is None}
    stopped = {
        product_id
        for product_id, one in wanted.items()
        if product_id in of_product or {one.supplier_id, products[product_id].manufacturer_id} & of_party
    }
    return [replace(one, problem="unlicensed") if one.product_id in stopped else one for one in found]


def _proposal(
    known: _Known, store: Location, product: Product, need: _Need, packs: Sequence[int], suppliers: Mapping[int, Party]
) -> Proposal:  # fmt: skip
    offer = next(iter(known.offered.get(product.id, ())), None)
    problem = "" if offer else "no_price"
    if not may_be_ordered(product, on=known.on):
        problem = "not_admitted"
    multiple = _multiple(offer, packs, need.quantity)
    quantity = _rounded(need.quantity, offer, multiple)
    supplier = suppliers[offer.supplier_id] if offer else None
    lead = known.lead(product.id)
    use = known.use.get(need.key)
    return Proposal(
        location_id=store.id, location=store.code, location_name=store.name, location_name_en=store.name_en,
        product_id=product.id, product=product.code, name=product.name, name_en=product.name_en,
        specification=product.specification, base_unit=product.base_unit, supplier=supplier.code if supplier else "",
        supplier_name=supplier.name if supplier else "", supplier_name_en=supplier.name_en if supplier else "",
        quantity=quantity, order_multiple=multiple, unit_price=offer.unit_price if offer else Decimal(0),
        settlement_mode=offer.settlement_mode if offer else "", wanted_on=known.on + timedelta(days=lead),
        available=known.available.get(need.key, 0), on_order=known.on_order.get(need.key, 0),
        demand=known.demand.get(need.key, 0), reorder_at=max(0, need.level.reorder_at), up_to=need.level.up_to,
        basis=need.basis, mean_daily=use.mean.quantize(Decimal("0.01")) if use else Decimal(0), lead_days=lead,
        problem=problem,
    )  # fmt: skip


def _multiple(offer: Offer | None, packs: Sequence[int], quantity: int) -> int:
    """The packaging to order in: as agreed, else the largest that is not above what is needed, else the smallest."""
    if offer is not None and offer.order_multiple > 1:
        return offer.order_multiple
    fits = [size for size in packs if size <= quantity]
    return max(fits) if fits else min(packs, default=1)


def _rounded(quantity: int, offer: Offer | None, multiple: int) -> int:
    least = rounded_up(quantity, offer) if offer else quantity
    return -(-least // multiple) * multiple
