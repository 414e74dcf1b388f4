"""This file is which accounts say what suppliers are owed before their invoices."""

from __future__ import annotations

from sqlalchemy.orm import Session

from spd.accounting.rules import load_rules


def accrued_accounts(session: Session) -> frozenset[str]:
    """The accounts on which the rules put a supplier's name: what is owed by receipt, issue, use or loss."""
    return frozenset(rule.account for rules in load_rules(session).values() for rule in rules if rule.names_supplier)
