"""This file is the pages of admission: what departments ask for, what was found, what was decided; and commitments."""

from __future__ import annotations

from decimal import Decimal

from flask import redirect, render_template, request, url_for
from marshmallow import Schema, fields, validate
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased
from werkzeug.wrappers import Response

from api import access
from api.fields import Price as PriceField
from api.fields import Text
from api.here import person, read, write_plain
from api.i18n import gettext as _
from api.pages import bp, office
from api.pages.listing import Choice, Column, Listing, Words, listed
from api.pages.report import class_names
from api.pages.scanned import named, named_column
from api.v1.items import refuse_foreign
from spd import admission
from spd.admission import Admission, Stage
from spd.catalog import Product, ProductClass
from spd.places import Department, get_department
from spd.staff import Staff


def stage_names() -> dict[str, str]:
    """What the stages are called."""
    return {
        "asked": _("asked for"),
        "assessed": _("assessed"),
        "admitted": _("admitted"),
        "temporary": _("for a time"),
        "refused": _("not admitted"),
    }


COLOURS = {"asked": "queued", "assessed": "info", "admitted": "ok", "temporary": "caution", "refused": "stop"}


@bp.get("/admissions")
def admissions() -> str | Response:
    """The requests of the departments this reader may see."""
    mine = access.departments()
    base = select(Admission.id.label("id")).join(Department, Department.id == Admission.department_id)
    if mine is not None:
        base = base.where(Admission.department_id.in_(mine))
    stages = stage_names()
    listing = Listing(
        name="admissions",
        base=base,
        columns=(
            Column("number", _("Request"), Admission.id, kind="code", href=lambda row: _address(row.id)),
            Column("name", _("Product"), Admission.name),
            Column("specification", _("Specification"), Admission.specification),
            Column("department", _("Department"), named_column(Department)),
            Column("unit_price", _("Unit price"), Admission.unit_price, kind="money"),
            Column("expected", _("Expected a month"), Admission.expected_monthly, kind="quantity"),
            Column("stage", _("Stage"), Admission.stage, kind="pill", show=stages, colour=COLOURS.get),
            Column("until_on", _("Until"), Admission.until_on, kind="day"),
            Column("asked_at", _("Asked"), Admission.asked_at, kind="instant"),
        ),
        filters=(
            Words("q", _("Search"), lambda words: or_(*(
                column.icontains(words, autoescape=True)
                for column in (Admission.name, Admission.specification, Admission.manufacturer)
            ))),
            Choice("stage", _("Stage"), list(stages.items()), lambda value: Admission.stage == value),
        ),
        order="-asked_at",
        tie=Admission.id,
    )  # fmt: skip
    actions = []
    if person().roles & access.TABLE["pages.admission_new"].roles:
        new = {
            "text": _("Ask for a product"),
            "href": url_for("pages.admission_new"),
            "kind": "primary",
            "icon": "plus",
        }
        actions.append(new)
    crumbs = [(_("Products"), url_for("pages.products")), (_("Admission requests"), None)]
    return listed(listing, title=_("Admission requests"), actions=actions, crumbs=crumbs)


class WishForm(Schema):
    """What a department asks for."""

    department = Text(required=True, longest=80)
    name = Text(required=True, longest=200)
    specification = Text(load_default="", longest=200)
    manufacturer = Text(load_default="", longest=200)
    supplier = Text(load_default="", longest=200)
    unit_price = PriceField(required=True)
    expected_monthly = fields.Integer(required=True, validate=validate.Range(1, 1_000_000))
    substitutes = Text(load_default="", longest=400)
    reason = Text(required=True, longest=2000)


class AssessForm(Schema):
    """What was found, and which product it would be."""

    product = Text(required=True, longest=80)
    base_unit = Text(required=True, longest=24)
    product_class = fields.String(required=True, validate=validate.OneOf([one.value for one in ProductClass]))
    assessment = Text(required=True, longest=2000)


class DecideForm(Schema):
    """The decision."""

    stage = fields.String(required=True, validate=validate.OneOf([one.value for one in admission.DECIDED]))
    until_on = fields.Date(load_default=None)
    decision = Text(required=True, longest=2000)


