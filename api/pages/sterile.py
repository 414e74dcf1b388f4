"""This file is the pages of what the hospital sterilised: loads entered by scan, and loads that failed."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields
from sqlalchemy import case, select
from werkzeug.wrappers import Response

from api import access
from api.fields import Text
from api.here import person, write
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named_column
from api.pages.stock_columns import Names
from api.v1 import sterilisations
from spd import theatre as rules
from spd.staff import Staff
from spd.stock.sterility import Sterilisation
from spd.theatre import ToSterilise

_COLOURS = {"sterile": "ok", "past": "caution", "failed": "stop", "replaced": "quiet"}


class LoadForm(Schema):
    """One load: a label a line, its number and its last sterile day."""

    codes = Text(required=True, longest=50_000)
    lot = Text(required=True, longest=80)
    until_on = fields.Date(required=True)


class FailureForm(Schema):
    """A load that was not sterile after all."""

    lot = Text(required=True, longest=80)
    why = Text(required=True)


def standings() -> dict[str, str]:
    """How far a thing is sterile by a load."""
    return {
        "sterile": _("sterile"), "past": _("its day is past"), "failed": _("the load failed"),
        "replaced": _("sterilised again"),
    }  # fmt: skip


def told(sterile: str | None) -> str:
    """What the last sterilisation of a thing says, in words."""
    if not sterile:
        return "–"
    return _("the load failed") if sterile == "failed" else _("until %(day)s") % {"day": sterile}


@bp.get("/theatre/sterile")
def sterile() -> str | Response:
    """What was sterilised, the newest first."""
    rows = sterilisations.rows().join(Staff, Staff.id == Sterilisation.done_by_id)
    c = rows.add_columns(Staff.name.label("who")).subquery().c
    listing = Listing(
        name="sterilisations",
        base=select(c.id, c.kit, c.set),
        columns=(
            Column("lot", _("Sterilisation lot"), c.lot, kind="code"),
            Column("name", _("Kit or loaner set"), named_column(Names(c.name, c.name_en)), href=_thing),
            Column("code", _("Code"), case((c.kit.is_not(None), c.kit), else_=c.set), kind="code"),
            Column("how", _("State"), c.standing, kind="pill", show=standings(), colour=_COLOURS.get),
            Column("until_on", _("Sterile until"), c.until_on, kind="day"),
            Column("done_at", _("Recorded at"), c.done_at, kind="instant"),
            Column("who", _("By"), c.who),
        ),
        filters=(
            Words("q", _("Search"), lambda words: c.lot.icontains(words, autoescape=True)
                  | c.name.icontains(words, autoescape=True) | (c.kit == words) | (c.set == words)),
            Choice("how", _("State"), list(standings().items()), lambda value: c.standing == value),
        ),
        order="-done_at",
        tie=c.id,
    )  # fmt: skip
    actions: list[dict[str, str]] = []
    if access.may_open("pages.sterile_failed", person()):
        actions.append({"text": _("A load failed"), "href": url_for("pages.sterile_failed"), "icon": "stop"})
    if access.may_open("pages.sterile_new", person()):
        new = url_for("pages.sterile_new")
        actions.append({"text": _("Enter a load"), "href": new, "kind": "primary", "icon": "plus"})
    empty, title = _("Nothing was sterilised yet that is on record"), _("Sterilisation")
    trail = [(_("Theatre"), url_for("pages.theatre")), (title, None)]
    return listed(listing, title=title, actions=actions, empty=empty, crumbs=trail)


def _thing(row: Any) -> str:
    if row.kit:
        return url_for("pages.kit", scan=row.kit)
    return url_for("pages.theatre_set", code=row.set)


@bp.route("/theatre/sterile/new", methods=["GET", "POST"])
def sterile_new() -> str | Response:
    """A load entered: everything of it by scan."""
    form = office.filled(LoadForm) if request.method == "POST" else office.blank(request.args.to_dict())
    if form.sent:
        with form.attempt():
            said = form.said
            codes = [code for line in said["codes"].split("\n") if (code := line.strip())]
            asked = ToSterilise(occasion=form.occasion, codes=codes, lot=said["lot"], until_on=said["until_on"])
            load = write(asked.occasion, lambda session: rules.sterilise(session, asked))
            office.tell(_("%(number)d of lot %(lot)s are sterile until %(day)s.") % {
                "number": len(load.kits) + len(load.sets), "lot": load.lot, "day": asked.until_on.isoformat(),
            })  # fmt: skip
            return redirect(url_for("pages.sterile", q=load.lot))
    return render_template("sterile_new.html", form=form)


@bp.route("/theatre/sterile/failed", methods=["GET", "POST"])
def sterile_failed() -> str | Response:
    """A load that was not sterile: none of it may be used from now on."""
    form = office.filled(FailureForm) if request.method == "POST" else office.blank(request.args.to_dict())
    if form.sent:
        with form.attempt():
            when, said = form.occasion, form.said
            load = write(when, lambda session: rules.fail_lot(session, when, said["lot"], said["why"]))
            fetch = _("Lot %(lot)s has failed. Fetch back what is listed here, and look up where each was used.")
            office.tell(fetch % {"lot": load.lot}, "caution")
            return redirect(url_for("pages.sterile", q=load.lot))
    return render_template("sterile_failed.html", form=form)
