"""This file is a scan as a page takes it: JSON from its script, a form without scripts; the same answer to both."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from flask import abort, g, jsonify, redirect, render_template, request, url_for
from marshmallow import ValidationError, fields, validate
from sqlalchemy import ColumnElement, func
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from api import identity, reading
from api.fields import Text, Write
from api.here import occasion
from api.i18n import gettext as _
from api.i18n import short
from api.pages import commands
from api.pages.verdicts import Verdict
from scanners import Scan, Unreadable
from spd.core import clock
from spd.core.errors import Refusal
from spd.core.ids import request_key
from spd.core.occasion import Occasion
from spd.stock import doubtful

_NOT_ANSWERS = frozenset(("scan", "state", "act", "csrf_token", "request_key"))


class SaidIn(Write):
    """What a page says: the codes of one label, or what was done by hand, and what the page stands on."""

    codes = fields.List(Text(longest=4000), load_default=list, validate=validate.Length(0, 20))
    act = Text(load_default="scan", longest=20)
    state = fields.Dict(load_default=dict)
    answers = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.Length(0, 4000)), load_default=dict
    )
    entered = fields.String(load_default="scanned", validate=validate.OneOf(["scanned", "keyed"]))
    reason = Text(load_default=None, allow_none=True, shortest=0, longest=40)


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing said on a scan page. `answers` are fields filled in beside the scan."""

    act: str
    scan: Scan | None
    state: dict[str, Any]
    answers: dict[str, str]
    occasion: Occasion

    def text(self, name: str) -> str:
        """An answer, trimmed; empty where there is none."""
        return self.answers.get(name, "").strip()

    def number(self, name: str) -> int | None:
        """An answer that is a whole number from 1."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000 else None


def heard() -> Said:
    """What this request says. The card that locks the device is answered at once, on every page.

    Raises: BadRequest, Unreadable, ClockSkewed, RequestKeyMissing.
    """
    said = sent()
    when = occasion(said)
    if said["entered"] == "keyed":  # kept with the movement: when and why scanning was not used
        when = replace(when, device=f"{when.device} keyed:{said['reason'] or ''}".strip()[:100])
    scan = one_label(said["codes"], keyed=said["entered"] == "keyed")
    if scan is not None and scan.ambiguous:  # a person has compared the readings with the label
        scan = doubtful.chosen(scan, said["answers"].get("reading", ""))
    if commands.find(scan) is commands.LOCK:
        _lock()
    return Said(
        act=said["act"],
        scan=scan,
        state=said["state"],
        answers=said["answers"],
        occasion=when,
    )


def sent() -> dict[str, Any]:
    """What this request sends, as `SaidIn` has it, with nothing read of its codes. Raises: BadRequest."""
    if "sent" not in g:
        try:
            g.sent = SaidIn().load(request.get_json() if request.is_json else _of_form())
        except ValidationError as wrong:
            error = BadRequest()
            error.data = {"messages": wrong.messages}  # type: ignore[attr-defined]
            raise error from None
    said: dict[str, Any] = g.sent
    return said


def stood() -> dict[str, Any]:
    """What the page stands on as it says, also where what was scanned cannot be read: a bad label loses nothing of it.

    Raises: BadRequest.
    """
    state: dict[str, Any] = sent()["state"]
    return state


def _lock() -> NoReturn:
    go = url_for("pages.sign_on" if identity.lock() else "pages.login", next=request.path)
    abort(jsonify({"class": "ok", "title": _("Locked"), "go": go, "state": {}}) if request.is_json else redirect(go))


def _of_form() -> dict[str, Any]:
    form = request.form
    scan = form.get("scan", "").strip()
    key = form.get("request_key")
    try:
        state = json.loads(form.get("state") or "{}")
    except ValueError:
        state = {}
    return {
        "codes": [scan] if scan else [],
        "act": form.get("act", "scan"),
        "state": state,
        "answers": {name: value for name, value in form.items() if name not in _NOT_ANSWERS},
        **({"request_key": key} if key else {}),
    }


def again(raw: str) -> Scan:
    """A label that was scanned before, as a page was asked for it or kept it. Raises: Unreadable, DeviceUnfit."""
    scan = one_label([raw])
    if scan is None:
        raise Unreadable("empty")
    return scan


def one_label(codes: Sequence[str], *, keyed: bool = False) -> Scan | None:
    """One reading of the codes of one label; what cannot be read beside what can is left.

    keyed: it was typed. Raises: Unreadable, DeviceUnfit.
    """
    scans: list[Scan] = []
    unreadable: Unreadable | None = None
    for code in (part for said in codes for part in reading.codes_of(said)):
        try:
            scans.append(reading.heard(code, keyed=keyed))
        except Unreadable as reason:
            unreadable = reason
    if scans:
        return scans[0] if len(scans) == 1 else reading.one_label(scans)
    if unreadable is not None:
        raise unreadable
    return None


def doubted_by(error: Refusal | Unreadable, said: Said | None) -> dict[str, Any] | None:
    """The readings of a label among which whoever scanned it may choose."""
    if not isinstance(error, doubtful.LabelInDoubt) or said is None or said.scan is None:
        return None
    told = doubtful.choosable(said.scan)
    return {"scan": said.scan.raw, "readings": told} if told else None


def answer(
    template: str, verdict: Verdict | None, *, state: dict[str, Any], parts: Sequence[str] = (), **context: Any
) -> Response | str:
    """The verdict with what the page stands on now: to a script as JSON with the parts drawn anew, else the page."""
    if request.is_json:
        drawn = {part: render_template(f"parts/{part}.html", state=state, **forms(state), **context) for part in parts}
        return jsonify({**(verdict or {}), "state": state, "parts": drawn})
    return render_template(template, verdict=verdict, state=state, **forms(state), **context)


def forms(state: dict[str, Any]) -> dict[str, Any]:
    """What a form of a page without scripts carries along: what it stands on, and the key of the act it will do."""
    return {
        "typed_fields": {
            "state": json.dumps(state, ensure_ascii=False),
            "request_key": str(request_key(clock.now())),
        }
    }


def nothing_scanned() -> Verdict:
    """The answer to an act that is none."""
    return {"class": "repeat", "title": _("Scan a code"), "unlisted": True}


def named_column(thing: Any) -> ColumnElement[str]:
    """The name of a thing (a table or its alias) in the language of this request, for a query to sort by."""
    return func.coalesce(func.nullif(thing.name_en, ""), thing.name) if short() == "en" else thing.name


def named(zh: str, en: str) -> str:
    """A name in the language of this request; the registered one where there is no other."""
    return en if short() == "en" and en else zh
