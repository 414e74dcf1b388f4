"""This file is /encounters: the patients of a ward, masked, and one stay."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from api import access, stays
from api.fields import Page, Text, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from spd import procedures
from spd.core import clock
from spd.core.errors import NotAllowed
from spd.encounters import Alert, Encounter, StayNumber, get_encounter, here, tell_alerts
from spd.ledger import Movement
from spd.places import Department
from spd.theatre.implants import of_patient, patient_of, select_implants

bp = Noun("encounters", "Stays and visits.")


class EncountersAsked(Page):
    """Which stays: those active now, of one department or of all one may see."""

    department = Text()
    active = fields.Boolean(load_default=True)


class EncounterOut(Schema):
    """One stay: number, bed, masked name."""

    code = fields.String()
    patient_name = fields.String()
    bed = fields.String()
    encounter_class = fields.String()
    department = fields.String()
    department_name = fields.String()
    admitted_at = fields.AwareDateTime()
    discharged_at = fields.AwareDateTime(allow_none=True)
    drg_code = fields.String(allow_none=True)
    cancelled = fields.Boolean(metadata={"description": "The admission was cancelled."})
    alerts = fields.List(fields.String(), metadata={"description": "What the patient must not get: latex, mri."})
    merged_into = fields.String(
        allow_none=True, metadata={"description": "The stay that this one stands for, at the end of all merges."}
    )


class StayUseOut(Schema):
    """One thing used on a stay, or on one that was merged into it."""

    movement_id = fields.Integer()
    encounter = fields.String(metadata={"description": "The stay it was recorded on."})
    item = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    lot = fields.String()
    implant = fields.Boolean()
    quantity = fields.Integer()
    base_unit = fields.String()
    occurred_at = fields.AwareDateTime()
    undone = fields.Boolean()


class StayUsesOut(Schema):
    """Everything used on a stay."""

    uses = fields.List(fields.Nested(StayUseOut))


class EncountersOut(Schema):
    """A page of stays."""

    encounters = fields.List(fields.Nested(EncounterOut))
    next = fields.Integer(allow_none=True)


class ImplantOut(Schema):
    """One implant in a patient."""

    movement_id = fields.Integer(attribute="id")
    encounter = fields.String()
    occurred_at = fields.AwareDateTime()
    department = fields.String()
    item = fields.String()
    product = fields.String()
    name = fields.String()
    name_en = fields.String()
    specification = fields.String()
    quantity = fields.Integer()
    base_unit = fields.String()
    di = fields.String(allow_none=True, metadata={"description": "UDI-DI of the smallest package."})
    lot = fields.String()
    serial = fields.String()
    expires_on = fields.Date(allow_none=True)
    expires_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "The last usable instant of that day, where the label names one."}
    )
    produced_on = fields.Date(allow_none=True)
    maker = fields.String()
    registration_number = fields.String()
    operation = fields.String(allow_none=True, metadata={"description": "The operation it was used in."})
    surgeon = fields.String(metadata={"description": "The surgeon of that operation; empty where it was none."})
    carrier = fields.Function(
        lambda row: (row.raw_scan or b"").decode("utf-8", "replace"),
        metadata={"type": "string", "description": "The carrier as it was scanned; of a kit its own label."},
    )


class ImplantsOut(Schema):
    """All implants of a patient, the oldest first."""

    implants = fields.List(fields.Nested(ImplantOut))


class PlanIn(Write):
    """What the planned procedure asks of what is used; what it does not name is not held against anything."""

    reference = Text(required=True, longest=80, metadata={"description": "The order of the operation in HIS."})
    wanted = fields.Dict(
        keys=Text(longest=40), values=Text(longest=80), required=True, validate=validate.Length(0, 20),
        metadata={"description": "By the names of the products' attributes: {\"侧别\": \"左\", \"直径\": \"3.0\"}."},
    )  # fmt: skip


class PlanOut(Schema):
    """The plan on record."""

    encounter = fields.String()
    reference = fields.String()
    wanted = fields.Dict(keys=fields.String(), values=fields.String())
    repeated = fields.Boolean()


class AlertsIn(Write):
    """What the patient must not get: all of it; an empty list takes back what was told before."""

    alerts = fields.List(
        fields.String(validate=validate.OneOf([one.value for one in Alert])), required=True,
        validate=validate.Length(0, 10),
    )  # fmt: skip


class AlertsOut(Schema):
    """What the patient must not get from now on."""

    encounter = fields.String(attribute="code")
    alerts = fields.Function(lambda stay: stay.alerts.split(), metadata={"type": "array", "items": {"type": "string"}})


_SURVIVOR = aliased(Encounter)


def _select() -> Any:
    return (
        select(Encounter, Department.code, Department.name, _SURVIVOR.code)
        .join(Department, Department.id == Encounter.department_id)
        .outerjoin(_SURVIVOR, _SURVIVOR.id == Encounter.merged_into_id)
    )


def _told(row: Any) -> dict[str, Any]:
    stay, department, name, survivor = row
    columns = {column.key: getattr(stay, column.key) for column in Encounter.__table__.columns}
    told = {"department": department, "department_name": name, "merged_into": survivor}
    return columns | told | {"alerts": stay.alerts.split()}


@bp.get("")
@bp.arguments(EncountersAsked, location="query")
@bp.response(200, EncountersOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """The stays, in the order they were entered."""
    query = _select().where(Encounter.id > asked["after"]).order_by(Encounter.id).limit(asked["limit"] + 1)
    if asked["active"]:
        query = query.where(here(clock.now()))
    if (mine := access.departments()) is not None:
        query = query.where(Encounter.department_id.in_(mine))
    if "department" in asked:
        query = query.where(Department.code == asked["department"])
    rows = read(lambda session: [_told(row) for row in session.execute(query)])
    return paged("encounters", rows, asked["limit"], lambda row: int(row["id"]))


def _own(session: Session, code: str, mine: frozenset[int] | None) -> Encounter:
    """The stay with this number or wristband, of the reader's departments. Raises: UnknownEncounter, NotAllowed."""
    stay = get_encounter(session, code)
    if mine is not None and stay.department_id not in mine:
        raise NotAllowed()
    return stay


