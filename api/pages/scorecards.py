"""This file is the pages of scorecards: how suppliers did over some days, and what each figure counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import request, url_for
from sqlalchemy import BigInteger, func, type_coerce
from werkzeug.wrappers import Response

from api.access import may_open
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp
from api.pages.listing import Column, DayFrom, Listing, listed
from api.pages.payables import crumbs_of, names_of, of_supplier, payable_tabs
from api.pages.report import asked_as_of, stamped
from api.pages.scanned import named, named_column
from api.pages.supplier import product_columns, today
from spd.catalog import Lot
from spd.core.columns import Scaled, worth
from spd.core.money import ZERO
from spd.ledger import Item, Movement
from spd.ordering.scorecard import CardDays, Scorecard, scorecards
from spd.ordering.scorecard_lines import CardPart, goods_on_card, matches_on_card, orders_on_card
from spd.parties import Party, party_told_of, supplier_told_of
from spd.settlement.invoices import Invoice, InvoiceLine, InvoiceMatch


@bp.get("/finance/scorecards")
def finance_scorecards() -> str | Response:
    """How suppliers did over some days: the last ninety, where none are said."""
    days = _days()
    rows = read(lambda session: scorecards(session, days.since, days.until, days.at))
    orders, received, returned, billed, differing = (_opened(days, part) for part in CardPart)
    listing = Listing(
        name="scorecards",
        base=rows,
        columns=(
            Column("supplier", _("Code"), kind="code", href=of_supplier),
            Column("name", _("Supplier"), show=names_of(rows)),
            Column("orders", _("Orders sent"), kind="quantity", total=True, href=orders),
            Column("fill_permille", _("Fill rate"), show=_rate, href=orders, numeral=True),
            Column("lead_days", _("Lead days"), href=orders, numeral=True),
            Column("received", _("Received"), kind="money", total=True, href=received),
            Column("returned", _("Returned"), kind="money", total=True, href=returned),
            Column("returned_permille", _("Return rate"), show=_rate, href=returned, numeral=True),
            Column("billed_lines", _("Lines invoiced"), kind="quantity", total=True, href=billed),
            Column("differing_lines", _("At another price"), kind="quantity", total=True, href=differing),
            Column("difference", _("Price difference"), kind="money", total=True, href=billed),
        ),
        filters=(DayFrom("since", _("From")), DayFrom("until", _("Until"))),
        order="supplier",
    )
    title = _("Scorecards")
    return listed(
        listing, title=title, empty=_("Nothing was ordered, received or invoiced"),
        tabs=payable_tabs("finance_scorecards"),
        crumbs=crumbs_of(title), sub=f"{days.since} – {days.until}", template="listing_as_of.html",
        **stamped(days.at, since=days.since.isoformat(), until=days.until.isoformat()),
    )  # fmt: skip


def _days() -> CardDays:
    until = _day("until", today())
    since = _day("since", until - timedelta(days=89))
    return CardDays(since=since, until=until, at=asked_as_of(request.args.get("as_of", "")))


def _opened(days: CardDays, part: CardPart) -> Callable[[Any], str]:
    """Where the lines are that a figure of a card counts."""
    said: dict[str, Any] = {"since": days.since.isoformat(), "until": days.until.isoformat(), "of": part.value}
    stamp = days.at.isoformat() if days.at else None
    return lambda row: url_for("pages.finance_scorecard", code=row.supplier, as_of=stamp, **said)


@bp.get("/finance/scorecards/<path:code>")
def finance_scorecard(code: str) -> str | Response:
    """What one supplier's card counts: its orders, what came or went back, or what was invoiced, line by line."""
    days, asked = _days(), request.args.get("of", "")
    part = CardPart(asked) if asked in set(CardPart) else CardPart.ORDERS
    supplier = read(lambda session: supplier_told_of(session, code))
    called = read(lambda session: party_told_of(session, supplier.id, days.at))
    whole = [one for one in read(lambda session: scorecards(session, days.since, days.until, days.at))
             if one.supplier == supplier.code]  # fmt: skip
    listing = _lines(days, part, supplier)
    title = part_names()[part]
    ways = [{"text": text, "href": _opened(days, one)(_OfSupplier(supplier.code)), "current": one is part}
            for one, text in part_names().items()]  # fmt: skip
    return listed(
        listing, title=title, empty=_("Nothing in these days"), tabs=ways,
        sub=f"{named(called.name, called.name_en)} · {days.since} – {days.until}",
        crumbs=[*crumbs_of(_("Scorecards"))[:1], (_("Scorecards"), _back(days)), (supplier.code, None)],
        template="finance_listing.html", picked=False, ties=_ties(days, part, supplier, whole[0] if whole else None),
        **stamped(days.at, since=days.since.isoformat(), until=days.until.isoformat(), of=part.value),
    )  # fmt: skip


