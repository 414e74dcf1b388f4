"""This file is /costs: department, encounter and DRG cost, each open down to the movement."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session

from api import access
from api.fields import AGES, Money, Month, Page, Text
from api.here import read
from api.months import instants_of
from api.noun import Noun
from api.paging import paged
from api.v1.uses import UsesOut
from spd import costing
from spd.catalog import Product, ProductClass
from spd.core import clock
from spd.costing import Dimension
from spd.encounters import get_encounter
from spd.ledger import CHANGES, Item, Movement

bp = Noun("costs", "What was used costs.")


class CostsAsked(Schema):
    """Which cost: of one month, or of those from `since` to it."""

    month = Month(required=True)
    since = Month(metadata={"description": "The first of several months."})
    campus = Text()
    department = Text()
    product_class = fields.String(validate=validate.OneOf([one.value for one in ProductClass]))
    chargeable = fields.Boolean()
    product = Text()
    lot = Text()
    week = fields.Date(metadata={"description": "Its Monday: what was used on its seven days."})
    as_of = fields.AwareDateTime(
        validate=AGES,
        metadata={"description": "What was recorded until then; `as_of` of a lock gives what the month closed with."},
    )


class CostGroupsAsked(CostsAsked):
    """Which cost, told apart by what."""

    by = fields.String(
        required=True, validate=validate.OneOf([one.value for one in Dimension if one is not Dimension.ENCOUNTER])
    )


class CostGroupOut(Schema):
    """One part of the cost; its key as a filter takes it."""

    key = fields.String()
    name = fields.String()
    name_en = fields.String()
    amount = Money()
    lines = fields.Integer(allow_none=True)


class BookAsked(Schema):
    """Which stock book."""

    month = Month(required=True)
    since = Month(metadata={"description": "The first of several months."})
    department = Text()
    product_class = fields.String(validate=validate.OneOf([one.value for one in ProductClass]))
    as_of = fields.AwareDateTime(
        validate=AGES, metadata={"description": "What was recorded until then: the book as it was."}
    )


class BookLineOut(Schema):
    """One department's stock, or one product's of the department named. Amounts are signed; what went is below zero."""

    key = fields.String()
    name = fields.String()
    name_en = fields.String()
    amounts = fields.Dict(keys=fields.String(), values=Money())
    quantities = fields.Dict(keys=fields.String(), values=fields.Integer())
    left_over = Money(metadata={"description": "Opening and changes less closing: zero where the book is right."})


class BookMovementsAsked(BookAsked, Page):
    """Which movements of a department's stock book, a page of them."""

    department = Text(required=True)
    product = Text()
    part = fields.String(validate=validate.OneOf([one.value for one in CHANGES]))


class BookMovementOut(Schema):
    """One movement that came to the department or went from it; what went is below zero."""

    movement_id = fields.Integer(attribute="id")
    part = fields.String()
    kind = fields.String()
    occurred_at = fields.AwareDateTime()
    item = fields.String()
    product = fields.String()
    from_location = fields.String()
    to_location = fields.String()
    quantity = fields.Integer()
    unit_price = Money()
    amount = Money()


class BookMovementsOut(Schema):
    """A page of movements."""

    movements = fields.List(fields.Nested(BookMovementOut))
    next = fields.Integer(allow_none=True)


class CostPageAsked(CostsAsked, Page):
    """Which cost, a page of it."""


class DepartmentCostOut(Schema):
    """One department's month; the parts add up to the total, exactly."""

    department = fields.String()
    name = fields.String()
    name_en = fields.String()
    cost_class = fields.String()
    campus = fields.String()
    high_value = Money()
    low_value = Money()
    reagent = Money()
    chargeable = Money()
    not_chargeable = Money()
    total = Money()


class DepartmentCostsOut(Schema):
    """A month by department."""

    month = fields.String()
    as_of = fields.AwareDateTime()
    departments = fields.List(fields.Nested(DepartmentCostOut))
    total = Money()


