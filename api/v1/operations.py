"""This file is /operations: planned, opened by scan, drawn for, ended, confirmed by two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from api import access, intercepted, operating
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.operation_schemas import (
    OperationBackIn,
    OperationChangeIn,
    OperationDoneOut,
    OperationDrawIn,
    OperationEndIn,
    OperationIn,
    OperationMovedOut,
    OperationOpeningIn,
    OperationReasonIn,
    OperationsAsked,
    OperationSignIn,
    OperationsOut,
    OperationWasteIn,
    OperationWasteOut,
    OperationWholeOut,
)
from spd import theatre
from spd.core import clock
from spd.core.occasion import Occasion
from spd.places import Location
from spd.theatre import (
    OpeningScanned,
    Operation,
    OperationAct,
    OperationChanged,
    OperationPlanned,
    Part,
    Procedure,
    Signed,
    ToDraw,
    ToReturn,
)
from spd.theatre.overdue import is_overdue, limits

bp = Noun("operations", "Operations: drawn = used + returned + wasted + still out, confirmed by two people.")


@bp.get("")
@bp.arguments(OperationsAsked, location="query")
@bp.response(200, OperationsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Operations, in the order planned."""
    mine = access.departments()

    def ask(session: Session) -> list[dict[str, Any]]:
        query = operating.rows().where(Operation.id > asked["after"])
        if mine is not None:
            query = query.where(Location.department_id.in_(mine))
        if "standing" in asked:
            query = query.where(Operation.standing == asked["standing"])
        if "room" in asked:
            query = query.where(Location.code == asked["room"])
        if asked["overdue"]:
            query = query.where(is_overdue(limits(session, clock.now())))
        limited = query.order_by(Operation.id).limit(asked["limit"] + 1)
        return [operating.told(row) for row in session.execute(limited)]

    return paged("operations", read(ask), asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(OperationIn())
@bp.response(201, OperationDoneOut)
def plan(said: dict[str, Any]) -> dict[str, Any]:
    """Put an operation on the plan. Said again under its number with the same content, nothing is done."""
    names = ("encounter", "room", "planned_at", "surgeon", "nurse", "code", "wanted")
    asked = OperationPlanned(
        occasion=occasion(said), procedures=[Procedure(**one) for one in said["procedures"]],
        departments=access.departments(), **{name: said[name] for name in names},
    )  # fmt: skip
    return _done(asked.occasion, lambda session: theatre.plan(session, asked))


def _done(when: Occasion, act: Callable[[Session], tuple[Operation, bool]]) -> dict[str, Any]:
    def do(session: Session) -> dict[str, Any]:
        operation, repeated = act(session)
        return operating.whole(session, operation.code, None) | {"repeated": repeated}

    return write(when, do)


@bp.post("/openings")
@bp.arguments(OperationOpeningIn())
@bp.response(201, OperationDoneOut)
def open_one(said: dict[str, Any]) -> dict[str, Any]:
    """Open an operation by what was scanned: its number, or the patient's wristband and the room."""
    names = ("operation", "encounter", "room")
    asked = OpeningScanned(
        occasion=occasion(said), departments=access.departments(), **{name: said[name] for name in names}
    )  # fmt: skip
    with intercepted.keeping(asked.occasion):
        return _done(asked.occasion, lambda session: theatre.open_operation(session, asked))


@bp.get("/<path:code>")
@bp.response(200, OperationWholeOut)
def show(code: str) -> dict[str, Any]:
    """One operation: what was drawn, used, brought back and wasted, what is out, and who has signed."""
    return read(lambda session: operating.whole(session, code, access.departments()))


@bp.post("/<path:code>/changes")
@bp.arguments(OperationChangeIn())
@bp.response(201, OperationDoneOut)
def change(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Change the plan; after the beginning only surgeon and circulating nurse."""
    names = ("room", "planned_at", "surgeon", "nurse")
    listed = said.get("procedures")
    asked = OperationChanged(
        occasion=occasion(said), operation=code, departments=access.departments(),
        procedures=None if listed is None else [Procedure(**one) for one in listed],
        **{name: said[name] for name in names if name in said},
    )  # fmt: skip
    return _done(asked.occasion, lambda session: theatre.change(session, asked))


@bp.post("/<path:code>/draws")
@bp.arguments(OperationDrawIn())
@bp.response(201, OperationMovedOut)
def draw(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Scan things out to an operation: they are in its room then."""
    asked = ToDraw(occasion=occasion(said), operation=code, items=said["items"], departments=access.departments())
    return operating.draw(asked)


@bp.post("/<path:code>/returns")
@bp.arguments(OperationBackIn())
@bp.response(201, OperationMovedOut)
def bring_back(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Bring back what was not used."""
    asked = ToReturn(
        occasion=occasion(said), operation=code, items=said["items"], to=said["to"], departments=access.departments()
    )  # fmt: skip
    return operating.bring_back(asked)


@bp.post("/<path:code>/wastes")
@bp.arguments(OperationWasteIn())
@bp.response(201, OperationWasteOut)
def waste(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Say that something drawn was spoilt or lost. It is wasted when another person has approved the write-off."""
    asked = operating.to_waste(occasion(said), said["item"], said["quantity"], said["reason"], access.departments())
    return {"document": operating.waste(code, asked)}


def _act(said: dict[str, Any], code: str) -> OperationAct:
    return OperationAct(
        occasion=occasion(said), operation=code, reason=said.get("reason", ""), departments=access.departments()
    )  # fmt: skip


@bp.post("/<path:code>/end")
@bp.arguments(OperationEndIn())
@bp.response(201, OperationDoneOut)
def end(said: dict[str, Any], code: str) -> dict[str, Any]:
    """End an operation: what it used waits to be confirmed."""
    asked = _act(said, code)
    return _done(asked.occasion, lambda session: theatre.end(session, asked))


@bp.post("/<path:code>/cancel")
@bp.arguments(OperationReasonIn())
@bp.response(201, OperationDoneOut)
def cancel(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Give an operation up, as long as nothing is booked."""
    asked = _act(said, code)
    return _done(asked.occasion, lambda session: theatre.cancel(session, asked))


@bp.post("/<path:code>/reopen")
@bp.arguments(OperationReasonIn())
@bp.response(201, OperationDoneOut)
def reopen(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Open an ended operation again, or the confirmation of a confirmed one."""
    asked = _act(said, code)
    return _done(asked.occasion, lambda session: theatre.resume(session, asked))


@bp.post("/<path:code>/signatures")
@bp.arguments(OperationSignIn())
@bp.response(201, OperationDoneOut)
def sign(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Sign for what an operation used, as its surgeon or its circulating nurse; both have signed: it is confirmed."""
    signed = Signed(
        occasion=occasion(said), operation=code, part=Part(said["part"]), staff_id=0, departments=access.departments()
    )  # fmt: skip
    operation, repeated = operating.sign(signed, said["badge"], said["pin"])
    return read(lambda session: operating.whole(session, operation.code, None)) | {"repeated": repeated}
