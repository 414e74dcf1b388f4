"""This file is the page of volume commitments: what the hospital promised to buy, and whether it keeps pace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import redirect, render_template, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import person, read, settings, write_plain
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, exported, table
from api.pages.scanned import named
from spd import commitments as rules
from spd.catalog import get_product
from spd.core import clock
from spd.parties import Party, PartyKind, get_supplier

PACE_COLOURS = {"reached": "ok", "behind": "caution", "on_pace": "ok"}


class CommitmentForm(Schema):
    """A commitment as it is filled in."""

    number = Text(required=True, longest=80)
    name = Text(load_default="", longest=200)
    product = Text(required=True, longest=80)
    supplier = Text(load_default="", longest=80)
    quantity = fields.Integer(required=True, validate=validate.Range(1, 1_000_000_000))
    from_on = fields.Date(required=True)
    until_on = fields.Date(required=True)


@bp.get("/commitments")
def commitments() -> str | Response:
    """Every commitment, and how far it is."""
    listing = _listing(read(lambda session: rules.standings(session, on=_today())))
    return exported(listing, title=_("Volume commitments")) or _page(office.blank())


@bp.post("/commitments")
def commitment_add() -> str | Response:
    """A commitment is written down."""
    form = office.filled(CommitmentForm)
    if form.sent:
        with form.attempt():
            write_plain(lambda session: _promise(session, form))
            office.tell(_("The commitment is kept, and followed from now on."))
            return redirect(url_for("pages.commitments"))
    return _page(form)


def _promise(session: Session, form: office.Form) -> rules.Commitment:
    said = dict(form.said)
    product = get_product(session, said.pop("product"))
    code = said.pop("supplier")
    supplier = get_supplier(session, code) if code else None
    return rules.promise(session, form.occasion, rules.Promised(product=product, supplier=supplier, **said))


@dataclass(frozen=True)
class Row:
    """A commitment as the list shows it."""

    one: rules.Standing
    product_name: str
    supplier_name: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.one, name)


def pace_names() -> dict[str, str]:
    """How a commitment stands against an even pace."""
    return {"reached": _("reached"), "behind": _("behind"), "on_pace": _("on pace")}


def _listing(found: list[rules.Standing]) -> Listing:
    rows = [
        Row(one, named(one.product_name, one.product_name_en), named(one.supplier_name, one.supplier_name_en))
        for one in found
    ]
    paces = pace_names()
    suppliers = sorted({(row.supplier, row.supplier_name) for row in rows if row.supplier})
    return Listing(
        name="commitments",
        base=rows,
        columns=(
            Column("number", _("Round or contract"), kind="code"),
            Column("product", _("Code"), kind="code", href=lambda row: url_for("pages.product", code=row.product)),
            Column("product_name", _("Product")),
            Column("supplier_name", _("Supplier")),
            Column("pace", _("Pace"), kind="pill", show=paces, colour=PACE_COLOURS.get),
            Column("share", _("Share"), show=lambda share: f"{share} %"),
            Column("quantity", _("Committed"), kind="quantity"),
            Column("received", _("Received"), kind="quantity"),
            Column("used", _("Used"), kind="quantity"),
            Column("behind", _("Behind by"), kind="quantity"),
            Column("due", _("Due by an even pace"), kind="quantity"),
            Column("from_on", _("From"), kind="day"),
            Column("until_on", _("Until"), kind="day"),
            Column("name", _("Name")),
        ),
        filters=(
            Words("q", _("Search"), text=_text),
            Choice("supplier", _("Supplier"), suppliers, of=lambda row: row.supplier),
            Choice("pace", _("Pace"), list(paces.items()), of=lambda row: row.pace),
        ),
        order="number",
    )


def _text(row: Row) -> str:
    return f"{row.number} {row.name} {row.product} {row.one.product_name} {row.one.product_name_en}"


def _page(form: office.Form) -> str:
    def ask(session: Session) -> str:
        rows = rules.standings(session, on=_today())
        suppliers = select(Party).where(Party.kind == PartyKind.SUPPLIER, ~Party.retired).order_by(Party.code)
        return render_template(
            "commitments.html",
            late=rules.behind(rows),
            list=table(session, _listing(rows)),
            suppliers=[
                ("", _("any")),
                *((one.code, named(one.name, one.name_en)) for one in session.scalars(suppliers)),
            ],
            form=form,
            may_add=bool(person().roles & access.TABLE["pages.commitment_add"].roles),
        )

    return read(ask)


def _today() -> date:
    return clock.day_of(clock.now(), settings().zone)
