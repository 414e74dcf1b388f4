"""This file is stock as it is asked for: grouped by what the reader chooses, each group with its quantity and value.

Every view sums the same rows (`lying`), so that value by place, by product and by lot are one number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    select,
    type_coerce,
)

from spd.catalog import Lot, Product, products_at
from spd.core.columns import Scaled, worth
from spd.core.occasion import Moment
from spd.parties import HOSPITAL_ID, Party, parties_at
from spd.places import INSIDE, Location, LocationKind
from spd.stock import pace
from spd.stock.expiry import is_near, nearness_of
from spd.stock.loaned import LOANER
from spd.stock.pace import seen
from spd.stock.safety import USABLE
from spd.stock.until import unexpired


class By(StrEnum):
    """What stock is grouped by."""

    PLACE = "place"
    PRODUCT = "product"
    PLACE_PRODUCT = "place_product"
    LOT = "lot"
    PLACE_LOT = "place_lot"
    OWNER = "owner"
    SUPPLIER = "supplier"
    STATE = "state"
    EXPIRY = "expiry"
    CLASS = "class"
    ITEM = "item"
    """Not grouped: each thing."""


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which part of it; what is empty chooses nothing. `more` is conditions on the product.

    `location` narrows the use as it narrows the stock: what lasts on a ward is reckoned from what that ward uses.
    """

    location: str = ""
    product: str = ""
    lot: str = ""
    owner: str = ""
    """`owned`, `consigned`, `loaner`, or the code of a party."""
    supplier: str = ""
    state: str = ""
    nearness: str = ""
    product_class: str = ""
    more: Sequence[ColumnElement[bool]] = ()


