"""This file is proposals accepted: the chosen lines become orders, one for each supplier and store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import update
from sqlalchemy.orm import Session

from spd.core.errors import Conflict
from spd.core.occasion import Occasion
from spd.ordering import steps
from spd.ordering.lines import Wanted
from spd.ordering.models import Order
from spd.ordering.place import ToOrder, place
from spd.ordering.proposals import Proposal, propose
from spd.places import Location


class NoLongerProposed(Conflict):
    """Somebody else has ordered it, or it has come."""

    code = "no-longer-proposed"
    say = {
        "zh": "{product} 已被他人订货或已到货, 不再需要。刷新订货建议。",
        "en": "{product} has been ordered by somebody else, or has come. Look at the proposals again.",
    }


def accept(
    session: Session,
    occasion: Occasion,
    chosen: Mapping[str, int],
    *,
    submit: bool = True,
    suppliers: Mapping[str, str],
) -> list[Order]:
    """The orders made of chosen proposals (`location:product`) with their quantities, submitted for approval.

    `suppliers` names another supplier than the one proposed. Asked again with the same key, the first ones are told.
    Raises: KeyReused, NoLongerProposed, and what `place` raises.
    """
    if done := steps.find_done(session, occasion):
        return [session.get_one(Order, order_id) for order_id in dict.fromkeys(step.order_id for step in done)]
    _one_at_a_time(session, chosen)
    proposed = {proposal.key: proposal for proposal in propose(session, on=occasion.day, at=occasion.occurred_at)}
    orders: dict[tuple[str, str], list[tuple[Proposal, int]]] = {}
    for key, quantity in chosen.items():
        if key not in proposed:
            raise NoLongerProposed(product=key.partition(":")[2])
        found = proposed[key]
        supplier = suppliers.get(key) or found.supplier
        orders.setdefault((supplier, found.location), []).append((found, quantity))
    asked = [_asked(*ends, lines) for ends, lines in sorted(orders.items())]
    return place(session, occasion, asked, submit=submit)


def _asked(supplier: str, location: str, lines: list[tuple[Proposal, int]]) -> ToOrder:
    days: list[date] = [found.wanted_on for found, _ in lines]
    return ToOrder(
        supplier=supplier,
        location=location,
        wanted_on=min(days),
        lines=[
            Wanted(product=found.product, quantity=quantity, wanted_on=found.wanted_on, reason=found.reason)
            for found, quantity in lines
        ],
    )


def _one_at_a_time(session: Session, chosen: Mapping[str, int]) -> None:
    """Whoever accepts proposals of the same stores waits, and then sees what was ordered.

    The store's row is written as it is: PostgreSQL then lets one act at a time go on. SQLite does anyway.
    """
    stores = sorted({key.partition(":")[0] for key in chosen})
    session.execute(
        update(Location)
        .where(Location.code.in_(stores))
        .values(name=Location.name)
        .execution_options(synchronize_session=False)
    )
