"""This file is the pages of accounts: balances of a month, the entries behind them, and the three books of lots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import BigInteger, case, func, select, type_coerce
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.fields import MONTH
from api.here import read, settings
from api.i18n import gettext as _
from api.i18n import money
from api.pages import bp
from api.pages.journal import event_name, event_names
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, exported, listed, table
from api.pages.report import as_of, asked_as_of, chosen, frame, stamped, tabs, this_month
from api.pages.scanned import named, named_column
from spd import accounting, ledger
from spd.accounting import Balance
from spd.core import clock
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import Account, DocumentEntry, EntryRow, Item, Movement, Posting
from spd.parties import Party
from spd.places import Department
from spd.settlement import invoices, lots


class _Row:
    """A balance with its debits and credits apart."""

    def __init__(self, one: Balance) -> None:
        self.account, self.name, self.lines = one.account, named(one.name, one.name_en), one.lines
        self.opening_debit, self.opening_credit = _sides(one.opening)
        self.debit, self.credit = one.debit, one.credit
        self.year_debit, self.year_credit = one.year_debit, one.year_credit
        self.closing_debit, self.closing_credit = _sides(one.closing)


def _sides(amount: Decimal) -> tuple[Decimal | None, Decimal | None]:
    return (amount, None) if amount > 0 else (None, -amount) if amount < 0 else (None, None)


@bp.get("/finance/balances")
def finance_balances() -> str | Response:
    """Opening, debit, credit and closing of every account; each leads to its entries."""
    said = chosen()
    first, last = said.periods[0], said.period
    rows = read(lambda session: accounting.trial_balance(session, first, last, at=said.at))

    weighed, stamp = accounting.weigh(rows), said.at.isoformat() if said.at else None

    def entries(row: Any) -> str:
        return url_for("pages.finance_entries", since=first, month=last, account=row.account, as_of=stamp)

    def of_year(row: Any) -> str:
        since = min(first, ledger.year_of(last))
        return url_for("pages.finance_entries", since=since, month=last, account=row.account, as_of=stamp)

    def before(_row: Any) -> str:
        return url_for("pages.finance_balances", month=ledger.shifted(first, -1), as_of=stamp)

    listing = Listing(
        name=f"balances_{last}",
        base=[_Row(row) for row in rows],
        columns=(
            Column("account", _("Account"), kind="code", href=entries),
            Column("name", _("Name")),
            Column("opening_debit", _("Opening, debit"), kind="money", total=True, href=before),
            Column("opening_credit", _("Opening, credit"), kind="money", total=True, href=before),
            Column("debit", _("Debit"), kind="money", total=True, href=entries),
            Column("credit", _("Credit"), kind="money", total=True, href=entries),
            Column("closing_debit", _("Closing, debit"), kind="money", total=True, href=entries),
            Column("closing_credit", _("Closing, credit"), kind="money", total=True, href=entries),
            Column("year_debit", _("Debit of the year"), kind="money", total=True, href=of_year),
            Column("year_credit", _("Credit of the year"), kind="money", total=True, href=of_year),
        ),
        order="account",
        ties=[
            (_("Opening"), weighed.opening),
            (_("Debit − credit"), weighed.moved),
            (_("Closing"), weighed.closing),
        ],
    )
    if answer := exported(listing, title=_("Balances of accounts %(month)s") % {"month": last}):
        return answer
    now = last >= (this_month() if said.at is None else _month_of(said.at))
    return read(
        lambda session: render_template(
            "finance_balances.html", list=table(session, listing), weighed=weighed,
            books=_books(session, said.at) if now else None, export=None, as_of=as_of(session, said),
            again=True, **frame("finance_balances", said),
        )
    )  # fmt: skip


def _month_of(at: datetime) -> str:
    """The month that an instant is of."""
    day = clock.day_of(at, settings().zone)
    return read(lambda session: ledger.accounting_month(session, day))


@dataclass(frozen=True, kw_only=True)
class _Book:
    """What one of the three books comes to, its terms, and the difference: zero; where its things are."""

    what: str
    terms: list[tuple[str, str, str]]
    href: str
    difference: Decimal = ZERO


def _books(session: Session, at: datetime | None) -> list[_Book]:
    """What the three books come to, now or at an instant."""
    seen = lots.select_lots(at)
    values = (_sum(seen.of["owned_value"]), _sum(seen.of["memo_value"]))
    owned, memo = session.execute(seen.query.add_columns(*values)).one()
    goods = invoices.accrued_still(session, at)
    due = session.scalar(goods.query.add_columns(_sum(goods.amount))) or ZERO
    owing = select(func.sum(Posting.amount)).where(_accrued(session))
    if at is not None:
        owing = owing.join(EntryRow, EntryRow.id == Posting.entry_id).where(EntryRow.recorded_at <= at)
    accrued = -(session.scalar(owing) or ZERO)
    back = invoices.taken_back(session, at)
    booked = accounting.booked(session, at=at)
    owned, memo, stamp = owned or ZERO, memo or ZERO, at.isoformat() if at else None
    red = [("−", _("taken back on the first day"), money(-back))] if back else []
    return [
        _Book(
            what=_("The hospital's goods"), href=url_for("pages.finance_lots", whose="owned", as_of=stamp),
            terms=[("", _("goods"), money(owned)), ("−", _("accounts"), money(booked))], difference=owned - booked,
        ),
        _Book(
            what=_("Owed without an invoice"), href=url_for("pages.finance_uninvoiced", booked="1", as_of=stamp),
            terms=[("", _("receipts and uses"), money(due)), *red, ("−", _("accounts"), money(accrued))],
            difference=due + back - accrued,
        ),
        _Book(
            what=_("Others' goods kept here, on no account"), href=url_for("pages.finance_lots", as_of=stamp),
            terms=[("", _("at their prices"), money(memo))],
        ),
    ]  # fmt: skip


def _sum(amount: Any) -> Any:
    return type_coerce(func.sum(type_coerce(amount, BigInteger)), Scaled())


def _accrued(session: Session) -> Any:
    return Posting.account.in_(accounting.accrued_accounts(session))


@bp.get("/finance/entries")
def finance_entries() -> str | Response:
    """Postings of a month, or of some: each leads to its movement or its document."""
    asked = {name: request.args.get(name, "").strip() for name in ("month", "since")}
    at = asked_as_of(request.args.get("as_of", ""))
    month = asked["month"] if MONTH.fullmatch(asked["month"]) else f"{this_month()}"
    since = asked["since"] if MONTH.fullmatch(asked["since"]) and asked["since"] <= month else month
    events = [(event, event_name(event)) for event in event_names()]
    undone = [(f"reverse_{event}"[:24], event_name(f"reverse_{event}")) for event in event_names()]
    listing = Listing(
        name=f"entries_{month}",
        base=_postings(since, month, at),
        columns=(
            Column("entry", _("Entry"), EntryRow.id, kind="code"),
            Column("day_on", _("Day"), EntryRow.day_on, kind="day"),
            Column("period", _("Month"), Posting.period, kind="code"),
            Column("late", _("Late"), _is_late(since, month), show=lambda late: _("late entry") if late else ""),
            Column("event", _("What"), EntryRow.event, show=event_name),
            Column("account", _("Account"), Posting.account, kind="code"),
            Column("account_name", _("Name"), named_column(Account)),
            Column("department", _("Department"), Department.code, kind="code"),
            Column("supplier", _("Supplier"), Party.code, kind="code"),
            Column("item", _("Item"), Item.code, kind="code", href=thing_href),
            Column("document", _("Document"), func.coalesce(DocumentEntry.document, Movement.document), kind="code",
                   href=_document),
            Column("amount", _("Debit +, credit −"), Posting.amount, kind="money", total=True,
                   href=lambda row: thing_href(row) or _document(row)),
            Column("recorded_at", _("Recorded at"), EntryRow.recorded_at, kind="instant"),
            Column("kind", _("Kind"), func.coalesce(DocumentEntry.kind, "movement"), show=_kind),
        ),
        filters=(
            Words("month", _("Month"), default=month, type="month"),
            Words("account", _("Account"), lambda words: Posting.account.startswith(words, autoescape=True)),
            Choice("event", _("What"), [*events, *undone], lambda value: EntryRow.event == value),
            DayFrom("day", _("Day"), lambda day: EntryRow.day_on == day),
            Words("q", _("Search"), _words),
        ),
        order="entry",
        tie=Posting.id,
    )  # fmt: skip
    title = _("Journal entries")
    return listed(
        listing, title=title, sub=month if since == month else f"{since} – {month}", empty=_("Nothing was posted"),
        tabs=tabs("finance_balances", month),
        crumbs=[(_("Balances of accounts"), url_for("pages.finance_balances", month=month)), (title, None)],
        template="listing_as_of.html", **stamped(at), unclosed=month > read(ledger.closed_through),
    )  # fmt: skip


def _postings(since: str, month: str, at: datetime | None) -> Any:
    """Postings of months with what they are about, recorded until an instant, and after one where that is asked."""
    base = (
        select()
        .select_from(Posting)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Account, Account.code == Posting.account)
        .outerjoin(Movement, Movement.id == EntryRow.movement_id)
        .outerjoin(Item, Item.id == Movement.item_id)
        .outerjoin(DocumentEntry, DocumentEntry.id == EntryRow.document_entry_id)
        .outerjoin(Department, Department.id == Posting.department_id)
        .outerjoin(Party, Party.id == Posting.party_id)
        .where(Posting.period >= since, Posting.period <= month)
    )
    if at is not None:
        base = base.where(EntryRow.recorded_at <= at)
    if (after := asked_as_of(request.args.get("after", ""))) is not None:
        base = base.where(EntryRow.recorded_at > after)
    return base


def _is_late(since: str, month: str) -> Any:
    """Whether a posting is of a day before its month: of one that was closed when it came."""
    months = ledger.months_between(since, month)
    firsts = read(lambda session: {one: ledger.days_of(session, one)[0] for one in months})
    return case(*((Posting.period == one, EntryRow.day_on < first) for one, first in firsts.items()))


def _kind(kind: str) -> str:
    names = {
        "movement": _("movement"), "invoice": _("invoice"), "payment": _("payment"),
        "variance": _("price difference"), "accrual": _("accrual"),
    }  # fmt: skip
    return names.get(kind, kind)


def _words(words: str) -> Any:
    fields = (Department.code, Party.code, Item.code, DocumentEntry.document, Movement.document)
    found = [field.icontains(words, autoescape=True) for field in fields]
    return found[0] | found[1] | found[2] | found[3] | found[4]


def thing_href(row: Any) -> str | None:
    """Where the life of a row's thing is."""
    return url_for("pages.trace", code=row.item) if row.item else None


def _document(row: Any) -> str | None:
    pages = {"invoice": "pages.finance_invoice", "payment": "pages.finance_payment"}
    return url_for(pages[row.kind], code=row.document) if row.kind in pages and row.document else None
