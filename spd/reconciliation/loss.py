"""This file is the loss (漏费): what was used and never charged, use by use, at what the used thing cost.

Of a difference of quantity the charges cover uses of departments that charged any of it first, then the earliest.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, select, type_coerce

from spd.core.columns import Scaled
from spd.reconciliation.models import ChargeCase, Verdict
from spd.reconciliation.standing import facts, standing


def is_short() -> ColumnElement[bool]:
    """Cases in which less was charged than used."""
    some = ChargeCase.verdict.in_((Verdict.USED_NOT_CHARGED.value, Verdict.QUANTITY.value))
    return and_(some, ChargeCase.used_quantity > ChargeCase.charged_quantity)


def lost(at: datetime | None) -> Any:
    """The uses of these cases, as they stand or stood at an instant, each with the `lost` part of its amount."""
    there = facts(at)
    charged = case((there.c.charge_line_id.is_not(None), there.c.quantity), else_=0)
    names = ("case_id", "movement_id", "department_id", "day_on", "quantity", "amount")
    rows = (
        select(
            *(there.c[name] for name in names), ChargeCase.charged_quantity,
            func.sum(charged).over(partition_by=(there.c.case_id, there.c.department_id)).label("charged_here"),
        )
        .join(ChargeCase, ChargeCase.id == there.c.case_id)
        .where(standing(at), is_short())
        .subquery()
    )  # fmt: skip
    of = rows.c
    in_order = (case((of.charged_here > 0, 0), else_=1), of.day_on, of.movement_id)
    so_far = func.sum(of.quantity).over(partition_by=of.case_id, order_by=in_order)
    beyond = cast(so_far, BigInteger) - of.charged_quantity
    uses = select(rows, beyond.label("beyond")).where(of.movement_id.is_not(None)).subquery()
    missing = case((uses.c.beyond >= uses.c.quantity, uses.c.quantity), (uses.c.beyond > 0, uses.c.beyond), else_=0)
    # Each amount is so many times a price: it divides without a rest.
    amount = type_coerce(uses.c.amount, BigInteger) // uses.c.quantity * missing
    kept = (uses.c[name] for name in ("case_id", "movement_id", "department_id", "day_on"))
    return select(*kept, type_coerce(amount, Scaled()).label("lost")).subquery("lost")