@dataclass(frozen=True, kw_only=True)
class View:
    """Which stock (`there`, as `standing` gives it), on which day, whose, over how many days its use is reckoned."""

    there: Subquery
    on: date
    levels: Sequence[int]
    use_days: int
    at: datetime | None = None
    """The instant of that day; none for the whole of it."""
    then: datetime | None = None
    """The instant it is as of: products are called and classed as they were then; none is now."""
    departments: frozenset[int] | None = None
    chosen: Chosen = Chosen()

    @property
    def when(self) -> Moment:
        """As of when expiry is judged."""
        return Moment(self.on, self.at)

    @cached_property
    def goods(self) -> Any:
        """Products, as they are or were then."""
        return Product if self.then is None else products_at(self.then)

    @cached_property
    def lying(self) -> Subquery:
        """Every thing in the hospital's hands that the reader may see, with all that it is chosen or grouped by."""
        there, goods = self.there.c, self.goods
        usable = there.state.in_(USABLE) & unexpired(self.when)
        query = (
            select(
                there.id,
                there.code,
                there.kind,
                there.serial,
                there.state,
                there.quantity,
                there.unit_price,
                there.created_at,
                there.product_id,
                there.lot_id,
                there.location_id,
                there.owner_id,
                there.supplier_id,
                there.settlement_mode,
                worth(there.quantity, there.unit_price).label("value"),
                case((usable, there.quantity), else_=0).label("usable"),
                goods.code.label("product"),
                goods.product_class,
                Lot.code.label("lot"),
                Lot.expires_on,
                nearness_of(self.when, levels=self.levels).label("nearness"),
                Location.code.label("location"),
                Location.kind.label("location_kind"),
                Party.code.label("supplier"),
            )
            .join(goods, goods.id == there.product_id)
            .join(Lot, Lot.id == there.lot_id)
            .join(Location, Location.id == there.location_id)
            .join(Party, Party.id == there.supplier_id)
            .where(Location.kind.in_(INSIDE))
        )
        if self.departments is not None:
            query = query.where(seen(self.departments))
        return query.where(*self._conditions()).subquery("lying")

    def _conditions(self) -> list[ColumnElement[bool]]:
        there, chosen, goods = self.there.c, self.chosen, self.goods
        theirs, lent = there.owner_id != HOSPITAL_ID, there.settlement_mode == LOANER
        owners = {"owned": ~theirs, "consigned": theirs & ~lent, "loaner": theirs & lent}
        said: list[tuple[str, Any]] = [
            (chosen.location, Location.code),
            (chosen.product, goods.code),
            (chosen.lot, Lot.code),
            (chosen.supplier, Party.code),
            (chosen.state, there.state),
            (chosen.product_class, goods.product_class),
        ]
        conditions: list[ColumnElement[bool]] = [column == value for value, column in said if value]
        if chosen.nearness:
            conditions.append(is_near(self.when, chosen.nearness, levels=self.levels))
        if chosen.owner in owners:
            conditions.append(owners[chosen.owner])
        elif chosen.owner:
            conditions.append(there.owner_id.in_(select(Party.id).where(Party.code == chosen.owner)))
        if chosen.more and goods is not Product:  # what is looked for is found by what it is called now
            return [*conditions, there.product_id.in_(select(Product.id).where(*chosen.more))]
        return [*conditions, *chosen.more]

    def table(self, by: By) -> Subquery:
        """The groups with their keys and what is measured of each, or each thing: a row each."""
        query = self.grouped(by)
        if by is By.ITEM:
            kept = (
                "code", "kind", "serial", "state", "quantity", "unit_price", "value", "created_at", "product", "lot",
                "expires_on", "nearness", "location", "supplier",
            )  # fmt: skip
            things: Subquery = query.add_columns(*(self.lying.c[name] for name in kept)).subquery("rows")
            return things
        measures = self.measures()
        query, used = self._with_use(query, by)
        query = query.add_columns(*(column.label(name) for name, column in measures.items()))
        query = query.add_columns(used.label("used"), self._days(measures["usable"], used).label("days"))
        return query.subquery("rows")

    def grouped(self, by: By) -> Any:
        """The groups: their keys as columns, nothing measured yet."""
        lying = self.lying.c
        if by is By.ITEM:
            return _with_names(select(lying.id), self.lying, self.goods)
        if by in (By.STATE, By.EXPIRY, By.CLASS):
            key = {By.STATE: lying.state, By.EXPIRY: lying.nearness, By.CLASS: lying.product_class}[by]
            return select(key.label("key")).select_from(self.lying).group_by(key)
        if by in (By.OWNER, By.SUPPLIER):
            of = lying.owner_id if by is By.OWNER else lying.supplier_id
            party = parties_at(self.then)
            names: tuple[Any, ...] = (party.code.label("key"), party.name, party.name_en)
            query = select(*names).select_from(self.lying).join(party, party.id == of)
            return query.group_by(party.id, *(() if self.then is None else (party.code, *names[1:])))
        return self._placed(by)

    def _placed(self, by: By) -> Select[Any]:
        """The groups by place, by product, by both, by lot."""
        lying, goods = self.lying.c, self.goods
        query: Any = select().select_from(self.lying)
        groups: list[Any] = []
        if by in (By.PLACE, By.PLACE_PRODUCT, By.PLACE_LOT):
            query = query.add_columns(
                Location.code.label("location"), Location.name.label("location_name"),
                Location.name_en.label("location_name_en"), Location.kind.label("location_kind"),
            ).join(Location, Location.id == lying.location_id)  # fmt: skip
            groups.append(Location.id)
        if by is not By.PLACE:
            named = (goods.name, goods.name_en, goods.specification, goods.base_unit, goods.product_class)
            query = query.add_columns(goods.code.label("product"), *named)
            query = query.join(goods, goods.id == lying.product_id)
            groups += [goods.id] if goods is Product else [goods.id, goods.code, *named]
        if by in (By.LOT, By.PLACE_LOT):
            query = query.add_columns(Lot.code.label("lot"), Lot.expires_on, lying.nearness).join(
                Lot, Lot.id == lying.lot_id
            )
            groups += [Lot.id, lying.nearness]
        return query.group_by(*groups)  # type: ignore[no-any-return]

    def measures(self) -> dict[str, ColumnElement[Any]]:
        """What is measured of each group."""
        lying = self.lying.c
        ours, lent = lying.owner_id == HOSPITAL_ID, lying.settlement_mode == LOANER
        return {
            "items": func.count(),
            "quantity": cast(func.sum(lying.quantity), BigInteger),
            "usable": cast(func.sum(lying.usable), BigInteger),
            "value": func.sum(lying.value),
            "owned": func.sum(_part(ours, lying.value)),
            "consigned": func.sum(_part(~ours & ~lent, lying.value)),
            "loaner": func.sum(_part(~ours & lent, lying.value)),
            "expires_first_on": func.min(lying.expires_on),
            "since": func.min(lying.created_at),
        }

    @property
    def _pace(self) -> pace.Pace:
        return pace.Pace(on=self.on, days=self.use_days, departments=self.departments, location=self.chosen.location)

    def _with_use(self, query: Select[Any], by: By) -> tuple[Select[Any], ColumnElement[Any]]:
        """The groups with what each used; unknown where things of many kinds are one group.

        A store lasts as long as the whole house's use lets it; a ward as long as its own does.
        """
        lying = self.lying.c
        if by is By.PRODUCT:
            used = pace.used(self._pace, "product")
            query = query.outerjoin(used, used.c.product_id == lying.product_id)
            return query, cast(func.coalesce(func.max(used.c.quantity), 0), BigInteger)
        if by in (By.PLACE_PRODUCT, By.PLACE_LOT):
            here, house = (
                pace.used(self._pace, "product", "location"),
                pace.used(replace(self._pace, wide=True), "product"),
            )
            on_both = and_(here.c.product_id == lying.product_id, here.c.location_id == lying.location_id)
            query = query.outerjoin(here, on_both).outerjoin(house, house.c.product_id == lying.product_id)
            store = Location.kind == LocationKind.STORE
            of_both = case((store, func.max(house.c.quantity)), else_=func.max(here.c.quantity))
            return query.group_by(Location.kind), cast(func.coalesce(of_both, 0), BigInteger)
        return query, cast(null(), BigInteger)

    def _days(self, usable: Any, used: Any) -> ColumnElement[Any]:
        """How many days it lasts at the pace of its use; none where nothing was used."""
        return case((used > 0, usable * self.use_days // used), else_=null())


def _part(condition: Any, value: Any) -> ColumnElement[Any]:
    return type_coerce(case((condition, value), else_=literal(0, BigInteger())), Scaled())


def _with_names(query: Select[Any], lying: Subquery, goods: Any) -> Select[Any]:
    """Each thing with the names of what it is and where it is."""
    columns = lying.c
    return (
        query.add_columns(
            goods.name, goods.name_en, goods.specification, goods.base_unit,
            Location.name.label("location_name"), Location.name_en.label("location_name_en"),
            (columns.owner_id == HOSPITAL_ID).label("owned"),
        )
        .select_from(lying)
        .join(goods, goods.id == columns.product_id)
        .join(Location, Location.id == columns.location_id)
    )  # fmt: skip
