"""How acts become money: rules from event to lines."""

from spd.accounting.balances import Balance, Weighed, trial_balance, weigh
from spd.accounting.charged import Charge, OwedFor, Owing, charge_person, owing_for
from spd.accounting.documents import DocumentEvent, Money, SupplierAccounts, document_lines, supplier_accounts
from spd.accounting.expense_items import ExpenseItem, expense_item
from spd.accounting.gifts import is_gift
from spd.accounting.inventory import booked, booked_by_month, held_by, inventory_accounts
from spd.accounting.lines import Event, Goods, NoRule, entry_for, reversed_entry
from spd.accounting.models import ChartAccount, PostingRule, RuleVersion
from spd.accounting.payables import Accrued, accrued_accounts, accrued_at_end
from spd.accounting.rules import Rules, classes_on, forget_rules, load_rules
from spd.accounting.vouchers import ControlTotals, VoucherLine, control_totals, vouchers

__all__ = [
    "Accrued",
    "Balance",
    "Charge",
    "ChartAccount",
    "ControlTotals",
    "DocumentEvent",
    "Event",
    "ExpenseItem",
    "Goods",
    "Money",
    "NoRule",
    "OwedFor",
    "Owing",
    "PostingRule",
    "RuleVersion",
    "Rules",
    "SupplierAccounts",
    "VoucherLine",
    "Weighed",
    "accrued_accounts",
    "accrued_at_end",
    "booked",
    "booked_by_month",
    "charge_person",
    "classes_on",
    "control_totals",
    "document_lines",
    "entry_for",
    "expense_item",
    "forget_rules",
    "held_by",
    "inventory_accounts",
    "is_gift",
    "load_rules",
    "owing_for",
    "reversed_entry",
    "supplier_accounts",
    "trial_balance",
    "vouchers",
    "weigh",
]
