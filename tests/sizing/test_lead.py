"""How much the way to the wards varies: from totes that were sent and signed for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from statistics import stdev

import pytest
from sqlalchemy.orm import Session

from spd import replenishment, sizing
from spd.sizing import Demand, lead, points
from tests import build
from tests.build import NOW, TODAY, Hospital


def test_it_is_the_deviation_of_the_days_between_sending_and_signing() -> None:
    ways = [(NOW, NOW + timedelta(hours=hours)) for hours in (6, 18) * 10]
    assert lead.deviation(ways) == pytest.approx(0.25 * (20 / 19) ** 0.5)
    assert lead.deviation(ways[:-1]) == 0.0  # too few to say


def test_totes_that_came_at_different_hours_put_more_on_the_shelf(
    session: Session, h: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead, "FEWEST", 3)
    for hours in (1, 20, 44):
        pack = build.packs(session, h, 1, 10, at=h.store)
        sending = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=pack, to="CARD-W")
        tote = replenishment.dispatch(session, sending).code
        signing = build.occasion(h.nurse, at=NOW + timedelta(hours=hours))
        replenishment.sign(session, replenishment.ToSign(occasion=signing, dispatch=tote, location="CARD-W"))
        build.use(session, h, pack[0], encounter=None, occasion=build.occasion(h.nurse, at=NOW + timedelta(hours=45)))
    on = TODAY + timedelta(days=2)
    varied = lead.lead_deviation(session, on=on, days=30)
    assert varied == pytest.approx(stdev((1, 20, 44)) / 24)
    [found] = [one for one in sizing.propose(session, on=on) if one.kept.location_id == h.ward.id]
    assert "±0.90" in found.reason
    assert found.cover.lead_deviation == varied
    steady, demand = replace(found.cover, lead_deviation=0.0), Demand(mean=18, deviation=6, days=90)
    assert points(demand, found.cover).safety > points(demand, steady).safety
