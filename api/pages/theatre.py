"""This file is the pages of theatre: loaner sets listed, counted in and out by two people, and closed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, approval, reading
from api.fields import Text
from api.here import person, read, write
from api.i18n import gettext as _
from api.pages import bp, office, places, sterile
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named, named_column
from api.pages.stock_columns import Names
from api.v1 import loaner_sets
from spd import disposal
from spd import theatre as rules
from spd.disposal import Asked, Kind, ToDispose, Why
from spd.exchange.loaner_lists import read_list
from spd.ledger import item_states
from spd.parties import Party, PartyKind
from spd.places import WARD_KINDS, Location
from spd.stock.loaned import SetStanding, get_set, lines_of
from spd.theatre import Counted, CountedIn, CountedOut, ListedLine, SetEnding, SetListed

_PART = re.compile(r"\A(?P<code>\S.*?)\s+(?:×|x|\*)\s*(?P<quantity>[1-9][0-9]{0,5})\Z")


class SetForm(Schema):
    """A set as it is announced: its lines by file, or scanned one under the other."""

    name = Text(required=True)
    supplier = Text(required=True, longest=80)
    location = Text(required=True, longest=80)
    representative = Text(required=True)
    card = Text(load_default="", longest=80)
    encounter = Text(longest=80)
    operation = Text(load_default="", longest=80)
    pieces = Text(load_default="", longest=100_000)


class CountForm(Schema):
    """What two people counted."""

    pieces = Text(required=True, longest=200_000)
    second = Text(required=True, longest=80)
    pin = Text(required=True)
    note = Text(load_default="")
    as_counted = fields.String(load_default="", validate=validate.OneOf(["", "1"]))


class LossForm(Schema):
    """What cannot be found."""

    item = Text(required=True, longest=80)
    quantity = fields.Integer(load_default=None, validate=validate.Range(1, 10**6))
    note = Text(load_default="")


class EndForm(Schema):
    """Nothing more is said."""


def standings() -> dict[str, str]:
    """How far a set is."""
    return {
        SetStanding.LISTED: _("on its list"),
        SetStanding.IN: _("here"),
        SetStanding.CLOSED: _("accounted for"),
        SetStanding.WITHDRAWN: _("did not come"),
    }


COLOURS = {SetStanding.LISTED: "queued", SetStanding.IN: "info", SetStanding.CLOSED: "ok"}


@bp.get("/theatre")
def theatre() -> str | Response:
    """Loaner sets, the newest first."""
    rows = loaner_sets.rows(access.departments()).add_columns(
        Party.name.label("supplier_name"), Party.name_en.label("supplier_name_en"),
        Location.name.label("location_name"), Location.name_en.label("location_name_en"),
    ).subquery()  # fmt: skip
    c = rows.c
    counted = [
        ("left", _("Left")), ("brought", _("Came")), ("used", _("Used")), ("out", _("Brought out")),
        ("lost", _("Written off")), ("listed", _("On the list")),
    ]  # fmt: skip
    columns = (
        Column("name", _("Name"), c.name, href=_set_of),
        Column("standing", _("State"), c.standing, kind="pill", show=standings(), colour=COLOURS.get),
        *(Column(name, title, c[name], kind="quantity", total=True) for name, title in counted),
        Column("supplier_shown", _("Supplier"), named_column(Names(c.supplier_name, c.supplier_name_en))),
        Column("place", _("Place"), named_column(Names(c.location_name, c.location_name_en))),
        Column("listed_at", _("Announced at"), c.listed_at, kind="instant"),
        Column("code", _("Loaner set"), c.code, kind="code"),
    )
    unsettled = {"left": c.left > 0, "waits": c.standing == SetStanding.LISTED}
    listing = Listing(
        name="loaner-sets",
        base=select(c.id),
        columns=columns,
        filters=(
            Words("q", _("Search"), lambda words: c.name.icontains(words, autoescape=True)
                  | c.code.icontains(words, autoescape=True)),
            Choice("open", _("What"), [("left", _("something is left")), ("waits", _("has not come"))],
                   lambda value: unsettled[value]),
        ),
        order="-listed_at",
        tie=c.id,
    )  # fmt: skip
    today = url_for("pages.theatre_operations", what="today")
    actions = (
        ("theatre_operations", {"text": _("Operations of today"), "href": today, "icon": "bed"}),
        ("sterile", {"text": _("Sterilisation"), "href": url_for("pages.sterile"), "icon": "check"}),
        ("theatre_implants", {"text": _("Implants"), "href": url_for("pages.theatre_implants"), "icon": "trace"}),
        ("theatre_set_new", {"text": _("Announce a set"), "href": url_for("pages.theatre_set_new"), "kind": "primary",
                             "icon": "plus"}),
    )  # fmt: skip
    open_to = [action for page, action in actions if access.may_open(f"pages.{page}", person())]
    return listed(listing, title=_("Loaner sets"), actions=open_to, empty=_("No loaner set was announced yet"))


def _set_of(row: Any) -> str:
    return url_for("pages.theatre_set", code=row.code)


@bp.route("/theatre/sets/new", methods=["GET", "POST"])
def theatre_set_new() -> str | Response:
    """A set announced, with its list."""
    form = office.filled(SetForm) if request.method == "POST" else office.blank(request.args.to_dict())
    if form.sent:
        with form.attempt():
            said = form.said
            when, lines = form.occasion, _file_lines()
            pieces = _pieces(said["pieces"])

            def act(session: Session) -> str:
                asked = SetListed(
                    occasion=when, lines=lines or rules.listed_by_scan(session, pieces),
                    encounter=said.get("encounter"), departments=access.departments(),
                    **{name: said[name] for name in ("name", "supplier", "location", "representative", "card",
                                                     "operation")},
                )  # fmt: skip
                return rules.list_set(session, asked)[0].code

            if not lines and not pieces:
                raise rules.NothingCounted()
            code = write(when, act)
            office.tell(_("The set is announced. Count it in when it comes."))
            return redirect(url_for("pages.theatre_set", code=code))
    suppliers, theatres = read(lambda session: (_suppliers(session), _theatres(session)))
    return render_template("theatre_set_new.html", form=form, suppliers=suppliers, theatres=theatres)


def _file_lines() -> list[ListedLine]:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return []
    return read_list(sent.read(), file=sent.filename.replace("\\", "/").rsplit("/", 1)[-1][-200:])


def _pieces(text: str) -> list[Counted]:
    """One scan a line; with × and a number, so many. Raises: Unreadable."""
    found = []
    for line in (line.strip() for line in text.split("\n")):
        part = _PART.match(line)
        if line:
            scan = reading.heard(part["code"] if part else line)
            found.append(Counted(scan=scan, quantity=int(part["quantity"]) if part else None))
    return found


def _suppliers(session: Session) -> list[tuple[str, str]]:
    query = select(Party).where(Party.kind == PartyKind.SUPPLIER, ~Party.retired).order_by(Party.name)
    return [(one.code, f"{named(one.name, one.name_en)} · {one.code}") for one in session.scalars(query)]


def _theatres(session: Session) -> list[tuple[str, str]]:
    seen = [place for place in places.may_see(session) if place.kind in WARD_KINDS]
    return [(place.code, places.named_place(place)) for place in sorted(seen, key=lambda one: one.kind != "theatre")]


@bp.get("/theatre/sets/<path:code>")
def theatre_set(code: str) -> str:
    """One set, line by line, and what is to be done with it."""
    return _page(code, office.blank(), "")


def _page(code: str, form: office.Form, act: str) -> str:
    """`act`: the form that was sent; the others begin anew."""

    def ask(session: Session) -> str:
        found = loaner_sets.whole(session, code, access.departments())
        loaned = get_set(session, code)
        items = item_states(session, [n for one in lines_of(session, loaned) if one.left and (n := one.line.item_id)])
        return render_template(
            "theatre_set.html", set=found, supplier=session.get_one(Party, loaned.supplier_id), card=loaned.card,
            place=session.get_one(Location, loaned.location_id), standings=standings(), colours=COLOURS,
            sterile=sterile.told(found["sterile"]),
            items=[(one.code, f"{one.code} × {one.quantity}") for one in items.values()],
            form_of=lambda name: form if name == act else office.blank(),
            may=lambda endpoint: access.may_open(f"pages.{endpoint}", person()),
        )  # fmt: skip

    return read(ask)


def _acted(
    code: str, act: str, schema: type[Schema], do: Callable[[office.Form], Callable[[Session], Any]], told: str
) -> str | Response:
    form = office.filled(schema)
    form.texts.pop("pin", None)
    if form.sent:
        with form.attempt():
            write(form.occasion, do(form))
            office.tell(told)
            return redirect(url_for("pages.theatre_set", code=code))
    return _page(code, form, act)


@bp.post("/theatre/sets/<path:code>/arrival")
def theatre_set_arrival(code: str) -> str | Response:
    """The set counted in."""

    def do(form: office.Form) -> Callable[[Session], Any]:
        said = form.said
        asked = CountedIn(
            occasion=form.occasion, set=code, pieces=_pieces(said["pieces"]), note=said["note"],
            seen_by_id=approval.witness(said["second"], said["pin"]), as_counted=bool(said["as_counted"]),
            departments=access.departments(),
        )  # fmt: skip
        return lambda session: rules.count_in(session, asked)

    return _acted(code, "arrival", CountForm, do, _("The set is here and accountable."))


@bp.post("/theatre/sets/<path:code>/departure")
def theatre_set_departure(code: str) -> str | Response:
    """So much of the set counted out."""

    def do(form: office.Form) -> Callable[[Session], Any]:
        said = form.said
        asked = CountedOut(
            occasion=form.occasion, set=code, pieces=_pieces(said["pieces"]), note=said["note"],
            seen_by_id=approval.witness(said["second"], said["pin"]), departments=access.departments(),
        )  # fmt: skip
        return lambda session: rules.count_out(session, asked)

    return _acted(code, "departure", CountForm, do, _("What was counted is out."))


@bp.post("/theatre/sets/<path:code>/loss")
def theatre_set_loss(code: str) -> str | Response:
    """A write-off asked for what cannot be found."""

    def do(form: office.Form) -> Callable[[Session], Any]:
        said, mine = form.said, access.departments()
        asked = ToDispose(
            occasion=form.occasion, kind=Kind.WRITE_OFF, lines=[Asked(item=said["item"], quantity=said["quantity"])],
            reason=Why.LOST, note=said["note"], departments=mine,
        )  # fmt: skip

        def act(session: Session) -> Any:
            rules.refuse_foreign(session, get_set(session, code, departments=mine), said["item"])
            return disposal.ask(session, asked)[0].code

        return act

    return _acted(code, "loss", LossForm, do, _("Asked. It counts as lost when another person has approved it."))


@bp.post("/theatre/sets/<path:code>/close")
def theatre_set_close(code: str) -> str | Response:
    """The set closed, if nothing is missing."""

    def do(form: office.Form) -> Callable[[Session], Any]:
        asked = SetEnding(occasion=form.occasion, set=code, departments=access.departments())
        return lambda session: rules.close(session, asked)

    return _acted(code, "close", EndForm, do, _("The set is settled: nothing is missing."))


@bp.post("/theatre/sets/<path:code>/withdraw")
def theatre_set_withdraw(code: str) -> str | Response:
    """The set did not come."""

    def do(form: office.Form) -> Callable[[Session], Any]:
        asked = SetEnding(occasion=form.occasion, set=code, departments=access.departments())
        return lambda session: rules.withdraw(session, asked)

    return _acted(code, "withdraw", EndForm, do, _("The set is given up."))
