"""This file is a kit at the bedside: opened by its use on a patient, with a line for each thing that was in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for

from api import access, intercepted
from api.here import person, read
from api.i18n import gettext as _
from api.i18n import ngettext
from api.pages import ward
from api.pages.patient_token import standing_on
from api.pages.scanned import Said, named
from api.pages.verdicts import Verdict, checked_of, done, refused
from scanners import Scan
from spd import consumption, stock
from spd.core.errors import Refusal
from spd.encounters import Encounter, StayNumber


def book(
    said: Said,
    scan: Scan,
    found: dict[str, Any],
    patient: Encounter,
    state: dict[str, Any],
    second: consumption.Approval | None = None,
) -> tuple[Verdict, dict[str, Any]]:
    """Everything in the kit booked on the patient; each thing can be undone."""
    name = named(found["name"], found["name_en"])
    asked = consumption.UseScanned(
        occasion=said.occasion,
        item=found["code"],
        encounter=StayNumber(patient.code),
        raw_scan=scan.raw.encode("utf-8", "surrogateescape"),
        departments=access.departments(),
        approval=second,
    )
    try:
        used = intercepted.use_kit(asked)
    except Refusal as error:
        if rules := error.facts.get("second_person"):
            state |= {"asked": scan.raw, "rules": str(rules)}
        return refused(error, name), state
    state = standing_on(patient, said.occasion.occurred_at, state.get("alerts", ""))
    if used.repeated:
        return {"class": "repeat", "code": "E03", "title": _("Recorded – not counted again"), "what": name}, state
    inside = ngettext("1 thing in it is charged", "%(num)s things in it are charged", len(used.items)) % {
        "num": len(used.items)
    }
    hint = _("What was not needed: undo it in the list.")
    verdict = done(
        name, f"{inside} · {checked_of(used)}. {hint}", cautions=used.cautions, pieces=pieces(used, _undo_url)
    )
    verdict["count"] = read(lambda session: ward.count_today(session, patient, person().id, said.occasion.day))
    return verdict, state


def _undo_url(movement: int) -> str:
    return url_for("pages.bedside_undo", movement=movement)


def pieces(used: consumption.KitUse, undo_url: Callable[[int], str]) -> list[Verdict]:
    """A line for each thing of a kit that was used: what was not needed is undone there."""
    found = read(lambda session: stock.goods.goods_with(session, used.items))
    moved = dict(zip(used.items, used.movement_ids, strict=True))
    return [
        {
            "title": named(found[code].name, found[code].name_en),
            "note": f"{_('Lot')} {found[code].lot} · {code}",
            "undo": undo_url(moved[code]),
        }
        for code in reversed(used.items)
    ]
