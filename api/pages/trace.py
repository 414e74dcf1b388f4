"""This file is the page of trace: the life of one code as a chain, or where everything of a lot is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access, patients
from api.here import person, read
from api.pages import binding, bp, chain
from api.pages.scanned import again
from api.pages.verdicts import refused
from scanners import Scan, Unreadable
from spd import stock, tracing
from spd.catalog import Lot
from spd.core.errors import NotAllowed, NotFound, Refusal, Refused
from spd.ledger import find_item_state


@bp.get("/trace")
def trace() -> str | Response:
    """The life of a code (`code`, or a `scan` of it), or a lot (`lot`, and `product`)."""
    asked = {name: request.args.get(name, "").strip() for name in ("code", "scan", "lot", "product")}
    found: dict[str, Any] = {"item": None, "lots": []}
    problem = None
    if any(asked.values()):
        try:
            found |= read(lambda session: _find(session, asked))
        except Refusal as error:
            scan = _scanned(asked["scan"])
            if scan and scan.trace_code and access.may_open("pages.trace_code", person()):
                return redirect(url_for("pages.trace_code", code=scan.trace_code))
            problem = refused(error)
            if scan:
                problem = binding.offered(problem, scan, url_for("pages.trace", scan=asked["scan"]))
    shown = asked["code"] or asked["lot"] or asked["scan"]
    sees, alarms = patients.sees_patients(), access.may_open("pages.trace_codes", person())
    nodes = chain.nodes(found["item"]) if found["item"] else []
    return render_template(
        "trace.html",
        asked=shown,
        problem=problem,
        nodes=nodes,
        sees_patients=sees,
        names=chain.names(),
        alarms=alarms,
        **found,
    )


def _find(session: Session, asked: dict[str, str]) -> dict[str, Any]:
    """What was asked for, without the patients who are none of the reader's. Raises: NothingFound, NotAllowed."""
    seen = patients.of_departments(session)
    code = asked["code"] or (None if asked["lot"] else _item_code(session, asked["scan"]))
    if code and not asked["lot"]:
        item = tracing.trace_item(session, code, departments=access.departments())
        return {"item": replace(item, hops=_hidden(item.hops, seen))}
    lots = _lots(session, asked["lot"] or _lot_of(session, asked["scan"]), asked["product"] or None)
    return {"lots": [replace(lot, uses=_hidden(lot.uses, seen)) for lot in lots]}


def _hidden(hops: Sequence[tracing.Hop], seen: frozenset[str] | None) -> tuple[tracing.Hop, ...]:
    """The movements, without the patients of other departments."""
    return tuple(
        hop if seen is None or hop.department in seen else replace(hop, patient_name=None, encounter=None)
        for hop in hops
    )


def _item_code(session: Session, raw: str) -> str | None:
    """The item a scan or a typed code is on, if it is on one."""
    if find_item_state(session, raw):
        return raw
    scan = _scanned(raw)
    if scan is None:
        return None
    try:
        code = stock.item_code(session, scan, departments=access.departments())
    except (NotFound, Refused):
        return None
    return code if find_item_state(session, code) else None


def _lot_of(session: Session, raw: str) -> str:
    if session.scalar(select(Lot.id).where(Lot.code == raw).limit(1)):
        return raw
    scan = _scanned(raw)
    return (scan.lot if scan else None) or raw


def _scanned(raw: str) -> Scan | None:
    try:
        return again(raw)
    except Unreadable:
        return None


def _lots(session: Session, lot: str, product: str | None) -> list[tracing.LotTrace]:
    row = access.TABLE["trace.lot"]
    if not person().roles & row.roles:
        raise NotAllowed()
    return tracing.trace_lot(session, lot, product)
