"""This file is the pages of suppliers and manufacturers: both lists, one of them, added, changed or retired."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import case, func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.fields import Text
from api.here import person, read, settings, write, write_plain
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, anywhere, listed
from api.pages.scanned import named, named_column
from spd.catalog import Agreement, Price, Product
from spd.catalog.agreeing import IN_FORCE, state
from spd.core import clock
from spd.licensing import Licence
from spd.licensing.worklist import newest, windows
from spd.parties import (
    Party,
    PartyChange,
    PartyKind,
    PartySaid,
    UnknownParty,
    add_party,
    change_party,
    find_party,
    get_supplier,
)
from spd.payment_terms import LONGEST_DAYS, PaymentTerm, TermSaid, agree_term, payment_days
from spd.staff import Staff

MAKERS = "makers"
COLOURS = {"retired": "quiet", "in_use": "ok"}


class PartyForm(Schema):
    """A supplier or manufacturer as it is filled in."""

    code = Text(required=True, longest=80)
    kind = fields.String(
        load_default=PartyKind.SUPPLIER.value,
        validate=validate.OneOf([PartyKind.SUPPLIER.value, PartyKind.MANUFACTURER.value]),
    )
    name = Text(required=True, longest=200)
    name_en = Text(load_default="", longest=200)
    retired = fields.Boolean(load_default=False)


class TermForm(Schema):
    """Until when its invoices are paid, from a day on; without days the hospital's policy holds again."""

    from_on = fields.Date(required=True)
    days = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, LONGEST_DAYS))
    number = Text(load_default="", longest=80, shortest=0)
    term_reason = Text(load_default="", longest=200, shortest=0)


def kind_names() -> dict[str, str]:
    """What they are to the hospital."""
    return {PartyKind.SUPPLIER.value: _("supplier"), PartyKind.MANUFACTURER.value: _("manufacturer")}


def attribute_names() -> dict[str, str]:
    """What can be changed of them."""
    return {"code": _("Code"), "name": _("Name"), "name_en": _("Name in English"), "retired": _("Retired")}


@bp.get("/suppliers")
def parties() -> str | Response:
    """Whom the hospital buys from, or whose goods they are (`?tab=makers`)."""
    makers = request.args.get("tab") == MAKERS
    title = _("Manufacturers") if makers else _("Suppliers")
    tabs = [
        {"text": _("Suppliers"), "href": url_for("pages.parties"), "current": not makers},
        {"text": _("Manufacturers"), "href": url_for("pages.parties", tab=MAKERS), "current": makers},
    ]
    return listed(
        _makers() if makers else _suppliers(), title=title, tabs=tabs, actions=_actions(makers),
        crumbs=[(_("Products"), url_for("pages.products")), (title, None)],
        empty=_("No manufacturer yet") if makers else _("No supplier yet"),
        hint=_("Add them one by one, or import them from a spreadsheet."),
    )  # fmt: skip


