"""Where everything of a recall is: places, totes, each with what is held."""

from __future__ import annotations

from sqlalchemy.orm import Session

from spd import recalls, replenishment
from spd.recalls import Counts, Meant
from tests import build
from tests.build import Hospital
from tests.recalls import acting


def test_places_say_what_is_there_and_since_when_it_is_held(session: Session, h: Hospital) -> None:
    build.stents(session, h, 2)
    build.stents(session, h, 3, at=h.store)
    recall = acting.opened(session, h, Meant(product="STENT"))
    told = recalls.places(session, recall)
    assert [(place.location, place.quantity, place.held, place.free) for place in told] == [
        ("STORE", 3, 3, 0), ("CARD-W", 2, 2, 0),
    ]  # fmt: skip
    assert {place.held_at for place in told} == {build.NOW}


def test_a_tote_on_its_way_is_named_with_what_is_in_it(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 2, at=h.store)
    other = build.packs(session, h, 1, at=h.store)
    asked = replenishment.ToDispatch(occasion=build.occasion(h.keeper), items=[*codes, *other], to=h.ward.code)
    tote = replenishment.dispatch(session, asked)
    recall = acting.opened(session, h, Meant(product="STENT"))
    assert [(one.code, one.location, one.items) for one in recalls.totes(session, recall)] == [
        (tote.code, "CARD-W", tuple(sorted(codes))),
    ]  # fmt: skip


def test_a_preview_says_what_would_be_held_and_holds_nothing(session: Session, h: Hospital) -> None:
    codes = build.stents(session, h, 3)
    build.use(session, h, codes[0])
    recall = acting.written(session, h, Meant(product="STENT", lots="L0..L9"))
    counts = recalls.count_touched(session, recall)
    (told,) = recalls.preview(session, recall, counts)
    assert (told.lots, told.counts) == (("L1",), Counts(items=2, quantity=2, places=1, used=1, patients=1))
    assert build.use(session, h, codes[1])
