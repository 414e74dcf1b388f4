"""The night's hold on what has expired: once a day, whole, and harmless when done again."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from spd.catalog import Lot
from spd.core.database import Database
from spd.core.job_runs import JobRun
from spd.core.transaction import reading, transaction
from spd.jobs import expire_night, hold_expired
from spd.ledger import Item
from spd.stock.holds import Hold
from tests import build


def test_the_night_holds_what_has_expired_once(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        build.packs(session, h, 3)
        fresh = build.stents(session, h)[0]
        past = build.TODAY - timedelta(days=1)
        session.execute(update(Lot).where(Lot.product_id == 2).values(expires_on=past))
    assert expire_night(database, build.TODAY, now=lambda: build.NOW)
    assert not expire_night(database, build.TODAY, now=lambda: build.NOW)
    with reading(database) as session:
        run = session.scalars(select(JobRun).where(JobRun.job == "expire")).one()
        held = session.scalars(select(Item.state).where(Item.quantity > 0, Item.code != fresh)).all()
        assert (run.outcome, run.detail) == ("held", str(len(held)))
        assert set(held) == {"held"}
        assert session.scalar(select(Item.state).where(Item.code == fresh)) == "available"
        assert build.problems(session) == []


def test_done_again_by_hand_it_finds_nothing(database: Database) -> None:
    with transaction(database) as session:
        h = build.hospital(session)
        build.gauze(session, h)
        session.execute(update(Lot).values(expires_on=build.TODAY - timedelta(days=1)))
    assert hold_expired(database, build.TODAY, now=lambda: build.NOW) == 1
    assert hold_expired(database, build.TODAY, now=lambda: build.NOW) == 0
    with reading(database) as session:
        assert len(session.scalars(select(Hold)).all()) == 1