@bp.get("/<path:code>")
@bp.response(200, EncounterOut)
def show(code: str) -> dict[str, Any]:
    """One stay, by its number or its wristband."""
    mine = access.departments()

    def ask(session: Session) -> dict[str, Any]:
        stay = _own(session, code, mine)
        return _told(session.execute(_select().where(Encounter.id == stay.id)).one())

    return read(ask)


@bp.get("/<path:code>/uses")
@bp.response(200, StayUsesOut)
def used(code: str) -> dict[str, Any]:
    """Everything used on a stay, and on those that were merged into it: implants stay with the survivor."""
    mine = access.departments()

    def ask(session: Session) -> dict[str, Any]:
        stay = _own(session, code, mine)
        return {"uses": stays.used_on(session, stay)}

    return read(ask)


@bp.get("/<path:code>/implants")
@bp.response(200, ImplantsOut)
def implants(code: str) -> dict[str, Any]:
    """What was put into the patient of a stay, on whichever stay; what was undone is not there."""
    mine = access.departments()

    def ask(session: Session) -> dict[str, Any]:
        _own(session, code, mine)
        its = of_patient(patient_of(session, code))
        query = select_implants().where(its).order_by(Movement.occurred_at, Movement.id)
        return {"implants": session.execute(query).all()}

    return read(ask)


@bp.post("/<path:code>/plan")
@bp.arguments(PlanIn())
@bp.response(201, PlanOut)
def plan(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Say what is planned for a patient: side and size of what is used are held against it. The newest plan holds."""
    when, mine = occasion(said), access.departments()

    def act(session: Session) -> dict[str, Any]:
        stay = _own(session, code, mine)
        fresh = procedures.plan(session, when, stay, said["reference"], said["wanted"])
        told = {"reference": said["reference"], "wanted": said["wanted"]}
        return {"encounter": stay.code, "repeated": not fresh, **told}

    return write(when, act)


@bp.post("/<path:code>/alerts")
@bp.arguments(AlertsIn())
@bp.response(201, AlertsOut)
def alerts(said: dict[str, Any], code: str) -> Encounter:
    """Say what a patient must not get: an allergy to latex, a magnet to go near. It is held against what is used on
    them at any of their stays. What is told last of a stay holds."""
    when, mine = occasion(said), access.departments()

    def act(session: Session) -> Encounter:
        stay = _own(session, code, mine)
        return tell_alerts(session, when, StayNumber(stay.code), [Alert(one) for one in said["alerts"]])

    return write(when, act)
