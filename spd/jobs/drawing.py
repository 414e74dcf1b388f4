"""This file is drawing open packs down by what HIS has charged, where wards charge first and use loose."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from spd import consumption, interceptions
from spd.catalog import Product
from spd.consumption import DrawAsked
from spd.core.clock import day_of
from spd.core.database import Database
from spd.core.errors import Refusal
from spd.core.occasion import Occasion, digest_of
from spd.core.transaction import reading, transaction
from spd.encounters import StayNumber
from spd.policies import wards
from spd.reconciliation import ChargeLine, Confirming, Proposed, select_proposed

_AT_ONCE = 500


def draw_charged(database: Database, *, now: Callable[[], datetime], zone: ZoneInfo) -> int:
    """How many charges were drawn from open packs. What finds nothing open waits for a pack to be opened."""
    with reading(database) as session:
        waiting = [line for line in _waiting(session) if not line.item]
    drawn = 0
    for line in waiting:
        try:
            with transaction(database) as session:
                drawn += _draw(session, line, at=now(), zone=zone)
        except Refusal:
            continue  # it stays among what was charged and not used, and is tried again
    return drawn


def _waiting(session: Session) -> list[Proposed]:
    """Charges of what is used loose, the earliest first."""
    mode = wards.spoken(Product.id, ChargeLine.department_id)
    query = select_proposed().where(mode.like(f"{wards.Opening.LOOSE.value},%")).limit(_AT_ONCE)
    return [Proposed(**row._asdict()) for row in session.execute(query)]


def _draw(session: Session, line: Proposed, *, at: datetime, zone: ZoneInfo) -> int:
    """One charge drawn, and put together with its use."""
    row = session.get_one(ChargeLine, line.line_id)
    said = ["charge drawn", line.line, line.left]
    when = Occasion(
        request_key=uuid5(NAMESPACE_OID, f"{said} {at.isoformat()}"), staff_id=row.recorded_by_id, occurred_at=at,
        recorded_at=at, day=day_of(at, zone), device="worker", content=digest_of(said),
    )  # fmt: skip
    confirming = Confirming()
    asked = DrawAsked(
        occasion=when, product=line.product, department=line.department, quantity=line.left,
        encounter=StayNumber(line.encounter), reference=line.line, claim=confirming.claim,
    )  # fmt: skip
    done = consumption.draw(session, asked)
    confirming.link(session, when, [(part.item, part.movement_id) for part in done.parts])
    interceptions.note_each(session, when, done.noted)
    return 1
