"""This file is the expense item of what is spent: 卫生材料费 by kind of material, by rules that the hospital keeps.

Which item a posting is of is told from its product: the first rule that fits. A month that is closed is read by the
rules, and by what was known of its products, when it was locked first, so that its vouchers stay. Source: domain facts
B3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, true
from sqlalchemy.orm import Session

from spd import policies
from spd.catalog import products_classed
from spd.ledger import Account, Posting, steps_of
from spd.ledger.books import Step

POLICY = "expense.items"


@dataclass(frozen=True, kw_only=True)
class ExpenseItem:
    """The expense item as a column: it stands on postings with their accounts; `joined` adds what else it looks at."""

    column: ColumnElement[str]
    product: Any
    """Products as they are or were, asked as `Product` is."""

    def joined(self, query: Select[Any]) -> Select[Any]:
        """A query of postings with what the column looks at beside them."""
        return query.outerjoin(self.product, self.product.id == Posting.product_id)


def expense_item(session: Session, period: str, at: datetime | None = None) -> ExpenseItem:
    """How postings of a month are told apart, now or as of an instant; of a closed month as when it was locked."""
    locks = [step.as_of for step in steps_of(session, period) if step.step == Step.CLOSED]
    moment = min((one for one in (at, *locks[:1]) if one is not None), default=None)
    rules = [rule.split("=") for rule in policies.get(session, POLICY, at=moment).split()]
    product = products_classed(session, moment)
    fits = [(_fits(key, product), item) for key, item in rules]
    item = case(*fits, else_="") if fits else case((true(), ""))
    return ExpenseItem(column=case((Account.kind == "expense", item), else_=""), product=product)


def _fits(key: str, product: Any) -> Any:
    """Whether a posting is of what a rule is for."""
    if key == "*":
        return true()
    if key == "implant":
        return and_(Posting.product_id.is_not(None), product.implant)
    if key.startswith("code:"):
        return product.code.startswith(key.removeprefix("code:"), autoescape=True)
    if key.startswith("C"):
        return product.insurance_code.startswith(key, autoescape=True)
    return Posting.product_class == key
