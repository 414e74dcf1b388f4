"""This file is the pages of licences: what ends, what is not on record, and one licence with its versions."""

from __future__ import annotations

from typing import Any

from flask import Response as FlaskResponse
from flask import render_template, url_for
from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.access import may_open
from api.headers import name_file
from api.here import person, read, settings
from api.i18n import gettext as _
from api.i18n import short
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.scanned import named_column
from spd import licensing
from spd.catalog import Product
from spd.core import attachments, clock
from spd.core.job_runs import JobRun
from spd.jobs.licences import TELLING
from spd.licensing import KIND_NAMES, Licence, LicenceKind, LicenceProduct, LicenceWarning
from spd.licensing.worklist import (
    COMING,
    EXPIRED,
    VALID,
    WITHDRAWN,
    Giver,
    Grantee,
    Maker,
    Windows,
    ending,
    not_on_record,
    versions,
    windows,
)
from spd.parties import Party
from spd.staff import Staff
from spd.stock.finding import matching


@bp.get("/licences")
def licences() -> str | Response:
    """What ends, the nearest first."""
    seen = read(lambda session: windows(session, on=today()))
    states = state_names(seen)
    name = named_column(Giver)
    holder = case((Grantee.id.is_not(None), name + " → " + named_column(Grantee)), else_=name)
    listing = Listing(
        name="licences",
        base=ending(seen),
        columns=(
            Column("valid_to_on", _("Valid until"), Licence.valid_to_on, kind="day"),
            Column("state", _("State"), seen.state(), kind="pill", show=states, colour=lambda one: colour(seen, one)),
            Column("kind", _("Kind"), Licence.kind, show=kind_names()),
            Column("number", _("Number"), Licence.number, kind="code", href=_page),
            Column("holder", _("Holder"), func.coalesce(holder, named_column(Maker))),
            Column("entered_on", _("Since"), LicenceWarning.entered_on, kind="day"),
            Column("document", _("Document"), Licence.attachment_id.is_not(None), show=_yes_no, sortable=False),
        ),
        filters=(
            Words("q", _("Search"), _matching),
            Choice("state", _("State"), list(states.items()), lambda value: seen.state() == value),
            Choice("kind", _("Kind"), list(kind_names().items()), lambda value: Licence.kind == value),
        ),
        order="valid_to_on",
        tie=Licence.id,
    )
    return listed(
        listing, title=_("Licences"), tabs=tabs("licences"), actions=actions(), empty=_("No licence is on record yet"),
        sub=read(_told),
        hint=_("Record them one by one, or import them from a spreadsheet."),
    )  # fmt: skip


def _told(session: Session) -> str:
    """Who was last told of what ends, or why nobody could be."""
    last = session.scalars(
        select(JobRun).where(JobRun.job == TELLING, JobRun.outcome.in_(("sent", "failed"))).order_by(JobRun.id.desc())
    ).first()
    if last is None:
        return ""
    said = _("Told on %(day)s: %(what)s") if last.outcome == "sent" else _("Not told on %(day)s: %(what)s")
    return said % {"day": last.period, "what": last.detail}


@bp.get("/licences/missing")
def licences_missing() -> str | Response:
    """What is dealt with and has no licence on record."""
    rows = not_on_record().subquery()
    name = named_column(rows.c)
    listing = Listing(
        name="licences_missing",
        base=select(rows.c.id.label("id")),
        columns=(
            Column("kind", _("Kind"), rows.c.kind, show=kind_names()),
            Column("code", _("Code"), rows.c.code, kind="code"),
            Column("name", _("Holder"), name),
            Column("number", _("Number"), rows.c.number, kind="code", href=_recording),
        ),
        filters=(
            Words("q", _("Search"), lambda words: _in_any(words, rows.c.code, rows.c.name, rows.c.name_en)),
            Choice("kind", _("Kind"), list(kind_names().items()), lambda value: rows.c.kind == value),
        ),
        order="kind",
        tie=rows.c.code,
    )
    return listed(
        listing, title=_("Not on record"), tabs=tabs("missing"), actions=actions(), crumbs=crumbs(_("Not on record")),
        empty=_("Everything that is dealt with has its licences on record"),
    )  # fmt: skip


@bp.get("/licences/<int:number>")
def licences_show(number: int) -> str:
    """One licence: its paper, its versions, what it is about."""
    return licence_page(number, office.blank())


