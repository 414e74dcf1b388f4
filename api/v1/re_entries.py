"""This file is /re-entries: uses written on paper while nothing else worked, entered afterwards."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate
from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from api import access, paper
from api.fields import Page, Scan, Text, Whole, Write
from api.here import occasion, read
from api.noun import Noun
from api.paging import paged
from spd.encounters import Encounter
from spd.offline import EntryOutcome, ReEntry
from spd.places import Department
from spd.staff import Staff

bp = Noun("re-entries", "Uses written on paper while nothing else worked, entered afterwards.")
by = aliased(Staff)


class ReEntryIn(Write):
    """A line of a sheet."""

    sheet = Text(required=True, longest=80, metadata={"description": "The number on the sheet of paper."})
    department = Text(required=True)
    used_by = Text(required=True, metadata={"description": "Code or badge of who used it."})
    used_at = fields.AwareDateTime(required=True, metadata={"description": "As the sheet says."})
    scan = Scan(required=True)
    encounter = Text(metadata={"description": "Encounter number or wristband; left out, the department alone."})
    quantity = Whole(validate=validate.Range(1, 1_000_000))
    like = fields.String(
        load_default="", validate=validate.OneOf(["", "same", "another"]),
        metadata={"description": "After `perhaps-entered`: the same use, or another one."},
    )  # fmt: skip
    mine = fields.Boolean(
        load_default=False,
        metadata={"description": "After `entries-differ`: this is right; another person enters it again then."},
    )


class ReEntryOut(Schema):
    """The line, and what became of it."""

    id = fields.Integer()
    sheet = fields.String()
    scanned = fields.String()
    occurred_at = fields.AwareDateTime()
    recorded_at = fields.AwareDateTime()
    outcome = fields.String(metadata={"description": f"One of: {', '.join(EntryOutcome)}."})
    movement_id = fields.Integer(allow_none=True)
    rule = fields.String(metadata={"description": "Which rule would have stopped it, or did."})


class ReEntryRowOut(ReEntryOut):
    """The same, with the people and the place."""

    department = fields.String()
    used_by = fields.String()
    entered_by = fields.String()
    encounter = fields.String(allow_none=True)


class ReEntriesOut(Schema):
    """A page of them."""

    entries = fields.List(fields.Nested(ReEntryRowOut))
    next = fields.Integer(allow_none=True)


@bp.post("")
@bp.arguments(ReEntryIn())
@bp.response(201, ReEntryOut)
def enter(said: dict[str, Any]) -> ReEntry:
    """Enter a line of paper: booked as of when it happened, even where a rule would have stopped it; what cannot be
    booked is a dispute. Where something like it is booked already, 409 asks whether it is the same. A costly thing is
    kept as `first` and booked when another person has entered the same (policy `reentry.double`)."""
    when = occasion({name: said[name] for name in ("request_key", "occurred_at") if name in said})
    line = paper.Written(
        sheet=said["sheet"], department=said["department"], used_by=said["used_by"], occurred_at=said["used_at"],
        scan=said["scan"], encounter=said.get("encounter"), quantity=said.get("quantity"), like=said["like"],
        mine=said["mine"],
    )  # fmt: skip
    return paper.enter(line, when)


@bp.get("")
@bp.arguments(Page, location="query")
@bp.response(200, ReEntriesOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """What was entered from paper in one's departments, in the order entered."""
    query = (
        entries_of(access.departments())
        .add_columns(
            ReEntry.sheet, ReEntry.scanned, ReEntry.occurred_at, ReEntry.recorded_at, ReEntry.outcome,
            ReEntry.movement_id, ReEntry.rule, Department.code.label("department"), Staff.code.label("used_by"),
            by.code.label("entered_by"), Encounter.code.label("encounter"),
        )
        .where(ReEntry.id > asked["after"])
        .order_by(ReEntry.id)
        .limit(asked["limit"] + 1)
    )  # fmt: skip
    rows = read(lambda session: session.execute(query).all())
    return paged("entries", rows, asked["limit"], lambda row: int(row.id))


def entries_of(departments: frozenset[int] | None) -> Select[Any]:
    """The numbers of entries, with all that is told of them within reach."""
    query: Select[Any] = select(ReEntry.id.label("id"))
    query = (
        query.join(Department, Department.id == ReEntry.department_id)
        .join(Staff, Staff.id == ReEntry.used_by_id)
        .join(by, by.id == ReEntry.staff_id)
        .outerjoin(Encounter, Encounter.id == ReEntry.encounter_id)
    )
    return query if departments is None else query.where(ReEntry.department_id.in_(departments))
