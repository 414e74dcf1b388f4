"""This file is recording a licence with its scanned document, renewing it, and withdrawing one that is wrong."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.fields import Text
from api.here import read, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.licences import crumbs, kind_names, licence_page
from api.pages.scanned import named
from spd import licensing
from spd.catalog import Product, get_product
from spd.core.attachments import Upload
from spd.licensing import Licence, LicenceKind, LicenceProduct, LicenceSeen
from spd.parties import Party, PartyKind, get_party

_PARTIES = (("holder", "party_id"), ("grantee", "grantee_id"), ("maker", "maker_id"))


class LicenceForm(Schema):
    """A licence as its paper states it."""

    kind = fields.String(required=True, validate=validate.OneOf([str(kind) for kind in LicenceKind]))
    number = Text(required=True, longest=80)
    holder = Text(longest=80)
    grantee = Text(longest=80)
    maker = Text(longest=80)
    products = fields.String(load_default="", validate=validate.Length(0, 100_000))
    device_classes = fields.String(load_default="", validate=validate.OneOf(["", "2", "3", "23"]))
    authority = Text(load_default="", shortest=0)
    valid_from_on = fields.Date(required=True)
    valid_to_on = fields.Date()
    note = Text(load_default="", shortest=0)
    renews = fields.Integer(validate=validate.Range(1, 2**62))


class WithdrawForm(Schema):
    """Why a licence is no longer to count."""

    reason = Text(required=True)


@bp.route("/licences/new", methods=["GET", "POST"])
def licences_new() -> str | Response:
    """A licence is put on record, or the renewal of one (`?renews=`)."""
    form = office.filled(LicenceForm) if request.method == "POST" else office.blank(_begun())
    if form.sent:
        with form.attempt():
            made = write(form.occasion, lambda session: _record(session, form))
            office.tell(_("%(number)s is on record.") % {"number": made[1]})
            return redirect(url_for("pages.licences_show", number=made[0]))
    return render_template(
        "licence_form.html", form=form, kinds=list(kind_names().items()), parties=read(_parties),
        crumbs=crumbs(_("Renew") if form.value("renews") else _("Record a licence")),
    )  # fmt: skip


@bp.post("/licences/<int:number>/withdraw")
def licences_withdraw(number: int) -> str | Response:
    """A licence that was recorded wrongly counts no more; it stays to be seen."""
    form = office.filled(WithdrawForm)
    if form.sent:
        with form.attempt():
            reason = form.said["reason"]
            write(form.occasion, lambda session: licensing.withdraw(session, form.occasion, number, reason=reason).id)
            office.tell(_("It counts no more."))
            return redirect(url_for("pages.licences_show", number=number))
    return licence_page(number, form)


def _record(session: Session, form: office.Form) -> tuple[int, str]:
    said = form.said
    party_id, grantee_id, maker_id = (
        get_party(session, said[name]).id if name in said else None for name, _column in _PARTIES
    )
    codes = said["products"].replace(",", " ").replace("，", " ").split()
    seen = LicenceSeen(
        kind=LicenceKind(said["kind"]), number=said["number"], valid_from_on=said["valid_from_on"],
        valid_to_on=said.get("valid_to_on"), device_classes=said["device_classes"], authority=said["authority"],
        note=said["note"], product_ids=[get_product(session, code).id for code in codes], party_id=party_id,
        grantee_id=grantee_id, maker_id=maker_id,
    )  # fmt: skip
    made = licensing.record(session, form.occasion, seen, document=_document(), renews=said.get("renews"))
    return made.id, made.number


def _document() -> Upload | None:
    sent = request.files.get("document")
    return Upload(name=sent.filename, content=sent.read()) if sent is not None and sent.filename else None


def _begun() -> dict[str, Any]:
    """What a new form is filled with: what the address says, or the licence that is to be renewed."""
    renews = request.args.get("renews", 0, type=int)
    if renews:
        return read(lambda session: _as_form(session, licensing.get(session, renews)))
    return {name: request.args.get(name, "")[:80] for name in ("kind", "number", "holder")}


def _as_form(session: Session, licence: Licence) -> dict[str, Any]:
    codes = {
        name: session.get_one(Party, number).code
        for name, ours in _PARTIES
        if (number := getattr(licence, ours)) is not None
    }
    products = (
        select(Product.code)
        .join(LicenceProduct, LicenceProduct.product_id == Product.id)
        .where(LicenceProduct.licence_id == licence.id)
        .order_by(Product.code)
    )
    names = ("kind", "number", "device_classes", "authority")
    return {name: getattr(licence, name) for name in names} | codes | {
        "renews": licence.id, "products": " ".join(session.scalars(products)),
    }  # fmt: skip


def _parties(session: Session) -> list[tuple[str, str]]:
    query = select(Party).where(~Party.retired, Party.kind != PartyKind.HOSPITAL).order_by(Party.name)
    return [(party.code, f"{named(party.name, party.name_en)} · {party.code}") for party in session.scalars(query)]