@dataclass(frozen=True)
class _OfSupplier:
    supplier: str


def _back(days: CardDays) -> str:
    stamp = days.at.isoformat() if days.at else None
    return url_for(
        "pages.finance_scorecards", since=days.since.isoformat(), until=days.until.isoformat(), as_of=stamp
    )  # fmt: skip


def part_names() -> dict[CardPart, str]:
    """What the parts of a card are called."""
    return {
        CardPart.ORDERS: _("Orders sent"), CardPart.RECEIVED: _("Received"), CardPart.RETURNED: _("Returned"),
        CardPart.BILLED: _("Lines invoiced"), CardPart.DIFFERING: _("At another price"),
    }  # fmt: skip


def _lines(days: CardDays, part: CardPart, supplier: Party) -> Listing:
    name = f"scorecard_{supplier.code}_{part}"
    if part is CardPart.ORDERS:
        return Listing(
            name=name,
            base=read(lambda session: orders_on_card(session, days, supplier)),
            columns=(
                Column("order", _("Order"), kind="code", href=_may("pages.orders_one", lambda row: row.order)),
                Column("sent_on", _("Sent"), kind="day"),
                Column("ordered", _("Ordered"), kind="quantity", total=True),
                Column("came", _("Received"), kind="quantity", total=True),
                Column("fill_permille", _("Fill rate"), show=_rate, numeral=True),
                Column("lead_days", _("Lead days"), kind="quantity"),
            ),
            order="order",
        )
    if part in (CardPart.RECEIVED, CardPart.RETURNED):
        goods, product = goods_on_card(days, supplier, part)
        return Listing(
            name=name,
            base=goods,
            columns=(
                Column("day_on", _("Day"), Movement.day_on, kind="day"),
                *product_columns(named_column(product), product.code, product.specification),
                Column("lot", _("Lot"), Lot.code, kind="code"),
                Column("item", _("Item"), Item.code, kind="code",
                       href=_may("pages.trace", lambda row: row.item)),
                Column("quantity", _("Quantity"), Movement.quantity, kind="quantity"),
                Column("unit_price", _("Unit price"), Item.unit_price, kind="money"),
                Column("amount", _("Amount"), worth(Movement.quantity, Item.unit_price), kind="money", total=True,
                       href=_may("pages.trace", lambda row: row.item)),
            ),
            order="day_on",
            tie=Movement.id,
        )  # fmt: skip
    opened = _may("pages.finance_invoice", lambda row: row.invoice)
    return Listing(
        name=name,
        base=matches_on_card(days, supplier, part),
        columns=(
            Column("received_on", _("Came in"), Invoice.received_on, kind="day"),
            Column("invoice", _("Invoice"), Invoice.code, kind="code", href=opened),
            Column("line", "#", InvoiceLine.line, kind="quantity"),
            Column("name", _("Product"), InvoiceLine.name),
            Column("quantity", _("Quantity"), InvoiceMatch.quantity, kind="quantity"),
            Column("accrued", _("Accrued"), InvoiceMatch.accrued, kind="money", total=True),
            Column("billed", _("Billed"), InvoiceMatch.billed, kind="money", total=True),
            Column("difference", _("Price difference"), InvoiceMatch.billed - InvoiceMatch.accrued, kind="money",
                   total=True, href=opened),
        ),
        order="received_on",
        tie=InvoiceMatch.id,
    )  # fmt: skip


def _may(page: str, code: Callable[[Any], str]) -> Callable[[Any], str] | None:
    """The way to the page of one thing, for who may go it."""
    return (lambda row: url_for(page, code=code(row))) if may_open(page, person()) else None


def _ties(
    days: CardDays, part: CardPart, supplier: Party, card: Scorecard | None
) -> list[tuple[str, Decimal, str, Decimal]]:
    """What the lines come to, and what the card says; of orders and of lines their number."""
    if part in (CardPart.ORDERS, CardPart.DIFFERING):
        return []
    amount: Any = InvoiceMatch.billed - InvoiceMatch.accrued
    base = matches_on_card(days, supplier, part)
    above = card.difference if card else ZERO
    if part is not CardPart.BILLED:
        amount, base = worth(Movement.quantity, Item.unit_price), goods_on_card(days, supplier, part)[0]
        above = ZERO if card is None else card.received if part is CardPart.RECEIVED else card.returned
    total = type_coerce(func.sum(type_coerce(amount, BigInteger)), Scaled())
    below = read(lambda session: session.scalar(base.add_columns(total))) or ZERO
    return [(_("Sum of the lines"), below, _("Level above"), above)]


def _day(name: str, default: date) -> date:
    try:
        said = date.fromisoformat(request.args.get(name, "").strip())
    except ValueError:
        return default
    return said if 1950 <= said.year <= 2200 else default


def _rate(permille: int) -> str:
    return f"{permille / 10:.1f} %"
