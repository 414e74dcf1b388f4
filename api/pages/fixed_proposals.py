"""This file is the pages where fixed quantities are proposed, from use or by hand, and lived again before that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid5

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import person, read, write_plain
from api.i18n import gettext as _
from api.pages import bp, office, places
from api.pages.fixed_shown import Shown, columns, days, days_filter, has_words, lived, shown, today, why
from api.pages.listing import Choice, Listing, Words, exported, table
from api.pages.scanned import named
from api.v1.items import refuse_foreign
from spd import policies, sizing
from spd.catalog import get_product
from spd.catalog.changes import find_product
from spd.places import Location, get_location
from spd.stock import fixed_quantities
from spd.stock.fixed_quantities import Level


class Chosen(Schema):
    """The products that are proposed for a place, and a level set by hand."""

    location = Text(required=True, longest=80)
    product = fields.List(Text(longest=80), load_default=list)


class ToTry(Schema):
    """A level as it is filled in, to see how the last days would have gone with it."""

    location = Text(required=True, longest=80)
    product = Text(required=True, longest=80)
    pack_quantity = fields.Integer(required=True, validate=validate.Range(1, 100_000))
    lower = fields.Integer(required=True, validate=validate.Range(0, 10_000))
    upper = fields.Integer(required=True, validate=validate.Range(0, 10_000))
    days = fields.Integer(load_default=sizing.USUAL_DAYS, validate=validate.Range(sizing.LEAST_DAYS, sizing.MOST_DAYS))
    reason = Text(load_default="", longest=200)


class ByHand(ToTry):
    """A level as it is proposed, with why."""

    reason = Text(required=True, longest=200)


@bp.get("/fixed/proposals")
def fixed_proposals() -> str | Response:
    """What use says a place should hold, beside what holds; lived again."""
    return _page(office.blank())


@bp.post("/fixed/proposals")
def fixed_propose() -> str | Response:
    """The chosen ones are proposed; somebody else approves."""
    form = office.filled(Chosen)
    if form.sent:
        with form.attempt():
            made = write_plain(lambda session: _propose(session, form))
            office.tell(_("%(count)s are proposed; the head nurse approves.") % {"count": made})
            return redirect(url_for("pages.fixed_pending"))
    return _page(form)


@bp.route("/fixed/by-hand", methods=["GET", "POST"])
def fixed_by_hand() -> str | Response:
    """A level is tried on the last days, and proposed by hand."""
    if request.method == "GET":
        return _hand(office.blank(read(_begun)))
    if request.form.get("try") == "1":
        return _tried()
    form = office.filled(ByHand)
    if form.sent:
        with form.attempt():
            write_plain(lambda session: _by_hand(session, form))
            office.tell(_("It is proposed; the head nurse approves."))
            return redirect(url_for("pages.fixed_pending", days=form.said["days"]))
    return _hand(form)


def _tried() -> str:
    """The last days lived again with what was filled in; nothing is written."""
    form = office.filled(ToTry)
    found: Shown | None = None
    if form.sent:
        with form.attempt():
            found = read(lambda session: _try(session, form))
    return _hand(form, found)


def _begun(session: Session) -> dict[str, Any]:
    """What stands in the form at first: the place and product asked for, and what holds there."""
    _seen, place = _place(session)
    texts: dict[str, Any] = {"location": place.code if place else "", "product": request.args.get("product", "")[:80]}
    product = find_product(session, texts["product"])
    now = fixed_quantities.at(session, place.id, product.id) if place and product else None
    return texts | ({name: getattr(now, name) for name in ("pack_quantity", "lower", "upper")} if now else {})


def _hand(form: office.Form, tried: Shown | None = None) -> str:
    seen = read(_place)[0]
    return render_template(
        "fixed_by_hand.html", form=form, tried=tried, days=days(),
        places=[(one.code, named(one.name, one.name_en)) for one in seen],
        range=_("%(least)s to %(most)s") % {"least": sizing.LEAST_DAYS, "most": sizing.MOST_DAYS},
    )  # fmt: skip


def _try(session: Session, form: office.Form) -> Shown:
    level = _level(session, form)
    tried = sizing.try_levels(session, [level], on=today(), days=form.said["days"])[0]
    place, product = get_location(session, form.said["location"]), get_product(session, form.said["product"])
    return shown(tried, place, product, reason=form.said["reason"])


def _place(session: Session) -> tuple[list[Location], Location | None]:
    seen = [one for one in places.may_see(session) if one.kind in ("ward", "theatre")]
    asked = request.values.get("location", "")
    place = get_location(session, asked) if asked else (seen[0] if seen else None)
    if place is not None:
        refuse_foreign(place.department_id)
    return seen, place


def _page(form: office.Form) -> str | Response:
    seen, place, rows = read(_proposals)
    options = [(one.code, named(one.name, one.name_en)) for one in seen]
    chosen = _listing(options, place, rows).chosen
    kept = [
        one
        for one in rows
        if has_words(one, chosen.get("q", ""))
        and chosen.get("differs", "yes" if one.changes else "no") == ("yes" if one.changes else "no")
    ]
    listing = _listing(options, place, kept)
    if answer := exported(listing, title=_("Proposals from use")):
        return answer
    return read(
        lambda session: render_template(
            "fixed_proposals.html", list=table(session, listing), place=place, sums=_sums(rows), days=days(),
            history_days=policies.get(session, "sizing.history_days"), why=why, form=form,
            may_propose=bool(person().roles & access.TABLE["pages.fixed_by_hand"].roles),
        )
    )  # fmt: skip


def _listing(options: list[tuple[str, str]], place: Location | None, rows: Sequence[Shown]) -> Listing:
    return Listing(
        name="fixed-quantities-proposed",
        base=rows,
        columns=columns(),
        filters=(
            Choice("location", _("Location"), options, default=place.code if place else ""),
            Words("q", _("Search")),
            Choice("differs", _("Differs"), [("yes", _("yes")), ("no", _("no"))]),
            days_filter(),
        ),
        order="product",
    )


def _proposals(session: Session) -> tuple[list[Location], Location | None, list[Shown]]:
    seen, place = _place(session)
    if place is None:
        return seen, None, []
    proposals = sizing.propose(session, on=today(), location_ids=[place.id])
    compared = sizing.compare(session, proposals, on=today(), days=days())
    return seen, place, [_shown(one) for one in compared]


def _shown(one: sizing.Compared) -> Shown:
    kept, packs = one.proposal.kept, one.proposal.packs
    better = one.proposal.smaller_pack if packs.resolved else None
    return Shown(
        location=kept.location, location_name=named(kept.location_name, kept.location_name_en), product=kept.product,
        name=named(kept.name, kept.name_en), specification=f"{kept.specification} · {kept.ved}{kept.abc}",
        base_unit=kept.base_unit, pack_quantity=packs.quantity, now_lower=kept.now.lower if kept.now else None,
        now_upper=kept.now.upper if kept.now else None, lower=packs.lower, upper=packs.upper,
        reason=one.proposal.reason, changes=one.proposal.changes,
        note=_("packs of %(number)s would do better") % {"number": better} if better else "",
        **lived(one.before, one.after),
    )  # fmt: skip


def _sums(rows: Sequence[Shown]) -> dict[str, Any]:
    """What-if over the whole place: missed, refills and average packs, with what holds and with what is proposed."""
    both = [one for one in rows if one.missed_before is not None]
    return {
        "products": len(both),
        "missed": (sum(one.missed_before or 0 for one in both), sum(one.missed for one in both)),
        "refills": (sum(one.refills_before or 0 for one in both), sum(one.refills for one in both)),
        "average": (
            round(sum(one.average_before or 0 for one in both), 1),
            round(sum(one.average for one in both), 1),
        ),
    }


def _propose(session: Session, form: office.Form) -> int:
    _seen, place = _place(session)
    assert place is not None
    found = {one.kept.product: one for one in sizing.propose(session, on=today(), location_ids=[place.id])}
    chosen = [found[code] for code in form.said["product"] if code in found]
    for one in chosen:
        fixed_quantities.propose(session, _each(form, one.kept.product_id), [one.level], reason=one.reason[:200])
    return len(chosen)


def _each(form: office.Form, number: int) -> Any:
    """The occasion of one of several acts of a form: each has its own key, the same whenever it is sent again."""
    return replace(form.occasion, request_key=uuid5(form.occasion.request_key, str(number)))


def _by_hand(session: Session, form: office.Form) -> None:
    fixed_quantities.propose(session, form.occasion, [_level(session, form)], reason=form.said["reason"])


def _level(session: Session, form: office.Form) -> Level:
    place = get_location(session, form.said["location"])
    refuse_foreign(place.department_id)
    return Level(
        location_id=place.id,
        product_id=get_product(session, form.said["product"]).id,
        pack_quantity=form.said["pack_quantity"],
        lower=form.said["lower"],
        upper=form.said["upper"],
    )
