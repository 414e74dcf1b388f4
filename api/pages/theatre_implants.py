"""This file is the pages of implants: the log, one patient's, and their papers."""

from __future__ import annotations

from flask import Response, render_template, request, url_for
from sqlalchemy import case, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from api import access
from api.here import person, read
from api.i18n import gettext as _
from api.pages import bp, implant_paper
from api.pages.listing import Choice, Column, DayFrom, Listing, Words, listed
from api.pages.scanned import named, named_column
from api.pages.stock_columns import Names
from spd.parties import HOSPITAL_ID, Party
from spd.theatre.implants import implants_with, select_implants
from spd.theatre.label_photos import PHOTOS, photos_of


@bp.get("/theatre/implants")
def theatre_implants() -> str | Answer:
    """Every implant used, the newest first."""
    rows = select_implants(access.departments()).add_columns(PHOTOS).subquery()
    c = rows.c
    columns = (
        Column("occurred_at", _("When"), c.occurred_at, kind="instant",
               href=lambda row: url_for("pages.theatre_implant", number=row.id)),
        Column("patient_name", _("Patient"), c.patient_name),
        Column("encounter", _("Encounter"), c.encounter, kind="code"),
        Column("name_shown", _("Product"), named_column(c)),
        Column("specification", _("Specification"), c.specification),
        Column("di", "UDI-DI", c.di, kind="code"),
        Column("lot", _("Lot"), c.lot, kind="code"),
        Column("serial", _("Serial"), c.serial, kind="code"),
        Column("expires_on", _("Expires"), c.expires_on, kind="day"),
        Column("quantity", _("Quantity"), c.quantity, kind="quantity", unit=lambda row: row.base_unit),
        Column("maker_shown", _("Maker"), named_column(Names(c.maker, c.maker_en))),
        Column("registration_number", _("Registration"), c.registration_number),
        Column("operation", _("Operation"), c.operation, kind="code"),
        Column("surgeon", _("Surgeon"), c.surgeon),
        Column("department_shown", _("Department"), named_column(Names(c.department_name, c.department_name_en))),
        Column("label", _("Label"), case((c.photos > 0, "photo"), (c.typed, "typed"), else_="scanned"), kind="pill",
               show={"photo": _("photo kept"), "typed": _("typed, no photo"), "scanned": _("scanned")},
               colour={"photo": "info", "typed": "caution", "scanned": "ok"}.get),
    )  # fmt: skip
    listing = Listing(
        name="implants",
        base=select(c.id, c.base_unit),
        columns=columns,
        filters=(
            Words("q", _("Search"), lambda words: c.encounter.icontains(words, autoescape=True)
                  | c.name.icontains(words, autoescape=True) | (c.product == words) | (c.serial == words)),
            Words("lot", _("Lot"), lambda value: c.lot == value),
            Choice("label", _("Label"), [("typed", _("typed, no photo")), ("photo", _("photo kept"))],
                   lambda value: c.photos > 0 if value == "photo" else c.typed & (c.photos == 0)),
            DayFrom("from", _("From"), lambda day: c.day_on >= day),
            DayFrom("until", _("Until"), lambda day: c.day_on <= day),
        ),
        order="-occurred_at",
        tie=c.id,
    )  # fmt: skip
    crumbs = [(_("Theatre"), url_for("pages.theatre")), (_("Implants"), None)]
    return listed(listing, title=_("Implants"), crumbs=crumbs, empty=_("No implant was used yet"))


@bp.get("/theatre/implants/<int:number>")
def theatre_implant(number: int) -> str:
    """All implants of the patient who got this one, and the papers of them."""

    def ask(session: Session) -> str:
        rows = implants_with(session, number, departments=access.departments())
        return render_template(
            "theatre_implant.html", rows=rows, number=number, doctor=_doctor(),
            photos=photos_of(session, [row.id for row in rows]),
            may_photo=access.may_open("pages.label_photo_new", person()),
        )  # fmt: skip

    return read(ask)


@bp.get("/theatre/implants/<int:number>/<any(cards, sheet):kind>.pdf")
def theatre_implant_paper(number: int, kind: str) -> Response:
    """Cards for the patient, or the sheet for the chart."""

    def ask(session: Session) -> bytes:
        rows = implants_with(session, number, departments=access.departments())
        hospital = session.get_one(Party, HOSPITAL_ID)
        draw = implant_paper.cards if kind == "cards" else implant_paper.sheet
        return draw(rows, named(hospital.name, hospital.name_en), _doctor())

    return Response(read(ask), content_type="application/pdf")


def _doctor() -> str:
    """The doctor to be printed, as typed."""
    return request.args.get("doctor", "").strip()[:60]
