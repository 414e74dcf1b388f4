"""This file is how differences of price are posted: to goods on hand or to who used them, and back from where they lie.

A difference follows its goods. What is taken back comes off the account it was posted to, whatever class its department
has been put into since. What the stores lost, or sent back, is nobody's cost: it stands where such losses stand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import exists, insert, select
from sqlalchemy.orm import Session

from spd import ledger
from spd.accounting import DocumentEvent, Money
from spd.core.money import ZERO
from spd.core.occasion import Occasion
from spd.ledger import EntryRow, Posting
from spd.places import Department
from spd.settlement.invoices import shares
from spd.settlement.invoices.entering import enter_money
from spd.settlement.invoices.models import InvoiceMatch, InvoiceVariance, stands
from spd.settlement.invoices.shares import Share

NOBODYS = "nobody"
"""Said for the class of what is no department's."""
_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class _Of:
    """Which product a match is of: what its cost is filed under."""

    product_id: int | None
    product_class: str
    chargeable: bool


def classed(session: Session, split: Sequence[Share]) -> list[Share]:
    """The same shares, those that are not posted yet with the class that bears them: of their department now."""
    of = {one.department_id for one in split if not one.cost_class} - {None}
    query = select(Department.id, Department.cost_class).where(Department.id.in_(of))
    classes: dict[int | None, str] = {None: NOBODYS} | (dict(session.execute(query).all()) if of else {})
    return [
        one if one.on_hand else replace(one, cost_class=one.cost_class or classes[one.department_id]) for one in split
    ]


_BILLED = (DocumentEvent.VARIANCE_USED, DocumentEvent.VARIANCE_LOST)
_LATER = (DocumentEvent.VARIANCE_RELEASED, DocumentEvent.VARIANCE_LOST_LATER)


def money_of(session: Session, split: Sequence[Share], supplier_id: int | None) -> list[Money]:
    """What shares post, by where each lies, in the class that the goods were accrued in; of no supplier what is
    released from goods on hand."""
    used, lost = _LATER if supplier_id is None else _BILLED
    of = _products(session, [share.match.posting_id for share in split])
    return [
        Money(
            event=DocumentEvent.VARIANCE_ON_HAND if share.on_hand else lost if share.cost_class == NOBODYS else used,
            amount=share.amount, supplier_id=supplier_id, department_id=share.department_id,
            cost_class="" if share.cost_class == NOBODYS else share.cost_class,
            product_id=of[share.match.posting_id].product_id,
            product_class=of[share.match.posting_id].product_class, chargeable=of[share.match.posting_id].chargeable,
        )
        for share in split
    ]  # fmt: skip


def _products(session: Session, postings: Sequence[int]) -> dict[int, _Of]:
    """What was accrued, in the class it was accrued in: so a difference that is taken back leaves no class."""
    found: dict[int, _Of] = {}
    for start in range(0, len(postings), _AT_ONCE):
        query = select(Posting.id, Posting.product_id, Posting.product_class, Posting.chargeable)
        for posting, product, product_class, chargeable in session.execute(
            query.where(Posting.id.in_(postings[start : start + _AT_ONCE]))
        ):
            found[posting] = _Of(product_id=product, product_class=product_class, chargeable=chargeable)
    return found


def keep(session: Session, split: Sequence[Share], document_entry_id: int) -> None:
    """Shares as they were posted with an entry."""
    rows = [
        {
            "match_id": share.match.id, "department_id": share.department_id, "on_hand": share.on_hand,
            "cost_class": share.cost_class, "amount": share.amount, "document_entry_id": document_entry_id,
        }
        for share in split
    ]  # fmt: skip
    if rows:
        session.execute(insert(InvoiceVariance), rows)


def lying(session: Session, matches: Sequence[InvoiceMatch], through: str | None = None) -> list[Share]:
    """Where the differences of matches lie, with what followed goods that were used since, in the order posted; or lay
    by what was posted up to an accounting month."""
    by_id = {one.id: one for one in matches}
    sums: dict[tuple[int, bool, int | None, str], Share] = {}
    query = select(InvoiceVariance).order_by(InvoiceVariance.id)
    if len(by_id) <= _AT_ONCE:
        query = query.where(InvoiceVariance.match_id.in_(by_id))
    if through is not None:
        of = EntryRow.document_entry_id == InvoiceVariance.document_entry_id
        query = query.where(exists().where(of, EntryRow.period <= through))
    for row in session.scalars(query):
        if row.match_id not in by_id:
            continue  # taken back, and its difference with it
        key = (row.match_id, row.on_hand, row.department_id, row.cost_class)
        so_far = sums[key].amount if key in sums else ZERO
        sums[key] = Share(
            match=by_id[row.match_id], on_hand=row.on_hand, department_id=row.department_id,
            cost_class=row.cost_class, amount=so_far + row.amount,
        )  # fmt: skip
    return [share for share in sums.values() if share.amount]


def release_variances(session: Session, occasion: Occasion, *, period: str | None = None) -> Decimal:
    """Differences that lay on goods on hand, posted to who has used them since; what they came to.

    What was used and is on hand again takes its difference back. Done before a month is closed, in that month and by
    what is posted up to it: what is used later is for a later one. Twice is as once.
    Raises: NoRule, PeriodClosed, Racing.
    """
    ledger.hold_documents(session)
    differing = InvoiceMatch.id.in_(select(InvoiceVariance.match_id))
    matches = list(session.scalars(select(InvoiceMatch).where(differing, stands()).order_by(InvoiceMatch.id)))
    moved = classed(session, list(_moved(session, matches, period)))
    if not moved:
        return ZERO
    used = [share for share in moved if not share.on_hand]
    money = money_of(session, used, None)
    name = f"VAR-{occasion.day:%Y%m%d}"
    said = [(DocumentEvent.VARIANCE_RELEASED, money)]
    numbers = enter_money(session, occasion, ("variance", 0, name), said, period=period)
    if numbers:
        keep(session, moved, numbers[0])
    return sum((one.amount for one in money), ZERO)


def _moved(session: Session, matches: Sequence[InvoiceMatch], through: str | None) -> Iterator[Share]:
    """What of each difference lies elsewhere than it was posted to; of those that were posted up to a month."""
    posted: dict[tuple[int, bool, int], list[Share]] = {}
    for share in lying(session, matches, through):
        posted.setdefault(_place(share), []).append(share)
    known = {match for match, _on_hand, _department in posted}
    matches = [one for one in matches if one.id in known]
    due = {_place(share): share for share in shares.share_out(session, matches, through)}
    for place in sorted(due.keys() | posted.keys()):
        there = posted.get(place, [])
        change = (due[place].amount if place in due else ZERO) - sum((share.amount for share in there), ZERO)
        yield from _changed(due[place] if place in due else there[0], there, change)


def _place(share: Share) -> tuple[int, bool, int]:
    return share.match.id, share.on_hand, share.department_id or 0


def _changed(of: Share, there: Sequence[Share], change: Decimal) -> Iterator[Share]:
    """A change of what lies in one place: less comes off what was posted there last, more is posted anew."""
    for share in reversed(there):
        if change and (change < 0) != (share.amount < 0):
            part = max(change, -share.amount) if change < 0 else min(change, -share.amount)
            change -= part
            yield replace(share, amount=part)
    if change:
        yield replace(of, amount=change, cost_class="")
