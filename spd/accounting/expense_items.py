"""This file is the expense item of what is spent: 卫生材料费 by kind of material, by rules that the hospital keeps.

Which item a posting is of is told from its product: the first rule that fits. A month that is closed is read by the
rules, and by what was known of its products, when it was locked first, so that its vouchers stay. Source: domain facts
B3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select, true
from sqlalchemy.orm import Session

from spd import policies
from spd.catalog import Product
from spd.catalog.changes import ProductChange
from spd.ledger import Account, Posting, steps_of
from spd.ledger.books import Step

POLICY = "expense.items"
_TRUE = ("True", "true", "1", "yes")


@dataclass(frozen=True, kw_only=True)
class ExpenseItem:
    """The expense item as a column: it stands on postings with their accounts; `joined` adds what else it looks at."""

    column: ColumnElement[str]
    then: tuple[tuple[Any, Any], ...]

    def joined(self, query: Select[Any]) -> Select[Any]:
        """A query of postings with what the column looks at beside them."""
        query = query.outerjoin(Product, Product.id == Posting.product_id)
        for changed, condition in self.then:
            query = query.outerjoin(changed, condition)
        return query


def expense_item(session: Session, period: str, at: datetime | None = None) -> ExpenseItem:
    """How postings of a month are told apart, now or as of an instant; of a closed month as when it was locked."""
    locks = [step.as_of for step in steps_of(session, period) if step.step == Step.CLOSED]
    moment = min((one for one in (at, *locks[:1]) if one is not None), default=None)
    rules = [rule.split("=") for rule in policies.get(session, POLICY, at=moment).split()]
    implant: Any = Product.implant
    code: Any = Product.insurance_code
    then: list[tuple[Any, Any]] = []
    if moment is not None:
        implants, codes = _before("implant", moment), _before("insurance_code", moment)
        then = [(one, one.c.product_id == Posting.product_id) for one in (implants, codes)]
        implant = case((implants.c.before.is_not(None), implants.c.before.in_(_TRUE)), else_=Product.implant)
        code = func.coalesce(codes.c.before, Product.insurance_code)
    fits = [(_fits(key, implant, code), item) for key, item in rules]
    item = case(*fits, else_="") if fits else case((true(), ""))
    return ExpenseItem(column=case((Account.kind == "expense", item), else_=""), then=tuple(then))


def _fits(key: str, implant: Any, code: Any) -> ColumnElement[bool]:
    """Whether a posting is of what a rule is for."""
    if key == "*":
        return true()
    if key == "implant":
        return and_(Posting.product_id.is_not(None), implant)
    if key.startswith("code:"):
        return Product.code.startswith(key.removeprefix("code:"), autoescape=True)
    if key.startswith("C"):
        begins: ColumnElement[bool] = code.startswith(key, autoescape=True)
        return begins
    return Posting.product_class == key


def _before(attribute: str, moment: datetime) -> Any:
    """What products that were changed since an instant were until then."""
    first = (
        select(func.min(ProductChange.id))
        .where(ProductChange.attribute == attribute, ProductChange.changed_at > moment)
        .group_by(ProductChange.product_id)
    )
    query = select(ProductChange.product_id, ProductChange.before).where(ProductChange.id.in_(first))
    return query.subquery(f"{attribute}_then")
