"""This file is what came of a scan at the bay, in words: received, held, or put aside with what to do about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.here import person, write
from api.i18n import gettext as _
from api.i18n import short
from api.pages.scanned import Said, named
from api.pages.verdicts import Verdict, done, refused, told
from api.v1.receiving_exceptions import arrived_again, taken_in
from scanners import Scan, own
from scanners.calendar_days import from_yymmdd, from_yyyymmdd
from spd import receiving
from spd.core import clock
from spd.labelling import LabelPrint
from spd.ledger import Item
from spd.receiving import AsideKind, InspectionResult, LineState, Receipt
from spd.receiving.aside import PutAside
from spd.receiving.closing import NEAR, SHORT
from spd.receiving.cold import degrees
from spd.receiving.inspecting import REASONS
from spd.staff import Role
from spd.stock import LabelInDoubt

AT_ONCE = 200  # what one job of labels may hold


def kind_names() -> dict[str, str]:
    """What each kind of a piece put aside is called."""
    return {
        AsideKind.OVER.value: _("over"),
        AsideKind.UNEXPECTED.value: _("not on the note"),
        AsideKind.UNKNOWN.value: _("code not known"),
        AsideKind.EXPIRED.value: _("expired"),
        AsideKind.NEAR_EXPIRY.value: _("too near its expiry"),
        AsideKind.MISLABELLED.value: _("label in doubt"),
        AsideKind.TAKEN.value: _("code used before"),
        AsideKind.UNLICENSED.value: _("licence does not hold"),
        AsideKind.RECALLED.value: _("recalled"),
        AsideKind.DAMAGED.value: _("damaged"),
        AsideKind.TEMPERATURE.value: _("temperature"),
    }


def answered(session: Session, code: str, receipt: Receipt, scan: Scan) -> Verdict:
    """The verdict on a scan that was received, put aside, or both."""
    if receipt.items:
        return _received(session, code, receipt, scan)
    if receipt.asides:
        return _aside(receipt.asides[0], scan)
    title = _("Already received on this note") if receipt.already else _("Put aside before")
    return {
        "class": "repeat",
        "code": "E03",
        "title": title,
        "what": ", ".join(receipt.already),
        "do": _("It is not counted again."),
    }


def _received(session: Session, code: str, receipt: Receipt, scan: Scan) -> Verdict:
    item = receipt.items[0]
    lines = receiving.lines_received(session, receiving.get_delivery(session, code))
    mine = [line for line in lines if line.product == item.product and line.lot in ("", item.lot)]
    came, stated = sum(line.received for line in mine), sum(line.quantity for line in mine)
    facts = [f"{_('Lot')} {item.lot}", f"{_('Expires')} {item.expires_on or '–'}", _("expiry checked")]
    if not item.owned:
        facts.append(_("pre-received: still the supplier's"))
    quantity = sum(one.quantity for one in receipt.items)
    verdict = done(
        named(item.name, item.name_en),
        " · ".join(facts),
        cautions=receipt.cautions,
        count=came,
        count_label=f"/ {stated} {mine[0].base_unit if mine else ''}",
        note=f"+{quantity} · {item.lot}",
    )
    if receipt.asides:
        over = receipt.asides[0]
        what = _("%(n)s over: put aside, not received") % {"n": over.quantity}
        return verdict | {"class": "caution", "code": "E09", "what": what, "ask": _join(over)}
    return verdict | {"ask": _rest(scan, quantity, mine)}


def _rest(scan: Scan, quantity: int, lines: list[LineState]) -> dict[str, Any] | None:
    """The packages of the same kind that the lines still want, offered as one tap."""
    left = sum(line.quantity - line.received for line in lines)
    count = left // quantity if quantity and not scan.serial and not scan.sscc else 0
    return {"what": "rest", "scan": scan.raw, "count": count, "quantity": count * quantity} if count > 1 else None


def _aside(one: PutAside, scan: Scan) -> Verdict:
    """What was put aside and why; what may go on is a caution, what must not is a stop."""
    name = named(one.name, one.name_en) if one.product else scan.di or scan.data
    until = f"{_('Expires')} {one.expires_on}" if one.expires_on else ""
    what = " · ".join(part for part in (name, one.lot, until, f"× {one.quantity}") if part)
    if one.other:
        return {
            "class": "caution",
            "code": "E10",
            "title": _("Belongs to note %(note)s. Join?") % {"note": one.other},
            "what": what,
            "do": _("Tap to receive it there; else it stays aside."),
            "note": _("put aside"),
            "ask": _join(one),
        }
    kind = AsideKind(one.kind)
    error, grave, do = _ADVICE[kind]
    verdict: Verdict = {
        "class": "stop" if grave else "caution",
        "code": error,
        "title": _("Not received: %(why)s") % {"why": kind_names()[one.kind]},
        "what": what,
        "do": _words(do),
        "note": _("put aside"),
    }
    if kind is AsideKind.UNKNOWN and Role.BUYER in person().roles and scan.di:
        verdict["ask"] = {"what": "bind", "scan": scan.raw, "number": one.number}
    return verdict


_ADVICE: dict[AsideKind, tuple[str, bool, str]] = {
    AsideKind.OVER: ("E09", False, "over"),
    AsideKind.UNEXPECTED: ("E10", False, "aside"),
    AsideKind.UNKNOWN: ("E01", True, "unknown"),
    AsideKind.EXPIRED: ("E06", True, "return"),
    AsideKind.NEAR_EXPIRY: ("E07", True, "return"),
    AsideKind.MISLABELLED: ("E01", True, "label"),
    AsideKind.TAKEN: ("E03", True, "apart"),
    AsideKind.UNLICENSED: ("E11", True, "return"),
    AsideKind.RECALLED: ("E08", True, "return"),
    AsideKind.DAMAGED: ("", False, "aside"),
    AsideKind.TEMPERATURE: ("", False, "return"),
}


def _words(do: str) -> str:
    return {
        "over": _("More than the note states. Put it aside; it is on the list."),
        "aside": _("Put it aside; it is on the list."),
        "unknown": _("Put it on the exception shelf. A buyer binds the code; then it can be received."),
        "return": _("Put it in the return area; it is on the list."),
        "label": _("Compare the label with the goods; put it aside until that is clear."),
        "apart": _("Two things carry one code. Keep both apart and tell the store."),
    }[do]


def _join(one: PutAside) -> dict[str, Any] | None:
    return {"what": "join", "number": one.number, "note": one.other} if one.other else None


def join(said: Said, number: int, other: str = "") -> Verdict:
    """A piece put aside, received on the note it belongs to; empty is its own. Raises: what receiving raises."""
    arrived = arrived_again(number, lot=said.text("lot") or None, expires_on=day_of(said.text("expires_on")))
    taken = receiving.TakenIn(occasion=said.occasion, number=number, arrived=arrived, delivery=other)
    try:
        receipt = write(said.occasion, lambda session: taken_in(session, taken))
    except (LabelInDoubt, receiving.LotMissing) as error:
        ask = {
            "what": "lot",
            "number": number,
            "other": other,
            "product": error.facts["product"],
            "lot": "",
            "scan": "",
        }
        return refused(error) | {"class": "repeat", "ask": ask}
    item = receipt.items[0]
    return told(
        _("Received on note %(note)s") % {"note": receipt.delivery},
        f"{named(item.name, item.name_en)} · {item.lot} · +{sum(one.quantity for one in receipt.items)}",
    )


def day_of(text: str) -> date | None:
    """A day as a form sends it: whole, or in six or eight digits as on a label, where day 00 is the month's last."""
    plain = "".join(text.split())
    if plain.isascii() and plain.isdigit() and len(plain) in (6, 8):
        return from_yymmdd(plain, clock.now().date()) if len(plain) == 6 else from_yyyymmdd(plain)
    try:
        return date.fromisoformat(plain)
    except ValueError:
        return None


