"""This file is /recalls: notices, what they match, where it is, on whom it was used, and the deny-list of devices."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api import access, recalling
from api.fields import Page, Write
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.recall_schemas import (
    DenyListAsked,
    DenyListOut,
    RecallCountOut,
    RecallDrillsOut,
    RecallExplainIn,
    RecallNoticeIn,
    RecallOut,
    RecallReasonIn,
    RecallReleaseIn,
    RecallsOut,
    RecallStepIn,
    RecallWhereaboutsOut,
    RecallWholeOut,
    UsesOfOut,
)
from spd import recalls
from spd.core import clock
from spd.jobs import previewing
from spd.recalls import PatientState, Recall, RecallState

bp = Noun("recalls", "What is recalled: held everywhere, its patients found, every unit accounted for.")


@bp.get("")
@bp.arguments(Page, location="query")
@bp.response(200, RecallsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Recalls, oldest first."""

    def ask(session: Session) -> dict[str, Any]:
        query = select(Recall).where(Recall.id > asked["after"], Recall.state != RecallState.DISCARDED)
        rows = session.scalars(query.order_by(Recall.id).limit(asked["limit"] + 1)).all()
        return paged("recalls", rows, asked["limit"], lambda row: row.id)

    return read(ask)


@bp.post("")
@bp.arguments(RecallNoticeIn)
@bp.response(201, RecallWholeOut)
def draft(said: dict[str, Any]) -> dict[str, Any]:
    """Write a notice down and see what it matches; nothing is held yet. Safe to send again with the same key.

    Where much is meant it is counted in the background: ask for the recall again until `counted_at` is there.
    """
    when = occasion(said)
    targets = [recalls.Meant(**meant) for meant in said["targets"]]
    named = {name: said[name] for name in ("number", "recall_class", "issuer", "reason", "notice_on")}
    notice = recalls.Notice(occasion=when, targets=targets, **named)
    code = write(when, lambda session: recalls.draft(session, notice).code)
    recalling.count_if_long(when, code)
    return read(lambda session: _whole(session, recalls.get_recall(session, code)))


@bp.get("/deny-list")
@bp.arguments(DenyListAsked, location="query")
@bp.response(200, DenyListOut)
def deny_list(asked: dict[str, Any]) -> dict[str, Any]:
    """What devices refuse without asking: told whole, or not at all where the device's version is current."""
    return read(lambda session: asdict(recalls.deny_list(session, since=asked["since"])))


@bp.get("/drills")
@bp.response(200, RecallDrillsOut)
def drills() -> dict[str, Any]:
    """The mock recalls of each month."""
    query = select(recalls.RecallDrill).order_by(recalls.RecallDrill.month.desc()).limit(120)
    return read(lambda session: {"drills": [recalls.report_of(one) for one in session.scalars(query)]})


@bp.get("/<code>")
@bp.response(200, RecallWholeOut)
def show(code: str) -> dict[str, Any]:
    """One recall with what it matches, its tie-out and how far its patients are."""
    return read(lambda session: _whole(session, recalls.get_recall(session, code)))


@bp.post("/<code>/preview")
@bp.arguments(Write)
@bp.response(202, RecallWholeOut)
def preview(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Begin to count anew what a notice that is not opened would touch. Safe to send again."""
    recalling.count(occasion(said), code)
    return read(lambda session: _whole(session, recalls.get_recall(session, code)))


@bp.post("/<code>/open")
@bp.arguments(Write)
@bp.response(202, RecallWholeOut)
def open_recall(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Deny what is meant from now on, and begin to hold all of it. Safe to send again with the same key."""
    _, task = recalling.open_recall(occasion(said), code)
    return read(lambda session: _whole(session, recalls.get_recall(session, code))) | {"task": task}


@bp.get("/<code>/places")
@bp.response(200, RecallWhereaboutsOut)
def places(code: str) -> dict[str, Any]:
    """What is where, and which totes to stop."""

    def ask(session: Session) -> dict[str, Any]:
        recall = recalls.get_recall(session, code)
        return {"places": recalls.places(session, recall), "totes": recalls.totes(session, recall)}

    return read(ask)


@bp.get("/<code>/patients")
@bp.arguments(Page, location="query")
@bp.response(200, UsesOfOut)
def patients(asked: dict[str, Any], code: str) -> dict[str, Any]:
    """Who had it: every use with its day, department, person and patient, of the departments this person sees."""

    def ask(session: Session) -> dict[str, Any]:
        recall, limit = recalls.get_recall(session, code), asked["limit"]
        rows = recalls.uses_page(session, recall, seen=access.departments(), after=asked["after"], limit=limit + 1)
        return paged("uses", rows, limit, lambda row: row.id)

    return read(ask)


@bp.post("/<code>/outreach")
@bp.arguments(RecallStepIn)
@bp.response(201, RecallCountOut)
def outreach(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Patients contacted, reviewed or resolved. Safe to send again with the same key."""
    step = recalls.Step(
        occasion=occasion(said),
        recall=code,
        patients=said["patients"],
        step=PatientState(said["step"]),
        note=said["note"],
        follow_up_on=said["follow_up_on"],
        departments=access.departments(),
    )
    return {"count": write(step.occasion, lambda session: recalls.record(session, step))}


@bp.post("/<code>/release")
@bp.arguments(RecallReleaseIn)
@bp.response(201, RecallCountOut)
def release(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Items that the notice does not mean after all, let go by another person than who opened it."""
    when = occasion(said)
    return {"count": write(when, lambda session: recalls.let_go(session, when, code, said["items"], said["reason"]))}


@bp.post("/<code>/explain")
@bp.arguments(RecallExplainIn)
@bp.response(201, RecallOut)
def explain(said: dict[str, Any], code: str) -> Recall:
    """Account in words for what cannot be found."""
    when = occasion(said)
    return write(when, lambda session: recalls.explain(session, when, code, said["quantity"], said["note"]))


@bp.post("/<code>/close")
@bp.arguments(Write)
@bp.response(201, RecallOut)
def close(said: dict[str, Any], code: str) -> Recall:
    """Close it: every unit accounted for, every patient resolved."""
    when = occasion(said)
    return write(when, lambda session: recalls.close(session, when, code))


@bp.post("/<code>/reopen")
@bp.arguments(RecallReasonIn)
@bp.response(201, RecallOut)
def reopen(said: dict[str, Any], code: str) -> Recall:
    """Open a closed recall again."""
    when = occasion(said)
    return write(when, lambda session: recalls.reopen(session, when, code, said["reason"]))


@bp.post("/<code>/withdraw")
@bp.arguments(RecallReasonIn)
@bp.response(202, RecallWholeOut)
def withdraw(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Its issuer has withdrawn it: begin to release everything. By another person than who opened it."""
    _, task = recalling.withdraw(occasion(said), code, said["reason"])
    return read(lambda session: _whole(session, recalls.get_recall(session, code))) | {"task": task}


def _whole(session: Session, recall: Recall) -> dict[str, Any]:
    told = {column.name: getattr(recall, column.name) for column in Recall.__table__.columns}
    preview = previewing.look(session, recall, at=clock.now())
    return told | {
        "matches": preview.matches,
        "touches": preview.whole,
        "counted_at": preview.counted_at,
        "counting": None if preview.work is None else {"done": preview.work.done, "total": preview.work.total},
        "balances": recalls.tie_out(session, recall) if recall.opened_at else [],
        "patients": recalls.standing(session, recall),
    }