def licence_page(number: int, form: office.Form) -> str:
    """The page of one licence, with the form of its withdrawal."""

    def ask(session: Session) -> str:
        licence = licensing.get(session, number)
        seen = windows(session, on=today())
        parties = {party.id: party for party in session.scalars(select(Party).where(Party.id.in_(_numbers(licence))))}
        said = select(Staff.id, Staff.name).where(Staff.id.in_([licence.recorded_by_id, licence.withdrawn_by_id or 0]))
        kept = attachments.get(session, licence.attachment_id) if licence.attachment_id else None
        return render_template(
            "licence.html", licence=licence, parties=parties, form=form, versions=versions(session, licence),
            document=kept, products=_products(session, licence), kinds=kind_names(), state=seen.state_of,
            states=state_names(seen) | {WITHDRAWN: _("withdrawn")}, colour=lambda one: colour(seen, one),
            people=dict(session.execute(said).all()), crumbs=crumbs(licence.number),
            may_write=may_open("pages.licences_new", person()),
        )  # fmt: skip

    return read(ask)


@bp.get("/licences/<int:number>/document")
def licences_document(number: int) -> FlaskResponse:
    """The scanned document, to keep: never shown inside the page, whatever is in it."""

    def ask(session: Session) -> FlaskResponse:
        kept = attachments.get(session, licensing.get(session, number).attachment_id or 0)
        response = FlaskResponse(kept.content, mimetype=kept.media_type)
        name_file(response, kept.name)
        return response

    return read(ask)


def today() -> Any:
    """The hospital's day."""
    return clock.day_of(clock.now(), settings().zone)


def kind_names() -> dict[str, str]:
    """What the kinds of licences are called."""
    return {str(kind): names[short() == "en"] for kind, names in KIND_NAMES.items()}


def state_names(seen: Windows) -> dict[str, str]:
    """What the states are called, the gravest first."""
    words = {EXPIRED: _("ended"), COMING: _("not yet begun"), VALID: _("valid")}
    return {state: words.get(state) or _("within %(days)s days") % {"days": state} for state in seen.states}


def colour(seen: Windows, state: str) -> str:
    """The kind of pill of a state."""
    nearest = str(min(seen.days))
    return {EXPIRED: "stop", nearest: "caution", VALID: "ok", COMING: "queued"}.get(state, "info")


def tabs(here: str) -> list[dict[str, Any]]:
    """The lists beside each other."""
    pages = (
        ("licences", "pages.licences", _("What ends")),
        ("missing", "pages.licences_missing", _("Not on record")),
        ("overrides", "pages.licences_overrides", _("Let pass")),
    )
    return [{"text": text, "href": url_for(page), "current": name == here} for name, page, text in pages]


def actions() -> list[dict[str, Any]]:
    """What may be done from a list of licences, by who may."""
    found = []
    if may_open("pages.licences_new", person()):
        found.append({"text": _("Record a licence"), "href": url_for("pages.licences_new"), "kind": "primary"})
    if may_open("pages.imports_new", person()):
        found.append({"text": _("Import"), "href": url_for("pages.imports_new", kind="licences"), "kind": "quiet"})
    return found


def crumbs(last: str) -> list[tuple[str, str | None]]:
    """The way back to the list."""
    return [(_("Licences"), url_for("pages.licences")), (last, None)]


def _page(row: Any) -> str:
    return url_for("pages.licences_show", number=row.id)


def _recording(row: Any) -> str:
    return url_for("pages.licences_new", kind=row.kind, number=row.number, holder=row.code if not row.number else None)


def _yes_no(value: Any) -> str:
    return _("yes") if value else ""


def _in_any(words: str, *columns: Any) -> ColumnElement[bool]:
    return or_(*(column.icontains(words, autoescape=True) for column in columns))


def _matching(words: str) -> ColumnElement[bool]:
    """Licences with the words in their number, in a party's name, or in the name of a product they are about."""
    named = select(Product.registration_number).where(matching(words), Product.registration_number != "")
    listed_in = select(LicenceProduct.licence_id).join(Product, Product.id == LicenceProduct.product_id)
    columns = [Licence.number, *(column for party in (Giver, Grantee, Maker) for column in (party.name, party.code))]
    return or_(_in_any(words, *columns), Licence.number.in_(named), Licence.id.in_(listed_in.where(matching(words))))


def _numbers(licence: Licence) -> list[int]:
    return [number for number in (licence.party_id, licence.grantee_id, licence.maker_id) if number is not None]


def _products(session: Session, licence: Licence) -> list[Product]:
    """The products it is about: those it names, or those under its number."""
    query = select(Product).where(~Product.retired).order_by(Product.code).limit(200)
    if licence.kind == LicenceKind.REGISTRATION:
        return list(session.scalars(query.where(Product.registration_number == licence.number)))
    named = select(LicenceProduct.product_id).where(LicenceProduct.licence_id == licence.id)
    return list(session.scalars(query.where(Product.id.in_(named))))