class ProductCostOut(Schema):
    """One product's share."""

    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    base_unit = fields.String()
    product_class = fields.String()
    chargeable = fields.Boolean()
    quantity = fields.Integer()
    amount = Money()


class EncountersAsked(Page):
    """Encounters with cost in a month."""

    month = Month(required=True)


class EncounterCostOut(Schema):
    """What was used on one encounter."""

    encounter = fields.String()
    department = fields.String()
    department_name = fields.String()
    encounter_class = fields.String()
    drg_code = fields.String(allow_none=True)
    admitted_at = fields.AwareDateTime()
    discharged_at = fields.AwareDateTime(allow_none=True)
    chargeable = Money()
    total = Money()


class EncounterCostsOut(Schema):
    """A page of encounters."""

    encounters = fields.List(fields.Nested(EncounterCostOut))
    next = fields.Integer(allow_none=True)


class DrgAsked(Schema):
    """Cases discharged in a month, by a region's set of weights."""

    month = Month(required=True)
    region = Text()


class DrgOut(Schema):
    """One group: cost against payment. The empty code is the cases without a group."""

    drg_code = fields.String()
    name = fields.String()
    cases = fields.Integer()
    total = Money()
    mean = Money()
    weight = Money(allow_none=True)
    rate = Money(allow_none=True)
    payment = Money(allow_none=True)
    margin = Money(allow_none=True)


class DrgCasesAsked(Schema):
    """Cases of one group discharged in a month; of the empty code those without a group."""

    month = Month(required=True)
    drg_code = Text(load_default="", shortest=0, longest=80)


class DrgCaseOut(Schema):
    """One case: what was used on it, whenever."""

    encounter = fields.String()
    department = fields.String()
    department_name = fields.String()
    admitted_at = fields.AwareDateTime()
    discharged_at = fields.AwareDateTime()
    total = Money()


class PartitionAsked(Schema):
    """A month, or all there is."""

    month = Month()


class PartitionOut(Schema):
    """Where cost went: the three parts are the whole."""

    with_drg = Money()
    without_drg = Money()
    department_only = Money()
    total = Money()


def chosen(asked: dict[str, Any]) -> costing.Filter:
    """What was asked, within what this reader may see."""
    names = ("since", "campus", "department", "product_class", "chargeable", "product", "lot", "week")
    named = {name: asked.get(name) for name in names}
    return costing.Filter(period=asked["month"], departments=access.departments(), at=asked.get("as_of"), **named)


@bp.get("/departments")
@bp.arguments(CostsAsked, location="query")
@bp.response(200, DepartmentCostsOut)
def departments(asked: dict[str, Any]) -> dict[str, Any]:
    """A month's cost by department, class, and chargeable or not."""
    rows = read(lambda session: costing.by_department(session, chosen(asked)))
    total = sum((row.total for row in rows), start=0)
    return {"month": asked["month"], "as_of": asked.get("as_of", clock.now()), "departments": rows, "total": total}


@bp.get("/products")
@bp.arguments(CostsAsked, location="query")
@bp.response(200, ProductCostOut(many=True))
def products(asked: dict[str, Any]) -> list[costing.ProductCost]:
    """The same cost by product, the dearest first."""
    return read(lambda session: costing.by_product(session, chosen(asked)))


@bp.get("/groups")
@bp.arguments(CostGroupsAsked, location="query")
@bp.response(200, CostGroupOut(many=True))
def groups(asked: dict[str, Any]) -> list[costing.Group]:
    """The same cost by campus, class, chargeable or not, or lot, the dearest first."""
    return read(lambda session: costing.by(session, chosen(asked), Dimension(asked["by"])))


@bp.get("/stock")
@bp.arguments(BookAsked, location="query")
@bp.response(200, BookLineOut(many=True))
def stock(asked: dict[str, Any]) -> list[costing.BookLine]:
    """The stock book: opening + in − out ± adjustments = closing, by department or by the products of one."""
    book = costing.department_book if asked.get("department") else costing.stock_book
    return read(lambda session: book(session, chosen(asked)))


