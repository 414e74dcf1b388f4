"""What a notice would touch: counted at once, or in the background where it takes long, for the targets it has."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from spd import recalls
from spd.core.database import Database
from spd.core.transaction import reading, transaction
from spd.jobs import previewing, running
from spd.recalls import Counts, Meant, Recall
from tests import build
from tests.build import NOW, STENT_DI, Hospital
from tests.recalls import acting


def counts(session: Session, recall: Recall) -> list[tuple[int, ...]]:
    """Items, units, places, used, patients of each target."""
    told = recalls.count_touched(session, recall)
    return [tuple(vars(one).values()) for line, one in told.items() if line != recalls.WHOLE]


def test_what_was_undone_touches_nobody(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 3)
    build.use(session, h, codes[0])
    build.reverse(session, h, build.use(session, h, codes[1]).movement_id)
    assert counts(session, acting.written(session, h, Meant(product="STENT"))) == [(2, 2, 1, 1, 1)]


def test_departments_use_what_no_patient_had(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 2, 10)
    build.use(session, h, packs[0], encounter=None)
    build.use(session, h, packs[1], quantity=4)
    items, quantity, _, used, patients = counts(session, acting.written(session, h, Meant(product="GAUZE")))[0]
    assert (items, quantity, used, patients) == (2, 50 - 14, 14, 1)


def test_each_target_counts_by_itself_what_another_means_too(session: Session, h: Hospital) -> None:
    note = build.note(session, h, h.stents, ("STENT", 4))
    scans = (build.scan(STENT_DI, lot="L7", serial=f"S{number}") for number in (8, 9, 10, 11))
    codes = build.receive(session, h, note, *scans)
    build.use(session, h, codes[2], department="CARD")
    recall = acting.written(session, h, Meant(product="STENT", serials="S9..S10"), Meant(product="STENT", lots="L7"))
    assert counts(session, recall) == [(1, 1, 1, 1, 1), (3, 3, 1, 1, 1)]
    assert recalls.count_touched(session, recall)[recalls.WHOLE] == Counts(
        items=3, quantity=3, places=1, used=1, patients=1
    )


def test_it_tells_how_many_of_all_items_were_looked_at(
    session: Session, h: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spd.recalls.previewing._ROWS_AT_ONCE", 2)
    codes = build.stents(session, h, 5)
    build.use(session, h, codes[4])
    recall = acting.written(session, h, Meant(product="STENT"))
    told: list[tuple[int, int]] = []
    found = recalls.count_touched(session, recall, tell=lambda done, total: told.append((done, total)))
    assert told == [(2, 5), (4, 5), (5, 5)]
    assert found[1] == found[recalls.WHOLE] == Counts(items=4, quantity=4, places=1, used=1, patients=1)


def test_little_is_counted_at_once_and_nothing_once_it_is_open(session: Session, h: Hospital) -> None:
    build.stents(session, h, 1)
    recall = acting.written(session, h, Meant(product="STENT"))
    seen = previewing.look(session, recall, at=NOW)
    assert (seen.long, seen.counted_at, [one.counts and one.counts.items for one in seen.matches]) == (False, NOW, [1])
    recalls.open_recall(session, build.occasion(h.keeper), recall.code)
    seen = previewing.look(session, recall, at=NOW)
    assert (seen.counted_at, [one.counts for one in seen.matches]) == (None, [None])


def test_much_is_counted_in_the_background_and_anew_for_another_target(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "AT_ONCE", 2)
    with transaction(database) as session:
        h = build.hospital(session)
        build.stents(session, h, 3)
        recall = acting.written(session, h, Meant(product="STENT"))
        code = recall.code
        assert previewing.is_long(session, recall)
        work = previewing.ask(session, recall, build.occasion(h.keeper)).id
        assert previewing.ask(session, recall, build.occasion(h.nurse)).id == work  # it is under way
    with reading(database) as session:
        seen = previewing.look(session, recalls.get_recall(session, code), at=NOW)
        assert (seen.work and seen.work.id, seen.counted_at, seen.matches[0].counts) == (work, None, None)
    assert running.run(database, work, now=lambda: acting.later(1))
    with transaction(database) as session:
        recall = recalls.get_recall(session, code)
        seen = previewing.look(session, recall, at=NOW)
        assert (seen.work, seen.counted_at) == (None, acting.later(1))
        assert seen.matches[0].counts == Counts(items=3, quantity=3, places=1, used=0, patients=0)
        recalls.add_target(session, build.occasion(h.keeper), code, Meant(product="GAUZE"))
        seen = previewing.look(session, recall, at=NOW)
        assert (seen.long, seen.work, seen.counted_at, seen.matches[0].counts) == (True, None, None, None)


def test_just_as_many_as_are_counted_at_once_are_not_long(
    session: Session, h: Hospital, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.stents(session, h, 3)
    recall = acting.written(session, h, Meant(product="STENT"))
    monkeypatch.setattr(previewing, "AT_ONCE", 3)
    assert not previewing.is_long(session, recall)
    monkeypatch.setattr(previewing, "AT_ONCE", 2)
    assert previewing.is_long(session, recall)
