"""This file is the pages of agreements: how products are ordered from suppliers, in versions, and a new version."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import person, read, settings, write_plain
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named, named_column
from spd.catalog import Agreement, Product, get_product
from spd.catalog.agreeing import COMING, ENDED, IN_FORCE, LONGEST_DAYS, MOST, REPLACED, AgreementSaid, agree, state
from spd.core import clock
from spd.parties import Party, PartyKind, get_supplier
from spd.staff import Staff

_TERMS = ("number", "lead_days", "min_order_quantity", "order_multiple")


class AgreementForm(Schema):
    """An agreement as it is filled in."""

    product = Text(required=True, longest=80)
    supplier = Text(required=True, longest=80)
    number = Text(load_default="", longest=80)
    valid_from_on = fields.Date(required=True)
    valid_to_on = fields.Date(load_default=None)
    lead_days = fields.Integer(load_default=None, validate=validate.Range(0, LONGEST_DAYS))
    min_order_quantity = fields.Integer(load_default=1, validate=validate.Range(1, MOST))
    order_multiple = fields.Integer(load_default=1, validate=validate.Range(1, MOST))


@bp.get("/agreements")
def agreements() -> str | Response:
    """Every version, those in force first asked for."""
    names = {IN_FORCE: _("in force"), COMING: _("coming"), REPLACED: _("replaced"), ENDED: _("ended")}
    colours = {IN_FORCE: "ok", COMING: "info", REPLACED: "quiet", ENDED: "quiet"}
    now, may_add = state(_today()), _may_add()
    listing = Listing(
        name="agreements",
        base=select(Agreement.id.label("id"))
        .join(Product, Product.id == Agreement.product_id)
        .join(Party, Party.id == Agreement.supplier_id)
        .outerjoin(Staff, Staff.id == Agreement.set_by_id),
        columns=(
            Column("product", _("Code"), Product.code, kind="code", href=_product),
            Column("name", _("Product"), named_column(Product)),
            Column("supplier", _("Supplier"), named_column(Party)),
            Column("number", _("Contract"), Agreement.number, href=_next if may_add else None),
            Column("state", _("State"), now, kind="pill", show=names, colour=colours.get),
            Column("valid_from_on", _("From"), Agreement.valid_from_on, kind="day"),
            Column("valid_to_on", _("Until"), Agreement.valid_to_on, kind="day"),
            Column("lead_days", _("Lead days"), Agreement.lead_days, kind="quantity"),
            Column("min_order_quantity", _("At least"), Agreement.min_order_quantity, kind="quantity"),
            Column("order_multiple", _("In packages of"), Agreement.order_multiple, kind="quantity"),
            Column("base_unit", _("Unit"), Product.base_unit),
            Column("by", _("By"), Staff.name),
        ),
        filters=(
            Words("q", _("Search"), lambda words: or_(*(
                column.icontains(words, autoescape=True)
                for column in (Product.name, Product.name_en, Product.code, Product.initials, Agreement.number)
            ))),
            Choice("supplier", _("Supplier"), read(_suppliers), lambda value: Party.code == value),
            Choice("state", _("State"), list(names.items()), lambda value: now == value),
        ),
        order="product",
        tie=Agreement.id,
    )  # fmt: skip
    actions: list[dict[str, Any]] = []
    if may_add:
        actions = [
            {"text": _("Import"), "href": url_for("pages.imports_new", kind="agreements")},
            {"text": _("New agreement"), "href": url_for("pages.agreement_new"), "kind": "primary", "icon": "plus"},
        ]
    crumbs = [(_("Products"), url_for("pages.products")), (_("Agreements"), None)]
    return listed(
        listing, title=_("Agreements with suppliers"), crumbs=crumbs, actions=actions, empty=_("No agreement yet"),
        sub=_("Order proposals follow what is in force: whom to order from, when it comes, how much at least."),
        hint=_("Without one, the supplier with the lower price is proposed, and its lead time is measured."),
    )  # fmt: skip


@bp.route("/agreements/new", methods=["GET", "POST"])
def agreement_new() -> str | Response:
    """A version from a day on: a new agreement, or another one in place of one that stands (`of`)."""
    form = office.filled(AgreementForm) if request.method == "POST" else office.blank(read(_begun))
    if form.sent:
        with form.attempt():
            write_plain(lambda session: _agree(session, form))
            office.tell(_("It is agreed; order proposals follow it from that day on."))
            return redirect(url_for("pages.agreements", q=form.said["product"]))
    return render_template(
        "agreement_form.html",
        form=form,
        suppliers=read(_suppliers),
        crumbs=[(_("Agreements"), url_for("pages.agreements")), (_("New agreement"), None)],
    )


def _agree(session: Session, form: office.Form) -> Agreement:
    said = dict(form.said)
    product, supplier = get_product(session, said.pop("product")), get_supplier(session, said.pop("supplier"))
    terms = AgreementSaid(supplier_id=supplier.id, supplier=named(supplier.name, supplier.name_en), **said)
    return agree(session, form.occasion, product, terms)


def _begun(session: Session) -> dict[str, Any]:
    """What stands in the form at first: the terms of the version it is made from, from today on."""
    texts: dict[str, Any] = {"valid_from_on": _today().isoformat(), "product": request.args.get("product", "")[:80]}
    known = session.get(Agreement, request.args.get("of", 0, type=int))
    if known is None:
        return texts
    texts |= {name: "" if (value := getattr(known, name)) is None else value for name in _TERMS}
    return texts | {
        "product": session.get_one(Product, known.product_id).code,
        "supplier": session.get_one(Party, known.supplier_id).code,
    }


def _suppliers(session: Session) -> list[tuple[str, str]]:
    query = select(Party.code, Party.name, Party.name_en).where(Party.kind == PartyKind.SUPPLIER, ~Party.retired)
    return [(code, named(name, name_en)) for code, name, name_en in session.execute(query.order_by(Party.code))]


def _product(row: Any) -> str:
    return url_for("pages.product", code=row.product)


def _next(row: Any) -> str:
    return url_for("pages.agreement_new", of=row.id)


def _may_add() -> bool:
    return bool(person().roles & access.TABLE["pages.agreement_new"].roles)


def _today() -> date:
    return clock.day_of(clock.now(), settings().zone)