def unprinted(session: Session, code: str) -> list[str]:
    """The codes of a note's items that we print ourselves and have not printed, the oldest first."""
    lines = [line.id for line in receiving.get_delivery(session, code).lines]
    printed = select(LabelPrint.code).where(LabelPrint.code == Item.code).exists()
    query = (
        select(Item.code)
        .where(Item.receipt_line_id.in_(lines), Item.parent_id.is_(None), ~printed)
        .where(func.length(Item.code) == own.LENGTH)
        .order_by(Item.id)
        .limit(AT_ONCE)
    )
    return [one for one in session.scalars(query) if own.is_own(one)]


def finding_names() -> dict[str, str]:
    """What each finding of an inspection is called."""
    return {reason.value: (en if short() == "en" else zh) for reason, (zh, en) in REASONS.items()}


def result_names() -> dict[str, str]:
    """What an inspection can come to."""
    return {
        InspectionResult.HELD.value: _("held"),
        InspectionResult.PASSED.value: _("good"),
        InspectionResult.ACCEPTED.value: _("accepted"),
        InspectionResult.REFUSED.value: _("refused, goes back"),
    }


RESULT_COLOURS = {
    InspectionResult.HELD.value: "caution",
    InspectionResult.PASSED.value: "ok",
    InspectionResult.ACCEPTED.value: "ok",
    InspectionResult.REFUSED.value: "stop",
}


def words() -> dict[str, Any]:
    """The words that the page of a note is drawn with."""
    return {
        "aside_names": kind_names(),
        "finding_names": finding_names(),
        "difference_names": kind_names() | {SHORT: _("short"), NEAR: _("near its expiry")},
        "degrees": degrees,
    }
