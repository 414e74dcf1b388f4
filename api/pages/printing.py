"""This file is labels that a page sends to a printer at once: which printer this device uses, and the job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app, make_response, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api import access
from api.access import may_open
from api.here import person, read
from api.i18n import gettext as _
from api.pages import verdicts
from api.pages.scanned import Said
from api.pages.verdicts import Verdict
from api.v1.printers import enqueued
from scanners import Unreadable
from scanners.labels import Label
from spd import labelling, stock
from spd.core.errors import NotAllowed, Refusal
from spd.labelling import Printer
from spd.labelling.queue import find_same
from spd.labelling.subjects import of_goods

COOKIE = "printer"
NONE = "-"
_YEAR = 365 * 24 * 3600


def context(session: Session, said: Said | None = None) -> dict[str, Any]:
    """The printers of the house, and the one this device uses: said now, remembered, or the only one there is."""
    printers = list(session.scalars(select(Printer).where(~Printer.retired).order_by(Printer.code)))
    wanted = (said.text("printer") if said else "") or request.cookies.get(COOKIE, "")
    if wanted != NONE and wanted not in [one.code for one in printers]:
        wanted = printers[0].code if len(printers) == 1 else NONE
    return {"printers": printers, "printer": wanted}


def chosen(session: Session, said: Said) -> Printer | None:
    """The printer that the labels of this act go to; None where they are to be opened as a file.

    Raises: UnknownPrinter; PrinterJammed unless this act has its job already.
    """
    code = said.text("printer")
    if code in ("", NONE):
        return None
    printer = labelling.get_printer(session, code)
    if find_same(session, said.occasion) is None:
        labelling.refuse_jammed(session, printer)
    return printer


def send(session: Session, said: Said, printer: Printer, labels: Sequence[Label]) -> int:
    """The number of the job of these labels, each a first print; the worker sends it within seconds.

    Raises: KeyReused, ReasonMissing, LabelTooSmall.
    """
    if same := find_same(session, said.occasion):
        return same.id
    wanted = labelling.count_prints(session, said.occasion, labels, medium="printer")
    return enqueued(session, said.occasion, printer, wanted).id


def refused(error: Refusal | Unreadable) -> Verdict:
    """What is said of an act that was refused; a jammed printer leads to its job, for those who may go on with it."""
    verdict = verdicts.refused(error)
    if not isinstance(error, labelling.PrinterJammed) or not may_open("pages.print_job", person()):
        return verdict
    number, mine = error.facts["job"], person().departments(*access.TABLE["pages.print_job"].roles)
    try:
        read(lambda session: labelling.get_seen(session, number, mine).id)
    except NotAllowed:
        return verdict
    return verdict | {"link": {"href": url_for("pages.print_job", number=number), "text": _("Go on with its job")}}


def of_items(session: Session, codes: Sequence[str]) -> list[Label]:
    """The labels of these items, in this order."""
    return [of_goods(one) for one in stock.goods_of(session, list(codes))]


def remembered(page: str | Response, said: Said | None) -> Response:
    """The answer, with the printer chosen in it kept for this device."""
    answer: Response = make_response(page)
    if said is not None and (code := said.text("printer")):
        secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
        answer.set_cookie(COOKIE, code, max_age=_YEAR, httponly=True, samesite="Lax", secure=secure)
    return answer
