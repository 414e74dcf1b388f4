"""This file is the pages of holds: what is held and why, putting on hold, letting go."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, reading
from api.fields import Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.i18n import ngettext
from api.pages import asides, bp, office, places
from api.pages.listing import Choice, Column, Listing, Words, anywhere, listed
from api.pages.scanned import named_column
from api.pages.stock_columns import Names
from api.pages.stock_tabs import tabs
from scanners import Scan
from spd import holding
from spd.holding import UnknownHold
from spd.staff import Role
from spd.stock.held import select_held
from spd.stock.holds import Hold, HoldReason, Why


class HoldForm(Schema):
    """What to stop and why."""

    reason = fields.String(required=True, validate=validate.OneOf([str(reason) for reason in holding.BY_HAND]))
    reference = Text(load_default="", longest=80)
    note = Text(load_default="")
    items = Text(load_default="", longest=20_000)
    location = Text(load_default="")
    product = Text(load_default="")
    lot = Text(load_default="")


class ReleaseForm(Schema):
    """What was found, and whether all that was held by the same act is let go."""

    note = Text(required=True)
    all = fields.String(load_default="")


def reason_names() -> dict[str, str]:
    """Why things are held."""
    return {
        HoldReason.RECALL: _("recall"),
        HoldReason.INSPECTION: _("inspection"),
        HoldReason.TEMPERATURE: _("temperature"),
        HoldReason.LICENCE: _("licence"),
        HoldReason.DAMAGED: _("damaged"),
        HoldReason.EXPIRED: _("expired"),
        HoldReason.DISPUTE: _("dispute"),
        HoldReason.WRITE_OFF: _("to be written off"),
        HoldReason.RETURN: _("to go back to the supplier"),
        HoldReason.OTHER: _("other reason"),
    }


@bp.get("/stock/held")
def stock_held() -> str | Response:
    """Everything on hold: why, since when, by whom."""
    rows = select_held(access.departments()).subquery()
    seen = read(places.may_see)
    reasons = reason_names()
    columns = (
        Column("code", _("Item"), rows.c.code, kind="code", href=_hold_of),
        Column("reason", _("Reason"), rows.c.reason, kind="pill", show=reasons, colour=lambda _reason: "stop"),
        Column("name_shown", _("Product"), named_column(rows.c)),
        Column("lot", _("Lot"), rows.c.lot, kind="code"),
        Column("expires_on", _("Expires"), rows.c.expires_on, kind="day"),
        Column("place", _("Place"), named_column(Names(rows.c.location_name, rows.c.location_name_en))),
        Column("quantity", _("Quantity"), rows.c.quantity, kind="quantity", unit=lambda row: row.base_unit),
        Column("value", _("Value"), rows.c.value, kind="money", total=True),
        Column("placed_at", _("Since"), rows.c.placed_at, kind="instant"),
        Column("placed_by", _("By"), rows.c.placed_by),
        Column("note", _("Note"), rows.c.note, show=asides.finding_names()),
    )
    listing = Listing(
        name="held",
        base=select(rows.c.id, rows.c.base_unit),
        columns=columns,
        filters=(
            Words("q", _("Search"), anywhere(rows.c.code, rows.c.name, rows.c.name_en, rows.c.product, rows.c.lot)),
            Choice("location", _("Location"), [(place.code, places.named_place(place)) for place in seen],
                   lambda value: rows.c.location == value),
            Choice("reason", _("Reason"), list(reasons.items()), lambda value: rows.c.reason == value),
            Words("product", _("Product code"), lambda value: rows.c.product == value),
            Words("lot", _("Lot"), lambda value: rows.c.lot == value),
        ),
        order="-placed_at",
        tie=rows.c.id,
    )  # fmt: skip
    actions = []
    if access.may_open("pages.stock_hold", person()):
        new = url_for("pages.stock_hold")
        actions = [{"text": _("Put on hold"), "href": new, "kind": "primary", "icon": "hold"}]
    return listed(
        listing, title=_("On hold"), tabs=tabs("held"), actions=actions, empty=_("Nothing is on hold"),
        template="stock_worklist.html",
    )  # fmt: skip


def _hold_of(row: Any) -> str:
    return url_for("pages.stock_held_one", number=row.id)


@bp.route("/stock/held/new", methods=["GET", "POST"])
def stock_hold() -> str | Response:
    """Things put on hold: scanned, or by place, product and lot."""
    form = office.filled(HoldForm) if request.method == "POST" else office.blank(request.args.to_dict())
    if form.sent:
        with form.attempt():
            said = form.said
            asked = holding.ToHold(
                occasion=form.occasion,
                why=Why(reason=HoldReason(said["reason"]), reference=said["reference"], note=said["note"]),
                items=scans(said["items"]),
                location=said["location"],
                product=said["product"],
                lot=said["lot"],
                departments=access.departments(),
            )
            stopped = write(asked.occasion, lambda session: holding.hold(session, asked))
            count = len(stopped.items)
            office.tell(ngettext("%(num)s item is on hold.", "%(num)s items are on hold.", count) % {"num": count})
            return redirect(url_for("pages.stock_held"))
    seen = read(places.may_see)
    reasons = [(str(reason), reason_names()[reason]) for reason in holding.BY_HAND]
    choices = [("", "–"), *((place.code, places.named_place(place)) for place in seen)]
    return render_template("stock_hold.html", form=form, reasons=reasons, choices=choices, tabs=tabs("held"))


def scans(text: str) -> list[str | Scan]:
    """The labels typed or scanned one under the other. Raises: Unreadable."""
    return [reading.heard(line.strip()) for line in text.split("\n") if line.strip()]


@bp.get("/stock/held/<int:number>")
def stock_held_one(number: int) -> str:
    """One hold, and letting go."""
    return _one(number, office.blank())


@bp.post("/stock/held/<int:number>")
def stock_release(number: int) -> str | Response:
    """The hold ended, or all that was placed with it."""
    form = office.filled(ReleaseForm)
    if form.sent:
        with form.attempt():
            numbers = read(lambda session: _with(session, number, whole=bool(form.said["all"])))
            asked = holding.ToRelease(
                occasion=form.occasion,
                holds=numbers,
                note=form.said["note"],
                quality=Role.QUALITY in person().roles,
                departments=access.departments(),
            )
            done = write(asked.occasion, lambda session: holding.release(session, asked))
            told = _("Released. Free again: %(free)s; still held for another reason: %(held)s.")
            office.tell(told % {"free": len(done.free), "held": len(done.still_held)})
            return redirect(url_for("pages.stock_held"))
    return _one(number, form)


def _one(number: int, form: office.Form) -> str:
    def ask(session: Session) -> str:
        row = session.execute(select_held(access.departments()).where(Hold.id == number)).one_or_none()
        if row is None:
            raise UnknownHold(hold=number)
        together = len(_with(session, number, whole=True))
        may = access.may_open("pages.stock_release", person()) and row.reason not in holding.BY_DOCUMENT
        return render_template(
            "stock_held_one.html", hold=row, form=form, together=together, may_release=may, reasons=reason_names(),
            findings=asides.finding_names(), document=_document(row), tabs=tabs("held"),
        )  # fmt: skip

    return read(ask)


def _document(row: Any) -> str | None:
    """Where the document is decided that holds it."""
    pages = {HoldReason.WRITE_OFF: "pages.stock_write_off", HoldReason.RETURN: "pages.stock_return"}
    endpoint = pages.get(row.reason)
    return url_for(endpoint, code=row.reference) if endpoint and access.may_open(endpoint, person()) else None


def _with(session: Session, number: int, *, whole: bool) -> list[int]:
    """The hold, and the open ones that the same act placed."""
    if not whole:
        return [number]
    act = select(Hold.request_key).where(Hold.id == number).scalar_subquery()
    mine = select_held(access.departments()).where(Hold.request_key == act).order_by(Hold.id).limit(2000)
    return [row.id for row in session.execute(mine)] or [number]
