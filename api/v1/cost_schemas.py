"""This file is what /costs is asked and what it answers, as schemas."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from api.fields import AGES, Money, Month, Page, Text
from spd.catalog import ProductClass
from spd.costing import Dimension
from spd.ledger import CHANGES


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
    """One part of the cost; its key as a filter takes it, of a lot with its product."""

    key = fields.String()
    product = fields.String(allow_none=True)
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


AS_OF = fields.AwareDateTime(
    validate=AGES,
    metadata={
        "description": "By what was recorded until then: cost, and stays, groups and departments as they were known."
    },
)


class EncounterAsked(Schema):
    """A stay's cost, as of when."""

    as_of = AS_OF


class EncountersAsked(Page):
    """Encounters with cost in a month, or in those from `since` to it."""

    month = Month(required=True)
    since = Month(metadata={"description": "The first of several months."})
    as_of = AS_OF


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
    """Cases discharged in a month, or in those from `since` to it, by a region's set of weights."""

    month = Month(required=True)
    since = Month(metadata={"description": "The first of several months."})
    region = Text()
    as_of = AS_OF


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
    """Cases of one group discharged in a month, or in those from `since` to it; of the empty code those without one."""

    month = Month(required=True)
    since = Month(metadata={"description": "The first of several months."})
    drg_code = Text(load_default="", shortest=0, longest=80)
    as_of = AS_OF


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
    as_of = AS_OF


class PartitionOut(Schema):
    """Where cost went: the three parts are the whole."""

    with_drg = Money()
    without_drg = Money()
    department_only = Money()
    total = Money()
