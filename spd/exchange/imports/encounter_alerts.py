"""This file is the column of a list of stays that says what patients must not get; an empty cell says nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from uuid import uuid5

from spd.encounters import Alert, StayNumber, tell_alerts
from spd.exchange.imports.encounter_events import refuse_led
from spd.exchange.imports.kind import Importing, More
from spd.exchange.imports.plan import FieldChange
from spd.exchange.tables import Row

COLUMN = "alerts"
NONE = "none"
"""What takes back what was told before."""
_WORDS = {
    "乳胶": Alert.LATEX, "乳胶过敏": Alert.LATEX, "磁共振": Alert.MRI, "核磁共振": Alert.MRI, "需做磁共振": Alert.MRI,
    "无": NONE, "没有": NONE,
}  # fmt: skip
_BETWEEN = re.compile(r"[\s,;|/、,;]+")


def alerts(importing: Importing, row: Row, record: Any) -> More | None:
    """What the row tells of the patient, once a list may change the stay at all; None where that is known.

    Raises: LedByEvents, BadValue.
    """
    refuse_led(importing, row, record)
    if not row.get(COLUMN):
        return None
    said = _said(importing, row)
    words, before = " ".join(sorted(said)), "" if record is None else record.alerts
    if words == before:
        return None

    def apply(stay: Any) -> None:
        when = replace(importing.occasion, request_key=uuid5(importing.occasion.request_key, f"alerts:{stay.code}"))
        tell_alerts(importing.session, when, StayNumber(stay.code), said)

    return More(apply=apply, fields=(FieldChange(column=COLUMN, before=before, after=words or NONE),))


def _said(importing: Importing, row: Row) -> set[Alert]:
    """Raises: BadValue."""
    cell = importing.cell(row, COLUMN)
    known = [*(one.value for one in Alert), NONE]
    parts = [part.casefold() for part in _BETWEEN.split(cell.value) if part]
    told = {replace(cell, value=part).one_of(known, also=_WORDS) for part in parts}
    if not told or (NONE in told and len(told) > 1):
        raise cell.bad(f"latex, mri, or {NONE}", "乳胶、磁共振, 或 无")
    return {Alert(one) for one in told - {NONE}}
