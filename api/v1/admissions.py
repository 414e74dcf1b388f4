"""This file is /admissions and /commitments: new products asked for and decided, volumes promised and followed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access
from api.fields import Money, Page, Text, Whole, Write
from api.fields import Price as PriceField
from api.here import occasion, read, settings, write_plain
from api.noun import Noun
from api.paging import paged
from api.v1.items import refuse_foreign
from spd import admission, commitments
from spd.admission import Admission, Stage
from spd.catalog import Product, ProductClass, get_product
from spd.core import clock
from spd.parties import get_supplier
from spd.places import Department, get_department

bp = Noun("admissions", "New products asked for, assessed, decided.")
promises = Noun("commitments", "Centrally procured volumes, and how far they are.")
_CLASSES = validate.OneOf([one.value for one in ProductClass])


class WishIn(Write):
    """What a department asks for."""

    department = Text(required=True, longest=80)
    name = Text(required=True, longest=200)
    unit_price = PriceField(required=True)
    expected_monthly = Whole(required=True, validate=validate.Range(1, 1_000_000))
    reason = Text(required=True, longest=2000)
    specification = fields.String(load_default="", validate=validate.Length(0, 200))
    manufacturer = fields.String(load_default="", validate=validate.Length(0, 200))
    supplier = fields.String(load_default="", validate=validate.Length(0, 200))
    substitutes = fields.String(load_default="", validate=validate.Length(0, 400))


class AssessIn(Write):
    """What was found, and which product it would be."""

    product = Text(required=True, longest=80)
    base_unit = Text(required=True, longest=24)
    product_class = fields.String(required=True, validate=_CLASSES)
    assessment = Text(required=True, longest=2000)


class DecideIn(Write):
    """The decision; a temporary permission names its last day."""

    stage = fields.String(required=True, validate=validate.OneOf([one.value for one in admission.DECIDED]))
    until_on = fields.Date(load_default=None, allow_none=True)
    decision = Text(required=True, longest=2000)


class AdmissionOut(Schema):
    """One request."""

    number = fields.Integer()
    department = fields.String()
    name = fields.String()
    specification = fields.String()
    unit_price = Money()
    expected_monthly = fields.Integer()
    reason = fields.String()
    stage = fields.String()
    product = fields.String(allow_none=True)
    assessment = fields.String()
    decision = fields.String()
    until_on = fields.Date(allow_none=True)
    asked_at = fields.AwareDateTime()


class AdmissionsOut(Schema):
    """A page of requests."""

    admissions = fields.List(fields.Nested(AdmissionOut))
    next = fields.Integer(allow_none=True)


class CommitmentIn(Write):
    """A commitment."""

    number = Text(required=True, longest=80)
    name = fields.String(load_default="", validate=validate.Length(0, 200))
    product = Text(required=True, longest=80)
    supplier = fields.String(load_default="", validate=validate.Length(0, 80))
    quantity = Whole(required=True, validate=validate.Range(1, 1_000_000_000))
    from_on = fields.Date(required=True)
    until_on = fields.Date(required=True)


class CommitmentOut(Schema):
    """A commitment and how far it is."""

    number = fields.String()
    name = fields.String()
    product = fields.String()
    supplier = fields.String()
    quantity = fields.Integer()
    received = fields.Integer()
    used = fields.Integer()
    due = fields.Integer(metadata={"description": "What an even pace would have brought by today."})
    from_on = fields.Date()
    until_on = fields.Date()


@bp.get("")
@bp.arguments(Page, location="query")
@bp.response(200, AdmissionsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The requests of your departments, in the order they were asked."""
    mine = access.departments()

    def ask(session: Session) -> dict[str, Any]:
        query = _select().where(Admission.id > asked["after"]).order_by(Admission.id)
        if mine is not None:
            query = query.where(Admission.department_id.in_(mine))
        rows = session.execute(query.limit(asked["limit"] + 1)).all()
        page = paged("admissions", rows, asked["limit"], lambda row: row[0].id)
        return page | {"admissions": [_told(*row) for row in page["admissions"]]}

    return read(ask)


@bp.post("")
@bp.arguments(WishIn)
@bp.response(201, AdmissionOut)
def ask(said: dict[str, Any]) -> dict[str, Any]:
    """Ask for a product the hospital does not stock. Safe to send again with the same key."""
    when = occasion(said)

    def act(session: Session) -> dict[str, Any]:
        department = get_department(session, said["department"])
        refuse_foreign(department.id)
        wish = {name: said[name] for name in said if name not in ("request_key", "occurred_at", "department")}
        wish["unit_price"] = Decimal(wish["unit_price"])
        row = admission.ask(session, when, admission.Wish(department=department, **wish))
        return _told(row, department.code, None)

    return write_plain(act)


@bp.post("/<int:number>/assessment")
@bp.arguments(AssessIn)
@bp.response(201, AdmissionOut)
def assess(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Write down what was found; the product is in the catalogue then, not yet to be ordered."""
    when = occasion(said)
    found = admission.Assessed(**{name: said[name] for name in ("assessment", "product", "base_unit", "product_class")})

    def act(session: Session) -> dict[str, Any]:
        admission.assess(session, when, number, found)
        return _one(session, number)

    return write_plain(act)


@bp.post("/<int:number>/decision")
@bp.arguments(DecideIn)
@bp.response(201, AdmissionOut)
def decide(said: dict[str, Any], number: int) -> dict[str, Any]:
    """Decide; never by who asked or assessed."""
    when = occasion(said)
    decided = admission.Decided(stage=Stage(said["stage"]), decision=said["decision"], until_on=said["until_on"])

    def act(session: Session) -> dict[str, Any]:
        admission.decide(session, when, number, decided)
        return _one(session, number)

    return write_plain(act)


@promises.get("", endpoint="listing")
@promises.response(200, CommitmentOut(many=True))
def commitments_listing() -> list[commitments.Standing]:
    """Every commitment and how far it is today."""
    today = clock.day_of(clock.now(), settings().zone)
    return read(lambda session: commitments.standings(session, on=today))


@promises.post("", endpoint="add")
@promises.arguments(CommitmentIn)
@promises.response(201, CommitmentOut)
def commitment_add(said: dict[str, Any]) -> commitments.Standing:
    """Write down a commitment."""
    when = occasion(said)

    def act(session: Session) -> commitments.Standing:
        supplier = get_supplier(session, said["supplier"]) if said["supplier"] else None
        row = commitments.promise(
            session,
            when,
            commitments.Promised(
                number=said["number"], name=said["name"], product=get_product(session, said["product"]),
                supplier=supplier, quantity=said["quantity"], from_on=said["from_on"], until_on=said["until_on"],
            ),
        )  # fmt: skip
        return next(one for one in commitments.standings(session, on=when.day) if one.id == row.id)

    return write_plain(act)


def _select() -> Any:
    return (
        select(Admission, Department.code, Product.code)
        .join(Department, Department.id == Admission.department_id)
        .outerjoin(Product, Product.id == Admission.product_id)
    )


def _one(session: Session, number: int) -> dict[str, Any]:
    return _told(*session.execute(_select().where(Admission.id == number)).one())


def _told(row: Admission, department: str, product: str | None) -> dict[str, Any]:
    columns = (
        "name", "specification", "unit_price", "expected_monthly", "reason", "stage", "assessment", "decision",
        "until_on", "asked_at",
    )  # fmt: skip
    told = {name: getattr(row, name) for name in columns}
    return told | {"number": row.id, "department": department, "product": product}
