"""This file is how what a document says becomes the lines of an entry, by the same rule table as goods."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from sqlalchemy.orm import Session

from spd.accounting.lines import Goods, entry_for
from spd.accounting.rules import Rules, load_rules
from spd.ledger import Line


class DocumentEvent(StrEnum):
    """What a document can say that has money in it. Source: domain facts B3, events 1 to 4, 9, 10, 14."""

    INVOICE = "invoice"
    """What is billed is owed; until it is matched, for goods that are not there."""
    INVOICE_MATCHED = "invoice_matched"
    """What was accrued is billed (policy B)."""
    ACCRUAL_RED = "accrual_red"
    """What was accrued, taken back in red (policy A)."""
    INVOICE_GOODS = "invoice_goods"
    """The goods, at what was accrued, by the invoice (policy A)."""
    ACCRUAL_BACK = "accrual_back"
    """On the first day of a month: what was accrued of goods at the end of the one before, in red (policy A)."""
    ACCRUAL_AGAIN = "accrual_again"
    """At the end of a month: what was taken back and is still on no invoice."""
    ACCRUAL_BILLED = "accrual_billed"
    """The goods by the invoice, where their accrual is taken back already."""
    INVOICE_UNMATCHED = "invoice_unmatched"
    """What was matched is taken back: the lines of the match in red. It has no rules of its own."""
    VARIANCE_ON_HAND = "variance_on_hand"
    VARIANCE_USED = "variance_used"
    VARIANCE_LOST = "variance_lost"
    """A difference of what the stores lost, or sent back: no department's cost."""
    VARIANCE_RELEASED = "variance_released"
    """A difference that lay on goods on hand, when they are used."""
    VARIANCE_LOST_LATER = "variance_lost_later"
    """The same, when the stores lose them or send them back."""
    LOSS_CHARGED_STORE = "loss_charged_store"
    """A loss that a person owes: what it cost is taken off again."""
    LOSS_CHARGED_WARD = "loss_charged_ward"
    PAY_BANK = "pay_bank"
    PAY_QUOTA = "pay_quota"
    PAY_AHEAD = "pay_ahead"
    PAY_FROM_AHEAD = "pay_from_ahead"
    PAY_INSURER = "pay_insurer"


@dataclass(frozen=True, kw_only=True)
class Money:
    """An amount a document says, and whom it is of. Below zero is red."""

    event: DocumentEvent
    amount: Decimal
    supplier_id: int | None
    department_id: int | None = None
    cost_class: str = ""
    product_id: int | None = None
    product_class: str = ""
    chargeable: bool = False


def document_lines(rules: Rules, money: Iterable[Money]) -> list[Line]:
    """The lines of all these amounts together, those of one account, party, department and product as one.

    Only what lands on a department keeps its product. Raises: NoRule.
    """
    sums: dict[Line, Decimal] = {}
    for one in money:
        goods = Goods(
            product_id=one.product_id, product_class=one.product_class, chargeable=one.chargeable, amount=one.amount,
            supplier_id=one.supplier_id, department_id=one.department_id, cost_class=one.cost_class or "clinical",
        )  # fmt: skip
        entry = entry_for(rules, one.event, goods, period="")
        for line in entry.lines if entry else ():
            key = _key(rules, one.event, line)
            sums[key] = sums.get(key, Decimal(0)) + line.amount
    return [_with(key, amount) for key, amount in sums.items() if amount != 0]


def _key(rules: Rules, event: str, line: Line) -> Line:
    kept = any(rule.account == line.account and rule.names_department for rule in rules[event])
    return Line(
        account=line.account, amount=Decimal(0), product_id=line.product_id if kept else None,
        product_class=line.product_class if kept else "", chargeable=line.chargeable and kept,
        department_id=line.department_id, party_id=line.party_id,
    )  # fmt: skip


def _with(key: Line, amount: Decimal) -> Line:
    return Line(**(vars(key) | {"amount": amount}))


@dataclass(frozen=True, kw_only=True)
class SupplierAccounts:
    """The accounts that say how the hospital stands with its suppliers, by the rules in force."""

    accrued: str
    owed: str
    ahead_of_goods: str
    """Billed, and nothing received or used that it is for."""
    paid_ahead: str
    on_hand: str
    """Differences of price that lie on goods on hand."""
    spent: str
    """Budget expenditure."""
    taken_back: str
    """Accruals taken back in red over the turn of a month, beside the goods."""


def supplier_accounts(session: Session) -> SupplierAccounts:
    """The accounts of invoices and payments, as the rules name them."""
    rules = load_rules(session)

    def of(event: DocumentEvent, line: int) -> str:
        return next(rule.account for rule in rules[event] if rule.line == line)

    return SupplierAccounts(
        accrued=of(DocumentEvent.INVOICE_MATCHED, 1),
        owed=of(DocumentEvent.INVOICE, 2),
        ahead_of_goods=of(DocumentEvent.INVOICE, 1),
        paid_ahead=of(DocumentEvent.PAY_AHEAD, 1),
        on_hand=of(DocumentEvent.VARIANCE_ON_HAND, 1),
        spent=of(DocumentEvent.PAY_BANK, 3),
        taken_back=of(DocumentEvent.ACCRUAL_BACK, 1),
    )
