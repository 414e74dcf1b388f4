"""This file is /loaner-sets: what a supplier brings for an operation, counted in and out by two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import access, approval
from api.here import occasion, read, write
from api.noun import Noun
from api.paging import paged
from api.v1.loaner_schemas import (
    SetArrivalIn,
    SetDoneOut,
    SetEndIn,
    SetIn,
    SetLossIn,
    SetLossOut,
    SetsAsked,
    SetsOut,
    SetWholeOut,
    TrayCountIn,
)
from spd import disposal, theatre
from spd.disposal import Asked, Kind, ToDispose, Why
from spd.encounters import Encounter
from spd.parties import Party
from spd.places import Location
from spd.stock.loaned import LoanerSet, get_set, lines_of, select_sets
from spd.stock.sterility import Sterilisation, last_of
from spd.theatre import Counted, CountedIn, CountedOut, ListedLine, SetEnding, SetListed

bp = Noun("loaner-sets", "Sets a supplier lends for an operation: brought in = used + brought out + lost.")


def rows(departments: frozenset[int] | None) -> Any:
    """Sets with the names of what they point to."""
    return (
        select_sets(departments)
        .join(Party, Party.id == LoanerSet.supplier_id)
        .outerjoin(Encounter, Encounter.id == LoanerSet.encounter_id)
        .add_columns(Party.code.label("supplier"), Location.code.label("location"))
        .add_columns(Encounter.code.label("encounter"))
    )


def _told(row: Any) -> dict[str, Any]:
    loaned, *_figures = row
    names = ("id", "code", "name", "representative", "operation", "standing", "listed_at")
    return {**row._mapping, **{name: getattr(loaned, name) for name in names}}


def whole(session: Session, code: str, departments: frozenset[int] | None) -> dict[str, Any]:
    """One set with its lines. Raises: UnknownSet."""
    loaned = get_set(session, code, departments=departments)
    told = _told(session.execute(rows(None).where(LoanerSet.id == loaned.id)).one())
    lines = [
        {
            **{name: getattr(one.line, name) for name in (
                "line", "lot", "serial", "expires_on", "unit_price", "listed", "brought",
            )},
            "product": one.product.code, "name": one.product.name, "name_en": one.product.name_en,
            "base_unit": one.product.base_unit, "used": one.used, "out": one.out, "lost": one.lost, "left": one.left,
        }
        for one in lines_of(session, loaned)
    ]  # fmt: skip
    sterile = session.scalar(last_of(Sterilisation.set_id == loaned.id))
    return told | {"lines": lines, "sterile": sterile}


def unsettled(session: Session, departments: frozenset[int] | None) -> int:
    """How many sets have something left that nobody has accounted for."""
    sets = rows(departments).subquery()
    return session.scalar(select(func.count()).where(sets.c.left > 0)) or 0


@bp.get("")
@bp.arguments(SetsAsked, location="query")
@bp.response(200, SetsOut)
def listing(asked: dict[str, Any]) -> dict[str, Any]:
    """Loaner sets, in the order listed."""
    query = rows(access.departments()).where(LoanerSet.id > asked["after"])
    if "standing" in asked:
        query = query.where(LoanerSet.standing == asked["standing"])
    query = query.order_by(LoanerSet.id)
    if asked["unsettled"]:
        ids = select_sets().subquery()
        query = query.where(LoanerSet.id.in_(select(ids.c.id).where(ids.c.left > 0)))
    limited = query.limit(asked["limit"] + 1)
    found = read(lambda session: [_told(row) for row in session.execute(limited)])
    return paged("sets", found, asked["limit"], lambda row: int(row["id"]))


@bp.post("")
@bp.arguments(SetIn())
@bp.response(201, SetDoneOut)
def announce(said: dict[str, Any]) -> dict[str, Any]:
    """Say what a set will hold. Nothing is in the hospital before it is counted in."""
    names = ("name", "supplier", "location", "representative", "card", "operation")
    asked = SetListed(
        occasion=occasion(said), encounter=said.get("encounter"), departments=access.departments(),
        lines=[ListedLine(**line) for line in said["lines"]], **{name: said[name] for name in names},
    )  # fmt: skip
    return _done(asked, lambda session: theatre.list_set(session, asked))


def _done(asked: Any, act: Callable[[Session], tuple[LoanerSet, bool]]) -> dict[str, Any]:
    def do(session: Session) -> dict[str, Any]:
        loaned, repeated = act(session)
        return whole(session, loaned.code, None) | {"repeated": repeated}

    return write(asked.occasion, do)


@bp.get("/<path:code>")
@bp.response(200, SetWholeOut)
def show(code: str) -> dict[str, Any]:
    """One set with its lines: what is left of each is said."""
    return read(lambda session: whole(session, code, access.departments()))


def _pieces(said: dict[str, Any]) -> list[Counted]:
    return [Counted(scan=piece["scan"], quantity=piece["quantity"]) for piece in said["pieces"]]


@bp.post("/<path:code>/arrival")
@bp.arguments(SetArrivalIn())
@bp.response(201, SetDoneOut)
def arrive(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Count a set in: every piece by scan, by two people. A count that differs is refused, or taken with a note."""
    asked = CountedIn(
        occasion=occasion(said), set=code, pieces=_pieces(said), as_counted=said["as_counted"], note=said["note"],
        seen_by_id=approval.witness(said["second"], said["pin"]), override=said["override"],
        departments=access.departments(),
    )  # fmt: skip
    return _done(asked, lambda session: theatre.count_in(session, asked))


@bp.post("/<path:code>/departure")
@bp.arguments(TrayCountIn())
@bp.response(201, SetDoneOut)
def depart(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Count out what goes back with its supplier; in as many parts as it takes."""
    asked = CountedOut(
        occasion=occasion(said), set=code, pieces=_pieces(said), note=said["note"],
        seen_by_id=approval.witness(said["second"], said["pin"]), departments=access.departments(),
    )  # fmt: skip
    return _done(asked, lambda session: theatre.count_out(session, asked))


@bp.post("/<path:code>/losses")
@bp.arguments(SetLossIn())
@bp.response(201, SetLossOut)
def lose(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Say that something of a set cannot be found. It is lost when another person has approved the write-off."""
    when, mine = occasion(said), access.departments()
    asked = ToDispose(
        occasion=when, kind=Kind.WRITE_OFF, lines=[Asked(item=said["item"], quantity=said["quantity"])],
        reason=Why.LOST, note=said["note"], departments=mine,
    )  # fmt: skip

    def act(session: Session) -> dict[str, Any]:
        theatre.refuse_foreign(session, get_set(session, code, departments=mine), said["item"])
        return {"document": disposal.ask(session, asked)[0].code}

    return write(when, act)


@bp.post("/<path:code>/close")
@bp.arguments(SetEndIn())
@bp.response(201, SetDoneOut)
def close(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Close a set: refused with what is missing, as long as anything is."""
    asked = SetEnding(occasion=occasion(said), set=code, departments=access.departments())
    return _done(asked, lambda session: theatre.close(session, asked))


@bp.post("/<path:code>/withdraw")
@bp.arguments(SetEndIn())
@bp.response(201, SetDoneOut)
def withdraw(said: dict[str, Any], code: str) -> dict[str, Any]:
    """Give up a set of which nothing came."""
    asked = SetEnding(occasion=occasion(said), set=code, departments=access.departments())
    return _done(asked, lambda session: theatre.withdraw(session, asked))
