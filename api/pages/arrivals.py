"""This file is what is said at the bay of one note, and its verdict: a scan, a temperature, a join, a finish."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from api.here import person, read, write
from api.i18n import gettext as _
from api.i18n import ngettext
from api.pages import asides, commands, places
from api.pages.asides import day_of
from api.pages.scanned import Said, named, nothing_scanned
from api.pages.verdicts import Verdict, done, refused, told
from api.v1.deliveries import closed
from api.v1.inspections import inspected
from api.v1.printers import queued
from api.v1.receipts import measured, received
from api.whatis import what_is
from scanners import Scan
from spd import receiving, trace_codes
from spd.catalog import Product, find_packaging, get_product
from spd.catalog.changes import PackageSaid, bind_code
from spd.core.errors import NotAllowed, Refusal
from spd.places import Location, get_location
from spd.receiving import AsideKind, InspectionReason, Receipt
from spd.staff import Role
from spd.stock import LabelInDoubt
from spd.stock.doubtful import choosable
from spd.trace_codes.service import REASONS

_KEPT = ("location", "lots", "quarantine", "refused")


def kept(state: dict[str, Any]) -> dict[str, Any]:
    """What a page of the bay stands on: the place, what was keyed of lots, and how what is scanned now is treated."""
    return {name: value for name, value in state.items() if name in _KEPT and isinstance(value, str | dict)}


def act(said: Said, code: str, state: dict[str, Any]) -> Verdict:
    """What is said, done. Raises: what receiving raises, and is not answered by a question."""
    acts: dict[str, Callable[[], Verdict]] = {
        "finish": lambda: finish(said, code),
        "temperature": lambda: _temperature(said, code, state),
        "join": lambda: asides.join(said, said.number("number") or 0, said.text("other")),
        "mode": lambda: _mode(said, state),
        "forget": lambda: _forget(said, state),
        "inspect": lambda: _inspect(said, code),
        "bind": lambda: _bind(said),
        "print": lambda: _print(said, code),
    }
    if said.act in acts:
        return acts[said.act]()
    if commands.find(said.scan) is commands.RECEIVE_FINISH:
        return finish(said, code)
    return _take_in(said, code, state)


def _take_in(said: Said, code: str, state: dict[str, Any]) -> Verdict:
    if said.scan is None:
        return nothing_scanned()
    scan = said.scan
    if scan.is_own and (place := read(lambda session: _store_scanned(session, scan))):
        state["location"] = place.code
        return told(named(place.name, place.name_en), _("Goods are now received here."))
    if scan.trace_code and not scan.di:
        return _trace_code(said, code)
    product = read(lambda session: _product_of(session, scan))
    try:
        receipt = write(said.occasion, lambda session: received(session, _delivered(said, code, state, product)))
    except (LabelInDoubt, receiving.LotMissing, receiving.ExpiryMissing, receiving.TemperatureMissing) as error:
        return _asked(error, scan)
    except Refusal as error:
        return refused(error, read(lambda session: _name_of(session, scan)))
    _remember(said, state, receipt, product)
    if scan.sscc and receipt.items and not read(lambda session: _differs(session, said, code)):
        return finish(said, code)
    return read(lambda session: asides.answered(session, code, receipt, scan))


def _asked(error: Refusal, scan: Scan) -> Verdict:
    """A question that the person at the bay answers: lot and expiry once for a lot, the temperature once for a note."""
    what = "temperature" if isinstance(error, receiving.TemperatureMissing) else "lot"
    ask = {
        "what": what,
        "scan": scan.raw,
        "product": error.facts["product"],
        "lot": error.facts.get("lot", ""),
        "readings": choosable(scan) if isinstance(error, LabelInDoubt) else [],
    }
    return refused(error) | {"class": "repeat", "ask": ask}


def _delivered(said: Said, code: str, state: dict[str, Any], product: str) -> receiving.Delivered:
    assert said.scan is not None
    known = state.get("lots", {}).get(product) or {}
    scan = said.scan
    if scan.doubt is not None:  # what was keyed of another label holds for labels that lack it, not for doubtful ones
        known = {}
    lot = said.text("lot") or known.get("lot") or None
    same_lot = scan.lot in (None, known.get("lot"))
    expires_on = day_of(said.text("expires_on") or (known.get("expires_on") or "" if same_lot else ""))
    reason = state.get("quarantine")
    refused_as = state.get("refused")
    return receiving.Delivered(
        occasion=said.occasion,
        delivery=code,
        location=str(state.get("location") or read(places.stores)[0].code),
        arrivals=[
            receiving.Arrived(
                scan=scan,
                count=said.number("count") or 1,
                lot=lot,
                expires_on=expires_on,
                endless=bool(said.text("endless") or (known.get("endless") and same_lot)),
            )
        ],
        aside=True,
        ask_expiry=True,
        quarantine=receiving.Quarantine(reason=InspectionReason(reason)) if reason else None,
        refused=AsideKind(refused_as) if refused_as else None,
    )


def _remember(said: Said, state: dict[str, Any], receipt: Receipt, product: str) -> None:
    """What was keyed of a lot holds for the next labels of the product that lack it."""
    keyed = {name: said.text(name) for name in ("lot", "expires_on", "endless") if said.text(name)}
    if keyed and receipt.items and product:
        lot = receipt.items[0].lot
        state["lots"] = state.get("lots", {}) | {product: {"lot": lot} | keyed}


def _forget(said: Said, state: dict[str, Any]) -> Verdict:
    product = said.text("product")
    state["lots"] = {name: lot for name, lot in state.get("lots", {}).items() if name != product}
    return told(_("The next label is asked for its lot again"), product)


def _mode(said: Said, state: dict[str, Any]) -> Verdict:
    """How what is scanned next is treated: received, received but held for a reason, or put aside as damaged."""
    mode = said.text("mode")
    state.pop("quarantine", None)
    state.pop("refused", None)
    if mode == AsideKind.DAMAGED.value:
        state["refused"] = mode
        return told(_("What is scanned now is put aside as damaged"))
    if mode in [reason.value for reason in InspectionReason]:
        state["quarantine"] = mode
        return told(_("What is scanned now is held for inspection"))
    return told(_("What is scanned now is received"))


def _temperature(said: Said, code: str, state: dict[str, Any]) -> Verdict:
    tenths = _tenths(said.text("degrees"))
    if tenths is None:
        raise receiving.NoTemperature(tenths=said.text("degrees") or "–")
    told_so = receiving.Measured(occasion=said.occasion, delivery=code, tenths=tenths)
    write(said.occasion, lambda session: measured(session, told_so).tenths)
    if said.scan is not None:
        return _take_in(said, code, state)
    return told(_("The temperature is on record"), f"{said.text('degrees')} °C")


def _tenths(text: str) -> int | None:
    try:
        tenths = Decimal(text.replace(",", ".").replace("−", "-")) * 10
    except InvalidOperation:
        return None
    return int(tenths) if tenths.is_finite() and tenths == tenths.to_integral_value() and abs(tenths) < 10_000 else None


def _inspect(said: Said, code: str) -> Verdict:
    """A line is looked at: good, or held for a reason."""
    reason = said.text("reason")
    found = receiving.Inspected(
        occasion=said.occasion,
        delivery=code,
        line=said.number("line"),
        reason=InspectionReason(reason) if reason in [one.value for one in InspectionReason] else None,
        note=said.text("note"),
    )
    made = write(said.occasion, lambda session: len(inspected(session, found)))
    if found.reason is None:
        return told(_("Inspected: good"), _("Line %(n)s") % {"n": found.line})
    return told(_("Held for inspection"), ngettext("One item", "%(num)s items", made) % {"num": made})


def _bind(said: Said) -> Verdict:
    """A buyer says which product an unknown code is; then the piece put aside is received."""
    if Role.BUYER not in person().roles:
        raise NotAllowed()
    scan = said.scan
    if scan is None or scan.di is None:
        return nothing_scanned()
    package = PackageSaid(code=scan.di, issuer=scan.issuer or "", base_units=said.number("base_units") or 1)

    def bound(session: Session) -> None:
        bind_code(session, said.occasion, get_product(session, said.text("product")), package)

    write(said.occasion, bound)
    return asides.join(said, said.number("number") or 0)


def _print(said: Said, code: str) -> Verdict:
    """The labels of this note that were never printed, in a printer's queue."""
    printer = said.text("printer")

    def act(session: Session) -> int:
        codes = asides.unprinted(session, code)
        if not codes:
            return 0
        wanted = [{"kind": "item", "code": one} for one in codes]
        return int(queued(session, said.occasion, {"printer": printer, "labels": wanted, "reason": ""})["total"])

    count = write(said.occasion, act)
    return told(_("In the queue of %(printer)s") % {"printer": printer}, str(count))


