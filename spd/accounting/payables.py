"""This file is which accounts say what suppliers are owed before their invoices."""

from __future__ import annotations

from sqlalchemy.orm import Session

from spd.accounting.lines import Event
from spd.accounting.rules import load_rules


def accrued_accounts(session: Session) -> frozenset[str]:
    """The accounts on which goods put a supplier's name: what is owed by receipt, issue, use or loss."""
    of_goods = [rules for event, rules in load_rules(session).items() if event in set(Event)]
    return frozenset(rule.account for rules in of_goods for rule in rules if rule.names_supplier)
