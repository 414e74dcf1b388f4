"""This file is the pages of fixed quantities: what holds, and what waits for a decision with how it would have gone."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.here import occasion, person, read, write_plain
from api.i18n import gettext as _
from api.i18n import ngettext
from api.pages import bp, fixed_shown, office, places
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named, named_column
from api.v1.items import refuse_foreign
from spd.catalog import Product
from spd.core.occasion import Occasion
from spd.places import Location
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import FixedQuantity, holds


@bp.get("/fixed")
def fixed() -> str | Response:
    """What holds, by place and product."""
    mine = access.departments()
    base = (
        select(FixedQuantity.id.label("id"), Location.code.label("location_code"), Product.code.label("product_code"))
        .join(Location, Location.id == FixedQuantity.location_id)
        .join(Product, Product.id == FixedQuantity.product_id)
        .where(holds())
    )
    if mine is not None:
        base = base.where(Location.department_id.in_(mine))
    seen = read(places.may_see)
    listing = Listing(
        name="fixed-quantities",
        base=base,
        columns=(
            Column("location", _("Location"), named_column(Location)),
            Column("product", _("Code"), Product.code, kind="code", href=_product),
            Column("name", _("Product"), named_column(Product)),
            Column("pack_quantity", _("In a pack"), FixedQuantity.pack_quantity, kind="quantity"),
            Column("lower", _("Lower"), FixedQuantity.lower, kind="quantity"),
            Column("upper", _("Upper"), FixedQuantity.upper, kind="quantity"),
            Column("version", _("Version"), FixedQuantity.version, kind="quantity"),
            Column("valid_from_at", _("Since"), FixedQuantity.valid_from_at, kind="instant"),
            Column("reason", _("Reason"), FixedQuantity.reason, show=fixed_shown.why),
        ),
        filters=(
            Choice(
                "location", _("Location"), [(one.code, named(one.name, one.name_en)) for one in seen],
                lambda value: Location.code == value,
            ),
            Words("q", _("Search"), lambda words: or_(*(
                column.icontains(words, autoescape=True)
                for column in (Product.name, Product.name_en, Product.code, Product.initials)
            ))),
        ),
        order="location",
        tie=FixedQuantity.id,
    )  # fmt: skip
    actions = []
    if access.may_open("pages.fixed_pending", person()):
        actions.append({"text": _("To be decided"), "href": url_for("pages.fixed_pending")})
    if person().roles & access.TABLE["pages.fixed_proposals"].roles:
        actions.append({"text": _("Proposals from use"), "href": url_for("pages.fixed_proposals"), "kind": "primary"})
    hint = _("Open the proposals from use, and propose what makes sense.")
    return listed(listing, title=_("Fixed quantities"), actions=actions, empty=_("Nothing is fixed yet"), hint=hint)


def _product(row: Any) -> str:
    return url_for("pages.product", code=row.product)


@bp.get("/fixed/pending")
def fixed_pending() -> str | Response:
    """What waits for a decision, and how the last days would have gone with it."""
    return fixed_shown.pending()


class TickedForm(Schema):
    """The proposals that are ticked, by number."""

    number = fields.List(fields.Integer(validate=validate.Range(1, 10**12)), load_default=list)


@bp.post("/fixed/pending")
def fixed_decide_ticked() -> str | Response:
    """Every proposal that is ticked is approved, or none where one of them cannot be."""
    form = office.filled(TickedForm)
    numbers = sorted(set(form.said.get("number", [])))

    def act(session: Session) -> None:
        for number in numbers:
            own = occasion({"request_key": fixed_shown.keyed(form)(number, "y")})
            _decide(session, own, number, approve=True)

    with form.attempt():
        write_plain(act)
    if form.refusal:
        office.tell(form.refusal, "stop")
    elif not numbers:
        office.tell(_("Tick what is to be approved."), "caution")
    else:
        told = ngettext(
            "1 fixed quantity holds from now on.", "%(num)s fixed quantities hold from now on.", len(numbers)
        )
        office.tell(told % {"num": len(numbers)})
    return redirect(url_for("pages.fixed_pending", days=request.args.get("days")))


def _decide(session: Session, when: Occasion, number: int, *, approve: bool) -> None:
    """A proposal decided, where it is of a place of this reader's. Raises: NotAllowed and those of `decide`."""
    row = session.get(FixedQuantity, number)
    if row is not None:
        refuse_foreign(session.get_one(Location, row.location_id).department_id)
    fixed_quantities.decide(session, when, number, approve=approve)


@bp.post("/fixed/pending/<int:number>")
def fixed_decide(number: int) -> str | Response:
    """A proposal is approved or declined, by somebody else than who made it."""
    form = office.filled(Schema)
    approve = request.form.get("approve") == "1"

    with form.attempt():
        write_plain(lambda session: _decide(session, form.occasion, number, approve=approve))
    if form.refusal:
        office.tell(form.refusal, "stop")
        return redirect(url_for("pages.fixed_pending", days=request.args.get("days")))
    office.tell(_("It holds from now on.") if approve else _("It is declined; what held before holds on."))
    return redirect(url_for("pages.fixed_pending", days=request.args.get("days")))
