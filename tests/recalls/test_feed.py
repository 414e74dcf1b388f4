"""Devices keep the deny-list: whole, and told again only when it has changed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from spd import recalls
from spd.recalls import Meant
from tests import build
from tests.build import STENT_DI, Hospital
from tests.recalls import acting


def test_it_says_what_labels_say_and_names_what_is_held(session: Session, h: Hospital) -> None:
    packs = build.packs(session, h, 2)
    build.stents(session, h)
    acting.opened(session, h, Meant(product="GAUZE"), Meant(product="STENT", lots="L1..L3", serials="A1..A9"))
    told = recalls.deny_list(session, since=None)
    assert [(one.dis[-1], one.lots, one.serials) for one in told.targets] == [
        (build.GAUZE_CASE_DI, [], []), (STENT_DI, [["L1", "L3"]], [["A1", "A9"]]),
    ]  # fmt: skip
    assert set(packs) < set(told.items)
    assert len(told.items) == 3


def test_what_a_device_has_is_not_told_again(session: Session, h: Hospital) -> None:
    assert recalls.deny_list(session, since=None).targets == []
    codes = build.stents(session, h, 2)
    recall = acting.opened(session, h, Meant(product="STENT"))
    first = recalls.deny_list(session, since=None)
    again = recalls.deny_list(session, since=first.version)
    assert (again.version, again.changed, again.targets, again.items) == (first.version, False, [], [])
    quality = acting.colleague(session)
    recalls.let_go(session, build.occasion(quality), recall.code, codes[:1], "非本批")
    after = recalls.deny_list(session, since=first.version)
    assert after.version > first.version
    assert (after.items, after.spared) == (codes[1:], codes[:1])


def test_it_is_empty_when_the_recall_is_withdrawn(session: Session, h: Hospital) -> None:
    build.stents(session, h, 1)
    recall = acting.opened(session, h, Meant(product="STENT"))
    version = recalls.current_version(session)
    quality = acting.colleague(session)
    recall = recalls.withdraw(session, build.occasion(quality), recall.code, "误发")
    recalls.release_some(session, build.occasion(quality), recall, "误发")
    told = recalls.deny_list(session, since=version)
    assert (told.targets, told.items) == ([], [])
    assert told.version > version
