"""A stay that was merged: its uses meet the charges that HIS moved to the survivor, whenever the merge is told."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from spd import encounters
from spd.encounters import EventKind, Told
from tests import build
from tests.build import NOW, Hospital
from tests.reconciliation.given import LATER, cases, keep, line, run, verdicts


def test_a_merge_brings_use_and_charge_together_whenever_it_is_told(session: Session, h: Hospital) -> None:
    code = build.packs(session, h, 1)[0]
    build.use(session, h, code, quantity=1)
    keep(session, h, line(h, encounter="E-2", charge_code="HIS-GAUZE", unit_price="3.5"))
    run(session)
    before = verdicts(session)
    merge = Told(message="M", kind=EventKind.MERGE, encounter="E-1", survivor="E-2", occurred_at=NOW)
    encounters.record(session, build.occasion(h.keeper, at=LATER), [merge])
    run(session, at=LATER + timedelta(hours=1))
    (case,) = cases(session)
    assert len(before) == 2
    assert case.encounter == "E-2"
    assert (case.charged_quantity, case.used_quantity) == (1, 1)
