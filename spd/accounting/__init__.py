"""How acts become money: rules from event to lines."""

from spd.accounting.inventory import booked, inventory_accounts
from spd.accounting.lines import Event, Goods, NoRule, entry_for, reversed_entry
from spd.accounting.models import PostingRule
from spd.accounting.payables import accrued_accounts
from spd.accounting.rules import Rules, load_rules

__all__ = [
    "Event",
    "Goods",
    "NoRule",
    "PostingRule",
    "Rules",
    "accrued_accounts",
    "booked",
    "entry_for",
    "inventory_accounts",
    "load_rules",
    "reversed_entry",
]