def finish(said: Said, code: str) -> Verdict:
    """The note finished; with differences first the list of them, each reason one tap."""
    reason = " · ".join(part for part in (said.text("reason"), said.text("note")) if part)
    try:
        write(said.occasion, lambda session: closed(session, said.occasion, code, reason))
    except receiving.DifferenceUnexplained as error:
        return refused(error) | {"class": "caution", "unlisted": True, "ask": {"what": "reason"}}
    return told(_("Receiving finished"), code, go=url_for("pages.receive", finished=code))


def _differs(session: Session, said: Said, code: str) -> bool:
    found = receiving.differences(session, receiving.get_delivery(session, code), on=said.occasion.day)
    return bool(found)


def _trace_code(said: Said, code: str) -> Verdict:
    """A bare trace code came with the goods: noted as arrived with all that is packed in it."""
    assert said.scan is not None
    assert said.scan.trace_code is not None
    noted = trace_codes.Done(codes=(said.scan.trace_code,), act=trace_codes.Act.ARRIVE, reference=code)
    found = write(said.occasion, lambda session: trace_codes.act(session, said.occasion, noted))
    if found.alarms:
        zh, en = REASONS[found.alarms[0][1]]
        return {
            "class": "caution",
            "title": named(zh, en),
            "what": found.alarms[0][0],
            "do": _("Keep the goods apart and hold them: it is on the list of trace code alarms."),
        }
    return done(_("Trace code noted"), said.scan.trace_code, count=found.pieces, count_label=_("pieces"))


def _store_scanned(session: Session, scan: Scan) -> Location | None:
    found = what_is(session, scan)
    return get_location(session, found["code"]) if found["kind"] == "location" else None


def _product_of(session: Session, scan: Scan) -> str:
    packaging = find_packaging(session, scan.di) if scan.di else None
    return session.get_one(Product, packaging.product_id).code if packaging else ""


def _name_of(session: Session, scan: Scan) -> str:
    """What a refused scan was of, where that is known."""
    found = what_is(session, scan)
    name = "" if found["kind"] == "unknown" else named(found["name"], found["name_en"])
    return " · ".join(part for part in (name, scan.lot or "") if part)
