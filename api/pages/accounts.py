"""This file is the pages of accounts: balances of a month, the entries behind them, and the three books of lots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import render_template, url_for
from sqlalchemy import BigInteger, func, select, type_coerce
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.here import read, settings
from api.i18n import gettext as _
from api.i18n import money
from api.pages import bp
from api.pages.listing import Column, Listing, exported, table
from api.pages.report import as_of, chosen, frame, this_month
from api.pages.scanned import named
from spd import accounting, ledger
from spd.accounting import Balance
from spd.core import clock
from spd.core.columns import Scaled
from spd.core.money import ZERO
from spd.ledger import EntryRow, Posting
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
        return url_for("pages.finance_entries", since=first, month=last, account=f"={row.account}", as_of=stamp)

    def of_year(row: Any) -> str:
        since = min(first, ledger.year_of(last))
        return url_for("pages.finance_entries", since=since, month=last, account=f"={row.account}", as_of=stamp)

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
