"""This file is the pages of fixed quantities: what holds, what is proposed and why, and how it would have gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid5

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import person, read, settings, write_plain
from api.i18n import gettext as _
from api.pages import bp, office, places
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named, named_column
from api.v1.items import refuse_foreign
from spd import policies, sizing
from spd.catalog import Product, get_product
from spd.core import clock
from spd.places import Location, get_location
from spd.staff import Staff
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import FixedQuantity, Level, holds

WHAT_IF_DAYS = 90


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
            Column("reason", _("Reason"), FixedQuantity.reason, show=why),
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
    actions = [{"text": _("To be decided"), "href": url_for("pages.fixed_pending")}]
    if person().roles & access.TABLE["pages.fixed_proposals"].roles:
        actions.append({"text": _("Proposals from use"), "href": url_for("pages.fixed_proposals"), "kind": "primary"})
    hint = _("Open the proposals from use, and propose what makes sense.")
    return listed(listing, title=_("Fixed quantities"), actions=actions, empty=_("Nothing is fixed yet"), hint=hint)


def _product(row: Any) -> str:
    return url_for("pages.product", code=row.product)


class Chosen(Schema):
    """The products that are proposed for a place, and a level set by hand."""

    location = Text(required=True, longest=80)
    product = fields.List(Text(longest=80), load_default=list)


class ByHand(Schema):
    """A level as it is filled in."""

    location = Text(required=True, longest=80)
    product = Text(required=True, longest=80)
    pack_quantity = fields.Integer(required=True, validate=validate.Range(1, 100_000))
    lower = fields.Integer(required=True, validate=validate.Range(0, 10_000))
    upper = fields.Integer(required=True, validate=validate.Range(0, 10_000))
    reason = Text(required=True, longest=200)


@bp.get("/fixed/proposals")
def fixed_proposals() -> str:
    """What use says a place should hold, beside what holds; lived again."""
    return read(lambda session: _proposals(session, office.blank()))


@bp.post("/fixed/proposals")
def fixed_propose() -> str | Response:
    """The chosen ones are proposed; somebody else approves."""
    form = office.filled(Chosen)
    if form.sent:
        with form.attempt():
            made = write_plain(lambda session: _propose(session, form))
            office.tell(_("%(count)s are proposed; the head nurse approves.") % {"count": made})
            return redirect(url_for("pages.fixed_pending"))
    return read(lambda session: _proposals(session, form))


@bp.post("/fixed/by-hand")
def fixed_by_hand() -> str | Response:
    """A level is proposed by hand."""
    form = office.filled(ByHand)
    if form.sent:
        with form.attempt():
            write_plain(lambda session: _by_hand(session, form))
            office.tell(_("It is proposed; the head nurse approves."))
            return redirect(url_for("pages.fixed_pending"))
    return read(lambda session: _proposals(session, form))


@bp.get("/fixed/pending")
def fixed_pending() -> str:
    """What waits for a decision."""
    return read(lambda session: _pending(session, office.blank()))


@bp.post("/fixed/pending/<int:number>")
def fixed_decide(number: int) -> str | Response:
    """A proposal is approved or declined, by somebody else than who made it."""
    form = office.filled(Schema)
    approve = request.form.get("approve") == "1"

    def act(session: Session) -> None:
        row = session.get(FixedQuantity, number)
        if row is not None:
            refuse_foreign(session.get_one(Location, row.location_id).department_id)
        fixed_quantities.decide(session, form.occasion, number, approve=approve)

    with form.attempt():
        write_plain(act)
    if form.refusal:
        return read(lambda session: _pending(session, form))
    office.tell(_("It holds from now on.") if approve else _("It is declined; what held before holds on."))
    return redirect(url_for("pages.fixed_pending"))


def _today() -> date:
    return clock.day_of(clock.now(), settings().zone)


def _place(session: Session) -> tuple[list[Location], Location | None]:
    seen = [one for one in places.may_see(session) if one.kind in ("ward", "theatre")]
    asked = request.values.get("location", "")
    place = get_location(session, asked) if asked else (seen[0] if seen else None)
    if place is not None:
        refuse_foreign(place.department_id)
    return seen, place


def _proposals(session: Session, form: office.Form) -> str:
    seen, place = _place(session)
    compared: Sequence[sizing.Compared] = []
    if place is not None:
        proposals = sizing.propose(session, on=_today(), location_ids=[place.id])
        compared = sizing.compare(session, proposals, on=_today(), days=WHAT_IF_DAYS)
    return render_template(
        "fixed_proposals.html",
        places=[(one.code, named(one.name, one.name_en)) for one in seen],
        place=place,
        compared=compared,
        sums=_sums(compared),
        days=WHAT_IF_DAYS,
        history_days=policies.get(session, "sizing.history_days"),
        cover=sizing.cover_of(session),
        why=why,
        form=form,
        percent=lambda share: f"{float(share) * 100:.1f} %",
        average=lambda number: f"{float(number):.1f}",
    )


def _sums(compared: Sequence[sizing.Compared]) -> dict[str, Any]:
    """What-if over the whole place: missed, refills and average packs, with what holds and with what is proposed."""
    both = [one for one in compared if one.before is not None]
    before = [one.before for one in both if one.before is not None]
    after = [one.after for one in both]
    return {
        "products": len(both),
        "missed": (sum(one.missed for one in before), sum(one.missed for one in after)),
        "refills": (sum(one.refills for one in before), sum(one.refills for one in after)),
        "average": (_average(before), _average(after)),
    }


def _average(lived: Sequence[sizing.Lived]) -> Fraction:
    return sum((one.average for one in lived), Fraction(0))


def _propose(session: Session, form: office.Form) -> int:
    _seen, place = _place(session)
    assert place is not None
    found = {one.kept.product: one for one in sizing.propose(session, on=_today(), location_ids=[place.id])}
    chosen = [found[code] for code in form.said["product"] if code in found]
    for one in chosen:
        fixed_quantities.propose(session, _each(form, one.kept.product_id), [one.level], reason=one.reason[:200])
    return len(chosen)


def _each(form: office.Form, number: int) -> Any:
    """The occasion of one of several acts of a form: each has its own key, the same whenever it is sent again."""
    return replace(form.occasion, request_key=uuid5(form.occasion.request_key, str(number)))


def _by_hand(session: Session, form: office.Form) -> None:
    place = get_location(session, form.said["location"])
    refuse_foreign(place.department_id)
    level = Level(
        location_id=place.id,
        product_id=get_product(session, form.said["product"]).id,
        pack_quantity=form.said["pack_quantity"],
        lower=form.said["lower"],
        upper=form.said["upper"],
    )
    fixed_quantities.propose(session, form.occasion, [level], reason=form.said["reason"])


def _pending(session: Session, form: office.Form) -> str:
    mine = access.departments()
    waiting = fixed_quantities.proposed(session)
    rows = []
    for row in waiting:
        place = session.get_one(Location, row.location_id)
        if mine is not None and place.department_id not in mine:
            continue
        now = fixed_quantities.at(session, row.location_id, row.product_id)
        product = session.get_one(Product, row.product_id)
        rows.append({"row": row, "place": place, "product": product, "now": now,
                     "asker": session.get_one(Staff, row.set_by_id), "mine": row.set_by_id == person().id})  # fmt: skip
    may = bool(person().roles & access.TABLE["pages.fixed_decide"].roles)
    return render_template("fixed_pending.html", rows=rows, form=form, may_decide=may, why=why, key=_keyed(form))


def _keyed(form: office.Form) -> Any:
    return lambda number, act: str(uuid5(UUID(form.key), f"{number}{act}"))


def why(reason: str) -> str:
    """A reason in words: what it was reckoned from; one written by hand as it is."""
    head, *figures = reason.split(" ")
    if head not in ("normal", "poisson") or not figures:
        return reason
    said = dict(part.split("=", 1) for part in figures[1:] if "=" in part)
    model = _("used daily") if head == "normal" else _("used now and then")
    return _("%(model)s: %(adu)s ± %(sd)s a day over %(days)s days; %(cell)s is kept at %(sl)s %%") % {
        "model": model, "adu": said.get("adu", ""), "sd": said.get("sd", ""), "days": said.get("days", ""),
        "cell": figures[0], "sl": f"{float(said.get('sl', 0)) * 100:.1f}",
    }  # fmt: skip