@bp.route("/admissions/new", methods=["GET", "POST"])
def admission_new() -> str | Response:
    """A department asks for a product."""
    form = office.filled(WishForm) if request.method == "POST" else office.blank()
    if form.sent:
        with form.attempt():
            made = write_plain(lambda session: _ask(session, form))
            office.tell(_("The request is on its way to be assessed."))
            return redirect(_address(made.id))
    return render_template("admission_new.html", form=form, departments=read(_departments))


@bp.get("/admissions/<int:number>")
def admission_show(number: int) -> str:
    """One request."""
    return read(lambda session: _page(session, number, office.blank()))


@bp.post("/admissions/<int:number>/assess")
def admission_assess(number: int) -> str | Response:
    """What was found is written down."""
    form = office.filled(AssessForm)
    if form.sent:
        with form.attempt():
            found = admission.Assessed(**form.said)
            write_plain(lambda session: admission.assess(session, form.occasion, number, found))
            office.tell(_("The assessment is kept; somebody else decides."))
            return redirect(_address(number))
    return read(lambda session: _page(session, number, form))


@bp.post("/admissions/<int:number>/decide")
def admission_decide(number: int) -> str | Response:
    """It is decided."""
    form = office.filled(DecideForm)
    if form.sent:
        with form.attempt():
            decided = admission.Decided(
                stage=Stage(form.said["stage"]), decision=form.said["decision"], until_on=form.said["until_on"]
            )
            write_plain(lambda session: admission.decide(session, form.occasion, number, decided))
            office.tell(_("It is decided."))
            return redirect(_address(number))
    return read(lambda session: _page(session, number, form))


def _ask(session: Session, form: office.Form) -> Admission:
    said = dict(form.said)
    department = get_department(session, said.pop("department"))
    refuse_foreign(department.id)
    said["unit_price"] = Decimal(said["unit_price"])
    return admission.ask(session, form.occasion, admission.Wish(department=department, **said))


def _departments(session: Session) -> list[tuple[str, str]]:
    mine = access.departments()
    query = select(Department).where(~Department.retired).order_by(Department.code)
    if mine is not None:
        query = query.where(Department.id.in_(mine))
    return [(one.code, named(one.name, one.name_en)) for one in session.scalars(query)]


_ASKER = aliased(Staff)
_ASSESSOR = aliased(Staff)
_DECIDER = aliased(Staff)


def _page(session: Session, number: int, form: office.Form) -> str:
    query = (
        select(Admission, Department, Product, _ASKER.name, _ASSESSOR.name, _DECIDER.name)
        .join(Department, Department.id == Admission.department_id)
        .join(_ASKER, _ASKER.id == Admission.asked_by_id)
        .outerjoin(Product, Product.id == Admission.product_id)
        .outerjoin(_ASSESSOR, _ASSESSOR.id == Admission.assessed_by_id)
        .outerjoin(_DECIDER, _DECIDER.id == Admission.decided_by_id)
        .where(Admission.id == number)
    )
    found = session.execute(query).one_or_none()
    if found is None:
        raise admission.UnknownAdmission(admission=number)
    row, department, product, *people = found
    refuse_foreign(department.id)
    codes = [code.strip() for code in row.substitutes.replace("，", ",").replace(";", ",").split(",") if code.strip()]
    substitutes = session.scalars(select(Product).where(Product.code.in_(codes)).order_by(Product.code)).all()
    return render_template(
        "admission.html", row=row, department=department, product=product, people=people, form=form,
        substitutes=substitutes, stages=stage_names(), colours=COLOURS, classes=list(class_names().items()),
        may_assess=row.stage == Stage.ASKED and bool(person().roles & access.TABLE["pages.admission_assess"].roles),
        may_decide=row.stage == Stage.ASSESSED and bool(person().roles & access.TABLE["pages.admission_decide"].roles),
        mine=person().id in (row.asked_by_id, row.assessed_by_id),
    )  # fmt: skip


def _address(number: int) -> str:
    return url_for("pages.admission_show", number=number)