@bp.get("/stock/movements")
@bp.arguments(BookMovementsAsked, location="query")
@bp.response(200, BookMovementsOut)
def stock_movements(asked: dict[str, Any]) -> dict[str, Any]:
    """The movements behind the stock book of a department: those of a part or of a product, or all."""
    limit, part = asked["limit"], asked.get("part")

    def ask(session: Session) -> Any:
        sides = costing.book_sides(session, chosen(asked))
        query = sides.select.add_columns(
            sides.part.label("part"), Movement.kind, Movement.occurred_at, Item.code.label("item"),
            Product.code.label("product"), sides.origin.code.label("from_location"),
            sides.goal.code.label("to_location"), sides.quantity.label("quantity"), Item.unit_price,
            sides.amount.label("amount"),
        ).where(Movement.id > asked["after"])  # fmt: skip
        if part is not None:
            query = query.where(sides.part == part)
        return session.execute(query.order_by(Movement.id).limit(limit + 1)).all()

    return paged("movements", read(ask), limit, lambda row: row.id)


@bp.get("/uses")
@bp.arguments(CostPageAsked, location="query")
@bp.response(200, UsesOut)
def uses(asked: dict[str, Any]) -> dict[str, Any]:
    """The movements behind the same cost."""
    rows = read(lambda s: costing.uses(s, chosen(asked), after=asked["after"], limit=asked["limit"] + 1))
    return paged("uses", rows, asked["limit"], lambda row: row.posting_id)


@bp.get("/encounters")
@bp.arguments(EncountersAsked, location="query")
@bp.response(200, EncounterCostsOut)
def encounters(asked: dict[str, Any]) -> dict[str, Any]:
    """Encounters with cost posted in a month."""
    mine = access.departments()
    rows = read(
        lambda session: costing.by_encounter(
            session, asked["month"], after=asked["after"], limit=asked["limit"] + 1, departments=mine
        )
    )
    return paged("encounters", rows, asked["limit"], lambda row: row.id)


@bp.get("/encounters/<path:code>")
@bp.response(200, UsesOut)
def encounter(code: str) -> dict[str, Any]:
    """Every use on one encounter, reversals too."""
    mine = access.departments()

    def ask(session: Session) -> list[dict[str, Any]]:
        rows = costing.of_encounter(session, get_encounter(session, code), departments=mine)
        return [asdict(row) for row in rows]

    return {"uses": read(ask), "next": None}


@bp.get("/drgs")
@bp.arguments(DrgAsked, location="query")
@bp.response(200, DrgOut(many=True))
def drgs(asked: dict[str, Any]) -> list[costing.DrgCost]:
    """The month's discharged cases by DRG: cost, payment, margin."""
    since, until = instants_of(asked["month"])
    cases = costing.Discharges(since=since, until=until, year=int(asked["month"][:4]), region=asked.get("region"))
    return read(lambda session: costing.by_drg(session, cases))


@bp.get("/drgs/cases")
@bp.arguments(DrgCasesAsked, location="query")
@bp.response(200, DrgCaseOut(many=True))
def drg_cases(asked: dict[str, Any]) -> list[costing.CaseOfDrg]:
    """The cases behind one DRG, the dearest first; each opens at `/costs/encounters/{encounter}`."""
    since, until = instants_of(asked["month"])
    cases = costing.Discharges(since=since, until=until, year=int(asked["month"][:4]))
    return read(lambda session: costing.cases_of_drg(session, cases, asked["drg_code"]))


@bp.get("/partition")
@bp.arguments(PartitionAsked, location="query")
@bp.response(200, PartitionOut)
def partition(asked: dict[str, Any]) -> costing.Partition:
    """A month's cost by whether it fell on a DRG stay, another stay, or a department alone."""
    return read(lambda session: costing.partition(session, asked.get("month")))
