"""This file is the pages of stocktaking: the counts there are, what is due, and planning one."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.access import may_open
from api.counted import refuse_foreign_place, today
from api.fields import Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, count_words, office, places
from api.pages.frame import place_name, places_named
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.report import class_names
from api.pages.scanned import again
from api.whatis import what_is
from scanners import Unreadable
from spd import counting
from spd.core.errors import Refusal
from spd.counting import Count, CountKind
from spd.places import get_location


@bp.get("/count")
def count() -> str | Response:
    """The counts, or what is due to be counted today."""
    mine = access.departments()
    due = read(lambda session: counting.due(session, on=today(), departments=mine))
    asked = request.args.get("tab", "") == "due"
    tabs = [
        {"text": _("Counts"), "href": url_for("pages.count"), "current": not asked},
        {"text": _("Due today"), "href": url_for("pages.count", tab="due"), "current": asked, "count": len(due)},
    ]
    return listed(
        _due(due) if asked else _counts(mine),
        title=_("Stocktake"),
        template="count.html",
        tabs=tabs,
        may_print=may_open("pages.cards", person()),
        empty=_("Nothing is due today") if asked else _("No counts yet"),
        hint=_("What is counted comes back when its days are over.") if asked else _("Scan a place, or plan a count."),
        actions=[{"text": _("Plan a count"), "href": url_for("pages.count_new"), "kind": "primary", "icon": "plus"}],
    )


def _counts(mine: frozenset[int] | None) -> Listing:
    states, kinds = count_words.states(), count_words.kinds()
    base = counting.listed(mine)
    return Listing(
        name="counts",
        base=base,
        columns=(
            Column("code", _("Count"), Count.code, kind="code", href=_to_count),
            Column("title", _("Of what"), Count.title, show=places_named),
            Column("kind", _("Kind"), Count.kind, show=kinds),
            Column("state", _("State"), Count.state, kind="pill", show=states, colour=count_words.STATE_COLOURS.get),
            Column("planned_on", _("Day"), Count.planned_on, kind="day"),
            Column("places", _("Places"), kind="quantity", sortable=False),
            Column("lines", _("Lines"), kind="quantity", sortable=False),
        ),
        filters=(
            Words("q", _("Search"), lambda words: Count.title.icontains(words, autoescape=True)),
            Choice("state", _("State"), list(states.items()), lambda value: Count.state == value),
            Choice("kind", _("Kind"), list(kinds.items()), lambda value: Count.kind == value),
        ),
        order="-planned_on",
        tie=Count.id.desc(),
    )


def _to_count(row: Any) -> str:
    if row.state in ("approved", "closed"):
        return url_for("pages.count_sheet", code=row.code)
    if row.state == "review" and may_open("pages.count_review", person()):
        return url_for("pages.count_review", code=row.code)
    return url_for("pages.count_scan", code=row.code)


def _due(due: list[counting.Due]) -> Listing:
    names = {one.location: one.name for one in due}
    return Listing(
        name="due-counts",
        base=due,
        columns=(
            Column("location", _("Place"), show=lambda code: place_name(names[code], code), href=_to_plan),
            Column("tier", _("Tier"), show=count_words.tiers()),
            Column("products", _("Products"), kind="quantity", total=True),
            Column("items", _("Items"), kind="quantity", total=True),
            Column("last_on", _("Counted last"), kind="day"),
            Column("due_on", _("Due"), kind="day"),
        ),
        filters=(
            Words("q", _("Search"), text=lambda row: f"{row.location} {row.name} {place_name(row.name, row.location)}"),
            Choice("tier", _("Tier"), list(count_words.tiers().items()), of=lambda row: row.tier),
        ),
        order="due_on",
    )


def _to_plan(row: Any) -> str:
    return url_for("pages.count_new", location=row.location, tier=row.tier)


@bp.post("/count")
def count_find() -> Response:
    """A place is scanned: the count that is on there, or planning one; a count is scanned: its page."""
    raw = request.form.get("scan", "").strip()
    return redirect(read(lambda session: _found(session, raw)))


def _found(session: Session, raw: str) -> str:
    """Where a scan leads."""
    try:
        scan = again(raw)
        found = what_is(session, scan)
        if found["kind"] == "location":
            return at_place(session, str(found["code"]))
        return url_for("pages.count_scan", code=counting.get_count(session, scan.code or scan.data).code)
    except (Refusal, Unreadable) as error:
        office.tell(office.sentence(error), "caution")
        return url_for("pages.count")


def at_place(session: Session, code: str) -> str:
    """The page of the count that is on at a place, begun there; else of planning one."""
    place = get_location(session, code)
    on = counting.open_at(session, place.id)
    if on:
        return url_for("pages.count_scan", code=on[0].code, scan=place.label or place.code)
    return url_for("pages.count_new", location=place.code)


class CountForm(Schema):
    """A count to plan."""

    kind = fields.String(required=True, validate=validate.OneOf([one.value for one in CountKind]))
    locations = fields.List(Text(), load_default=list)
    products = fields.String(load_default="", validate=validate.Length(0, 4000))
    product_class = fields.String(load_default="")
    tier = fields.String(load_default="", validate=validate.OneOf(["", *counting.TIERS]))
    title = fields.String(load_default="", validate=validate.Length(0, 200))
    rounds = fields.Integer(load_default=1, validate=validate.Range(1, 2))
    blind = fields.String(load_default="yes")


@bp.route("/count/new", methods=["GET", "POST"])
def count_new() -> str | Response:
    """A count is planned; its page is next."""
    tier = request.args.get("tier", "")
    given = {
        "kind": "calendar" if tier else "location",
        "locations": request.args.getlist("location"),
        "tier": tier,
        "rounds": "1",
        "blind": "yes",
    }
    form = office.filled(CountForm) if request.method == "POST" else office.blank(given)
    if form.sent:
        with form.attempt():
            code = _plan(form)
            return redirect(url_for("pages.count_scan", code=code))
    seen = read(places.may_see)
    return render_template(
        "count_new.html", form=form, places=seen, kinds=list(count_words.kinds().items()),
        classes=[("", _("all")), *class_names().items()], tiers=[("", "–"), *count_words.tiers().items()],
    )  # fmt: skip


def _plan(form: office.Form) -> str:
    said, mine = form.said, access.departments()
    asked = counting.ToCount(
        occasion=form.occasion, kind=CountKind(said["kind"]), locations=said["locations"],
        products=said["products"].replace(",", " ").split(), product_class=said["product_class"], tier=said["tier"],
        title=said["title"], rounds=said["rounds"], blind=said["blind"] != "no", departments=mine,
    )  # fmt: skip

    def act(session: Session) -> str:
        for code in asked.locations:
            refuse_foreign_place(get_location(session, code))
        return counting.plan(session, asked).code

    return write(form.occasion, act)
