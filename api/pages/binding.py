"""This file is binding an unknown code to a product, found by name, code or initials; then back to where one was."""

from __future__ import annotations

import re

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import person, read, write_plain
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.scanned import named
from api.pages.verdicts import Verdict
from scanners import Scan
from scanners.check_characters import gs1_holds
from spd.catalog import Product, changes, get_product
from spd.catalog.mapping import find_level, find_named
from spd.core.errors import Refused
from spd.stock.finding import matching

SHOWN = 20
_OURS = re.compile(r"/(?![/\\])[^\x00-\x1f\\]*")
_WHOLE = re.compile("[0-9]{14}")


class NotACode(Refused):
    """What came as a code cannot be one of its issuer's."""

    code = "not-a-code"
    error = "E05"
    say = {
        "zh": "{code} 不是完整的产品标识, 不能绑定。重新扫描标签。",
        "en": "{code} is not a whole device identifier and cannot be bound. Scan the label again.",
    }


class BindForm(Schema):
    """Which package of which product the code is."""

    code = Text(required=True, longest=80)
    issuer = Text(load_default="", longest=20)
    product = Text(required=True, longest=80)
    level = fields.String(load_default="unit", validate=validate.OneOf(["unit", "box", "case"]))
    base_units = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(1, 1_000_000))


def offered(verdict: Verdict, scan: Scan, back: str) -> Verdict:
    """The refusal of an unknown code with what to do: the form of binding for those who may, whom to ask for others."""
    if not scan.bound_by or not scan.valid or scan.ambiguous or read(lambda s: find_level(s, str(scan.bound_by))):
        return verdict
    if access.may_open("pages.bind", person()):
        href = url_for("pages.bind", code=scan.bound_by, issuer=scan.issuer or "", back=back)
        return verdict | {"link": {"href": href, "text": _("Bind to a product")}}
    return verdict | {"do": _("Put it aside and ask a buyer to bind it to a product, or scan the label's other code.")}


@bp.get("/bind")
def bind() -> str | Response:
    """The form: what the code says, and the products that match."""
    return _page(office.blank(request.args))


@bp.post("/bind")
def bind_code() -> str | Response:
    """The code is of this product from now on."""
    form = office.filled(BindForm)
    if form.sent:
        with form.attempt():
            product = write_plain(lambda session: _bind(session, form))
            office.tell(_("The code is bound to %(name)s. Scan it again.") % {"name": product})
            return redirect(_back(form))
    return _page(form)


def _bind(session: Session, form: office.Form) -> str:
    """The name of the product. Raises: NotACode, UnknownProduct, BoundElsewhere, UnitsDiffer, UnitsMissing."""
    said = dict(form.said)
    if said["issuer"] == "GS1" and not (_WHOLE.fullmatch(said["code"]) and gs1_holds(said["code"])):
        raise NotACode(code=said["code"])
    product = get_product(session, said.pop("product"))
    changes.bind_code(session, form.occasion, product, changes.PackageSaid(**said))
    return named(product.name, product.name_en)


def _page(form: office.Form) -> str:
    code, words = str(form.value("code"))[:80], str(form.value("q")).strip()[:80]

    def ask(session: Session) -> str:
        listed = find_named(session, code) if code else []
        asked = words or (listed[0].name if listed else "")
        query = select(Product).where(~Product.retired, matching(asked)).order_by(Product.code).limit(SHOWN + 1)
        found = session.scalars(query).all() if asked else []
        return render_template(
            "bind.html",
            form=form,
            code=code,
            issuer=form.value("issuer"),
            back=_back(form),
            words=asked,
            listed=listed[:3],
            level=find_level(session, code) if code else None,
            products=found[:SHOWN],
            more=len(found) > SHOWN,
            levels=[("unit", _("piece")), ("box", _("box")), ("case", _("case"))],
        )

    return read(ask)


def _back(form: office.Form) -> str:
    """Where the code was scanned: a page of ours, never another site."""
    wanted = str(form.value("back"))
    return wanted if _OURS.fullmatch(wanted) else url_for("pages.home")
