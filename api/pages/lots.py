"""This file is the pages of the three books of lots: where goods are, whose they are, what is owed for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from api.access import may_open
from api.here import person, read
from api.i18n import gettext as _
from api.i18n import ngettext, quantity
from api.pages import bp
from api.pages.chain import names
from api.pages.entries import thing_href
from api.pages.journal import event_name
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.report import asked_as_of, stamped, tabs, this_month
from api.pages.scanned import named, named_column
from spd.catalog import Lot
from spd.settlement import lots


@bp.get("/finance/lots")
def finance_lots() -> str | Response:
    """Lots in the house: how much is there, whose it is, what it is worth; each opens to its three books."""
    at = asked_as_of(request.args.get("as_of", ""))
    seen = lots.select_lots(at)
    product, of = seen.product, seen.of
    whose = {"owned": of["owned"], "consigned": of["consigned"], "loaner": of["loaner"]}
    listing = Listing(
        name="lots",
        base=seen.query,
        columns=(
            Column("product", _("Code"), product.code, kind="code"),
            Column("name", _("Product"), named_column(product)),
            Column("lot", _("Lot"), Lot.code, kind="code", href=_lot(at)),
            Column("expires_on", _("Expires"), Lot.expires_on, kind="day"),
            Column("physical", _("In the house"), of["physical"], kind="quantity", href=_lot(at)),
            Column("owned", _("The hospital's"), of["owned"], kind="quantity", href=_lot(at)),
            Column("consigned", _("Consigned"), of["consigned"], kind="quantity", href=_lot(at)),
            Column("loaner", _("On loan"), of["loaner"], kind="quantity", href=_lot(at)),
            Column("owned_value", _("In the accounts"), of["owned_value"], kind="money", total=True, href=_lot(at)),
            Column("memo_value", _("Kept for others"), of["memo_value"], kind="money", total=True, href=_lot(at)),
        ),
        filters=(
            Words("q", _("Search"), lambda words: _lot_words(product, words)),
            Choice("whose", _("Whose"), _whose(), lambda value: whose[value] > 0),
        ),
        order="product",
        tie=Lot.id,
    )
    title = _("Three books of lots")
    return listed(
        listing, title=title, empty=_("No goods in the house"), tabs=tabs("finance_balances", this_month()),
        sub=_("Where goods are, whose they are, what is owed for them: each lot opens to its movements."),
        crumbs=[(_("Balances of accounts"), url_for("pages.finance_balances")), (title, None)],
        template="listing_as_of.html", **stamped(at),
    )  # fmt: skip


def _whose() -> list[tuple[str, str]]:
    return [("owned", _("The hospital's")), ("consigned", _("Consigned")), ("loaner", _("On loan"))]


def _lot_words(product: Any, words: str) -> Any:
    found = [field.icontains(words, autoescape=True) for field in (Lot.code, product.code, product.name)]
    return found[0] | found[1] | found[2]


def _lot(at: datetime | None) -> Any:
    stamp = at.isoformat() if at else None
    return lambda row: url_for("pages.finance_lot", product=row.product, lot=row.lot, as_of=stamp)


@bp.get("/finance/lot")
def finance_lot() -> str | Response:
    """One lot: every movement that changed what is there, whose it is, or what is owed."""
    product, lot = (request.args.get(name, "")[:80] for name in ("product", "lot"))
    at = asked_as_of(request.args.get("as_of", ""))
    stands = read(lambda session: lots.three_books(session, product, lot, at))
    kinds = names()["kind"]
    number = len(stands.lines)
    count = ngettext("One movement", "%(num)s movements", number) % {"num": quantity(number)}
    listing = Listing(
        name="lot",
        base=stands.lines,
        columns=(
            Column("day_on", _("Day"), kind="day"),
            Column("what", _("What"), show=lambda what: event_name(kinds.get(what, what))),
            Column("item", _("Item"), kind="code", href=thing_href),
            Column("document", _("Document"), kind="code"),
            Column("physical", _("In the house"), kind="quantity", total=True),
            Column("owned", _("The hospital's"), kind="quantity", total=True),
            Column("consigned", _("Others'"), kind="quantity", total=True),
            Column("supplier", _("Supplier"), kind="code"),
            Column("owed", _("Became owed"), kind="money", total=True),
            Column("invoiced", _("Invoiced"), kind="money", total=True),
        ),
    )  # fmt: skip
    title = f"{named(stands.name, stands.name_en)} · {stands.lot or _('no lot')}"
    return listed(
        listing, title=title, template="lot.html", stands=stands, **stamped(at),
        tabs=tabs("finance_balances", this_month()),
        sub=f"{stands.product} · {count}",
        traced=may_open("pages.trace", person()), empty=_("Nothing moved"),
        crumbs=[
            (_("Balances of accounts"), url_for("pages.finance_balances")),
            (_("Three books of lots"), url_for("pages.finance_lots")), (stands.lot or "–", None),
        ],
    )  # fmt: skip