def _actions(makers: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if may_open("pages.finance_scorecards", person()) and not makers:
        found.append({"text": _("Scorecards"), "href": url_for("pages.finance_scorecards"), "icon": "chart"})
    if may_open("pages.party_new", person()):
        kind = PartyKind.MANUFACTURER if makers else PartyKind.SUPPLIER
        found.append({"text": _("Import"), "href": url_for("pages.imports_new", kind="parties")})
        found.append({"text": _("Add"), "href": url_for("pages.party_new", kind=kind.value), "kind": "primary",
                      "icon": "plus"})  # fmt: skip
    return found


def _suppliers() -> Listing:
    prices = func.count(Price.product_id.distinct())
    products = select(prices).join(Product, Product.id == Price.product_id).where(Price.supplier_id == Party.id)
    agreed = select(func.count()).select_from(Agreement).where(Agreement.supplier_id == Party.id)
    return _listing(
        PartyKind.SUPPLIER,
        Column("products", _("Products"), products.where(~Product.retired).scalar_subquery(), kind="quantity"),
        Column(
            "agreements", _("Agreements in force"), agreed.where(state(_today()) == IN_FORCE).scalar_subquery(),
            kind="quantity", href=lambda row: url_for("pages.agreements", supplier=row.code),
        ),
    )  # fmt: skip


def _makers() -> Listing:
    made = select(func.count()).select_from(Product).where(Product.manufacturer_id == Party.id, ~Product.retired)
    return _listing(
        PartyKind.MANUFACTURER, Column("products", _("Products"), made.scalar_subquery(), kind="quantity")
    )  # fmt: skip


def _listing(kind: PartyKind, *more: Column) -> Listing:
    seen = read(lambda session: windows(session, on=_today()))
    held = select(func.min(Licence.valid_to_on)).where(Licence.party_id == Party.id, newest()).scalar_subquery()
    standing = case((Party.retired, "retired"), else_="in_use")
    states = {"in_use": _("in use"), "retired": _("retired")}
    near = {
        "ended": (_("ended"), held < _today()),
        "near": (_("within %(days)s days") % {"days": max(seen.days)}, held.between(_today(), seen.latest)),
        "none": (_("none on record"), held.is_(None)),
    }
    return Listing(
        name="suppliers" if kind is PartyKind.SUPPLIER else "manufacturers",
        base=select(Party.id.label("id")).where(Party.kind == kind),
        columns=(
            Column("code", _("Code"), Party.code, kind="code", href=lambda row: url_for("pages.party", code=row.code)),
            Column("name", _("Name"), named_column(Party)),
            *more,
            Column("licence", _("First licence ends"), held, kind="day", href=_licences),
            Column("state", _("State"), standing, kind="pill", show=states, colour=COLOURS.get),
        ),
        filters=(
            Words("q", _("Search"), anywhere(Party.code, Party.name, Party.name_en)),
            Choice("licence", _("First licence ends"), [(name, words) for name, (words, _is) in near.items()],
                   lambda value: near[value][1]),
            Choice("state", _("State"), list(states.items()), lambda value: standing == value),
        ),
        order="code",
        tie=Party.id,
    )  # fmt: skip


def _licences(row: Any) -> str | None:
    return url_for("pages.licences", q=row.code) if row.licence else None


@bp.get("/suppliers/<path:code>")
def party(code: str) -> str:
    """One of them: what it is, where more of it is told, what was changed."""
    return _page(code, office.blank())


@bp.route("/suppliers/new", methods=["GET", "POST"])
def party_new() -> str | Response:
    """A new supplier or manufacturer."""
    begun = {"kind": request.args.get("kind", "")[:24]}
    form = office.filled(PartyForm) if request.method == "POST" else office.blank(begun)
    if form.sent:
        with form.attempt():
            kind = PartyKind(form.said["kind"])
            made = write_plain(lambda session: add_party(session, form.occasion, form.said["code"], kind, _said(form)))
            office.tell(_("%(name)s is on record.") % {"name": made.name})
            return redirect(url_for("pages.party", code=made.code))
    return render_template("party_new.html", form=form, kinds=list(kind_names().items()))


@bp.post("/suppliers/<path:code>")
def party_change(code: str) -> str | Response:
    """One of them renamed, retired, or taken back; what it was is kept."""
    form = office.filled(PartyForm(exclude=("code", "kind")))
    if form.sent:
        with form.attempt():
            changed = write_plain(lambda session: change_party(session, form.occasion, code, _said(form)))
            office.tell(_("Changed.") if changed else _("Nothing was different."))
            return redirect(url_for("pages.party", code=code))
    return _page(code, form)


@bp.post("/suppliers/<path:code>/terms")
def party_terms(code: str) -> str | Response:
    """How long a supplier waits for its money, from a day on; invoices that came before keep their day."""
    form = office.filled(TermForm)
    if form.sent:
        with form.attempt():
            said = dict(form.said)
            term = TermSaid(reason=said.pop("term_reason"), **said)
            write(form.occasion, lambda session: agree_term(session, form.occasion, get_supplier(session, code), term))
            office.tell(_("It is agreed; invoices that come in from that day on fall due by it."))
            return redirect(url_for("pages.party", code=code))
    return _page(code, office.blank(), form)


def _said(form: office.Form) -> PartySaid:
    return PartySaid(name=form.said["name"], name_en=form.said["name_en"], retired=form.said["retired"])


def _page(code: str, form: office.Form, terms: office.Form | None = None) -> str:
    term_form = terms or office.blank({"from_on": _today().isoformat()})

    def ask(session: Session) -> str:
        found = find_party(session, code)
        if found is None:
            raise UnknownParty(party=code)
        form.texts = {name: value for name, value in asdict(_now(found)).items()} | form.texts  # noqa: C416
        history = (
            select(PartyChange, Staff.name)
            .join(Staff, Staff.id == PartyChange.staff_id)
            .where(PartyChange.party_id == found.id)
            .order_by(PartyChange.id.desc())
            .limit(100)
        )
        return render_template(
            "party.html", party=found, form=form, history=session.execute(history).all(), links=_links(found),
            kinds=kind_names(), attributes=attribute_names(), may_change=may_open("pages.party_change", person()),
            makers=found.kind == PartyKind.MANUFACTURER, terms=_terms(session, found), term_form=term_form,
            days=payment_days(session, found.id, _today()),
            may_agree=may_open("pages.party_terms", person()) and not found.retired,
        )  # fmt: skip

    return read(ask)


def _terms(session: Session, found: Party) -> list[Any]:
    """What was agreed on its payment, the newest first, with whoever said it."""
    query = select(PaymentTerm, Staff.name).join(Staff, Staff.id == PaymentTerm.set_by_id)
    return list(session.execute(query.where(PaymentTerm.supplier_id == found.id).order_by(PaymentTerm.id.desc())))


def _now(found: Party) -> PartySaid:
    return PartySaid(name=found.name, name_en=found.name_en, retired=found.retired)


def _links(found: Party) -> list[tuple[str, str, str]]:
    """Where more of it is told, by who may read it: (address, words, icon)."""
    words = named(found.name, found.name_en)
    supplier = [
        ("pages.orders", {"q": words}, _("Orders"), "plus"),
        ("pages.orders_notes", {"supplier": words}, _("Delivery notes"), "receive"),
        ("pages.agreements", {"supplier": found.code}, _("Agreements"), "item"),
    ]
    pages: list[tuple[str, dict[str, Any], str, str]] = [
        ("pages.licences", {"q": found.code}, _("Licences"), "check"),
        *(supplier if found.kind == PartyKind.SUPPLIER else []),
    ]
    return [(url_for(page, **asked), text, icon) for page, asked, text, icon in pages if may_open(page, person())]


def _today() -> Any:
    return clock.day_of(clock.now(), settings().zone)
