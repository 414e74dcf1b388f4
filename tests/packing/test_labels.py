"""The life of a label: read off prints, checks and the item, from the printer to the end."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from spd import packing
from spd.labelling import LabelPrint
from spd.ledger import Item
from spd.packing import PacksAsked, ToUnpack
from tests import build
from tests.build import NOW, Hospital

PRINTED = exists().where(LabelPrint.code == Item.code)


def made(session: Session, h: Hospital, count: int = 1) -> list[str]:
    asked = PacksAsked(occasion=build.occasion(h.keeper), sources=[build.gauze(session, h)], quantity=10, count=count)
    return [pack.code for pack in packing.make_packs(session, asked).packs]


def print_(session: Session, h: Hospital, *codes: str) -> None:
    session.add_all(
        LabelPrint(code=code, number=0, staff_id=h.keeper.id, printed_at=NOW, medium="zpl") for code in codes
    )
    session.flush()


def states(session: Session) -> dict[str, str]:
    return {row.item_code: row.label_state for row in session.execute(packing.packs_labelled(PRINTED))}


def test_a_label_is_printed_put_on_and_seen(session: Session, h: Hospital) -> None:
    (code,) = made(session, h)
    assert states(session) == {code: "to_print"}
    print_(session, h, code)
    assert states(session) == {code: "to_apply"}
    assert packing.check(session, build.occasion(h.keeper), [code]) == (code,)
    assert states(session) == {code: "in_stock"}
    packing.check(session, build.occasion(h.keeper), [code])


def test_it_goes_where_the_pack_goes(session: Session, h: Hospital) -> None:
    codes = made(session, h, 4)
    print_(session, h, *codes)
    build.move_to(session, h, codes[:3], h.ward)
    build.use(session, h, codes[0], encounter=None)
    build.hold(session, h, codes[1])
    packing.unpack(session, ToUnpack(occasion=build.occasion(h.keeper), items=[codes[3]]))
    assert [states(session)[code] for code in codes] == ["used", "held", "on_ward", "unpacked"]


def test_a_label_nobody_has_seen_for_a_day_is_looked_for(session: Session, h: Hospital) -> None:
    seen, hanging = made(session, h, 2)
    print_(session, h, seen, hanging)
    packing.check(session, build.occasion(h.keeper), [seen])
    lost = packing.packs_labelled(PRINTED).with_only_columns(Item.code)
    later = NOW + timedelta(hours=25)
    assert list(session.scalars(lost.where(packing.unseen(PRINTED, at=later)))) == [hanging]
    assert list(session.scalars(lost.where(packing.unseen(PRINTED, at=NOW)))) == []
    assert session.scalar(select(Item.code).where(Item.code == seen)) == seen
