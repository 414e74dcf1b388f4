"""This file is the page of journal entries: postings of months, each leading to its movement, document or parts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request, url_for
from sqlalchemy import ColumnElement, case, func, or_, select, true
from werkzeug.wrappers import Response

from api.fields import MONTH
from api.here import read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.journal import NONE, event_name, event_names, expense_items
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.report import asked_as_of, stamped, tabs, this_month
from api.pages.scanned import named_column
from spd import accounting, ledger
from spd.accounting import OwedFor
from spd.ledger import Account, DocumentEntry, EntryRow, Item, Movement, Posting
from spd.parties import Party
from spd.places import Department
from spd.settlement import parts
from spd.staff import Staff


@bp.get("/finance/entries")
def finance_entries() -> str | Response:
    """Postings of a month, or of some: each leads to its movement, its document, or what it is the sum of."""
    asked = {name: request.args.get(name, "").strip() for name in ("month", "since")}
    at = asked_as_of(request.args.get("as_of", ""))
    month = asked["month"] if MONTH.fullmatch(asked["month"]) else f"{this_month()}"
    since = asked["since"] if MONTH.fullmatch(asked["since"]) and asked["since"] <= month else month
    events = [(event, event_name(event)) for event in event_names()]
    undone = [(f"reverse_{event}"[:24], event_name(f"reverse_{event}")) for event in event_names()]
    base, kinds, asking = _told_apart(_postings(since, month, at), month, at) if since == month else (None, [], [])
    listing = Listing(
        name=f"entries_{month}",
        base=base if base is not None else _postings(since, month, at),
        columns=(
            Column("entry", _("Entry"), EntryRow.id, kind="code", href=_of_entry),
            Column("day_on", _("Day"), EntryRow.day_on, kind="day"),
            Column("event", _("What"), EntryRow.event, show=event_name),
            Column("account", _("Account"), Posting.account, kind="code"),
            Column("account_name", _("Name"), named_column(Account)),
            Column("amount", _("Debit +, credit −"), Posting.amount, kind="money", total=True,
                   href=_behind),
            Column("department", _("Department"), Department.code, kind="code"),
            Column("supplier", _("Supplier"), Party.code, kind="code"),
            *kinds,
            Column("item", _("Item"), Item.code, kind="code", href=thing_href),
            Column("document", _("Document"), func.coalesce(DocumentEntry.document, Movement.document), kind="code",
                   href=_document),
            Column("owes", _("Who owes"), Staff.name),
            Column("owes_code", _("Code"), Staff.code, kind="code"),
            Column("period", _("Month"), Posting.period, kind="code"),
            Column("late", _("Late"), _is_late(since, month), show=lambda late: _("late entry") if late else ""),
            Column("recorded_at", _("Recorded at"), EntryRow.recorded_at, kind="instant"),
            Column("kind", _("Kind"), func.coalesce(DocumentEntry.kind, "movement"), show=_kind),
        ),
        filters=(
            Words("month", _("Month"), default=month, type="month"),
            Words("account", _("Account"), _accounts),
            Choice("event", _("What"), [*events, *undone], lambda value: EntryRow.event == value),
            DayFrom("day", _("Day"), lambda day: EntryRow.day_on == day),
            Words("department", _("Department"), lambda words: _is(Department.code, words)),
            Words("supplier", _("Supplier"), lambda words: _is(Party.code, words)),
            *asking,
            Words("entry", _("Entry"), lambda words: EntryRow.id == int(words) if words.isdecimal() else true()),
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
        select(Posting.id.label("posting"), Account.kind.label("account_kind"), DocumentEntry.kind.label("of"))
        .select_from(Posting)
        .join(EntryRow, EntryRow.id == Posting.entry_id)
        .join(Account, Account.code == Posting.account)
        .outerjoin(Movement, Movement.id == EntryRow.movement_id)
        .outerjoin(Item, Item.id == Movement.item_id)
        .outerjoin(DocumentEntry, DocumentEntry.id == EntryRow.document_entry_id)
        .outerjoin(Staff, (Staff.id == DocumentEntry.document_id) & DocumentEntry.kind.in_([*OwedFor]))
        .outerjoin(Department, Department.id == Posting.department_id)
        .outerjoin(Party, Party.id == Posting.party_id)
        .where(Posting.period >= since, Posting.period <= month)
    )
    if at is not None:
        base = base.where(EntryRow.recorded_at <= at)
    if (after := asked_as_of(request.args.get("after", ""))) is not None:
        base = base.where(EntryRow.recorded_at > after)
    return base


def _told_apart(base: Any, month: str, at: datetime | None) -> tuple[Any, list[Column], list[Choice]]:
    """Postings of one month with the kind of material of what is expense: its column, and choosing one."""
    item = read(lambda session: accounting.expense_item(session, month, at))
    title, names = _("Expense item"), expense_items()
    column = Column("expense_item", title, item.column, show=names)
    chosen = Choice(
        "expense_item", title, [*names.items(), (NONE, _("none"))],
        lambda value: item.column == ("" if value == NONE else value),
    )  # fmt: skip
    return item.joined(base), [column], [chosen]


def _is_late(since: str, month: str) -> Any:
    """Whether a posting is of a day before its month: of one that was closed when it came."""
    months = ledger.months_between(since, month)
    firsts = read(lambda session: {one: ledger.days_of(session, one)[0] for one in months})
    return case(*((Posting.period == one, EntryRow.day_on < first) for one, first in firsts.items()))


def _kind(kind: str) -> str:
    names = {
        "movement": _("movement"), "invoice": _("invoice"), "payment": _("payment"),
        "variance": _("price difference"), "accrual": _("accrual"),
        OwedFor.WRITE_OFF: _("write-off, owed by a person"), OwedFor.COUNT: _("count, owed by a person"),
    }  # fmt: skip
    return names.get(kind, kind)


def _accounts(words: str) -> ColumnElement[bool]:
    """Accounts that begin with what is typed, or with one of several with commas between; after = the very account."""
    some = [one.strip() for one in words.split(",")]
    return or_(
        *(Posting.account == one[1:] if one[:1] == "=" else Posting.account.startswith(one, autoescape=True)
          for one in some)
    )  # fmt: skip


def _is(code: Any, words: str) -> ColumnElement[bool]:
    """The one with this code; – is those without any."""
    one: ColumnElement[bool] = code.is_(None) if words == NONE else code == words
    return one


def _words(words: str) -> Any:
    fields = (Staff.code, Staff.name, Department.code, Party.code, Item.code, DocumentEntry.document, Movement.document)
    return or_(*(field.icontains(words, autoescape=True) for field in fields))


def _of_entry(row: Any) -> str:
    return url_for("pages.finance_entries", month=row.period, entry=row.entry)


def _behind(row: Any) -> str | None:
    """What an amount is of: the life of its thing, its parts, or its document."""
    return thing_href(row) or parts_href(row.posting, row.event, row.account_kind) or _document(row)


def parts_href(posting: int, event: str, account_kind: str) -> str | None:
    """Where the parts of a line are that no movement stands behind; of other lines nowhere."""
    return url_for("pages.finance_parts", number=posting) if parts.has_parts(event, account_kind) else None


def thing_href(row: Any) -> str | None:
    """Where the life of a row's thing is."""
    return url_for("pages.trace", code=row.item) if row.item else None


def document_href(kind: str | None, document: str | None) -> str | None:
    """Where a document of the journal is; one without a page of its own has none."""
    pages = {
        "invoice": "pages.finance_invoice", "payment": "pages.finance_payment",
        OwedFor.WRITE_OFF: "pages.stock_write_off", OwedFor.COUNT: "pages.count_review",
    }  # fmt: skip
    return url_for(pages[kind], code=document) if kind in pages and document else None


def _document(row: Any) -> str | None:
    return document_href(row.of, row.document)
