"""This file is what a version of the chart and its rules must be: balanced, whole, and able to say all that happens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from spd.accounting.documents import DocumentEvent
from spd.accounting.later import LATER
from spd.accounting.lines import Event
from spd.accounting.rules import Rule, Rules
from spd.places import CostClass

KINDS = ("asset", "liability", "equity", "income", "expense", "disposal", "budget")

TABLE: Mapping[str, tuple[str, ...]] = {
    "1": (DocumentEvent.INVOICE,),
    "2": (Event.RECEIVE_OWNED, Event.RECEIVE_WARD, DocumentEvent.INVOICE_MATCHED),
    "3": (Event.RECEIVE_OWNED, Event.ISSUE_TITLE),
    "4a": (
        DocumentEvent.ACCRUAL_BACK, DocumentEvent.ACCRUAL_AGAIN, DocumentEvent.ACCRUAL_BILLED,
        DocumentEvent.ACCRUAL_RED, DocumentEvent.INVOICE_GOODS,
    ),
    "4b": (
        DocumentEvent.INVOICE_MATCHED, DocumentEvent.VARIANCE_ON_HAND, DocumentEvent.VARIANCE_USED,
        DocumentEvent.VARIANCE_RELEASED, DocumentEvent.VARIANCE_LOST, DocumentEvent.VARIANCE_LOST_LATER,
    ),
    "5": (Event.ISSUE_OWNED, Event.RETURN_OWNED, Event.USE_STORE),
    "6": (Event.USE_WARD,),
    "8": (Event.USE_CONSIGNED,),
    "9": (DocumentEvent.INVOICE_MATCHED, DocumentEvent.VARIANCE_USED),
    "10": (
        DocumentEvent.PAY_BANK, DocumentEvent.PAY_QUOTA, DocumentEvent.PAY_AHEAD, DocumentEvent.PAY_FROM_AHEAD,
        DocumentEvent.PAY_INSURER,
    ),
    "11": (Event.RETURN_SUPPLIER_STORE, Event.RETURN_SUPPLIER_WARD),
    "12": (Event.USE_WARD, Event.USE_CONSIGNED),
    "13": (Event.GAIN_STORE, Event.GAIN_WARD),
    "14": (
        Event.LOSS_STORE, Event.LOSS_WARD, Event.LOSS_CONSIGNED_STORE, Event.LOSS_CONSIGNED_WARD,
        DocumentEvent.LOSS_CHARGED_STORE, DocumentEvent.LOSS_CHARGED_WARD,
    ),
    "15": (Event.DONATION_STORE, Event.DONATION_WARD),
}  # fmt: skip
"""Which events say each line of the accounting table; 7 (a consignor's goods arrive) moves no money, and 12 is the
same lines in red. Source: domain facts B3."""

CARRYING: tuple[tuple[str, int], ...] = (
    (Event.USE_STORE, 2), (Event.USE_WARD, 2), (DocumentEvent.INVOICE_MATCHED, 1), (DocumentEvent.INVOICE, 1),
    (DocumentEvent.INVOICE, 2), (DocumentEvent.PAY_AHEAD, 1), (DocumentEvent.VARIANCE_ON_HAND, 1),
    (DocumentEvent.PAY_BANK, 3), (DocumentEvent.ACCRUAL_BACK, 1),
)  # fmt: skip
"""(event, line) of the accounts that carry what is there, owed and spent: goods in the stores and on wards, accrued,
billed and not there, owed, paid ahead, differences on goods, budget expenditure."""


class Fault(StrEnum):
    """What is wrong with a version."""

    NOT_COVERED = "not_covered"
    NOT_BALANCED = "not_balanced"
    NO_SUCH_ACCOUNT = "no_such_account"
    NOT_EXPENSE = "not_expense"
    """A line that names its department is cost, and cost names its department."""
    ROLE_MOVED = "role_moved"
    """An account that carries balances stays: they would have to be carried over."""
    UNKNOWN_EVENT = "unknown_event"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong: with which event, of which class of departments, at which account."""

    fault: Fault
    event: str
    cost_class: str = ""
    account: str = ""


def faults(rules: Rules, kinds: Mapping[str, str], before: Rules) -> list[Finding]:
    """All that is wrong with rules on a chart (kind by account), against those they began with; nothing is sound."""
    return [*_whole(rules), *_lines(rules, kinds), *_balance(rules), *_roles(rules, before)]


def _whole(rules: Rules) -> Iterator[Finding]:
    known = {str(event) for event in (*Event, *DocumentEvent)} - {DocumentEvent.INVOICE_UNMATCHED}  # others' in red
    for event in sorted(known - LATER.keys() - rules.keys()):
        yield Finding(fault=Fault.NOT_COVERED, event=event)
    for event in sorted(rules.keys() - known):
        yield Finding(fault=Fault.UNKNOWN_EVENT, event=event)


def _lines(rules: Rules, kinds: Mapping[str, str]) -> Iterator[Finding]:
    for event in sorted(rules):
        for rule in rules[event]:
            if rule.account not in kinds:
                yield Finding(
                    fault=Fault.NO_SUCH_ACCOUNT, event=event, cost_class=rule.cost_class, account=rule.account
                )
            elif (kinds[rule.account] == "expense") != rule.names_department:
                yield Finding(fault=Fault.NOT_EXPENSE, event=event, cost_class=rule.cost_class, account=rule.account)


def _balance(rules: Rules) -> Iterator[Finding]:
    """An event weighs nothing for every class of departments."""
    for event in sorted(rules):
        for cost_class in CostClass:
            chosen = [rule for rule in rules[event] if rule.cost_class in ("", cost_class)]
            if not chosen or sum(rule.sign for rule in chosen) != 0:
                yield Finding(fault=Fault.NOT_BALANCED, event=event, cost_class=cost_class.value)


def _roles(rules: Rules, before: Rules) -> Iterator[Finding]:
    """What is there and owed lies on the same accounts as before, and every event does the same to them."""
    carrying = {rule.account for event, line in CARRYING for rule in before.get(event, ()) if rule.line == line}
    for event, line in CARRYING:
        was, now = ([rule.account for rule in of.get(event, ()) if rule.line == line] for of in (before, rules))
        if was != now:
            yield Finding(fault=Fault.ROLE_MOVED, event=event, account=", ".join(now))
    for event in sorted(before.keys() & rules.keys()):
        if _effect(before[event], carrying) != _effect(rules[event], carrying):
            yield Finding(fault=Fault.ROLE_MOVED, event=event)


def _effect(lines: Sequence[Rule], carrying: set[str]) -> dict[tuple[str, bool], int]:
    """What an event does to the accounts that carry: by account, and whether the supplier is named."""
    found: dict[tuple[str, bool], int] = {}
    for rule in lines:
        if rule.account in carrying or rule.names_supplier:
            key = (rule.account, rule.names_supplier)
            found[key] = found.get(key, 0) + rule.sign
    return {key: net for key, net in found.items() if net}
