"""This file is how an event of the rule table becomes the lines of an entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from spd.accounting.rules import Rules
from spd.core.errors import Refused
from spd.ledger import Entry, Line


class Event(StrEnum):
    """What can happen to goods that has money in it. Source: domain facts B3."""

    RECEIVE_OWNED = "receive_owned"
    RECEIVE_WARD = "receive_ward"
    ISSUE_OWNED = "issue_owned"
    ISSUE_TITLE = "issue_title"
    RETURN_OWNED = "return_owned"
    USE_STORE = "use_store"
    USE_WARD = "use_ward"
    USE_CONSIGNED = "use_consigned"
    RETURN_SUPPLIER_STORE = "return_supplier_store"
    RETURN_SUPPLIER_WARD = "return_supplier_ward"
    LOSS_STORE = "loss_store"
    """Lost, expired or spoilt in the store: an asset written off."""
    LOSS_WARD = "loss_ward"
    """The same on a ward: the ward bears it."""
    LOSS_CONSIGNED_STORE = "loss_consigned_store"
    """A consignor's goods lost in the hospital's hands are owed for."""
    LOSS_CONSIGNED_WARD = "loss_consigned_ward"
    GAIN_STORE = "gain_store"
    """Found at a count in the store."""
    GAIN_WARD = "gain_ward"
    OPENING_STORE = "opening_store"
    """What was there when the hospital began with this."""
    OPENING_WARD = "opening_ward"
    DONATION_STORE = "donation_store"
    """Given to the hospital: income, at a fair or nominal price."""
    DONATION_WARD = "donation_ward"


@dataclass(frozen=True, kw_only=True)
class Goods:
    """What moved, and for whom: all that a posting names."""

    product_id: int | None
    product_class: str
    chargeable: bool
    amount: Decimal
    supplier_id: int | None
    department_id: int | None = None
    cost_class: str = ""
    encounter_id: int | None = None


class NoRule(Refused):
    """The rule table does not say how to post this event."""

    code = "no-posting-rule"
    say = {
        "zh": "没有“{event}”的记账规则。请财务先配置记账规则。",
        "en": "There is no posting rule for “{event}”. Ask finance to set it up first.",
    }


def entry_for(rules: Rules, event: StrEnum, goods: Goods, *, period: str) -> Entry | None:
    """The entry of an event; None where the goods cost nothing. Raises: NoRule."""
    if goods.amount == 0:
        return None
    chosen = [rule for rule in rules.get(event, ()) if rule.cost_class in ("", goods.cost_class)]
    lines = [
        Line(
            account=rule.account,
            amount=rule.sign * goods.amount,
            product_id=goods.product_id,
            product_class=goods.product_class,
            chargeable=goods.chargeable,
            department_id=goods.department_id if rule.names_department else None,
            party_id=goods.supplier_id if rule.names_supplier else None,
            encounter_id=goods.encounter_id if rule.names_department else None,
        )
        for rule in chosen
    ]
    if not lines or sum(line.amount for line in lines) != 0:
        raise NoRule(event=event.value)
    return Entry(event=event, period=period, lines=lines)


def reversed_entry(event: str, lines: Sequence[Line], *, period: str) -> Entry | None:
    """The entry that undoes another at its own prices, in an open period; None where there was none."""
    if not lines:
        return None
    return Entry(event=f"reverse_{event}"[:24], period=period, lines=[replace(ln, amount=-ln.amount) for ln in lines])
