"""Where a thing came from and went; where everything of a lot is."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from spd import tracing
from spd.core.errors import NotAllowed
from spd.tracing import NothingFound
from tests import build


def test_a_pack_is_traced_from_the_supplier_to_the_ward_that_used_it(session: Session) -> None:
    h = build.hospital(session)
    pack = build.packs(session, h, 1)[0]
    build.use(session, h, pack, encounter=None)
    chain = tracing.trace_item(session, pack)
    assert [(hop.kind, hop.to_code) for hop in chain.hops] == [
        ("receive", "STORE"),
        ("pack", "PROCESSING"),
        ("pack", "STORE"),
        ("dispatch", "TRANSIT"),
        ("deliver", "CARD-W"),
        ("consume", "PATIENT"),
    ]
    assert chain.made_from is not None
    assert tracing.trace_item(session, chain.made_from).made_into == (pack,)


def test_a_stent_is_traced_to_its_patient(session: Session) -> None:
    h = build.hospital(session)
    code = build.stents(session, h)[0]
    build.use(session, h, code)
    last = tracing.trace_item(session, code).hops[-1]
    assert (last.encounter, last.patient_name, last.from_owner, last.to_owner) == ("E-1", "张*三", "心脉器械", "本院")
    assert last.cost == 8600
    chain = tracing.trace_item(session, code)
    assert (chain.supplier, chain.supplier_en) == ("心脉器械", "Stents Ltd")


def test_what_another_department_never_had_is_not_theirs_to_trace(session: Session) -> None:
    h = build.hospital(session)
    code = build.stents(session, h)[0]
    assert tracing.trace_item(session, code, departments=frozenset({h.cardiology.id})).code == code
    with pytest.raises(NotAllowed):
        tracing.trace_item(session, code, departments=frozenset({h.surgery.id}))


def test_a_lot_is_explained_to_the_last_piece(session: Session) -> None:
    h = build.hospital(session)
    code = build.gauze(session, h, cases=2)
    lot = tracing.trace_item(session, code).lot
    build.move_to(session, h, [code], h.ward)
    build.use(session, h, code, encounter=None, quantity=30)
    used = build.use(session, h, code, quantity=7)
    build.reverse(session, h, used.movement_id)
    (trace,) = tracing.trace_lot(session, lot)
    assert (trace.received, trace.on_hand, trace.used, trace.lost, trace.unexplained) == (100, 70, 30, 0, 0)
    assert [(place.location, place.quantity) for place in trace.places] == [("CARD-W", 70)]
    assert [hop.kind for hop in trace.uses] == ["consume", "consume", "reverse"]


@pytest.mark.parametrize("ask", [lambda s: tracing.trace_item(s, "NOPE"), lambda s: tracing.trace_lot(s, "NOPE")])
def test_what_is_on_no_record_is_said_so(session: Session, ask: object) -> None:
    with pytest.raises(NothingFound):
        ask(session)  # type: ignore[operator]
