"""The look at operations that nobody has confirmed: each is noted once, whoever looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.jobs.operations import warn_of_operations
from spd.stock.operations import OperationEvent
from tests import build
from tests.theatre.operating import scene

ZONE = ZoneInfo("Asia/Shanghai")


def test_an_operation_is_noted_once_when_it_is_late(new_database: Callable[[str], Database]) -> None:
    database = new_database("sqlite")
    with transaction(database) as session:
        h = build.hospital(session)
        s = scene(session, h)
        (stent,) = build.stents(session, h, 1, at=h.theatre)
        operation = s.begun(code="OP-1")
        s.draw(operation, stent)
        s.end(operation)

    def looked(hours: int) -> list[str]:
        return warn_of_operations(database, now=lambda: build.NOW + timedelta(hours=hours), zone=ZONE)

    assert [looked(3), looked(5), looked(6)] == [[], ["OP-1"], []]
    with reading(database) as session:
        noted = session.scalar(select(func.count()).where(OperationEvent.kind == "overdue"))
    assert noted == 1
