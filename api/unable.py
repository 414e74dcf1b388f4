"""This file is "unable to scan" as both doors take it: the person's department, and the item once its code is typed."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, validate
from sqlalchemy.orm import Session

from api import reading
from api.fields import Text, Write
from api.here import occasion, person, write_plain
from api.wards import ward_of
from scanners import Unreadable
from spd import stock, unscanned
from spd.core.errors import Refusal
from spd.unscanned import Unable, UnableReason, Unscanned


class UnableIn(Write):
    """Why something could not be scanned; sent again with its key once the code is typed."""

    reason = fields.String(required=True, validate=validate.OneOf([one.value for one in UnableReason]))
    page = Text(load_default="", shortest=0, longest=24)
    ward = Text(load_default="", shortest=0, metadata={"description": "Where the device is; else the person's only."})
    code = Text(longest=400, metadata={"description": "What was typed in place of it."})


def reported(said: dict[str, Any]) -> Unscanned:
    """The report on record. Raises: RequestKeyMissing, ClockSkewed."""
    when, mine = occasion(said), person().departments()

    def act(session: Session) -> Unscanned:
        about = Unable(
            reason=UnableReason(said["reason"]),
            page=said["page"],
            department_id=ward_of(session, said["ward"], mine),
            item_id=item_of(session, said.get("code", "")),
        )
        return unscanned.report(session, when, about)

    return write_plain(act)


def item_of(session: Session, code: str) -> int | None:
    """The thing of a code that was typed; none where it is a patient's, or nothing here."""
    try:
        return stock.get_goods(session, stock.item_code(session, reading.heard(code))).item.id if code else None
    except (Refusal, Unreadable):
        return None
