"""This file is charges and uses one by one: the lines that a figure of charged against used is the sum of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Select, and_, case, func, select, type_coerce

from spd.catalog import products_at
from spd.core.columns import Scaled
from spd.encounters import Encounter
from spd.ledger import Item, Movement
from spd.places import departments_at
from spd.reconciliation.loss import lost
from spd.reconciliation.models import ChargeCase, ChargeLine
from spd.reconciliation.queries import SETTLED, Asked, within
from spd.reconciliation.standing import facts


@dataclass(frozen=True, kw_only=True)
class FactsListed:
    """Charges and uses of these days: `query` selects nothing yet; `of` are its columns by name."""

    query: Select[Any]
    of: dict[str, Any]


def list_facts(asked: Asked, *, only_lost: bool = False) -> FactsListed:
    """Every charge, refund, use and reversal by the day and department it is counted under, with its case.

    `charged` and `used` have an amount on their own side alone; `difference` is charged less used. Where only uses are
    asked for of which some was never charged, `lost` is how much.
    """
    table = facts(asked.at)
    department, of_case, product = departments_at(asked.at), departments_at(asked.at), products_at(asked.at)
    there = table.c
    charge = there.charge_line_id.is_not(None)
    amount = type_coerce(there.amount, BigInteger)
    query = (
        select()
        .select_from(table)
        .join(ChargeCase, ChargeCase.id == there.case_id)
        .join(department, department.id == there.department_id)
        .join(of_case, of_case.id == ChargeCase.department_id)
        .outerjoin(ChargeLine, ChargeLine.id == there.charge_line_id)
        .outerjoin(Movement, Movement.id == there.movement_id)
        .outerjoin(Encounter, Encounter.id == Movement.encounter_id)
        .outerjoin(Item, Item.id == Movement.item_id)
        .outerjoin(product, product.id == Item.product_id)
        .where(within(asked, there))
    )
    of_lost: dict[str, Any] = {}
    if only_lost:
        some = lost(asked.at)
        mine = and_(some.c.case_id == there.case_id, some.c.movement_id == there.movement_id, some.c.lost > 0)
        query, of_lost = query.join(some, mine), {"lost": some.c.lost}
    return FactsListed(
        query=query,
        of=of_lost
        | {
            "id": there.id, "day_on": there.day_on, "department": department, "charge": charge,
            "verdict": ChargeCase.verdict, "case": ChargeCase.id, "case_department": of_case.code,
            "number": func.coalesce(ChargeLine.number, ""), "movement": there.movement_id,
            "encounter": func.coalesce(ChargeLine.encounter, Encounter.code, ""),
            "name": func.coalesce(product.name, ChargeLine.charge_code),
            "name_en": func.coalesce(product.name_en, ""), "item": func.coalesce(Item.code, ChargeLine.item, ""),
            "quantity": there.quantity,
            "charged": type_coerce(case((charge, amount)), Scaled()),
            "used": type_coerce(case((~charge, amount)), Scaled()),
            "difference": type_coerce(case((charge, amount), else_=-amount), Scaled()),
            "settled": ChargeCase.verdict.in_(SETTLED),
        },
    )  # fmt: skip
