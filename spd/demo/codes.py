"""This file is trace codes in the demo hospital: a case come in, boxes sold, and two that cannot be genuine."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert

from spd import trace_codes
from spd.demo.world import World
from spd.trace_codes import Act, TraceCode

DRUG = "8100417"  # made up, like everything here
BOXES = 12


def trace(world: World, now: datetime) -> None:
    """A case with its boxes: announced, received, some sold; one sold twice and one coming in again raise alarms."""
    case = _code(0)
    boxes = [_code(number) for number in range(1, BOXES + 1)]
    rows: list[dict[str, str | None]] = [{"code": case, "parent_code": None}]
    rows += [{"code": box, "parent_code": case} for box in boxes]
    world.session.execute(insert(TraceCode), [{**row, "standing": "announced"} for row in rows])
    keeper, nurse = world.staff["keeper"], world.staff["nurse"]
    story = [
        (Act.ARRIVE, case, keeper, timedelta(days=9), "DN-TRACE-1"),
        (Act.SELL, boxes[0], nurse, timedelta(days=6), "CARD-W"),
        (Act.SELL, boxes[1], nurse, timedelta(days=5), "CARD-W"),
        (Act.SELL, boxes[0], nurse, timedelta(days=2), "CARD-W"),
        (Act.ARRIVE, boxes[3], keeper, timedelta(hours=20), "DN-TRACE-2"),
    ]
    for act, code, staff, ago, reference in story:
        occasion = world.occasion(staff, now - ago, "handheld-1")
        trace_codes.act(world.session, occasion, trace_codes.Done(codes=(code,), act=act, reference=reference))


def _code(number: int) -> str:
    return f"{DRUG}{number:013}"
